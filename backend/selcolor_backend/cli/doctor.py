"""`selcolor doctor`: what runs where, what is missing, and what to do about it.

Other components add checks of their own through the entry points of CHECKS_GROUP.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version

from selcolor_backend import deaths, folders
from selcolor_backend.cli.session import open_session
from selcolor_backend.models import store
from selcolor_backend.version import VERSION
from selcolor_protocol import runtime
from selcolor_protocol.errors import SelectiveColorizeError

CHECKS_GROUP = "selcolor.checks"
"""Entry points of further checks: functions that take nothing and give findings."""

PACKAGES = ("torch", "torchvision", "transformers", "numpy", "pillow", "pyzmq", "msgpack")
DEATHS_SHOWN = 5
DEVICE_SECONDS = 60.0
ENOUGH_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what was looked at.
        well: nothing needs to be done.
        detail: what was found.
        advice: what to do, where something must be done.
        code: names what is wrong, for programs; empty where all is well.
        mend: puts it right; None where only a person can.
    """

    subject: str
    well: bool
    detail: str
    advice: str = ""
    code: str = ""
    mend: Callable[[], object] | None = None


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    doctor = commands.add_parser("doctor", help="what runs where, what is missing, what to do")
    doctor.add_argument("--json", action="store_true", help="for scripts")
    doctor.add_argument("--mend", action="store_true", help="put right what can be put right")
    doctor.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Look at everything; 1 when something still needs to be done."""
    findings: list[Finding] = []
    for found in examine():
        finding = mended(found) if chosen.mend else found
        findings.append(finding)
        if not chosen.json:
            print(describe(finding), flush=True)
    if chosen.json:
        print(json.dumps([as_record(finding) for finding in findings]))
    return 0 if all(finding.well for finding in findings) else 1


def mended(finding: Finding) -> Finding:
    """The finding after mending it; as it was where it is well or only a person can help."""
    if finding.well or finding.mend is None:
        return finding
    try:
        finding.mend()
    except SelectiveColorizeError as error:
        detail = f"{finding.detail} Mending it failed: {error.sentence}"
        return Finding(finding.subject, False, detail, error.hint, finding.code)
    except OSError as error:
        detail = f"{finding.detail} Mending it failed ({error})."
        return Finding(finding.subject, False, detail, finding.advice, finding.code)
    return Finding(finding.subject, True, f"mended: {finding.detail}", code=finding.code)


def as_record(finding: Finding) -> dict[str, object]:
    """A finding for `--json`."""
    return {
        "subject": finding.subject,
        "well": finding.well,
        "detail": finding.detail,
        "advice": finding.advice,
        "code": finding.code,
        "mendable": finding.mend is not None,
    }


def describe(finding: Finding) -> str:
    """A finding as a person reads it."""
    line = f"{'ok ' if finding.well else '!! '} {finding.subject:12} {finding.detail}"
    advice = finding.advice
    if finding.mend is not None and not finding.well:
        advice = f"{advice} `selcolor doctor --mend` does it.".strip()
    return f"{line}\n    → {advice}" if advice else line


def examine() -> Iterator[Finding]:
    """All findings, the quick ones first; a check that fails is a finding, too."""
    yield Finding("version", True, f"{VERSION}, Python {platform.python_version()}")
    points = sorted(entry_points(group=CHECKS_GROUP))
    yield from to_the_end(
        examine_packages,
        examine_disk,
        examine_models,
        *(partial(_examine_further, point) for point in points),
        examine_runtime_folder,
        examine_daemon,
        examine_logs,
        examine_deaths,
    )


def _examine_further(point: EntryPoint) -> Iterator[Finding]:
    """What another component looks at; loaded here, so that it may fail here."""
    yield from point.load()()


def to_the_end(*checks: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of these checks, one after the other, whatever happens in one of them."""
    for check in checks:
        try:
            yield from check()
        except SelectiveColorizeError as error:
            yield Finding("doctor", False, error.sentence, error.hint, error.code)
        except OSError as error:
            name, why = error.filename or "A file", error.strerror or error
            advice = "Make it yours, or run the doctor as the user whose it is."
            detail = f"{name} cannot be looked at ({why})."
            yield Finding("doctor", False, detail, advice, "not_readable")
        except Exception as error:  # a person who calls the doctor needs all that can be found out
            detail = f"A check could not be made ({type(error).__name__}: {error})."
            advice = "The other lines are right. Please report this one."
            yield Finding("doctor", False, detail, advice, "check_failed")


def examine_packages() -> Iterator[Finding]:
    """The packages that the work needs."""
    for name in PACKAGES:
        try:
            yield Finding("package", True, f"{name} {version(name)}")
        except PackageNotFoundError:
            advice = "Install Selective Colorize again: pip install --upgrade selective-colorize"
            yield Finding("package", False, f"{name} is missing", advice, "package_missing")


def examine_disk() -> Iterator[Finding]:
    """Room for models."""
    folder = folders.models_folder()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{free / 1e9:.1f} GB free at {existing}"
    advice = "" if free >= ENOUGH_BYTES else "Free some space: larger networks need 0.3 GB each."
    yield Finding("disk", not advice, detail, advice, "disk_full" if advice else "")


def examine_models() -> Iterator[Finding]:
    """Digests of all weight files that are here."""
    for check in store.verify_models():
        if check.problem is None:
            yield Finding("model", True, f"{check.name} is sound")
        else:
            problem = check.problem
            yield Finding("model", False, problem.sentence, problem.hint, problem.code)


def examine_runtime_folder() -> Iterator[Finding]:
    """The folder that the connection file lies in."""
    try:
        yield Finding("runtime", True, str(runtime.private_runtime_folder()))
    except SelectiveColorizeError as error:
        yield Finding("runtime", False, error.sentence, error.hint, error.code)


def examine_daemon() -> Iterator[Finding]:
    """The daemon, started if need be, and the device that its worker found."""
    try:
        with open_session() as session:
            deadline = time.monotonic() + DEVICE_SECONDS
            status = session.status()
            while status.device is None and time.monotonic() < deadline:
                time.sleep(0.2)
                status = session.status()
    except SelectiveColorizeError as error:
        yield Finding("daemon", False, error.sentence, error.hint, error.code)
        return
    if status.device is None:
        advice = f"Read the worker's log in {folders.log_folder()}."
        yield Finding("daemon", False, "it runs, but its worker does not start", advice)
        return
    yield Finding("daemon", True, f"process {status.pid}, networks run on {status.device}")


def examine_deaths() -> Iterator[Finding]:
    """Processes that ended unasked: worth knowing, but nothing to be done about now."""
    for death in deaths.latest(DEATHS_SHOWN):
        yield Finding("death", True, f"{death.time} {death.process}: {death.reason}")


def examine_logs() -> Iterator[Finding]:
    """The folder of the logs, which helps when something else is wrong."""
    folder = folders.log_folder()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if os.access(existing, os.W_OK):
        yield Finding("logs", True, f"{folder}{'' if folder.exists() else ', not needed so far'}")
        return
    advice = f"Make {existing} writable; until then nothing is logged."
    yield Finding("logs", False, f"{folder} cannot be written", advice, "logs_unwritable")
