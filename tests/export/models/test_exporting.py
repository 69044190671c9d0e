"""Exported networks: each file is used by its own runtime with the very lines that stand beside it on the page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.cli import main
from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ConfigError, ExportError
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.export.formats import FORMATS, MODELS
from mnist_core.export.models.example import example
from mnist_core.export.models.exporting import export_model, keep_model, kept_model
from mnist_core.models.layers import LAYERS
from mnist_core.models.recipes import RECIPES
from mnist_core.network.scoring import scaler_of
from mnist_core.runs.store import RunStore
from tests.export.random_runs import random_run
from tests.finished_runs import finished_run
from tests.network.every_step import NETWORKS
from tests.thorough import some_of

pytestmark = pytest.mark.slow

NAMES = tuple(item.name for item in MODELS)
ROUNDED = "tflite-int8"
ARCHITECTURES = {**NETWORKS, **{name: recipe.architecture for name, recipe in RECIPES.items()}}
LARGEST_DIFFERENCE = 1e-5
LARGEST_ROUNDED_DIFFERENCE = 0.1


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


def exported(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["export", *arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def labels_of_example(
    store: RunStore, run_id: str, found: dict[str, Any], digits: np.ndarray, folder: Path
) -> list[int]:
    """What the lines beside the file print, run by a Python that knows nothing of this project."""
    run, path = store.get(run_id), Path(found["path"])
    code = example(
        found["format"], path.name, run.config.architecture, scaler_of(run), has_scaling=found["has_scaling"]
    )
    np.save(folder / "digits.npy", digits)
    (folder / "use.py").write_text(code, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-P", "use.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [int(word) for word in done.stdout.replace("[", " ").replace("]", " ").split()]


@pytest.mark.parametrize(
    "case",
    some_of(
        [(name, scaling) for name in NAMES for scaling in (True, False)],
        always=(("keras", True), ("tflite-int8", True)),
    ),
)
def test_the_lines_beside_a_file_predict_what_is_stored(
    case: tuple[str, bool], store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, scaling = case
    run_id, folder = finished_run(store), tmp_path / "out"
    folder.mkdir()
    option = "--scaling" if scaling else "--no-scaling"
    found = exported(capsys, run_id, "--format", name, "--output", str(folder), option)
    assert [path.name for path in folder.iterdir()] == [Path(found["path"]).name]
    assert run_id in Path(found["path"]).name
    assert Path(found["path"]).stat().st_size == found["n_bytes"]
    stored = store.predictions(run_id)
    assert found["compared"] == len(stored) == 1000
    limit = LARGEST_ROUNDED_DIFFERENCE if name == ROUNDED else LARGEST_DIFFERENCE
    assert 0 <= found["largest_difference"] < limit
    assert found["labels_changed"] <= (30 if name == ROUNDED else 0)
    assert found["milliseconds_per_digit"] > 0
    digits = load_dataset("mnist-sample").test.images[:40]
    printed = labels_of_example(store, run_id, found, digits, folder)
    assert len(printed) == len(digits)
    assert sum(np.array(printed) != stored.predicted[:40]) <= (2 if name == ROUNDED else 0)


def test_what_differs_is_counted(store: RunStore, tmp_path: Path) -> None:
    """Stored answers of which three are made to differ: one changes its label, one is far off, one hardly moves."""
    run_id = finished_run(store)
    stored = store.predictions(run_id)
    probabilities = stored.probabilities.copy()
    swapped = int(np.argmin(stored.margin))
    top, second = np.argsort(probabilities[swapped])[[-1, -2]]
    probabilities[swapped, [top, second]] = probabilities[swapped, [second, top]]
    sure = int(np.argmax(stored.confidence))
    moved = float(probabilities[sure].max()) - 0.6
    other = (int(probabilities[sure].argmax()) + 1) % 10
    probabilities[sure, probabilities[sure].argmax()] -= moved
    probabilities[sure, other] += moved
    path = store.predictions_path(run_id, "test")
    save_predictions(path, Predictions.of_split(stored.labels, probabilities))
    found = export_model(store, run_id, "keras", tmp_path).checked
    assert found.labels_changed == 1
    assert found.largest_difference == pytest.approx(moved, abs=1e-4)
    assert found.accuracy == pytest.approx(stored.accuracy)


@pytest.mark.thorough
def test_a_run_without_test_predictions_is_compared_on_its_validation_digits(store: RunStore, tmp_path: Path) -> None:
    run_id = finished_run(store, tested=False)
    found = export_model(store, run_id, "keras", tmp_path).checked
    validation = store.predictions(run_id, "validation")
    assert (found.split, found.compared) == ("validation", len(validation))
    assert found.labels_changed == 0
    assert found.largest_difference < LARGEST_DIFFERENCE


@pytest.mark.thorough
@pytest.mark.parametrize("scaling", Scaling)
@pytest.mark.parametrize("network", ARCHITECTURES)
def test_every_recipe_and_every_layer_can_be_exported(
    network: str, scaling: Scaling, store: RunStore, tmp_path: Path
) -> None:
    from mnist_core.export.models.process import export

    run_id = random_run(store, ARCHITECTURES[network], scaling)
    for name in NAMES:
        folder = tmp_path / name
        folder.mkdir()
        try:
            found = export(
                store.folder(run_id), name, folder / f"model{FORMATS[name].ending}", True, lambda **told: None
            )
        except ExportError:
            # Sums of squares of pixels do not fit into 8 bits.
            assert (name, scaling) == (ROUNDED, Scaling.L2_ROWS)
            continue
        checked = found["checked"]
        limit = 1 if name == ROUNDED else LARGEST_DIFFERENCE
        assert checked["largest_difference"] < limit, name
        assert checked["labels_changed"] == 0 or name == ROUNDED, name


def test_the_networks_above_have_every_kind_of_layer() -> None:
    kinds = {layer.kind for architecture in ARCHITECTURES.values() for layer in architecture.layers}
    assert kinds == set(LAYERS)


# What is refused -----------------------------------------------------------------------------------------------------


def test_a_run_that_still_trains_or_has_no_weights_is_refused(store: RunStore, tmp_path: Path) -> None:
    from mnist_core.training.config import config_from_recipe

    waiting = store.create(config_from_recipe("two-conv", dataset="mnist-sample"))
    with pytest.raises(ExportError, match="queued"):
        export_model(store, waiting, "keras", tmp_path)
    store.set(waiting, status="stopped")
    with pytest.raises(ExportError, match="no weights"):
        export_model(store, waiting, "keras", tmp_path)
    with pytest.raises(ConfigError, match="keras, weights"):
        export_model(store, finished_run(store, epochs=1), "pickle", tmp_path)


@pytest.mark.parametrize(
    ("output", "match"),
    [("there.keras", "exists"), ("gone/a.keras", "no folder"), ("a.zip", r"\.keras"), (".keras", r"\.keras")],
)
def test_a_file_that_cannot_be_written_is_refused_before_any_work(
    output: str, match: str, store: RunStore, tmp_path: Path
) -> None:
    run_id, folder = finished_run(store, epochs=1), tmp_path / "out"
    folder.mkdir()
    (folder / "there.keras").write_text("mine")
    with pytest.raises(ExportError, match=match):
        export_model(store, run_id, "keras", folder / output)
    assert [path.name for path in folder.iterdir()] == ["there.keras"]
    assert (folder / "there.keras").read_text() == "mine"


def test_a_changed_data_set_or_damaged_weights_leave_nothing_behind(store: RunStore, tmp_path: Path) -> None:
    run_id, folder = finished_run(store, epochs=1), tmp_path / "out"
    folder.mkdir()
    store.update(run_id, lambda d: d["dataset"].update(sha256="0" * 64))
    with pytest.raises(ExportError, match="has changed"):
        export_model(store, run_id, "keras", folder)
    store.update(run_id, lambda d: (d["dataset"].update(sha256=""), d["config"].update(dataset="elsewhere")))
    with pytest.raises(ExportError, match="elsewhere"):
        export_model(store, run_id, "keras", folder)
    assert list(folder.iterdir()) == []


@pytest.mark.thorough
def test_a_full_disk_leaves_nothing_behind(store: RunStore, tmp_path: Path) -> None:
    """A limit on the size of files, which a child inherits, stands for the disk."""
    run_id, folder = random_run(store, RECIPES["two-conv"].architecture), tmp_path / "out"
    folder.mkdir()
    (folder / "old.keras").write_text("old")
    code = (
        "import resource, sys; from mnist_core.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["export", run_id, "--format", "keras", "--output", str(folder / "old.keras"), "--overwrite"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "full" in done.stderr.splitlines()[-1]
    assert [path.name for path in folder.iterdir()] == ["old.keras"]
    assert (folder / "old.keras").read_text() == "old"


def test_a_cancelled_export_leaves_nothing_behind(store: RunStore, tmp_path: Path) -> None:
    run_id, folder, cancelled = finished_run(store, epochs=1), tmp_path / "out", threading.Event()
    folder.mkdir()
    with pytest.raises(ExportError, match="cancelled"):
        export_model(
            store, run_id, "keras", folder, tell=lambda share, note: cancelled.set(), is_cancelled=cancelled.is_set
        )
    assert list(folder.iterdir()) == []


@pytest.mark.thorough
def test_a_kept_file_is_offered_until_the_weights_change(store: RunStore) -> None:
    run_id = finished_run(store, epochs=1)
    assert kept_model(store, run_id, "keras", has_scaling=True) is None
    made = keep_model(
        store, run_id, "keras", has_scaling=True, tell=lambda share, note: None, is_cancelled=lambda: False
    )
    assert kept_model(store, run_id, "keras", has_scaling=True) == made
    assert kept_model(store, run_id, "keras", has_scaling=False) is None
    best = store.folder(run_id) / "checkpoints" / "best.npz"
    other = store.folder(finished_run(store, epochs=1, seed=1)) / "checkpoints" / "best.npz"
    best.write_bytes(other.read_bytes())
    assert kept_model(store, run_id, "keras", has_scaling=True) is None


def test_every_format_has_a_file_ending_and_its_lines() -> None:
    for item in MODELS:
        assert item.ending.startswith(".")
        code = example(
            item.name, f"x{item.ending}", ARCHITECTURES["two-conv"], Scaler(kind=Scaling.UNIT), has_scaling=True
        )
        compile(code, item.name, "exec")
        assert f"x{item.ending}" in code
