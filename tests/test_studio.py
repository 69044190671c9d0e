"""The Python interface, as a notebook uses it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core import studio
from mnist_core.cli.parser import make_parser
from mnist_core.errors import ConfigError, DatasetError, ExportError, PredictionsError, RunError, RunNotFoundError
from mnist_core.jobs import queue
from mnist_core.jobs.control import read_requests
from mnist_core.locks import try_lock
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.conftest import ROOT
from tests.finished_runs import finished_run


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs that were to be trained; nothing trains them."""
    found: list[str] = []
    monkeypatch.setattr(queue, "launch", lambda store, run_id: found.append(run_id))
    return found


def test_a_run_answers_what_was_stored(store: RunStore) -> None:
    run_id = finished_run(store)
    run = studio.run(run_id)
    stored = store.predictions(run_id)
    assert run.wait() is run
    assert run.scores().accuracy == pytest.approx((stored.predicted == stored.labels).mean())
    assert run.history == store.history(run_id)
    wrong = np.flatnonzero(stored.predicted != stored.labels)
    mistakes = run.mistakes()
    assert sorted(mistakes.index.tolist()) == wrong.tolist()
    assert (np.diff(mistakes.losses) <= 1e-6).all()
    assert len(run.mistakes(3)) == 3
    assert [found.run_id for found in studio.runs()] == [run_id]


def test_a_run_says_what_its_predictions_show(store: RunStore) -> None:
    run = studio.run(finished_run(store))
    stored = store.predictions(run.run_id)
    wrong = (stored.predicted != stored.labels).sum()
    assert f"{wrong} of 1,000 digits are wrong" in run.verdict()[0]
    found = run.calibration(n_bins=10)
    assert (found.before.n_bins, found.before.n) == (10, len(stored))
    assert found.temperature is not None
    assert found.scaled is not None
    assert found.scaled.loss < stored.loss
    assert [hint.kind for hint in run.hints()] == ["small_validation"]
    ones = run.mistakes(true_labels=(1,), sort="index", descending=False)
    assert ones.index.tolist() == np.flatnonzero((stored.labels == 1) & (stored.predicted != 1)).tolist()
    with pytest.raises(ConfigError, match="labels from 0 to 9"):
        run.mistakes(true_labels=(10,))


@pytest.mark.parametrize(
    "ask",
    [
        lambda run: run.predictions("train"),
        lambda run: run.predictions("../../x"),
        lambda run: run.predictions("test", 3),
        lambda run: run.predictions("validation", "2"),
        lambda run: run.predictions("validation", 2.0),
        lambda run: run.verdict("train"),
        lambda run: run.mistakes(split="train"),
        lambda run: run.mistakes(-1),
        lambda run: run.mistakes(2.5),
        lambda run: run.mistakes(true_labels=3),
        lambda run: run.mistakes(sort="beauty"),
        lambda run: run.mistakes(sort="measure"),
        lambda run: run.calibration(n_bins=2.5),
        lambda run: run.calibration(n_bins=True),
        lambda run: run.calibration(n_bins="10"),
        lambda run: run.resume(9.0),
        lambda run: run.resume("9"),
        lambda run: studio.quality("mnist-sample", "suspect-labels", run=run.run_id),
        lambda run: studio.quality("mnist-sample", "outliers", run=run),
        lambda run: studio.quality("mnist-sample", "exact-duplicates", label=3),
    ],
)
def test_values_of_a_wrong_kind_are_refused(
    store: RunStore, launched: list[str], ask: Callable[[studio.Run], object]
) -> None:
    run = studio.run(finished_run(store))
    with pytest.raises(ConfigError, match="Expected"):
        ask(run)
    assert launched == []


@pytest.mark.parametrize("epochs", [70.0, "70", True, 0])
def test_epochs_are_adjusted_to_whole_ones(store: RunStore, epochs: Any) -> None:
    run = studio.run(store.create(config_from_recipe("softmax-regression", dataset="mnist-sample", epochs=5)))
    with pytest.raises(ConfigError, match="integer"):
        run.adjust(epochs=epochs)
    assert run.adjust(epochs=np.int64(70)).record.epochs == 70


def test_mistakes_are_sorted_by_handwriting(store: RunStore) -> None:
    run, test = studio.run(finished_run(store)), studio.load_dataset("mnist-sample").test
    ink = test.images[run.mistakes(sort="ink").index].sum(axis=(1, 2), dtype=np.int64)
    assert (np.diff(ink) <= 0).all()
    store.update(run.run_id, lambda document: document["dataset"].update(sha256="0" * 64))
    with pytest.raises(ConfigError, match="cannot be sorted by ink"):
        run.mistakes(sort="ink")


def test_the_integers_of_numpy_are_integers(store: RunStore, empty_data_folder: Path) -> None:
    run, review = studio.run(finished_run(store)), studio.labels("mnist-sample")
    row, label = run.predictions().index[1], run.predictions().labels[1]
    assert review.decide("test", row, "keep").image.row == 1
    other = np.uint8((label + 1) % 10)
    assert (review.decide("test", row, "relabel", other).label, review.label(review.image("test", row))) == (
        other,
        label,
    )
    assert review.decide("test", row, "relabel", label).kind == "keep"
    assert len(review.overlay) == 1
    assert review.remove("test", row)
    for wrong in (float(label), bool(label), str(label)):
        with pytest.raises(DatasetError, match="label"):
            review.decide("test", 1, "relabel", wrong)
    with pytest.raises(DatasetError, match="row"):
        review.decide("test", 1.0, "keep")
    threes = run.mistakes(true_labels=(np.int64(3),))
    assert threes.index.tolist() == run.mistakes(true_labels=(3,)).index.tolist()
    assert studio.quality("mnist-sample", "outliers", label=np.int64(3)).label == 3
    assert run.predictions("validation", np.int64(2)).index.tolist() == run.predictions("validation", 2).index.tolist()


def test_the_temperature_needs_validation_predictions(store: RunStore) -> None:
    run = studio.run(finished_run(store))
    for path in store.folder(run.run_id).glob("predictions/validation-*.npz"):
        path.unlink()
    assert run.calibration().after is None
    assert run.calibration().before.n == 1000
    store.predictions_path(run.run_id, "validation").write_bytes(b"damaged")
    with pytest.raises(PredictionsError, match="validation"):
        run.calibration()


def test_labels_are_reviewed_and_a_run_scored_under_them(store: RunStore, empty_data_folder: Path) -> None:
    run, review = studio.run(finished_run(store)), studio.labels("mnist-sample")
    suspects = run.suspects()
    row, guess = int(suspects.index[0]), int(suspects.predicted[0])
    assert review.decide("test", row, "relabel", guess).label == guess
    found = run.relabelled()
    assert found.reviewed.n_correct == found.original.n_correct + 1
    assert review.remove("test", row)
    assert not review.remove("test", row)
    assert run.relabelled().n_decisions == 0
    assert review.undo() is not None
    assert [decision.image.row for decision in review.overlay.decisions] == [row]
    for wrong in (("test", 1000, "keep"), ("validation", 0, "keep"), ("test", 0, "relabel", 10)):
        with pytest.raises(DatasetError):
            review.decide(*wrong)
    with pytest.raises(ConfigError, match="kind"):
        review.decide("test", 0, "maybe")


def test_the_issues_of_a_data_set_are_found(store: RunStore) -> None:
    run, sample = studio.run(finished_run(store)), studio.load_dataset("mnist-sample")
    suspects = studio.quality("mnist-sample", "suspect-labels", run=run)
    assert suspects.n_images == store.get(run.run_id).dataset.validation_images
    assert suspects.n_found >= len(suspects.findings) > 0
    outliers = studio.quality("mnist-sample", "outliers", split="test", label=7)
    assert {sample.test.labels[found.images[0].row] for found in outliers.findings} == {7}
    with pytest.raises(ConfigError, match="issue"):
        studio.quality("mnist-sample", "beauty")
    with pytest.raises(ConfigError, match="run"):
        studio.quality("mnist-sample", "suspect-labels")
    with pytest.raises(PredictionsError):
        studio.quality("optical-digits", "suspect-labels", run=run)


def test_a_run_is_resumed_paused_and_adjusted(store: RunStore, launched: list[str]) -> None:
    run = studio.run(finished_run(store))
    for change in (run.pause, run.resume, lambda: run.adjust(epochs=9)):
        with pytest.raises(RunError):
            change()
    assert run.resume(9) is run
    assert (launched, run.record.epochs) == ([run.run_id], 9)
    store.set(run.run_id, status="running")
    lock = try_lock(store.folder(run.run_id) / "lock")  # as its worker would
    assert lock is not None
    run.pause().adjust(learning_rate=0.5)
    requested = read_requests(store.folder(run.run_id))
    assert (requested.pause, requested.adjustments.learning_rate) == (True, 0.5)
    os.close(lock)


def test_it_predicts_as_the_run_has_stored(store: RunStore) -> None:
    run = studio.run(finished_run(store))
    images = studio.load_dataset("mnist-sample").test.images[:20]
    np.testing.assert_allclose(run.predict(images), run.predictions().probabilities[:20], atol=1e-5)
    for wrong in (images[0], images / 255, images[:, :20]):
        with pytest.raises(ConfigError):
            run.predict(wrong)


def test_two_runs_are_compared(store: RunStore) -> None:
    first, second = studio.run(finished_run(store)), studio.run(finished_run(store, seed=1))
    found = studio.compare(first, second)
    assert found.difference == pytest.approx(second.scores().accuracy - first.scores().accuracy)


def test_runs_on_different_images_are_not_compared(store: RunStore) -> None:
    first, second = finished_run(store), finished_run(store, seed=1)
    store.update(second, lambda document: document["dataset"].update(sha256="0" * 64))
    with pytest.raises(PredictionsError, match="cannot be compared"):
        studio.compare(studio.run(first), studio.run(second))


def test_a_configuration_is_trained_with_what_replaces_a_part_of_it(store: RunStore, launched: list[str]) -> None:
    config = config_from_recipe("softmax-regression", dataset="mnist")
    run = studio.train(config, dataset="mnist-sample", limit=200, epochs=1)
    assert launched == [run.run_id]
    found = store.get(run.run_id).config
    assert (found.dataset, found.limit, found.training.epochs) == ("mnist-sample", 200, 1)
    with pytest.raises(DatasetError, match="nowhere"):
        studio.train("softmax-regression", dataset="nowhere")
    assert len(store.run_ids()) == 1


def test_a_capsule_goes_out_and_comes_in(store: RunStore, tmp_path: Path) -> None:
    run = studio.run(finished_run(store))
    capsule = run.export("capsule", tmp_path)
    assert studio.verify(capsule).matches
    copy = studio.import_run(capsule)
    assert copy.run_id != run.run_id
    assert copy.scores() == run.scores()
    with pytest.raises(ExportError, match="exists"):
        run.export("capsule", capsule)


def test_what_is_not_there_is_said(store: RunStore) -> None:
    with pytest.raises(RunNotFoundError):
        studio.run("20260101-000000-000000")
    with pytest.raises(ConfigError, match="recipe"):
        studio.train("no such recipe", dataset="mnist-sample")
    waiting = studio.run(store.create(store.get(finished_run(store)).config))
    with pytest.raises(RunError, match="0.1 seconds"):
        waiting.wait(0.1)


def test_the_names_are_those_of_the_command_line() -> None:
    (commands,) = (action for action in make_parser()._actions if action.choices)
    assert {"train", "runs", "recipes", "data", "compare", "verify", "quality", "labels"} <= set(
        commands.choices
    ) & set(studio.__all__)


@pytest.mark.slow
@pytest.mark.thorough
def test_the_example_notebook_runs(store: RunStore) -> None:
    import nbformat
    from nbclient import NotebookClient

    document = nbformat.read(ROOT / "docs" / "studio.ipynb", as_version=4)
    nbformat.validate(document)
    NotebookClient(document, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    assert document.cells[-1].outputs[-1]["data"]["text/plain"] == "True"
    (run_id,) = store.run_ids()
    assert store.get(run_id).summary.test_accuracy is not None
