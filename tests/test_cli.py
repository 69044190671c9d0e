"""The command line as other programs use it: JSON on standard output, one sentence on standard error."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import confusion_matrix

from mnist_core.cli import main, training
from mnist_core.runs.events import EventLog, drop_epochs_after, read_events
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
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


def studio(*arguments: str, stdin: int | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mnist_core", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, stdin=stdin, capture_output=True, text=True, timeout=180, env=environment, check=False
    )


def exit_code(*arguments: str) -> int:
    """That of the command, run in this process."""
    try:
        return main([*arguments])
    except SystemExit as error:  # of `argparse`
        return int(str(error.code))


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
        (("show", "a\nb\x1b[2J"), "There is no run `a b[2J`"),
        (("evaluate", "a\nb"), "There is no run `a b`"),
        (("stop", "a\nb"), "There is no run `a b`"),
        (("rename", "a\nb", "name"), "There is no run `a b`"),
        (("restore", "a\nb"), "There is no run `a b` in the bin"),
        (("dance",), "dance"),
    ],
)
def test_invalid_input_is_one_line_and_exit_code_2(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(*arguments) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert said.out == ""


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("train", "--recipe", "two-conv", "--dataset", ""), "--dataset"),
        (("train", "--recipe", ""), "--recipe"),
        (("train", "--config", ""), "--config"),
        (("train", "--recipe", "two-conv", "--epochs", ""), "--epochs"),
        (("export", "A", "--format", "keras", "--output", ""), "--output"),
        (("export", "A", "--format", "report", "--output", "x", "--compare", ""), "--compare"),
        (("data", "import", ""), "PATH"),
        (("data", "import", "a.csv", ""), "PATH"),
        (("data", "fetch", ""), "name"),
        (("import", ""), "FILE"),
        (("verify", ""), "CAPSULE"),
        (("runs", "--filter", ""), "--filter"),
        (("tag", "A", "good", ""), "TAG"),
        (("evaluate", "A", "--dataset", ""), "--dataset"),
        (("tune", "search", "--space", ""), "--space"),
        (("tune", "search", "--storage", ""), "--storage"),
        (("cluster", "keys", "--output", ""), "--output"),
        (("cluster", "worker", ""), "address"),
    ],
)
def test_an_empty_text_is_no_value(arguments: tuple[str, ...], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"Argument {name}: ")
    assert len(said.err.splitlines()) == 1
    assert "empty" in said.err


def test_a_name_and_a_note_may_be_empty(stopped: str, runs_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("rename", "note"):
        assert exit_code(command, stopped, "words") == 0
        assert exit_code(command, stopped, "") == 0
    run = RunStore(runs_folder).get(stopped)
    assert (run.name, run.note) == ("", "")


def test_a_refusal_is_the_exit_code_of_the_process() -> None:
    done = studio("show", "../../etc/passwd")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_an_impossible_network_in_a_file_is_refused(tmp_path: Path) -> None:
    layers = [{"kind": "conv", "filters": 8, "kernel_size": 5}, *[{"kind": "max_pool", "size": 2}] * 6]
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"schema": 1, "dataset": "mnist-sample", "architecture": {"layers": layers}}))
    done = studio("train", "--config", str(path))
    assert done.returncode == 2
    assert done.stderr.startswith("Layer ")


@pytest.mark.parametrize("key", ["title", "help", "kind_", "a\nb"])
@pytest.mark.parametrize("kind", ["flatten", "dense"])
def test_a_key_that_no_layer_has_is_refused_in_a_sentence(
    kind: str, key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also one that only the program has, as the title of a kind of layer."""
    layers = [{"kind": "flatten"}, {"kind": "dense", "units": 5}]
    next(layer for layer in layers if layer["kind"] == kind)[key] = 1
    config, weights = tmp_path / "config.json", tmp_path / "a.weights.h5"
    config.write_text(json.dumps({"schema": 1, "dataset": "mnist-sample", "architecture": {"layers": layers}}))
    space = tmp_path / "space.json"
    space.write_text(json.dumps({"base": json.loads(config.read_text()),
                                 "dimensions": [{"setting": "seed", "values": [1, 2]}]}))  # fmt: skip
    weights.write_bytes(b"\x89HDF\r\n\x1a\n")
    for arguments in (
        ("train", "--config", str(config)),
        ("tune", "first", "--space", str(space)),
        ("import", str(weights), "--config", str(config)),
    ):
        assert exit_code(*arguments) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert f"Unknown key `{' '.join(key.split())}`" in said
        expected = "no settings there" if kind == "flatten" else "one of: activation, units"
        assert f"Expected {expected}." in said


def test_a_file_in_the_place_of_the_runs_is_not_a_folder_without_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "runs"
    monkeypatch.setenv("MNIST_STUDIO_RUNS", str(path))
    assert main(["runs"]) == 0
    path.write_text("no folder")
    capsys.readouterr()
    for arguments in (["runs"], ["runs", "--json"], ["show", "20260101-000000-abcdef"]):
        assert main(arguments) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert "Expected a folder" in said.err
        assert str(path) in said.err


def test_a_damaged_run_does_not_hide_the_others(runs_folder: Path) -> None:
    (runs_folder / "20260101-000000-abcdef").mkdir(parents=True)
    listed = studio("runs", "--json")
    assert (listed.returncode, json.loads(listed.stdout)) == (0, [])
    assert len(listed.stderr.splitlines()) == 1
    assert "20260101-000000-abcdef is damaged" in listed.stderr
    done = studio("show", "20260101-000000-abcdef")
    assert done.returncode == 2
    assert "damaged" in done.stderr
    assert "damaged" in studio("runs").stdout


def test_a_run_with_a_number_that_is_not_finite_does_not_hide_the_others(stopped: str, runs_folder: Path) -> None:
    store = RunStore(runs_folder)
    bad = store.create(store.get(stopped).config)
    path = runs_folder / bad / "run.json"
    path.write_text(path.read_text().replace('"finished_at": null', '"finished_at": 1e999'))
    assert [run["run_id"] for run in document("runs")] == [stopped]


@pytest.fixture
def stopped(runs_folder: Path) -> str:
    """A run that was stopped after two of three epochs."""
    store = RunStore(runs_folder)
    run_id = store.create(config_from_recipe("softmax-regression", dataset="mnist-sample", epochs=3))
    store.update(run_id, lambda document: document["summary"].update(epochs_done=2))
    store.set(run_id, status="stopped")
    return run_id


def test_epochs_that_are_trained_again_are_printed_again(stopped: str, runs_folder: Path) -> None:
    """A journal from which a lost epoch was removed counts on from its last number."""
    journal = runs_folder / stopped / "events.jsonl"
    with contextlib.closing(EventLog(journal)) as log:
        log.append("epoch", epoch=1)
        log.append("epoch", epoch=2)
    earlier = read_events(journal)
    drop_epochs_after(journal, 1)
    with contextlib.closing(EventLog(journal)) as log:
        log.append("epoch", epoch=2)
    now = read_events(journal, earlier)
    assert [event["seq"] for event in now.events] == [1, 2]
    assert [training.mark(event) in training.marks(earlier) for event in now.events] == [True, False]


@pytest.mark.parametrize("status", ["stopped", "paused"])
def test_a_run_that_ends_early_shows_how_to_resume(
    stopped: str, runs_folder: Path, capsys: pytest.CaptureFixture[str], status: str
) -> None:
    store = RunStore(runs_folder)
    store.set(stopped, status=status)
    assert training.finish(store, stopped, argparse.Namespace(json=False)) == 0
    out = capsys.readouterr().out
    assert f"{status} after 2 of 3 epochs" in out
    assert f"python -m mnist_core resume {stopped}" in out


def test_damaged_fields_of_a_run_do_not_break_a_command(stopped: str, runs_folder: Path) -> None:
    path = runs_folder / stopped / "run.json"
    document = json.loads(path.read_text()) | {"name": "\ud800"}
    document["summary"]["best_epoch"] = 2.0
    path.write_text(json.dumps(document))
    done = studio("runs")
    assert (done.returncode, done.stderr) == (0, "")
    assert "softmax-regression" in done.stdout
    done = studio("evaluate", stopped, "--split", "validation")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_terminal_without_a_character_shows_the_others(stopped: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert exit_code("star", stopped) == 0
    assert exit_code("rename", stopped, "Zoë") == 0
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = studio("runs")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Zo?" in done.stdout
    assert [run["name"] for run in document("runs")] == ["Zoë"]
    refused = studio("show", "Zoë")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)


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
    resumed = studio("resume", run["run_id"], "--epochs", "2")
    assert [line[:8] for line in resumed.stdout.splitlines() if line.startswith("epoch")] == ["epoch 2:"]
    longer = document("show", run["run_id"])
    assert longer["summary"]["epochs_done"] == 2
    assert longer["attempt"] == 2
