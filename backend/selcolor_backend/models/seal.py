"""Writes size and digest of the embedded weight files into `models.toml`; a maintainer's command.

`python -m selcolor_backend.models.seal` belongs to every commit that changes a file of
`backend/weights`. Everything else in the registry is edited by hand.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from selcolor_backend.models.digest import Fingerprint, fingerprint_of
from selcolor_backend.models.registry import MODELS_FILE, read_models


def seal_entry(registry: str, name: str, fingerprint: Fingerprint) -> str:
    """The registry's text with one model's `bytes` and `sha256` replaced; comments are kept.

    Raises:
        ValueError: there is no such table, or it lacks one of the two lines.
    """
    table = re.compile(rf"(?ms)^\[{re.escape(name)}\]$.*?(?=^\[|\Z)")
    found = table.search(registry)
    if found is None:
        raise ValueError(f"models.toml has no [{name}]")
    text, sizes = re.subn(r"(?m)^bytes = \d+$", f"bytes = {fingerprint.bytes}", found.group())
    text, digests = re.subn(r'(?m)^sha256 = "[0-9a-f]*"$', f'sha256 = "{fingerprint.sha256}"', text)
    if (sizes, digests) != (1, 1):
        raise ValueError(f"[{name}] needs one line `bytes = …` and one line `sha256 = …`")
    return registry[: found.start()] + text + registry[found.end() :]


def seal(registry_file: Path = MODELS_FILE) -> list[str]:
    """Seal every embedded file that is here; return the names of those that are not."""
    missing = []
    registry = registry_file.read_text(encoding="utf-8")
    for model in read_models(registry_file).values():
        if not model.embedded:
            continue
        if not model.path.is_file():
            missing.append(model.name)
            continue
        fingerprint = fingerprint_of(model.path)
        registry = seal_entry(registry, model.name, fingerprint)
        print(f"{model.name}: {fingerprint.bytes} bytes, sha256 {fingerprint.sha256}")
    registry_file.write_text(registry, encoding="utf-8")
    return missing


def main() -> int:
    """Seal; 0 when every embedded model has its file."""
    missing = seal()
    for name in missing:
        print(f"{name}: no weight file yet, left as it was", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
