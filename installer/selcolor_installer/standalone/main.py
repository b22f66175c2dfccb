"""The command line of the installer."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from selcolor_installer import removal
from selcolor_installer.standalone import environments
from selcolor_installer.standalone.failures import InstallationFailed, in_words
from selcolor_installer.standalone.installing import Wishes, install
from selcolor_installer.standalone.pip import is_usable, went_well
from selcolor_protocol.errors import SelectiveColorizeError


def main(arguments: list[str] | None = None) -> int:
    """Install or uninstall; 0 when all went well."""
    chosen = parse(arguments)
    try:
        if chosen.uninstall:
            uninstall(chosen.settings, chosen.models)
        else:
            install(Wishes(chosen.wheels, chosen.bundle, chosen.torch, chosen.project))
    except (OSError, SelectiveColorizeError) as error:
        told = in_words(error)
        print(f"{told.sentence}\n{told.hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again: it goes on from there.", file=sys.stderr)
        return 130
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Install Selective Colorize for this user.")
    parser.add_argument("--wheels", type=Path, metavar="DIR", help="work offline, from this folder")
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="also fill such a folder")
    parser.add_argument(
        "--torch", metavar="BUILD", help="cpu, cu126, cu130, rocm, xpu, … (default: what fits)"
    )
    parser.add_argument("--project", help="a wheel, a checkout or a name (default: this one's)")
    parser.add_argument("--uninstall", action="store_true", help="remove everything again")
    parser.add_argument("--settings", action="store_true", help="… your settings, too")
    parser.add_argument("--models", action="store_true", help="… and downloaded networks")
    chosen = parser.parse_args(arguments)
    if (chosen.settings or chosen.models) and not chosen.uninstall:
        parser.error("--settings and --models go with --uninstall; nothing was changed")
    return chosen


def uninstall(settings: bool, models: bool) -> None:
    """Remove everything: by the program that wrote it, or from here where its Python is gone.

    Raises:
        InstallationFailed: something could not be removed.
        OSError: the same.
    """
    current = environments.current()
    if current is not None and is_usable(current):
        flags = [*["--settings"][:settings], *["--models"][:models]]
        if not went_well(environments.program_of(current, "uninstall", "all", *flags)):
            raise InstallationFailed(
                "not_removed",
                "Not everything could be removed; the lines above say what and why.",
                "Mend that and run the same command again.",
            )
    else:
        remove_from_here(settings, models)
    shutil.rmtree(environments.root(), ignore_errors=True)


def remove_from_here(settings: bool, models: bool) -> None:
    """Remove what the manifest lists with the Python that runs this; raises as `uninstall`."""
    if not environments.root().exists() and not removal.is_anything_here():
        raise InstallationFailed(
            "not_installed",
            "Selective Colorize is not installed for this user; nothing was changed.",
            "Run this as the user who installed it.",
        )
    is_whole = environments.current() is not None
    found = "The program's own Python is gone" if is_whole else "No whole installation was found"
    print(f"{found}, so what there is of it is removed from here.", flush=True)
    for sentence in removal.remove_everything(settings, models):
        print(sentence, flush=True)
