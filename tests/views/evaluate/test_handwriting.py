"""Weak groups stand with the figures of the half that had no part in finding them."""

from __future__ import annotations

from mnist_core.data.measures.stored import compute_measures
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.weak_slices import weak_slices
from mnist_core.runs.store import RunStore
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import component
from tests.pages.opening import OpenPage


def test_weak_groups_stand_with_the_figures_of_the_other_half(open_page_at_rest: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    groups = weak_slices(predictions, compute_measures(load_dataset("mnist-sample")).test.to_frame())
    table = component(open_page_at_rest("evaluate", view="handwriting"), "evaluate.groups")["rows"]
    assert len(table) == len(groups) > 0
    for row, group in zip(table, groups, strict=True):
        text, other = row[0][0], group.confirmation
        assert text.lower().startswith(group.name.lower())
        rates = (f"{other.n_wrong / other.n:.1%}", f"{other.n_wrong_elsewhere / other.n_elsewhere:.1%}")
        assert [text.find(rate) >= 0 for rate in rates] == [True, True]
        assert f"{other.n} " in text
