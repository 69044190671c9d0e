"""A run in TensorBoard's log folder, as TensorBoard's own reader finds it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, recall_score

from mnist_core.cli import main
from mnist_core.errors import ExportError
from mnist_core.export.tracking.exporting import export_tracking
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run

pytest.importorskip("tensorboard", reason="TensorBoard's reader is not here: pip install -r requirements-dev.txt")
pytestmark = pytest.mark.slow

NOTE = "A *note*\n<script>alert(1)</script>"


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


def reader(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0}).Reload()


def values(found: Any, tag: str) -> list[tuple[int, float, float]]:
    """Step, value and time of each event of a tag."""
    from tensorboard.util.tensor_util import make_ndarray

    return [(event.step, float(make_ndarray(event.tensor_proto)), event.wall_time) for event in found.Tensors(tag)]


def text(found: Any, tag: str) -> str:
    from tensorboard.util.tensor_util import make_ndarray

    (event,) = found.Tensors(tag)
    return str(make_ndarray(event.tensor_proto).item().decode())


def test_a_run_is_what_its_journal_and_its_predictions_say(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = finished_run(store, epochs=3, name="=My run")
    store.set(run_id, tags=["good", "a|b"], note=NOTE)
    assert main(["export", run_id, "--format", "tensorboard", "--output", str(tmp_path / "logs"), "--json"]) == 0
    place = Path(json.loads(capsys.readouterr().out)["path"])
    assert [path.name for path in (tmp_path / "logs").iterdir()] == [place.name]
    lines = [json.loads(line) for line in (store.folder(run_id) / "events.jsonl").read_text().splitlines()]
    epochs = [line for line in lines if line["event"] == "epoch"]
    assert len(epochs) == 3
    for folder, prefix, names in (
        ("train", "", ("loss", "accuracy", "learning_rate", "seconds")),
        ("validation", "val_", ("loss", "accuracy")),
    ):
        found = reader(place / folder)
        for name in names:
            expected = [(line["epoch"], line[f"{prefix}{name}"], line["time"]) for line in epochs]
            assert values(found, f"epoch/{name}") == [
                (step, pytest.approx(value, rel=1e-6), time) for step, value, time in expected
            ]
    stored = store.predictions(run_id)
    found = reader(place / "test")
    best = store.get(run_id).best_epoch
    accuracy = accuracy_score(stored.labels, stored.predicted)
    loss = log_loss(stored.labels, stored.probabilities.astype(np.float64))
    assert [item[:2] for item in values(found, "epoch/accuracy")] == [(best, pytest.approx(accuracy, rel=1e-6))]
    assert values(found, "epoch/loss")[0][1] == pytest.approx(loss, rel=1e-4)
    recall = recall_score(stored.labels, stored.predicted, average=None)
    assert values(found, "scores/recall_7")[0][1] == pytest.approx(recall[7], rel=1e-6)
    matrix = confusion_matrix(stored.labels, stored.predicted)
    check_texts(reader(place), matrix)
    check_settings(reader(place), store, run_id)
    check_files(place, store, run_id, matrix)


def check_texts(found: Any, matrix: np.ndarray) -> None:
    assert found.PluginTagToContent("text").keys() == {"run", "tags", "note", "confusion_matrix"}
    assert text(found, "note") == "    A *note*\n    <script>alert(1)</script>"  # indented: shown as it stands
    assert "good" in text(found, "tags")
    rows = [line.strip("| ").split(" | ") for line in text(found, "confusion_matrix").splitlines()[2:]]
    assert [[int(cell) for cell in row[1:]] for row in rows] == matrix.tolist()


def check_settings(found: Any, store: RunStore, run_id: str) -> None:
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    contents = found.PluginTagToContent("hparams")
    start = HParamsPluginData.FromString(contents["_hparams_/session_start_info"]).session_start_info
    end = HParamsPluginData.FromString(contents["_hparams_/session_end_info"]).session_end_info
    told = {
        name: getattr(value, value.WhichOneof("kind")) if value.WhichOneof("kind") else None
        for name, value in start.hparams.items()
    }
    training = json.loads((store.folder(run_id) / "run.json").read_text())["config"]["training"]
    for name in ("epochs", "optimizer", "learning_rate", "nesterov", "seed"):
        assert told[f"training.{name}"] == training[name]
    assert told["training.augmentation.noise"] == training["augmentation"]["noise"]
    assert end.status == 1


def check_files(place: Path, store: RunStore, run_id: str, matrix: np.ndarray) -> None:
    import keras

    run, stored = store.get(run_id), store.predictions(run_id)
    assert (
        json.loads((place / "config.json").read_text())
        == json.loads((store.folder(run_id) / "run.json").read_text())["config"]
    )
    with (place / "confusion_matrix.csv").open(newline="") as file:
        _, *rows = csv.reader(file)
    assert [[int(cell) for cell in row[1:]] for row in rows] == matrix.tolist()
    assert run.run_id in (place / "report.html").read_text()
    from mnist_core.data.sources.catalogue import load_dataset

    images = load_dataset("mnist-sample").test.images[:50, ..., None].astype(np.float32)
    answers = np.asarray(keras.saving.load_model(place / "model.keras", compile=False)(images))
    assert np.abs(answers - stored.probabilities[:50]).max() < 1e-5


@pytest.mark.thorough
def test_several_runs_share_a_folder_and_one_is_replaced_on_purpose_alone(store: RunStore, tmp_path: Path) -> None:
    first, second = finished_run(store, epochs=1), finished_run(store, epochs=1, seed=1, tested=False)
    folder = tmp_path / "logs"
    places = [export_tracking(store, run_id, "tensorboard", folder) for run_id in (first, second)]
    assert sorted(folder.iterdir()) == sorted(places)
    assert (places[1] / "validation_best").is_dir()
    (places[0] / "mine").write_text("mine")
    with pytest.raises(ExportError, match="exists"):
        export_tracking(store, first, "tensorboard", folder)
    assert (places[0] / "mine").is_file()
    export_tracking(store, first, "tensorboard", folder, overwrite=True)
    assert not (places[0] / "mine").exists()
    assert sorted(folder.iterdir()) == sorted(places)


def test_a_folder_that_cannot_be_used_is_refused_before_any_work(store: RunStore, tmp_path: Path) -> None:
    run_id, folder = finished_run(store, epochs=1), tmp_path / "out"
    folder.mkdir()
    (folder / "file").write_text("mine")
    for output, match in ((folder / "file", "is a file"), (folder / "a" / "b", "no folder")):
        with pytest.raises(ExportError, match=match):
            export_tracking(store, run_id, "tensorboard", output)
    store.set(run_id, status="queued")
    with pytest.raises(ExportError, match="queued"):
        export_tracking(store, run_id, "tensorboard", folder / "new")
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_an_export_of_damaged_weights_leaves_nothing_behind(store: RunStore, tmp_path: Path) -> None:
    run_id, folder = finished_run(store, epochs=1), tmp_path / "out"
    best = store.folder(run_id) / "checkpoints" / "best.npz"
    best.write_bytes(best.read_bytes()[:-200])
    with pytest.raises(ExportError, match="damaged"):
        export_tracking(store, run_id, "tensorboard", folder)
    assert not folder.exists()
