"""What editors and the daemon of Selective Colorize say to each other, and how.

One concern a file: `limits`, `errors`, `raster`, `options`, `notes`, `messages`, `codec` (bytes),
`versions`, `connection` (where the daemon is), `client`, `launch`; below the client `wire` chooses
`sockets`, or where there is no pyzmq `relay_wire`, whose other end is the process `relay`. Depends
on msgpack and pyzmq only, so that an editor's own Python can carry it. The wire itself is described
in `protocol/SPEC.md`.
"""
