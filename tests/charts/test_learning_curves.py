"""The curves hold the numbers of the journal."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.killing import new_run, work_on
from dashboard.charts.learning_curves import learning_curve_figure, learning_rate_figure
from dashboard.charts.theme import TOOLBAR_HEIGHT
from mnist_core.runs.events import EventLog
from mnist_core.runs.live import MAX_POINTS, LiveRun, LiveView
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import ClassWeighting, TrainingSettings
from tests.finished_runs import SMALL


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


@pytest.fixture
def run_id(store: RunStore) -> str:
    run_id = new_run(store, 3)
    with open(os.devnull, "wb") as nowhere:
        work_on(store, run_id, 3, nowhere.fileno())
    return run_id


def trace(view: LiveView, measure: str, name: str) -> tuple[list[float], list[float]]:
    found = [t for t in learning_curve_figure(view, measure).data if t.name == name]
    return list(found[0].x), list(found[0].y)


def test_epochs_are_drawn_with_their_scores(store: RunStore, run_id: str) -> None:
    view = LiveRun(store, run_id).refresh()
    assert trace(view, "loss", "Training") == ([1, 2, 3], [1, 1 / 2, 1 / 3])
    assert trace(view, "accuracy", "Validation") == ([1, 2, 3], [1 - 1 / 2, 1 - 1 / 3, 1 - 1 / 4])
    assert trace(view, "accuracy", "Best epoch: 3") == ([3], [0.75])


def test_the_chart_says_what_the_training_loss_has_and_the_validation_loss_has_not(store: RunStore) -> None:
    training = TrainingSettings(label_smoothing=0.1, class_weighting=ClassWeighting.BALANCED)
    run_id = store.create(ExperimentConfig(dataset="mnist-sample", architecture=SMALL, training=training))
    view = LiveRun(store, run_id).refresh()
    loss, accuracy = (learning_curve_figure(view, name).layout.annotations for name in ("loss", "accuracy"))
    assert [all(words in note.text for words in training.added_to_loss) for note in loss] == [True]
    assert not accuracy
    plain = store.create(ExperimentConfig(dataset="mnist-sample", architecture=SMALL))
    assert not learning_curve_figure(LiveRun(store, plain).refresh(), "loss").layout.annotations


def test_batches_lie_within_their_epoch(store: RunStore, run_id: str) -> None:
    running_average = learning_curve_figure(LiveRun(store, run_id).refresh(), "loss").data[0]  # behind the others
    epochs, losses = list(running_average.x), list(running_average.y)
    assert epochs == [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3]
    assert losses[:4] == [1, 1, 1, 1]


def test_a_long_run_is_thinned_but_keeps_its_ends(store: RunStore, run_id: str) -> None:
    log = EventLog(store.folder(run_id) / "events.jsonl")
    for batch in range(1, 6001):
        log.append("batch", epoch=4, batch=batch, batches=6000, loss=1.0, accuracy=0.5, learning_rate=0.1,
                   images_per_second=1.0)  # fmt: skip
    log.close()
    view = LiveRun(store, run_id).refresh()
    assert len(view.curve.epoch) <= MAX_POINTS
    assert view.curve.epoch[-1] == 4.0


def test_an_adjustment_is_marked_at_its_epoch(store: RunStore, run_id: str) -> None:
    log = EventLog(store.folder(run_id) / "events.jsonl")
    log.append("adjusted", at=2.5, learning_rate=0.05, epochs=8)
    log.append("adjusted", at=2.75, learning_rate=0.05, epochs=9)
    log.close()
    view = LiveRun(store, run_id).refresh()
    assert [change.text for change in view.adjusted] == ["learning rate 0.05, 8 epochs", "9 epochs"]
    assert [shape.x0 for shape in learning_rate_figure(view).layout.shapes] == [2.5, 2.75]


def test_the_reader_continues_where_it_was(store: RunStore, run_id: str) -> None:
    live = LiveRun(store, run_id)
    before = live.refresh()
    log = EventLog(store.folder(run_id) / "events.jsonl")
    log.append("note", text="Scoring the test images")
    log.close()
    after = live.refresh()
    assert len(after.history) == len(before.history) == 3
    assert after.phase == "Scoring the test images"


def test_a_rewritten_journal_is_read_from_its_start(store: RunStore, run_id: str) -> None:
    from mnist_core.runs.events import drop_epochs_after

    live = LiveRun(store, run_id)
    live.refresh()
    drop_epochs_after(store.folder(run_id) / "events.jsonl", 1)
    assert [metrics.epoch for metrics in live.refresh().history] == [1]


def test_an_accuracy_lies_on_an_axis_from_0_to_1(store: RunStore, run_id: str) -> None:
    finished = LiveRun(store, run_id).refresh()
    empty = LiveRun(store, new_run(store, 3)).refresh()
    perfect = replace(finished, history=tuple(replace(m, accuracy=1.0, val_accuracy=1.0) for m in finished.history))
    awful = replace(finished, history=tuple(replace(m, accuracy=0.0, val_accuracy=0.0) for m in finished.history))
    for view in (finished, empty, perfect, awful):
        low, high = learning_curve_figure(view, "accuracy").layout.yaxis.range
        assert 0 <= low < min([1, *(m.val_accuracy for m in view.history)]) or low == 0
        assert high == 1


def test_an_epoch_of_a_hint_is_marked_with_its_words(store: RunStore, run_id: str) -> None:
    view = LiveRun(store, run_id).refresh()
    layout = learning_curve_figure(view, "loss", marks={2: "Lowest"}).layout
    assert [shape.x0 for shape in layout.shapes] == [2]
    (note,) = layout.annotations
    assert "Lowest" in note.text
    assert "2" in note.text
    assert not learning_curve_figure(view, "loss").layout.shapes


def test_neither_toolbar_nor_legend_covers_the_curves_or_the_other(store: RunStore, run_id: str) -> None:
    layout = learning_curve_figure(LiveRun(store, run_id).refresh(), "loss").layout
    assert layout.margin.t >= TOOLBAR_HEIGHT
    assert (layout.legend.yref, layout.legend.y, layout.legend.yanchor) == ("container", 0, "bottom")
