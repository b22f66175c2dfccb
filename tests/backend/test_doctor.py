"""The doctor reaches its end whatever it meets; a folder that is not needed yet is no fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from selcolor_backend.cli.doctor import Finding, examine_logs, mended, to_the_end
from selcolor_protocol.errors import CannotWrite


def fails(error: Exception) -> Iterator[Finding]:
    yield Finding("one", True, "well")
    raise error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermissionError(13, "Permission denied", "/root/x"), "not_readable"),
        (UnicodeDecodeError("utf-8", b"", 0, 1, "no text"), "check_failed"),
        (CannotWrite("No.", "Do that."), "cannot_write"),
    ],
)
def test_a_check_that_fails_is_a_finding_and_the_others_follow(error: Exception, code: str) -> None:
    findings = list(to_the_end(lambda: fails(error), lambda: [Finding("two", True, "well")]))

    assert [finding.subject for finding in findings] == ["one", "doctor", "two"]
    assert (findings[1].well, findings[1].code) == (False, code)
    assert findings[1].advice


def test_what_cannot_be_mended_is_told(tmp_path: Path) -> None:
    finding = Finding("x", False, "Broken.", "Mend it.", "x", (tmp_path / "gone").unlink)

    told = mended(finding)

    assert not told.well
    assert "Mending it failed" in told.detail


def test_a_log_folder_that_does_not_exist_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SELCOLOR_LOG_DIR", str(tmp_path / "state" / "log"))

    (finding,) = examine_logs()

    assert finding.well
    assert not (tmp_path / "state").exists()


def test_a_log_folder_that_cannot_be_written_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SELCOLOR_LOG_DIR", str(tmp_path / "log"))
    monkeypatch.setattr("os.access", lambda _path, _mode: False)

    (finding,) = examine_logs()

    assert (finding.well, finding.code) == (False, "logs_unwritable")
    assert str(tmp_path) in finding.advice
