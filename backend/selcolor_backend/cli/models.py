"""`selcolor models`: which networks there are, and getting, checking and removing their files."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

from selcolor_backend.models import store
from selcolor_backend.models.download import Told
from selcolor_backend.models.speeds import read_speeds

PROGRESS_SECONDS = 0.2
MEGABYTE = 1_000_000
GIGABYTE = 1_000_000_000


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `models` and its actions; without one it lists."""
    models = commands.add_parser("models", help="list, get, verify and remove networks")
    models.set_defaults(run=run_list, json=False)
    actions = models.add_subparsers(title="actions", metavar="ACTION")

    listing = actions.add_parser("list", help="all that are known, and where their files are")
    listing.add_argument("--json", action="store_true", help="for scripts")
    listing.set_defaults(run=run_list)

    get = actions.add_parser("get", help="download one, or import it from a file")
    get.add_argument("name", metavar="NAME")
    get.add_argument("--file", type=Path, help="import this weight file instead")
    get.add_argument("--json", action="store_true", help="lines of progress, for scripts")
    get.set_defaults(run=run_get)

    trial = actions.add_parser("try", help="run one, and tell what it takes on this machine")
    trial.add_argument("name", metavar="NAME")
    trial.add_argument("--device", help="such as cpu or cuda:1; default: the best one")
    trial.add_argument("--json", action="store_true", help="for scripts")
    trial.set_defaults(run=run_try)

    verify = actions.add_parser("verify", help="check the files' digests")
    verify.add_argument("names", nargs="*", metavar="NAME", help="default: all that are here")
    verify.add_argument("--json", action="store_true", help="for scripts")
    verify.set_defaults(run=run_verify)

    bundle = actions.add_parser("bundle", help="copy files into a folder, for a machine offline")
    bundle.add_argument("folder", type=Path, metavar="DIR")
    bundle.add_argument("names", nargs="*", metavar="NAME", help="default: all that were fetched")
    bundle.set_defaults(run=run_bundle)

    remove = actions.add_parser("remove", help="delete a downloaded file")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(run=run_remove)


def run_list(chosen: argparse.Namespace) -> int:
    """Print a table of all models."""
    found = store.list_models()
    if chosen.json:
        print(json.dumps([as_record(status) for status in found]))
        return 0
    speeds = read_speeds()
    print(f"{'NAME':22}{'DOES':11}{'WEIGHTS':12}{'SIZE':>10}{'A PHOTO':>10}  LICENSE")
    for status in found:
        model = status.model
        size = f"{model.bytes / MEGABYTE:.1f} MB" if model.bytes else "–"
        speed = f"{speeds[model.name]:.1f} s" if model.name in speeds else "–"
        print(
            f"{model.name:22}{model.kind.value:11}{status.state.value:12}{size:>10}{speed:>10}  "
            f"{model.license}\n    {model.description}"
        )
    if len(speeds) < len(found):
        print("\n`selcolor models try NAME` measures how long a photo takes on this machine.")
    return 0


def as_record(status: store.ModelStatus) -> dict[str, object]:
    """A model for `--json`."""
    model = status.model
    return {
        "name": model.name,
        "kind": model.kind.value,
        "state": status.state.value,
        "bytes": model.bytes,
        "seconds": read_speeds().get(model.name),
        "license": model.license,
        "description": model.description,
        "path": str(status.path) if status.path else None,
    }


def run_get(chosen: argparse.Namespace) -> int:
    """Download or import one model."""
    if chosen.file is not None:
        status = store.import_model(chosen.name, chosen.file)
    else:
        status = store.get_model(chosen.name, print_progress() if chosen.json else None)
    if chosen.json:
        print(json.dumps({"name": chosen.name, "path": str(status.path)}))
    else:
        print(f"{chosen.name} is ready: {status.path}")
    return 0


def print_progress() -> Told:
    """Print how far a download is, a few times a second, for a program that shows it."""
    next_at = 0.0

    def tell(have: int, size: int) -> None:
        nonlocal next_at
        if have == size or time.monotonic() >= next_at:
            next_at = time.monotonic() + PROGRESS_SECONDS
            print(json.dumps({"bytes": have, "of": size}), flush=True)

    return tell


def run_try(chosen: argparse.Namespace) -> int:
    """Run one model, and print what it took."""
    # Here, not above: listing models works without the seconds torch takes.
    from selcolor_backend.models.trying import try_model

    trial = try_model(chosen.name, chosen.device)
    if chosen.json:
        print(json.dumps(asdict(trial)))
        return 0
    peak = "" if trial.peak_bytes is None else f", {trial.peak_bytes / GIGABYTE:.1f} GB of memory"
    print(
        f"{trial.name}: {trial.seconds:.1f} s a photo on {trial.device}, "
        f"{trial.loading:.1f} s to load{peak}."
    )
    return 0


def run_bundle(chosen: argparse.Namespace) -> int:
    """Fill a folder; says how to import each file on the other machine."""
    for model, path in store.bundle_models(chosen.folder, chosen.names):
        print(f"{path}: selcolor models get {model.name} --file {path.name}")
    return 0


def run_verify(chosen: argparse.Namespace) -> int:
    """Check digests; 1 when a file is not what it should be."""
    checks = store.verify_models(chosen.names)
    if chosen.json:
        print(json.dumps([{"name": check.name, "sound": check.sound} for check in checks]))
    else:
        for check in checks:
            print(f"{check.name:22}{'sound' if check.problem is None else check.problem}")
    return 0 if all(check.sound for check in checks) else 1


def run_remove(chosen: argparse.Namespace) -> int:
    """Delete one model's file."""
    removal = store.remove_model(chosen.name)
    print(f"{removal.name}: {removal.bytes / MEGABYTE:.1f} MB freed.")
    return 0
