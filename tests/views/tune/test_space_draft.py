"""The search that a tab is about to start: what the core refuses leaves it unchanged, with a sentence."""

from __future__ import annotations

import json

from dashboard.views.tune.space_draft import SpaceDraft
from mnist_core.tuning.space import Choices, Range
from tests.tuning.conftest import base_config, small_space


def made() -> SpaceDraft:
    draft = SpaceDraft()
    draft.begin_with("here", base_config())
    return draft


def test_a_valid_dimension_replaces_that_of_its_setting() -> None:
    draft = made()
    assert draft.space is not None
    n = len(draft.space.dimensions)
    draft.put(Range(setting="learning_rate", low=0.001, high=0.002))
    assert len(draft.space.dimensions) == n
    assert next(one for one in draft.space.dimensions if one.setting == "learning_rate").words == "0.001 to 0.002"
    draft.put(Choices(setting="schedule", values=("constant", "cosine")))
    assert len(draft.space.dimensions) == n + 1
    assert draft.problem == ("", "")


def test_what_is_refused_leaves_the_space_and_says_why() -> None:
    draft = made()
    before = draft.space
    draft.put(Range(setting="learning_rate", low=0.1, high=0.01))
    assert draft.space == before
    assert draft.problem_at("dimension")
    draft.put(Range(setting="batch_size", low=1, high=None))  # type: ignore[arg-type]
    assert draft.space == before
    for dimension in draft.space.dimensions if draft.space else ():
        draft.remove(dimension.setting)
    assert draft.space is not None
    assert len(draft.space.dimensions) == 1  # the last one cannot be removed: nothing would be left to search
    assert draft.problem_at("dimension")


def test_another_base_begins_anew_and_the_same_one_does_not() -> None:
    draft = made()
    draft.remove("learning_rate")
    kept = draft.space
    draft.begin_with("here", base_config())
    assert draft.space == kept
    draft.begin_with("there", base_config())
    assert draft.space != kept


def test_the_base_keeps_its_space_when_its_data_change() -> None:
    draft = made()
    draft.set_base(epochs=7)
    draft.set_base(limit=500)
    assert draft.space is not None
    assert (draft.space.base.training.epochs, draft.space.base.limit) == (7, 500)
    draft.set_base(epochs=0)
    assert draft.space.base.training.epochs == 7
    assert draft.problem_at("epochs")


def test_a_search_needs_a_budget() -> None:
    draft = made()
    draft.set_search(trials=None)
    assert draft.settings.trials is not None
    assert draft.problem_at("trials")
    draft.set_search(minutes=10)
    draft.set_search(trials=None)
    assert (draft.settings.trials, draft.settings.minutes) == (None, 10)


def test_a_file_is_read_once_and_a_bad_one_changes_nothing() -> None:
    draft = made()
    draft.read("a", json.dumps(small_space().to_dict()).encode())
    assert draft.space == small_space()
    draft.remove("optimizer")
    changed = draft.space
    draft.read("a", json.dumps(small_space().to_dict()).encode())
    assert draft.space == changed
    draft.read("b", b"{}")
    assert draft.space == changed
    assert draft.problem_at("file")
