"""The adapter for GIMP 3: reads pixels, drives a job of the core, builds the layer plan.

Everything that is not GIMP's own stands in `selcolor_plugin`.
"""
