"""Other data is scored as it is, and digits that the run has seen before are counted."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.cached import answers
from dashboard.views.evaluate.other_data import PICKED
from mnist_core.data.dataset import Split
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.leakage import Leakage
from mnist_core.probing.scored_data import score_data
from mnist_core.runs.store import RunStore
from tests.imported_sets import save_imported
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import assert_sound, component, is_shown, numbers
from tests.pages.opening import OpenPage
from tests.waiting import wait_until


def test_digits_that_the_run_was_trained_on_are_counted_when_they_are_scored(
    open_page: OpenPage, store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "more-data"
    folder.mkdir()
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    run_id = newest(store)
    sample = load_dataset("mnist-sample")
    rows = stored(store, run_id, "validation-001").index
    trained = np.setdiff1d(np.arange(len(sample.train)), rows)
    mixed = Split(
        images=np.concatenate([sample.train.images[[*trained[:6], *rows[:3]]], 255 - sample.test.images[:2]]),
        labels=np.concatenate([sample.train.labels[[*trained[:6], *rows[:3]]], sample.test.labels[:2]]),
    )
    about = {"name": "mixed", "title": "Mixed", "source": "test", "licence": "none"}
    save_imported(folder, about, sample.train.take(range(50)), mixed)
    score_data(store, run_id, "mixed")
    leakage = open_page("evaluate", view="other_data", other="mixed").get_by_key("evaluate.leakage")
    (warning,) = leakage.warning
    assert sorted(numbers(warning.value)) == [3, 6, 11]  # chosen by, trained on, all
    score_data(store, run_id, "optical-digits")
    leakage = open_page("evaluate", view="other_data", other="optical-digits").get_by_key("evaluate.leakage")
    assert (len(leakage.warning), len(leakage.caption)) == (0, 1)  # that none of them is, is said as well


def test_nothing_is_offered_until_it_is_known_what_was_seen(
    open_page: OpenPage, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_known, count = threading.Event(), answers.leakage

    def late(*asked: Any) -> Leakage:
        is_known.wait(60)
        return count(*asked)

    monkeypatch.setattr(answers, "leakage", late)
    app = open_page("evaluate", view="other_data")
    assert_sound(app)
    assert not is_shown(app, PICKED)
    is_known.set()
    wait_until(lambda: is_shown(app.run(), PICKED))


def test_unseen_digits_are_offered_first_and_seen_ones_are_counted(
    open_page_at_rest: OpenPage, store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A data set whose test digits are those that the run was trained on stands first by name, but not in the list."""
    folder = tmp_path / "more-data"
    folder.mkdir()
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    run_id = newest(store)
    sample = load_dataset("mnist-sample")
    rows = stored(store, run_id, "validation-001").index
    trained = np.setdiff1d(np.arange(len(sample.train)), rows)[:40]
    about = {"name": "a-copy", "title": "A copy", "source": "test", "licence": "none"}
    save_imported(folder, about, sample.train.take(range(50)), sample.train.take(trained))
    app = open_page_at_rest("evaluate", view="other_data")
    box = app.selectbox(key="evaluate.other_data")
    assert box.value == "optical-digits"
    (copy,) = [option for option in box.options if option.startswith("A copy")]
    assert numbers(copy) == [40, 40]  # test digits, and how many of them were seen
    assert box.options[-1] == copy
    box.set_value("a-copy").run()
    score_data(store, run_id, "a-copy")
    seen = [row[4][0] for row in component(open_page_at_rest("evaluate", view="other_data"), "evaluate.scored")["rows"]]
    assert seen == ["40"]


def test_what_an_imported_model_was_trained_on_is_not_claimed_to_be_known(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    store.update(run_id, lambda document: document.update(imported={"kind": "model", "file": "m.keras"}))
    score_data(store, run_id, "optical-digits")
    (caption,) = open_page("evaluate", view="other_data", other="optical-digits").get_by_key("evaluate.leakage").caption
    assert "not known" in caption.value
