"""The Python interface, as a notebook uses it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_core import studio
from mnist_core.cli.parser import make_parser
from mnist_core.errors import ConfigError, DatasetError, ExportError, PredictionsError, RunError, RunNotFoundError
from mnist_core.jobs import queue
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
    assert {"train", "runs", "recipes", "data", "compare", "verify"} <= set(commands.choices) & set(studio.__all__)


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
