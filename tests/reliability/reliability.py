"""`make reliability`: does to the daemon what could harm it, and prints what came of it.

    PYTHONPATH=tests/backend python tests/reliability/reliability.py [--share 0.2] [NAME …]

The table stands in SECURITY.md; each row says how much was done. All of it takes about 15 minutes
on a quiet machine, `--share` a part of it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import attacks
import failures
from daemon_home import DaemonHome
from proof import ALL, Amount, Proof

from selcolor_protocol.runtime import RUNTIME_DIR_VARIABLE

Check = Callable[[DaemonHome, Amount], Proof]

CHECKS: tuple[Check, ...] = (
    attacks.fuzz,
    attacks.flood,
    attacks.strangers,
    attacks.many_frames,
    attacks.many_connections,
    attacks.never_reads,
    failures.load,
    failures.cancels,
    failures.kills,
    failures.soak,
    failures.successions,
)


def run(check: Check, amount: Amount) -> Proof:
    """Run one check with a daemon of its own."""
    folder = Path(tempfile.mkdtemp(prefix="selcolor-"))
    home = DaemonHome(folder)
    os.environ[RUNTIME_DIR_VARIABLE] = str(home.runtime)
    try:
        return check(home, amount)
    except Exception:
        traceback.print_exc()
        return Proof(check.__name__, "the check itself failed, see above", False)
    finally:
        home.end()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Print a row for each check; 1 when a promise was not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="how much to do, in (0, 1]")
    parser.add_argument("names", nargs="*", help="checks (default: all)")
    given = parser.parse_args()
    chosen = [check for check in CHECKS if not given.names or check.__name__ in given.names]
    print("| promise | measured | kept |\n|---|---|---|", flush=True)
    proofs = []
    for check in chosen:
        began = time.monotonic()
        proofs.append(run(check, ALL.scaled(given.share)))
        row = proofs[-1]
        print(f"| {row.promise} | {row.figure} | {'yes' if row.holds else '**no**'} |", flush=True)
        print(f"{check.__name__}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return 0 if all(proof.holds for proof in proofs) else 1


if __name__ == "__main__":
    sys.exit(main())
