"""Short versions of the batteries behind `make faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.damage import damage_files, fail_every_call
from benchmarks.killing import kill_again_and_again
from tests.thorough import some_of


@pytest.mark.parametrize("kills", some_of((15, 40), always=(15,)))
def test_kills_at_random_instants_lose_nothing(tmp_path: Path, kills: int) -> None:
    findings = kill_again_and_again(tmp_path, kills=kills, epochs=8, seed=1)
    assert findings.kills == kills
    assert findings.epochs > 0, "no run came to its end"
    assert findings.is_clean, findings


@pytest.mark.thorough
def test_any_single_failing_write_sync_or_rename_loses_nothing(tmp_path: Path) -> None:
    trials, findings = fail_every_call(tmp_path)
    assert trials > 60
    assert findings.is_clean, findings


def test_damaged_files_raise_only_our_own_errors(tmp_path: Path) -> None:
    assert damage_files(tmp_path, trials=300, seed=2) == []
