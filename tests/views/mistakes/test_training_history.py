"""Training histories of the validation digits, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.training_history import Category
from mnist_core.runs.store import RunStore
from tests.finished_runs import damage
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import assert_sound, component, has_component, numbers, says
from tests.pages.opening import OpenPage

VIEW, VIEW_OF_ONE_DIGIT = "training_history", "explain"


def test_every_fate_is_counted(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    epochs = [stored(store, run_id, f"validation-{epoch:03d}") for epoch in range(1, 5)]
    right = np.array([item.labels == item.probabilities.argmax(axis=1) for item in epochs])
    lost = (right[:-1] & ~right[1:]).any(axis=0)
    expected = {
        Category.NEVER: ~right.any(axis=0),
        Category.FORGOTTEN: ~right[-1] & right.any(axis=0),
        Category.UNSTABLE: right[-1] & lost,
        Category.EARLY: right[-1] & ~lost & right[0],
        Category.LATE: right[-1] & ~lost & ~right[0],
    }
    table = component(open_page("mistakes", view=VIEW, split="validation"), "mistakes.fates")["rows"]
    assert len(table) == len(expected)
    for row in table:
        (fate,) = (fate for fate in Category if row[0][0].lower().startswith(fate.value))
        assert row[1][0] == f"{expected[fate].sum():,}"


def test_a_test_digit_has_none_and_leads_to_those_that_have(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("mistakes", view=VIEW, image=17)
    assert_sound(app)
    assert not has_component(app, "mistakes.fates")
    held = stored(store, newest(store), "validation-004").index
    data = load_dataset("mnist-sample")
    distances = np.linalg.norm(data.train.images[held].astype(float) - data.test.images[17], axis=(1, 2))
    nearest = held[np.argsort(distances, kind="stable")[:8]].tolist()
    assert component(app, "mistakes.nearest")["ids"] == nearest
    assert says(app.get_by_key("mistakes.history"), str(nearest[0]))
    app.button(key="mistakes.to_validation").click().run()
    assert app.query_params["split"] == "validation"
    assert says(app.get_by_key("origin"), "validation", 800)
    assert has_component(app, "mistakes.fates")


@pytest.mark.parametrize("view", [VIEW, VIEW_OF_ONE_DIGIT])
def test_histories_are_told_without_an_epoch_that_is_damaged(open_page: OpenPage, store: RunStore, view: str) -> None:
    run_id = newest(store)
    before = [caption.value for caption in open_page("mistakes", view=view, split="validation").caption]
    damage(store.folder(run_id) / "predictions" / "validation-002.npz")
    app = open_page("mistakes", view=view, split="validation")
    assert_sound(app)
    assert [2] in [numbers(caption.value) for caption in app.caption if caption.value not in before]
    if view == VIEW:
        right = np.array([stored(store, run_id, f"validation-{epoch:03d}").correct for epoch in (1, 3, 4)])
        never = component(app, "mistakes.fates")["rows"][-1]
        assert never[0][0].lower().startswith(Category.NEVER.value)
        assert never[1][0] == f"{(~right.any(axis=0)).sum():,}"
