"""Hints on the Train page: a change can be opened in Design, and a hint without one has no link."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dashboard import cached
from dashboard.views.train.hints import PLACES
from mnist_core.designs.links import config_from_link
from mnist_core.hints.hint import Evidence, Hint, HintKind
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.pages.finding import assert_sound, links, says
from tests.pages.opening import OpenPage


@pytest.fixture
def run_id(runs_folder: Path) -> str:
    store = RunStore(runs_folder)
    run_id = store.create(config_from_recipe("softmax-regression", dataset="mnist-sample", epochs=3))
    store.set(run_id, status="stopped")
    return run_id


def hint(kind: HintKind, title: str, **more: Any) -> Hint:
    return Hint(kind=kind, title=title, advice="Look again.", **{"evidence": "Seen.", "seen_in": Evidence.LOSS, **more})


def test_a_hint_without_a_change_has_words_but_no_link(
    open_page: OpenPage, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = hint(HintKind.PLATEAU, "Only words")
    change = hint(HintKind.UNDERFITTING, "A change", changes={"epochs": 6})
    monkeypatch.setattr(cached, "hints", lambda _: (words, change))
    app = open_page("train", run=run_id)
    assert_sound(app)
    hints = app.get_by_key("train.hints")
    assert says(hints, "1", "Only words", "Seen")
    assert says(hints, "2", "A change", "Seen")
    ((page, choices),) = links(hints)
    assert page == "design"
    assert config_from_link(choices["design"]).training.epochs == 6


def test_dead_units_lead_to_one_of_them_in_look_inside(
    open_page: OpenPage, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = hint(HintKind.DEAD_UNITS, "Dead", seen_in=Evidence.ACTIVATIONS, layer="dense_1", unit=7)
    monkeypatch.setattr(cached, "hints", lambda _: (dead,))
    hints = open_page("train", run=run_id).get_by_key("train.hints")
    assert links(hints) == [("inside", {"run": run_id, "channel": "dense_1-7"})]


def test_more_than_three_hints_are_folded_away(
    open_page: OpenPage, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tuple(hint(kind, f"No {number}") for number, kind in enumerate(tuple(HintKind)[:5]))
    monkeypatch.setattr(cached, "hints", lambda _: found)
    app = open_page("train", run=run_id)
    hidden = app.get_by_key("train.more_hints")
    assert [says(hidden, item.title) for item in found] == [False, False, False, True, True]
    assert [says(app.get_by_key("train.hints"), item.title) for item in found] == [True] * 5


def test_every_place_of_evidence_has_a_way_there() -> None:
    assert {*PLACES, Evidence.ACTIVATIONS} == set(Evidence)
