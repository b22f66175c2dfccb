"""`selcolor login`: the daemon at login, on request."""

from __future__ import annotations

import argparse

from selcolor_installer.machine import Machine
from selcolor_installer.service import LOGIN, end, start_at_login


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    login = commands.add_parser(
        "login",
        help="start the daemon at login, or no more",
        description="The daemon starts whenever it is needed. `on` starts it at every login as "
        "well, so that the first photo does not wait for it; `off` undoes that.",
    )
    login.add_argument("switch", choices=("on", "off"))
    login.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Switch it."""
    machine = Machine.this()
    if chosen.switch == "on":
        begun = start_at_login(machine)
        print(f"The daemon starts at every login{', and runs now' if begun else ''}.")
    elif end(machine, LOGIN):
        print("The daemon does not start at login any more.")
    else:
        print("It did not start at login.")
    return 0
