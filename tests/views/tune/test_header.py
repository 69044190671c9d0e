"""The search that a part of the page follows while the rest stands still."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dashboard.views.tune.header import shown_now
from mnist_core.tuning.study import Study, StudySettings, create_study, set_settings
from tests.tuning.conftest import small_space


def test_a_budget_that_was_changed_is_shown_without_drawing_the_whole_page(runs_folder: Path) -> None:
    drawn = create_study(runs_folder, Study(name="first", space=small_space(), settings=StudySettings(trials=4)))
    set_settings(runs_folder, "first", replace(drawn.settings, trials=8))
    assert shown_now(drawn, was_live=False).study.settings.trials == 8
    (runs_folder / "studies" / "first" / "study.json").write_text("{")
    assert shown_now(drawn, was_live=False).study == drawn
