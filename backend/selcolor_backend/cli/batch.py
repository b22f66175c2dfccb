"""`selcolor batch`: a whole archive, gone on with after any end."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from selcolor_backend.archive.addresses import disk_path, path_of
from selcolor_backend.cli.colorize import add_choices, check_files
from selcolor_protocol.errors import InvalidOptions

if TYPE_CHECKING:
    from selcolor_backend.archive.home import Home
    from selcolor_backend.archive.manifest import Manifest
    from selcolor_backend.archive.planning import Plan
    from selcolor_backend.archive.progress import Progress
    from selcolor_backend.archive.run import Summary

DESCRIPTION = """\
Colorize an archive: all photos of IN (folders, files, patterns in quotes) into OUT, with the
structure of the folders. What is done stands in a manifest in OUT/.selcolor, so that the same
command goes on after any end, SIGKILL included: a photo that is new or changed, or that is to be
colored otherwise, is done, any other is left alone. Photos that fail are set aside with the
reason. All options of `selcolor colorize` hold.
"""
USAGE = """selcolor batch IN [IN ...] OUT [options of colorize] [--shard K/N] [--retry-failed]
       selcolor batch --report OUT
       selcolor batch --export FILE.csv OUT
       selcolor batch --merge OUT"""
OWN_OPTIONS = frozenset(
    (
        *("run", "json", "places", "retry_failed", "workers", "shard"),
        *("ray", "merge", "report", "export"),
    )
)
"""What does not say how a photo is colored."""


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "batch", help="color an archive", description=DESCRIPTION, usage=USAGE
    )
    parser.add_argument(
        "places",
        nargs="+",
        metavar="PLACE",
        help="photos, and last where results go; also in stores: s3://bucket/folder, gs://…",
    )
    parser.add_argument(
        "--retry-failed", action="store_true", help="try again what failed before, and only that"
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes (default: one for each core)"
    )
    parser.add_argument(
        "--shard",
        type=shard,
        metavar="K/N",
        help="do only the Kth of N parts, as one of N machines that share OUT; --merge joins them",
    )
    parser.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="work on a Ray cluster whose nodes share IN and OUT: auto, an address, or local; "
        "needs the extra `ray`",
    )
    parser.add_argument("--merge", action="store_true", help="join the manifests of all shards")
    parser.add_argument(
        "--report",
        action="store_true",
        help="write a page to look through, also while a batch runs",
    )
    parser.add_argument(
        "--export",
        type=disk_path,
        metavar="FILE",
        help="write the manifest as .csv or .parquet (the extra `parquet`)",
    )
    parser.add_argument("--json", action="store_true", help="print the outcome for scripts")
    add_choices(parser)
    parser.set_defaults(run=run)


def shard(text: str) -> tuple[int, int]:
    """A part as it is written on the command line."""
    part, _, count = text.partition("/")
    if part.isdecimal() and count.isdecimal() and 1 <= int(part) <= int(count):
        return int(part), int(count)
    raise argparse.ArgumentTypeError(f"“{text}” is no part such as 3/8")


def run(chosen: argparse.Namespace) -> int:
    """Color an archive, or tell of one."""
    *photos, out = map(path_of, chosen.places)
    if chosen.merge or chosen.report or chosen.export:
        return tell_of(chosen, photos, out)
    if not photos:
        raise InvalidOptions(
            "It is not said which photos are meant, or where results go.",
            "Name both: selcolor batch IN OUT.",
        )
    if chosen.workers is not None and chosen.workers < 1:
        raise InvalidOptions("At least one process has to work.", "Leave --workers out.")
    check_files(chosen)
    chosen.photos, chosen.out = photos, out
    if chosen.ray is not None:
        chosen = with_whole_paths(chosen)
    return color_archive(chosen)


def tell_of(chosen: argparse.Namespace, photos: list[Path], out: Path) -> int:
    """Do what only asks for what is done already.

    Raises:
        InvalidOptions: photos are named.
        FileError: there is no manifest.
    """
    from selcolor_backend.archive import export, report
    from selcolor_backend.archive.home import Home

    if photos:
        raise InvalidOptions(
            "--merge, --report and --export take only the folder of results.", "Name no photos."
        )
    home = Home(out)
    home.fetch()
    home.check()
    if chosen.merge:
        print(merge(home))
    if chosen.export:
        count = export.write(home.folder, chosen.export, chosen.overwrite)
        print(f"{chosen.export}: {count} photos")
    if chosen.report:
        print(home.publish(report.write_report(home.folder)))
    return 0


def merge(home: Home) -> str:
    """Join the manifests of all shards; returns what to tell."""
    from selcolor_backend.archive import manifest

    target, shards = manifest.manifest_path(home.folder), manifest.manifests_of(home.folder)
    count = manifest.merge(home.folder)
    home.keep_now(target)
    for shard in shards:
        if shard != target:
            home.withdraw(shard)
    return f"{home.called(target)}: all {count} photos"


def color_archive(chosen: argparse.Namespace) -> int:
    """Color all that is to be colored.

    Returns:
        0 where no photo of the archive is set aside.
    """
    from selcolor_backend.archive import manifest, planning, report
    from selcolor_backend.archive import run as running
    from selcolor_backend.archive.home import Home
    from selcolor_backend.archive.listing import listing_of
    from selcolor_backend.cli.tasks import tasks_for
    from selcolor_backend.logs import start_logging

    start_logging("batch")
    planning.check_networks(chosen)
    listing = listing_of(chosen.photos, chosen.out)
    tasks, refused = tasks_for(listing.found, listing.errors, photo_options(chosen))
    if not tasks and refused and refused[0].error is not None:
        raise refused[0].error
    home = Home(chosen.out)
    path = manifest.manifest_path(home.folder, chosen.shard)
    with manifest.held(path), manifest.opened(path) as kept:
        home.fetch(path)
        entries = {entry.photo: entry for _, entry in manifest.all_entries(home.folder)}
        plan = planning.make_plan(tasks, refused, entries, chosen, listing.files)
        running.note_known(kept, plan)
        home.keep_now(path)  # a store that cannot be written is told before any work is done
        for entry in plan.refused:
            print(running.reason_of(entry), file=sys.stderr)
        progress = do_plan(kept, path, plan, chosen, partial(home.keep, path))
        summary = running.summary_of(plan, progress)
        page = home.publish(report.write_report(home.folder))
        home.keep_now(path)
    tell(summary, chosen.json, page)
    return 1 if summary.failed or summary.set_aside else 0


def do_plan(
    kept: Manifest, path: Path, plan: Plan, chosen: argparse.Namespace, keep: Callable[[], None]
) -> Progress:
    """Do the work of a plan, here or on a cluster."""
    if chosen.ray is None:
        from selcolor_backend.archive.run import run_here

        return run_here(kept, plan, chosen.workers, keep)
    from selcolor_backend.archive.on_ray import run_on_ray

    return run_on_ray(kept, path, plan, chosen.ray, keep)


def with_whole_paths(chosen: argparse.Namespace) -> argparse.Namespace:
    """The same for machines that work in other folders."""
    whole = {name: each.absolute() for name, each in vars(chosen).items() if isinstance(each, Path)}
    photos = [photo.absolute() for photo in chosen.photos]
    return argparse.Namespace(**vars(chosen) | whole | {"photos": photos})


def photo_options(chosen: argparse.Namespace) -> argparse.Namespace:
    """What is said of how photos are colored, as `selcolor colorize` has it."""
    told = {name: value for name, value in vars(chosen).items() if name not in OWN_OPTIONS}
    return argparse.Namespace(**told)


def tell(summary: Summary, as_json: bool, page: str) -> None:
    """What a run did, for a person or a script."""
    if as_json:
        print(json.dumps(asdict(summary) | {"report": page}))
        return
    parts = [f"{in_words(summary.done)} colored"]
    if summary.unchanged:
        parts.append(f"{summary.unchanged} were done already")
    print(f"{', '.join(parts)}; to look through: {page}")
    if summary.failed or summary.set_aside:
        print(
            f"selcolor: {in_words(summary.failed + summary.set_aside)} failed; set aside.\n"
            "          `--retry-failed` tries them again.",
            file=sys.stderr,
        )


def in_words(count: int) -> str:
    """A number of photos."""
    return f"{count} photo{'' if count == 1 else 's'}"
