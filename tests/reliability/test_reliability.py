"""A small part of `make reliability`, so that it is known to work."""

from __future__ import annotations

import attacks
import failures
import pytest
from proof import SOME

from reliability import Check, run
from selcolor_protocol.runtime import RUNTIME_DIR_VARIABLE

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a check changes is changed back."""
    monkeypatch.setenv(RUNTIME_DIR_VARIABLE, "")


@pytest.mark.parametrize(
    "check",
    [attacks.fuzz, attacks.strangers, failures.load, failures.successions],
)
def test_a_promise_is_kept(check: Check) -> None:
    proof = run(check, SOME)

    assert proof.holds, proof
