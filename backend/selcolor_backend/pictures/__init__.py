"""Picture files: what the command line reads and writes; pixels and color belong to the pipeline.

One concern a file: `reading` (any file to a raster), `tiff` (decoding TIFF), `checks` (which
pictures are refused), `arrays` (rasters as numpy arrays), `icc` (profiles), `writing` (PNG and
TIFF, never half-written), `openraster` (layers). Nothing here imports torch, so that the command
line starts quickly.
"""

from selcolor_backend.pictures.checks import MAX_ASPECT_RATIO, MIN_SIDE
from selcolor_backend.pictures.openraster import (
    EncodedPicture,
    OraLayer,
    result_layers,
    with_mask,
    write_ora,
)
from selcolor_backend.pictures.reading import read_mask, read_picture
from selcolor_backend.pictures.writing import (
    PictureFormat,
    convert_depth,
    depth_for,
    encode_png,
    write_bytes,
    write_picture,
)

__all__ = [
    "MAX_ASPECT_RATIO",
    "MIN_SIDE",
    "EncodedPicture",
    "OraLayer",
    "PictureFormat",
    "convert_depth",
    "depth_for",
    "encode_png",
    "read_mask",
    "read_picture",
    "result_layers",
    "with_mask",
    "write_bytes",
    "write_ora",
    "write_picture",
]
