"""Trains and evaluates the networks that Selective Colorize ships.

Read `colorizer.py` and `foreground.py` top to bottom: each is one model's whole training. The
networks and the color code are the backend's own (`selcolor_backend`), so that what is trained is
what runs.
"""
