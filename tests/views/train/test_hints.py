"""Hints on the Train page: a change can be opened in Design or made to a run that trains; without one there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dashboard import cached
from dashboard.views.train import hints as train_hints
from dashboard.views.train.hints import PLACES
from mnist_core.designs.links import config_from_link
from mnist_core.hints.hint import Evidence, Hint, HintKind
from mnist_core.jobs.control import read_adjustments
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from mnist_core.training.progress import Adjustments
from tests.pages.finding import assert_sound, is_shown, links, says
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


def test_while_it_trains_a_certain_hint_is_shown_with_a_change_that_takes_effect_at_once(
    open_page: OpenPage, running: str
) -> None:
    app = open_page("train", run=running)
    assert_sound(app)
    assert is_shown(app, "train.hint.overfitting")
    assert says(app.get_by_key("train.hints"), "2", "0.400", "0.600")  # lowest at, lowest, least of the last three
    assert [page for page, _ in links(app.get_by_key("train.hints"))] == []  # no new design: the run goes on
    store = cached.run_store()
    done = store.get(running).summary.epochs_done
    app.button(key="train.hint.overfitting.do").click()
    app.run()
    assert_sound(app)
    assert read_adjustments(store.folder(running)) == Adjustments(epochs=done + 1)


def test_a_button_of_an_epoch_that_has_ended_does_not_end_the_run_in_the_past(
    open_page: OpenPage, running: str
) -> None:
    app = open_page("train", run=running)
    store = cached.run_store()
    store.update(running, lambda document: document["summary"].update(epochs_done=9))
    app.button(key="train.hint.overfitting.do").click()
    app.run()
    assert read_adjustments(store.folder(running)) == Adjustments(epochs=10)


def test_the_hints_of_a_run_in_training_are_worked_out_once_an_epoch(
    open_page: OpenPage, running: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(train_hints, "live_hints", lambda evidence: asked.append(evidence) or ())
    monkeypatch.setattr(cached, "hints", lambda _: pytest.fail("These need the end of the run."))
    app = open_page("train", run=running)
    for _ in range(3):
        app.run()
    assert_sound(app)
    assert len(asked) == 1


def test_a_queued_run_gets_no_hint(open_page: OpenPage, running: str) -> None:
    RunStore(cached.run_store().root).set(running, status="queued")
    app = open_page("train", run=running)
    assert not is_shown(app, "train.hints")
