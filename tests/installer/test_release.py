"""What is published: the zips of the plugins, and the changelog that is cut."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from install_script import CHECKOUT
from plugin_zips import make_gimp_zip, make_krita_zip
from release import cut, notes, sums

CHANGES = "# Changelog\n\n## Unreleased\n\n### Added\n- More.\n\n## 0.0.1\n\n- Less.\n"


def test_what_was_unreleased_stands_under_the_version_and_the_next_begins_empty() -> None:
    assert "## Unreleased\n\n## 1.0\n\n### Added\n- More." in cut(CHANGES, "1.0")
    assert notes(CHANGES) == "### Added\n- More.\n"
    with pytest.raises(ValueError, match=r"what is new in 1\.0"):
        cut("# Changelog\n", "1.0")


def test_the_digests_can_be_checked(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "SHA256SUMS").write_text(sums([tmp_path / "a"]))

    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, check=True)


def test_kritas_zip_has_all_that_the_plugin_imports_in_the_modules_folder(tmp_path: Path) -> None:
    packed = make_krita_zip(tmp_path)

    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
    assert "selective_colorize/" in names, "Krita finds the module by the entry of its folder"
    assert {"selective_colorize.desktop", "selective_colorize.action"} <= set(names)
    vendor = "selective_colorize/vendor/"
    assert {f"{vendor}selcolor_plugin/job.py", f"{vendor}msgpack/__init__.py"} <= set(names)
    outside = [name for name in names if not name.startswith("selective_colorize")]
    assert [name for name in outside if name != "./"] == []
    assert not [name for name in names if name.endswith((".so", ".pyd", ".pyc"))]


def test_gimps_program_is_executable_after_unpacking(tmp_path: Path) -> None:
    packed = make_gimp_zip(tmp_path)

    code = "import sys, zipfile; print(oct(zipfile.ZipFile(sys.argv[1]).getinfo(sys.argv[2])"
    code += ".external_attr >> 16))"
    program = "selective-colorize/selective-colorize.py"
    done = subprocess.run(
        [sys.executable, "-c", code, str(packed), program], capture_output=True, text=True
    )
    assert done.stdout.strip() == "0o100755"


def test_the_workflow_can_be_read_and_starts_what_is_there() -> None:
    workflow = yaml.safe_load((CHECKOUT / ".github/workflows/tests.yml").read_text())

    assert set(workflow["jobs"]) == {"linux", "macos-and-windows", "krita", "release"}
    makefile = (CHECKOUT / "Makefile").read_text()
    for job in workflow["jobs"].values():
        assert {"runs-on", "steps"} <= set(job)
        for step in job["steps"]:
            assert len({"run", "uses"} & set(step)) == 1
            for target in re.findall(r"make (\S+)", step.get("run", "")):
                assert re.search(rf"(?m)^{target}:", makefile), target
            for path in re.findall(r"(?:tests|installer)/\S+", step.get("run", "")):
                assert (CHECKOUT / path).exists(), path
