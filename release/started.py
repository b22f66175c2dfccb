"""Starts what is to be published, each file in a fresh home: it counts as made only after that.

The packages that the program needs are those of this Python, so that nothing is downloaded; an
installation with their real wheels is `make editors-installed`, real editors are `tests/editors`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

from wheel_files import write_wheel

from selcolor_installer.standalone.inherited import own_environment
from selcolor_installer.standalone.packing import NAME as INSTALLER

PHOTO = "from skimage import data, io; import sys; io.imsave(sys.argv[1], data.astronaut())"
PLUGINS = {
    "krita": ("selective_colorize/vendor", "from selcolor_plugin import coloring, daemon"),
    "gimp": ("selective-colorize/vendor", "from selcolor_plugin import coloring, daemon"),
}


def start_everything(folder: Path) -> None:
    """Start every file of a release.

    Raises:
        CalledProcessError: one did not start; its output is shown.
    """
    with tempfile.TemporaryDirectory(prefix="selrel-") as place:
        home = Path(place)
        (wheel,) = folder.glob("*.whl")
        color_a_photo(install(wheel, home / "from-wheel"), home)
        rebuilt = build_from_sdist(next(folder.glob("*.tar.gz")), home / "from-sdist")
        compare(wheel, rebuilt)
        run_installer(folder / INSTALLER, wheel, home)
        for editor, (vendor, imports) in PLUGINS.items():
            import_plugin(next(folder.glob(f"*-{editor}-*.zip")), vendor, imports, home / editor)


def run(command: list[str], home: Path, allowed: tuple[int, ...] = (0,)) -> str:
    """Run a command as somebody with a fresh home; what it printed."""
    place = {
        "HOME": str(home),
        "SELCOLOR_RUNTIME_DIR": str(home / "run"),
        "XDG_STATE_HOME": str(home / "state"),
        # pip asks for the version of rustc, and rustup would then write into the home.
        "RUSTUP_HOME": str(home.parent / "rustup"),
    }
    done = subprocess.run(  # noqa: S603 - our own command
        command,
        check=False,
        env=own_environment() | place,
        cwd=home,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode not in allowed:
        print(done.stdout)
        done.check_returncode()
    return done.stdout


def install(wheel: Path, environment: Path) -> Path:
    """Install a wheel into an environment that has this Python's packages, but not our checkout."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)  # noqa: S603 - our own command
    packages = next(environment.glob("lib/python3*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)  # what an installation does with a pure wheel
    (packages / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin/python"


def color_a_photo(python: Path, home: Path) -> None:
    """Color a photo with the installed program, not with the checkout."""
    program = [str(python), "-m", "selcolor_backend"]
    where = run([str(python), "-c", "import selcolor_backend as b; print(b.__file__)"], home)
    assert str(python.parents[1]) in where, where
    run([str(python), "-c", PHOTO, str(home / "photo.png")], home)
    try:
        run([*program, "colorize", str(home / "photo.png"), "-o", str(home / "out")], home)
    finally:
        run([*program, "stop", "--force"], home)
    assert any((home / "out").iterdir())


def build_from_sdist(sdist: Path, folder: Path) -> Path:
    """The wheel that the sdist makes."""
    folder.mkdir()
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    run([*command, str(folder), "--no-build-isolation", str(sdist)], folder)
    return next(folder.glob("*.whl"))


def compare(wheel: Path, other: Path) -> None:
    """See that both wheels hold the same files."""
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(other) as two:
        differing = set(one.namelist()) ^ set(two.namelist())
    assert not differing, f"the sdist makes another wheel: {sorted(differing)}"


def run_installer(installer: Path, wheel: Path, place: Path) -> None:
    """Install offline into a fresh home by the one file, look, and uninstall: nothing is left."""
    with zipfile.ZipFile(installer) as archive:
        assert archive.read(wheel.name) == wheel.read_bytes()
    assert os.access(installer, os.X_OK)
    home, bundle = place / "fresh", write_bundle(place / "bundle", wheel)
    home.mkdir()
    (home / "theirs").write_text("what was there before")
    before = snapshot(home)
    alone = [sys.executable, "-I", "-S", str(installer)]
    assert "and has colored a photo" in run([*alone, "--wheels", str(bundle)], home)
    assert "version" in run([str(home / ".local/bin/selcolor"), "doctor"], home, allowed=(0, 1))
    run([*alone, "--uninstall", "--settings", "--models"], home)
    assert snapshot(home) == before, snapshot(home).keys() ^ before.keys()


def write_bundle(folder: Path, wheel: Path) -> Path:
    """What `--bundle` fills, with wheels that lead to the packages of this Python.

    An editor of this machine gets no plugin by them: theirs are not the published ones.
    """
    for distribution in metadata.distributions():
        name = distribution.name.replace("-", "_")
        if name not in ("pip", wheel.name.split("-")[0]):
            write_wheel(folder, name, distribution.version)
    ours = {"ours.pth": sysconfig.get_path("purelib") + "\n"}
    write_wheel(folder, "torch", metadata.version("torch"), ours)
    shutil.copy(wheel, folder)
    return folder


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Every file with its content, and every folder."""
    found = {str(path): path for path in folder.rglob("*")}
    return {name: path.read_bytes() if path.is_file() else None for name, path in found.items()}


def import_plugin(packed: Path, vendor: str, imports: str, folder: Path) -> None:
    """Import what a plugin imports from its own folder alone, as an editor's Python does."""
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    code = f"import sys; sys.path.insert(0, {str(folder / vendor)!r}); {imports}"
    run([sys.executable, "-I", "-S", "-c", code], folder)
