"""What editors and the daemon of Selective Colorize say to each other, and how.

One concern a file: `limits`, `errors`, `raster`, `options`, `messages` (those of `control` and
`jobs`), `codec` (bytes), `versions`, `connection` (where the daemon is), `client`, `launch`.
Depends on msgpack and pyzmq only, so that an editor's own Python can carry it. The wire itself is
described in `protocol/SPEC.md`.
"""
