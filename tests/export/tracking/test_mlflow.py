"""Runs in an MLflow store, as MLflow's own client finds them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import accuracy_score, confusion_matrix

from mnist_core.cli import main
from mnist_core.errors import ExportError
from mnist_core.export.tracking.exporting import export_tracking
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run

pytest.importorskip("mlflow", reason="MLflow is not here: pip install -r requirements-tracking.txt")
pytestmark = pytest.mark.slow


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture
def client_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient

    def client(folder: Path) -> Any:
        # A path of its own, since MLflow keeps a store for each address, and one without letters that mean something.
        seen = folder.parent / "seen"
        if not seen.exists():
            seen.symlink_to(folder)
        return MlflowClient(tracking_uri=f"sqlite:///{seen}/mlflow.db")

    return client


def runs_in(client: Any) -> dict[str, Any]:
    """The runs of all experiments by the id that they have here."""
    experiments = [item.experiment_id for item in client.search_experiments()]
    return {run.data.tags["mnist_studio.run_id"]: run for run in client.search_runs(experiments)}


@pytest.mark.thorough
def test_a_run_is_what_its_journal_and_its_predictions_say(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str], client_of: Any
) -> None:
    first = finished_run(store, epochs=3, name="First")
    store.set(first, tags=["good", "ünusual"], note="Line one\nline two")
    folder = tmp_path / "a store, 100% #1"
    assert main(["export", first, "--format", "mlflow", "--output", str(folder), "--json"]) == 0
    place = Path(json.loads(capsys.readouterr().out)["path"])
    assert sorted(path.name for path in folder.iterdir()) == ["artifacts", "mlflow.db"]
    client = client_of(folder)
    found = runs_in(client)
    assert found.keys() == {first}
    run = found[first]
    document = json.loads((store.folder(first) / "run.json").read_text())
    assert (run.info.run_name, run.info.status) == ("First", "FINISHED")
    assert run.data.tags["tags"] == "good, ünusual"
    assert run.data.tags["mlflow.note.content"] == "Line one\nline two"
    for name, value in document["config"]["training"].items():
        if isinstance(value, int | float | str):
            assert run.data.params[f"training.{name}"] == str(value)
    lines = [json.loads(line) for line in (store.folder(first) / "events.jsonl").read_text().splitlines()]
    for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"):
        expected = [
            (line["epoch"], line[name], round(1000 * line["time"])) for line in lines if line["event"] == "epoch"
        ]
        history = client.get_metric_history(run.info.run_id, name)
        assert [(item.step, item.value, item.timestamp) for item in history] == expected
    stored = store.predictions(first)
    assert run.data.metrics["test_accuracy"] == accuracy_score(stored.labels, stored.predicted)
    check_artifacts(client, run, place, confusion_matrix(stored.labels, stored.predicted).tolist(), tmp_path)


def check_artifacts(client: Any, run: Any, place: Path, matrix: list[list[int]], folder: Path) -> None:
    names = {item.path for item in client.list_artifacts(run.info.run_id)}
    assert names == {"config.json", "confusion_matrix.csv", "model.keras", "report.html"}
    path = Path(client.download_artifacts(run.info.run_id, "confusion_matrix.csv", str(folder)))
    rows = [line.split(",")[1:] for line in path.read_text().splitlines()[1:]]
    assert [[int(cell) for cell in row] for row in rows] == matrix
    assert {item.name for item in place.iterdir()} == names


@pytest.mark.thorough
def test_a_run_is_replaced_on_purpose_alone(store: RunStore, tmp_path: Path, client_of: Any) -> None:
    run_id, folder = finished_run(store, epochs=1), tmp_path / "store"
    folder.mkdir()
    export_tracking(store, run_id, "mlflow", folder)
    before = (folder / "mlflow.db").read_bytes()
    with pytest.raises(ExportError, match="already"):
        export_tracking(store, run_id, "mlflow", folder)
    assert (folder / "mlflow.db").read_bytes() == before
    assert len(list((folder / "artifacts").iterdir())) == 1
    export_tracking(store, run_id, "mlflow", folder, overwrite=True)
    assert runs_in(client_of(folder)).keys() == {run_id}


def test_a_file_that_is_no_store_stays_as_it_is(store: RunStore, tmp_path: Path) -> None:
    run_id, folder = finished_run(store, epochs=1), tmp_path / "store"
    folder.mkdir()
    (folder / "mlflow.db").write_text("a shopping list, which is not a database")
    with pytest.raises(ExportError, match="store"):
        export_tracking(store, run_id, "mlflow", folder)
    assert [path.name for path in folder.iterdir()] == ["mlflow.db"]
    assert (folder / "mlflow.db").read_text().startswith("a shopping list")


@pytest.mark.thorough
def test_several_runs_are_in_one_store(store: RunStore, tmp_path: Path, client_of: Any) -> None:
    ids, folder = [finished_run(store, epochs=1, seed=seed) for seed in range(2)], tmp_path / "store"
    for run_id in ids:
        export_tracking(store, run_id, "mlflow", folder)
    assert runs_in(client_of(folder)).keys() == set(ids)
    assert sorted(path.name for path in folder.iterdir()) == ["artifacts", "mlflow.db"]


@pytest.mark.thorough
def test_a_store_that_another_program_writes_meanwhile_keeps_what_that_wrote(
    store: RunStore, tmp_path: Path, client_of: Any
) -> None:
    first, second, folder = finished_run(store, epochs=1), finished_run(store, epochs=1, seed=1), tmp_path / "store"
    export_tracking(store, first, "mlflow", folder)
    other = sqlite3.connect(folder / "mlflow.db")

    def write(share: float, note: str) -> None:
        if "MLflow" in note:
            other.execute("UPDATE experiments SET name = name || '!'")
            other.commit()

    with pytest.raises(ExportError, match="meanwhile"):
        export_tracking(store, second, "mlflow", folder, tell=write)
    other.close()
    assert runs_in(client_of(folder)).keys() == {first}
    assert all(item.name.endswith("!") for item in client_of(folder).search_experiments())
    assert len(list((folder / "artifacts").iterdir())) == 1
