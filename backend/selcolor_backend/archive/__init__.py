"""Whole archives: many photos with a manifest, on one machine and on many.

`manifest` remembers, `planning` decides what is to be done, `crew` and `worker` do it, `run` joins
them; `report` and `export` tell of it. How one photo is colored is left to `cli.coloring`.
"""
