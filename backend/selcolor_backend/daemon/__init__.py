"""The socket process: sockets, sessions, queues and results; it never imports torch.

`main` starts it, `server` is its event loop, `sessions` knows who is connected, `queue` who is
next, `worker_handle` the processes that do the work, `sockets` the sockets.
"""
