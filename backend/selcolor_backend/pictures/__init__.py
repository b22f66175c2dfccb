"""Picture files: what the command line reads and writes; pixels and color belong to the pipeline.

One concern a file: `reading` (any file to a raster), `tiff` (decoding TIFF), `checks` (which
pictures are refused), `arrays` (rasters as numpy arrays), `icc` (profiles), `writing` (PNG and
TIFF, never half-written), `openraster` (layers). Nothing here imports torch, so that the command
line starts quickly.
"""
