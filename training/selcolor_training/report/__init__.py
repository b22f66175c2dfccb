"""What training leaves for people to look at: tables, curves, grids and contact sheets.

`table` writes `training/RESULTS.md`, `curves` draws the histories, `grids` the figures of input,
prediction and truth, `sheet` the old photographs. None of them trains or measures anything.
"""
