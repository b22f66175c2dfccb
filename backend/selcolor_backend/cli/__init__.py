"""The command line `selcolor`: every subcommand talks to the daemon as an editor would.

One subcommand a file; each has `add_parser` and `run`. Errors of our tree become two lines (what
happened, what to do) and a non-zero exit status; anything else is a bug and shows its traceback.
"""

from selcolor_backend.cli.main import main

__all__ = ["main"]
