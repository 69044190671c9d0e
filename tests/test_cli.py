"""The command line as other programs use it: JSON on standard output, one sentence on standard error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import confusion_matrix

from mnist_core.runs.store import RunStore
from tests.conftest import ROOT

PARAMETERS = {
    "three-conv": 79_306,
    "sgd-cnn": 225_034,
    "dropout-cnn": 232_650,
    "two-conv": 421_642,
    "deep-mlp": 109_386,
    "standardised-mlp": 118_282,
    "softmax-regression": 7_850,
}


def studio(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mnist_core", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, timeout=180, env=environment, check=False)


def document(*arguments: str) -> Any:
    done = studio(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_recipes_have_the_parameters_of_the_published_projects() -> None:
    recipes = {recipe["name"]: recipe for recipe in document("recipes")}
    assert {name: recipes[name]["parameters"] for name in PARAMETERS} == PARAMETERS
    keys = {"name", "title", "parameters", "epochs", "batch_size", "published_test_accuracy", "flaw"}
    assert all(set(recipe) == keys for recipe in recipes.values())


def test_data_lists_what_is_here(sample_only: Path) -> None:
    sets = {item["name"]: item for item in document("data")}
    assert sets["mnist-sample"]["available"]
    assert (sets["mnist-sample"]["train_images"], sets["mnist-sample"]["test_images"]) == (4000, 1000)
    assert len(sets["mnist-sample"]["sha256"]) == 64
    assert not sets["mnist"]["available"]
    assert sets["mnist"]["sha256"] is None
    assert {"licence", "source"} <= set(sets["mnist"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train",), "either --recipe NAME or --config FILE"),
        (("train", "--recipe", "magic"), "There is no recipe `magic`"),
        (("train", "--recipe", "two-conv", "--dataset", "magic"), "magic"),
        (("train", "--recipe", "two-conv", "--epochs", "0"), "`epochs`"),
        (("train", "--recipe", "two-conv", "--epochs", "many"), "many"),
        (("train", "--recipe", "two-conv", "--precision", "float8"), "`precision`"),
        (("train", "--config", "/not/there.json"), "cannot be read"),
        (("show", "20260101-000000-abcdef"), "There is no run"),
        (("show", "../../etc/passwd"), "There is no run"),
        (("evaluate", "nothing"), "There is no run"),
        (("resume", "nothing"), "There is no run"),
        (("stop", "nothing"), "There is no run"),
        (("dance",), "dance"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments: tuple[str, ...], words: str) -> None:
    done = studio(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_an_impossible_network_in_a_file_is_refused(tmp_path: Path) -> None:
    layers = [{"kind": "conv", "filters": 8, "kernel_size": 5}, *[{"kind": "max_pool", "size": 2}] * 6]
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"schema": 1, "dataset": "mnist-sample", "architecture": {"layers": layers}}))
    done = studio("train", "--config", str(path))
    assert done.returncode == 2
    assert done.stderr.startswith("Layer ")


def test_a_damaged_run_does_not_hide_the_others(runs_folder: Path) -> None:
    (runs_folder / "20260101-000000-abcdef").mkdir(parents=True)
    assert document("runs") == []
    done = studio("show", "20260101-000000-abcdef")
    assert done.returncode == 2
    assert "damaged" in done.stderr
    assert "damaged" in studio("runs").stdout


@pytest.mark.slow
def test_train_show_evaluate_and_resume_agree(runs_folder: Path, sample_only: Path) -> None:
    run = document("train", "--recipe", "softmax-regression", "--epochs", "1", "--limit", "400", "--seed", "1")
    assert run["status"] == "completed"
    assert run["dataset"]["name"] == "mnist-sample"
    stored = RunStore(runs_folder).predictions(run["run_id"], "test")
    evaluated = document("evaluate", run["run_id"])
    wanted = confusion_matrix(stored.labels, stored.probabilities.argmax(axis=1), labels=range(10))
    assert evaluated["confusion_matrix"] == wanted.tolist()
    assert evaluated["accuracy"] == run["summary"]["test_accuracy"] == wanted.trace() / wanted.sum()
    assert document("show", run["run_id"]) == run
    assert document("runs") == [run]
    other = document("evaluate", run["run_id"], "--dataset", "optical-digits")
    assert sum(map(sum, other["confusion_matrix"])) == other["images"]
    longer = document("resume", run["run_id"], "--epochs", "2")
    assert longer["summary"]["epochs_done"] == 2
    assert longer["attempt"] == 2
