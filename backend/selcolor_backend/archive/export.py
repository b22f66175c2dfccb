"""The manifest as a table for other programs: CSV, or Parquet with the extra `parquet`."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from selcolor_backend.archive.entry import Entry
from selcolor_backend.archive.manifest import all_entries
from selcolor_backend.cli.staging import commit, staging_folder
from selcolor_protocol.errors import InvalidOptions

PARQUET = ".parquet"
CSV = ".csv"


def row_of(entry: Entry) -> dict[str, object]:
    """A photo as a row; what is many in one is joined by spaces or commas."""
    told = {name: value for name, value in vars(entry).items() if name not in ("look", "earlier")}
    return told | {
        "state": entry.state.value,
        "files": " ".join(file.name for file in entry.files),
        "networks": ", ".join(entry.networks),
        "notes": " ".join(entry.notes),
    }


def write(out: Path, target: Path, overwrite: bool) -> int:
    """Write the manifests of a folder of results as one table.

    Args:
        out: the folder of all results.
        target: a file whose name ends with .csv or .parquet.
        overwrite: replace a file of that name.

    Returns:
        How many photos it has.

    Raises:
        InvalidOptions: it is of another kind, or pyarrow is not installed.
        CannotWrite: there is such a file, or it cannot be written.
        FileError: there is no manifest.
    """
    writers = {CSV: _write_csv, PARQUET: _write_parquet}
    if target.suffix not in writers:
        raise InvalidOptions(
            f"{target.name} is neither .csv nor .parquet.", "Choose a name that ends so."
        )
    rows = [row_of(entry) for _, entry in all_entries(out)]
    with staging_folder(target.parent) as staging:
        made = staging / target.name
        writers[target.suffix](rows, made)
        commit([(made, target)], overwrite)
    return len(rows)


def _write_csv(rows: Sequence[Mapping[str, object]], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)


def _write_parquet(rows: Sequence[Mapping[str, object]], path: Path) -> None:
    try:
        from pyarrow import Table, parquet
    except ImportError:
        raise InvalidOptions(
            "Parquet needs pyarrow, which is not installed.",
            "Run `pip install 'selective-colorize[parquet]'`, or export .csv.",
        ) from None
    parquet.write_table(Table.from_pylist(list(rows)), path)
