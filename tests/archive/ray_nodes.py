"""`make archive-ray`: a batch on a Ray cluster of two local nodes, one of which is then killed.

Once more with photos and results in a store, by a server of its protocol on this machine. Prints
what must hold, and the pace over that of plain `selcolor batch`; ends with 1 where something does
not. By hand, for Ray is large and slow to start.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

ENVIRONMENT = {
    "SOURCE_DATE_EPOCH": "1700000000",
    "OMP_NUM_THREADS": "1",
    "RAY_raylet_start_wait_time_s": "300",  # on a busy machine its usual 30 are too few
}
os.environ.update(ENVIRONMENT)

import pytest  # noqa: E402
import ray  # noqa: E402
import s3_server  # noqa: E402
from archive_photos import make_archive  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

from selcolor_backend.archive import stores  # noqa: E402
from selcolor_backend.archive.entry import State  # noqa: E402
from selcolor_backend.archive.manifest import all_entries  # noqa: E402
from selcolor_backend.cli.main import main as selcolor  # noqa: E402

RESULTS = (".png", ".ora")
STORE = "s3://archive"
BROKEN = 3
"""The number of the photo that cannot be read."""


def main(count: int) -> int:
    """Prove it for so many photos."""
    with (
        tempfile.TemporaryDirectory(prefix="selcolor-ray-") as place,
        s3_server.serving(Path(place)) as endpoint,
        pytest.MonkeyPatch.context() as patch,
    ):
        s3_server.use(patch, endpoint, Path(place))
        patch.setenv("SELCOLOR_ARCHIVES_DIR", str(Path(place) / "archives"))
        scans, plain, whole, lost = (Path(place) / name for name in ("scans", "a", "b", "c"))
        make_archive(scans, count, broken=(BROKEN,))
        plain_seconds = seconds(lambda: color(scans, plain, "--workers", "2"))
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
        node = cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        ray.init(address=cluster.address, log_to_driver=False)
        ray_seconds = seconds(lambda: color(scans, whole, "--ray", cluster.address))
        bring(scans)
        color(f"{STORE}/scans", f"{STORE}/colored", "--ray", cluster.address)
        watch = threading.Thread(target=lose, args=(cluster, node, lost, count // 3))
        watch.start()
        color(scans, lost, "--ray", cluster.address)
        watch.join()
        ray.shutdown()
        cluster.shutdown()
        proven = {
            "same bytes as without Ray": digests(whole) == digests(plain),
            "same bytes from a store into a store": stored_digests() == digests(plain),
            "a node killed: all photos done": states(lost) == states(plain),
            "a node killed: same bytes": digests(lost) == digests(plain),
            "a node killed: none noted twice": most_runs(lost) == 1,
        }
    for claim, holds in proven.items():
        print(f"{claim}: {'holds' if holds else 'DOES NOT HOLD'}")
    print(f"{count} photos: {plain_seconds:.0f} s without Ray, {ray_seconds:.0f} s with it")
    print(f"pace with Ray over that without: {plain_seconds / ray_seconds:.2f}")
    return 0 if all(proven.values()) else 1


def bring(scans: Path) -> None:
    """Put the scans into a bucket."""
    client = stores._filesystem("s3")
    client.mkdir("archive")
    client.put(str(scans), "archive/scans", recursive=True)


def stored_digests() -> dict[str, str]:
    """As `digests`, of the results in the store."""
    client = stores._filesystem("s3")
    names = [name for name in client.find("archive/colored") if name.endswith(RESULTS)]
    return {
        name.removeprefix("archive/colored/"): hashlib.sha256(client.cat_file(name)).hexdigest()
        for name in sorted(names)
    }


def color(scans: Path | str, out: Path | str, *options: str) -> None:
    """Run a batch."""
    print(f"batch {' '.join(options)}", flush=True)
    selcolor(["batch", str(scans), str(out), "--color", "everything", *options])


def seconds(work: Callable[[], None]) -> float:
    """How long something takes."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def lose(cluster: Cluster, node: object, out: Path, count: int) -> None:
    """Kill a node once so many photos are done."""
    while states(out).count("done") < count:
        time.sleep(0.5)
    print(f"killing a node after {states(out).count('done')} photos", flush=True)
    cluster.remove_node(node, allow_graceful=False)


def states(out: Path) -> list[str]:
    """Of all photos; none as long as there is no manifest."""
    if not (out / ".selcolor" / "manifest.sqlite").exists():
        return []
    return sorted(entry.state.value for _, entry in all_entries(out))


def most_runs(out: Path) -> int:
    """How often the results of a photo were made, at most."""
    return max(entry.runs for _, entry in all_entries(out) if entry.state is State.DONE)


def digests(out: Path) -> dict[str, str]:
    """Every result with its digest."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.name.endswith(RESULTS)
    }


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
