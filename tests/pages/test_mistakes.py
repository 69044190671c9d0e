"""Mistakes in every state that a run and its data can be in."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from dashboard.shared.context.evaluated import Evaluated
from dashboard.views.mistakes.choices import MistakesView
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.finished_runs import damage
from tests.pages.evaluated_runs import newest, store, stored
from tests.pages.finding import assert_sound, components, links, says
from tests.pages.opening import OpenPage

__all__ = ["store"]

VIEWS = tuple(MistakesView)


@pytest.mark.parametrize("split", ["test", "validation"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_for_both_splits(open_page: OpenPage, store: RunStore, view: str, split: str) -> None:
    app = open_page("mistakes", view=view, split=split)
    assert_sound(app)
    assert app.segmented_control(key="linked.mistakes_view").value == view


@pytest.mark.parametrize("view", VIEWS)
def test_bad_runs_never_end_in_a_traceback(open_page: OpenPage, store: RunStore, view: str) -> None:
    run_id = newest(store)
    waiting = store.create(config_from_recipe("two-conv", dataset="mnist-sample"))
    assert links(open_page("mistakes", view=view, run=waiting).get_by_key("empty_state")) == [("train", {})]
    damage(store.folder(run_id) / "predictions" / "test.npz")
    app = open_page("mistakes", view=view, run=run_id)
    assert_sound(app)
    assert "test.npz" in app.get_by_key("origin").caption[0].value.replace("\\", "")
    store.update(run_id, lambda document: document["config"].update(dataset="gone"))
    assert_sound(open_page("mistakes", view=view, run=run_id))


@pytest.mark.parametrize("view", VIEWS)
def test_without_weights_the_stored_answers_are_still_shown(open_page: OpenPage, store: RunStore, view: str) -> None:
    (store.folder(newest(store)) / "checkpoints" / "best.npz").unlink()
    app = open_page("mistakes", view=view)
    assert_sound(app)
    assert says(app.get_by_key("origin"), "test", 1000)


@pytest.mark.parametrize("view", VIEWS)
def test_a_run_without_mistakes_can_be_looked_at(open_page: OpenPage, store: RunStore, view: str) -> None:
    run_id = newest(store)
    labels = stored(store, run_id).labels
    perfect = Predictions.of_split(labels, np.eye(10, dtype=np.float32)[labels])
    save_predictions(store.folder(run_id) / "predictions" / "test.npz", perfect)
    assert_sound(open_page("mistakes", view=view))


@pytest.mark.parametrize("view", VIEWS)
def test_names_with_punctuation_are_shown_as_they_are(
    open_page: OpenPage, store: RunStore, monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    monkeypatch.setattr(Evaluated, "class_names", property(lambda found: tuple(f"T-*{i}*/top" for i in range(10))))
    app = open_page("mistakes", view=view)
    assert_sound(app)
    written = [part.value for kind in ("markdown", "caption", "info", "subheader") for part in app.get(kind)]
    assert not any(re.search(r"T-\*\d\*/top", text) for text in written)  # where Markdown is read, it is escaped
    for key, data in components(app).items():
        assert "\\" not in json.dumps(data, ensure_ascii=False).replace("\\n", ""), key  # where it is not, it is not
