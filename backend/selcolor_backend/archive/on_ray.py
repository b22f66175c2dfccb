"""A batch on a Ray cluster: Ray Data hands photos to actors that hold the networks.

Photos stream through, a few at a time in each actor, so that memory stays bounded however large the
archive is. Where a node is lost, Ray gives its photos to another; the notary knows which of them
were finished. Photos and results are on a disk that is the same on every node, or in stores.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from selcolor_backend.archive.entry import Entry, State, now
from selcolor_backend.archive.manifest import Manifest, opened
from selcolor_backend.archive.messages import GO_ON, Result, Work
from selcolor_backend.archive.planning import Plan
from selcolor_backend.archive.progress import Progress
from selcolor_backend.archive.run import finish, knowing
from selcolor_protocol.errors import CannotWrite, InvalidOptions

PHOTOS_AT_ONCE = 2
"""In one actor: while one photo is painted, another is read or written."""

GPU_SHARE = 0.25
"""Of a GPU, for one actor: painting needs a core, and four of them fill a GPU."""

LOCAL = "local"


def run_on_ray(
    manifest: Manifest, path: Path, plan: Plan, address: str, keep: Callable[[], None]
) -> Progress:
    """Do the work of a plan on a cluster.

    Args:
        manifest: written while the work is done.
        path: of the manifest.
        plan: what is to be done.
        address: of the cluster, as `ray.init` takes it; `local` for one on this machine alone.
        keep: called between changes of the manifest.

    Raises:
        InvalidOptions: Ray is not installed, or there is no cluster.
        CannotWrite: no photo can be written any more.
    """
    progress = Progress(len(plan.work))
    if not plan.work:
        return progress
    _connect(address)
    with manifest.saved():
        for work in plan.work:
            if not work.known_sha256:
                manifest.write(replace(work.entry, changed=now()))
    for result in _results(plan.work, path.absolute()):
        if result.stops:
            raise CannotWrite(
                f"{result.stops} The batch was ended; finished photos are kept.",
                GO_ON,
            )
        with manifest.saved():
            finish(manifest, progress, result.entry, result.is_unchanged)
        progress.tell()
        keep()
    return progress


def _connect(address: str) -> None:
    try:
        import ray
    except ImportError:
        raise InvalidOptions(
            "Ray is not installed.", "Run `pip install 'selective-colorize[ray]'`."
        ) from None
    if ray.is_initialized():
        return
    try:
        passed = {name: value for name, value in os.environ.items() if _is_ours(name)}
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level=logging.WARNING,
            runtime_env={"env_vars": passed},
        )
    except (ConnectionError, ValueError) as error:
        raise InvalidOptions(
            f"There is no Ray cluster at {address} ({error}).",
            "Start one with `ray start --head`, or name `local`.",
        ) from error


def _is_ours(variable: str) -> bool:
    """Whether a variable of the environment decides on results, on every node."""
    return variable.startswith("SELCOLOR_") or variable == "SOURCE_DATE_EPOCH"


def _results(works: list[Work], path: Path) -> Iterator[Result]:
    """What became of each photo, as it comes."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    ray.data.DataContext.get_current().enable_progress_bars = False  # ours tells more
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    notary = ray.remote(Notary).options(num_cpus=0, scheduling_strategy=here).remote(path)
    resources: dict[str, float] = ray.cluster_resources()
    cores = max(1, int(resources.get("CPU", 1)))
    # Small blocks: what is lost with a node is done again.
    photos = ray.data.from_items(
        [{"work": pickle.dumps(work)} for work in works], override_num_blocks=len(works)
    )
    actors = ray.data.ActorPoolStrategy(
        min_size=1,
        max_size=min(cores, len(works)),
        max_concurrent_calls_per_actor=PHOTOS_AT_ONCE,
        enable_true_multi_threading=True,  # painting has a lock of its own
    )
    colored = photos.map_batches(
        Colorist,
        fn_constructor_args=(notary,),
        batch_size=1,
        compute=actors,
        num_cpus=1,
        num_gpus=GPU_SHARE if resources.get("GPU") else 0,
    )
    for row in colored.iter_rows():
        yield pickle.loads(row["result"])  # noqa: S301 – of our own actors


class Notary:
    """Writes into the manifest what is ready, on the machine where it lies."""

    def __init__(self, path: Path) -> None:
        """Know where the manifest is."""
        self._path = path
        self._ready: dict[str, Entry] = {}

    def note(self, entry: Entry) -> None:
        """A photo's files are complete, and may get their names now."""
        with opened(self._path) as manifest, manifest.saved():
            manifest.write(replace(entry, changed=now()))
        self._ready[entry.photo] = replace(entry, look=entry.look)

    def known(self, photo: str) -> Entry | None:
        """What is ready of a photo that has been given to somebody before."""
        return self._ready.get(photo)


class Colorist:
    """An actor of the cluster: holds the networks, and colors what it is given."""

    def __init__(self, notary: Any) -> None:
        """Open no network yet.

        Args:
            notary: a handle of the `Notary`.
        """
        import threading

        from selcolor_backend.archive.worker import use_one_core
        from selcolor_backend.models.devices import best_device
        from selcolor_backend.models.loading import WarmModels

        use_one_core()
        self._notary = notary
        self._models = WarmModels(best_device())
        self._turn = threading.Lock()

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        """Color the photos of a batch of rows."""
        works = (pickle.loads(work) for work in batch["work"])  # noqa: S301 – of our own driver
        return {"result": [pickle.dumps(self._do(work)) for work in works]}

    def _do(self, work: Work) -> Result:
        import ray

        from selcolor_backend.archive.in_stores import do

        known = ray.get(self._notary.known.remote(work.entry.photo))
        if known is not None and known.has_its_files(work.out):
            return Result(replace(known, state=State.DONE, earlier=()))
        if known is not None:
            work = knowing(work, known)
        return do(
            work, self._models, self._turn, lambda entry: ray.get(self._notary.note.remote(entry))
        )
