"""Every limit of the protocol, in one place. SPEC.md repeats them for other implementations."""

from __future__ import annotations

PROTOCOL_VERSION = 1
"""Both sides speak exactly this version, or refuse each other."""

MAX_HEADER_BYTES = 64 * 1024
MAX_FRAMES = 2
"""Frames of one message on the wire: the header, and where it brings one, a piece of a picture."""

MAX_PARTS = 8
"""What a header may announce: pixels and profile of at most four rasters."""

PIECE_BYTES = 1024 * 1024
"""Bytes of a piece of a picture, the last one of a part excepted. Before a client has proven that
it may come in, the daemon holds no more than this of each connection."""

WINDOW_PIECES = 32
"""Pieces of a picture that may be under way: enough for an editor that looks 20 times a second."""

MAX_SIDE = 65_500
"""Pixels along one side of a raster."""

MAX_PIXELS = 1_000_000_000
"""Pixels of one raster, however high the user's own limit is, which the daemon heeds."""

MIN_PHOTO_SIDE = 16
"""Pixels: a shorter side shows nothing that a network could recognize."""

MAX_ASPECT_RATIO = 100
"""Longer to shorter side of a photo: beyond it nothing is left of the shorter at network size."""

MAX_PROFILE_BYTES = 4 * 1024 * 1024
"""Bytes of one ICC profile."""

MAX_SAMPLE_BYTES = 4
MAX_CHANNELS = 4
MAX_PART_BYTES = MAX_PIXELS * MAX_CHANNELS * MAX_SAMPLE_BYTES
MAX_FRAME_BYTES = PIECE_BYTES

MAX_TEXT = 2_000
"""Characters of any string in a header."""

MAX_ITEMS = 256
"""Entries of any list in a header."""

MAX_INTEGER = 2**53

MAX_CLIENT_NAME = 80
"""Characters of a client's name and version that the daemon keeps."""

MAX_QUEUED_JOBS = 4
"""Jobs that one session may have waiting or running; the next one is answered `busy`."""

MAX_SESSIONS = 64

PING_SECONDS = 1.0
MISSED_PINGS = 3
"""A daemon that answers none of this many pings in a row is gone."""

UNHEARD_SECONDS = 15.0
"""A job of which a daemon that answers has said nothing for so long is lost."""

CLIENT_GONE_SECONDS = 30.0
"""A client that says nothing for so long has its jobs cancelled, though still connected."""

IPC_PATH_BYTES = 107
"""The longest path of a Unix socket on Linux (103 on macOS)."""
