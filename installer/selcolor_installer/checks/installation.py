"""What `install.py` left: half made environments, why it stopped, and broken-off downloads."""

from __future__ import annotations

from collections.abc import Iterator

from selcolor_backend.cli.doctor import Finding
from selcolor_backend.models.download import part_path
from selcolor_backend.models.registry import all_models
from selcolor_installer.standalone import environments

SUBJECT = "installation"


def examine() -> Iterator[Finding]:
    """Findings about the installation and about downloads."""
    yield from examine_failure()
    yield from examine_downloads()


def examine_failure() -> Iterator[Finding]:
    """An installation or upgrade that did not end well; what was there before still works."""
    failure, left = environments.last_failure(), environments.unused()
    if failure is not None:
        detail = f"The last installation ended early: {failure.sentence}"
        help_ = f"{failure.hint} The version that works now is kept."
        mend = environments.remove_unused
        yield Finding(SUBJECT, False, detail, help_, failure.code, mend)
    elif left:
        detail = f"An installation or upgrade was interrupted and left {left[0]}."
        help_ = "Run the installer again, which goes on from there; or remove what is left."
        mend = environments.remove_unused
        yield Finding(SUBJECT, False, detail, help_, "interrupted_upgrade", mend)


def examine_downloads() -> Iterator[Finding]:
    """Networks whose download broke off."""
    for model in all_models().values():
        part = part_path(model.path)
        if part.exists():
            kept = f"{part.stat().st_size / 1e6:.1f} MB are kept."
            detail = f"The download of {model.name} broke off; {kept}"
            again = f"Run `selcolor models get {model.name}`: it goes on from there."
            help_ = f"{again} Behind a proxy, set HTTPS_PROXY first."
            yield Finding("model", False, detail, help_, "network_lost")
