"""What Home suggests after a run, how long it is said to take, and how times and shares are written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard import cached
from dashboard.views.home.expected_time import extra_seconds
from dashboard.views.home.suggestion import Suggestion, _cost, suggestion_for
from mnist_core.hints.hint import Evidence, Hint, HintKind
from mnist_core.runs.store import RunStore
from mnist_core.training.settings import TrainingSettings
from tests.finished_runs import finished_run
from tests.pages.opening import OpenPage


@pytest.fixture
def store(open_page: OpenPage, runs_folder: Path) -> RunStore:
    """The runs of a test, without what the server cached of those of another one."""
    return RunStore(runs_folder)


def hint(title: str, **changes: object) -> Hint:
    kind, seen_in = HintKind.OVERFITTING, Evidence.LOSS
    return Hint(kind=kind, title=title, evidence="Seen.", seen_in=seen_in, advice="Do it.", changes=changes)


def test_a_hint_that_may_improve_the_network_comes_before_one_that_cannot(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.get(finished_run(store))
    found = (hint("Only words"), hint("larger split", validation_fraction=0.3), hint("other rate", learning_rate=0.5))
    monkeypatch.setattr(cached, "hints", lambda _: found)
    suggestion = suggestion_for(run)
    assert suggestion is not None
    assert suggestion.title == "other rate"
    assert suggestion.config == replace(run.config, training=replace(run.config.training, learning_rate=0.5))


def test_nothing_is_suggested_to_a_network_that_learned_nothing(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More epochs of the same would contradict the hint."""
    run = store.get(finished_run(store))
    nothing = replace(hint("Nothing learned"), kind=HintKind.NOTHING_LEARNED)
    monkeypatch.setattr(cached, "hints", lambda _: (nothing,))
    assert suggestion_for(run) is None


def test_without_such_a_hint_it_is_augmentation_and_only_once(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    run = store.get(finished_run(store))
    monkeypatch.setattr(cached, "hints", lambda _: (hint("larger split", validation_fraction=0.3),))
    suggestion = suggestion_for(run)
    assert suggestion is not None
    training = suggestion.config.training
    assert training.augmentation.is_on
    assert training.epochs == 2 * run.config.training.epochs
    store.set(run.run_id, config=suggestion.config.to_dict())
    assert suggestion_for(store.get(run.run_id)) is None


def test_twice_as_many_epochs_are_never_said_to_take_as_long_as_before(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two epochs of a second each: two seconds more are little, but twice as much."""
    run = store.get(finished_run(store, epochs=2))
    longer = Suggestion(title="Longer", reason="Why.", config=hint("longer", epochs=4).applied(run.config))
    same = Suggestion(title="Same", reason="Why.", config=hint("same", learning_rate=0.5).applied(run.config))
    extra = [extra_seconds(run, suggestion.config) for suggestion in (longer, same)]
    assert extra == pytest.approx([2, 0])
    assert len({_cost(run, longer, extra[0]), _cost(run, same, extra[1]), _cost(run, same, None)}) == 3


def test_more_epochs_cost_what_the_epochs_of_the_run_took(store: RunStore) -> None:
    run = store.get(finished_run(store, epochs=4))  # a second each, as its journal says
    longer = replace(run.config, training=replace(run.config.training, epochs=11))
    assert extra_seconds(run, longer) == pytest.approx(7)
    assert extra_seconds(run, replace(run.config, training=TrainingSettings(batch_size=7))) is None  # never measured
