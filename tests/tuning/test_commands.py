"""`tune` on the command line: what it prints, what it refuses, and what a kill leaves of it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

from mnist_core.cli import main
from mnist_core.locks import is_locked
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from mnist_core.tuning.control import read_state
from mnist_core.tuning.study import Study, StudySettings, create_study, study_folder
from tests.conftest import ROOT
from tests.tuning.conftest import open_space
from tests.waiting import wait_until

SMALL = ("--recipe", "softmax-regression", "--dataset", "mnist-sample", "--limit", "200", "--epochs", "2")
NOWHERE = "postgresql://user:secret@127.0.0.1:1/studies"


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The sentence on standard error; the exit code is 2."""
    assert main(["tune", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err


SPACES = {
    "reversed": [{"setting": "learning_rate", "low": 0.1, "high": 0.01}],
    "one point": [{"setting": "learning_rate", "values": [0.1]}],
    "a million points": [
        {"setting": "batch_size", "low": 1, "high": 1000},
        {"setting": "epochs", "low": 1, "high": 1000},
    ],
    "beyond its limits": [{"setting": "conv_1.filters", "low": 1, "high": 100_000}],
}


@pytest.mark.parametrize(
    ("space", "more", "words"),
    [
        ("reversed", (), "reversed"),
        ("one point", (), "a single point"),
        ("a million points", ("--method", "grid"), "at most 1,000 points. Received: 1,000,000"),
        ("beyond its limits", (), "an integer from 1 to 1024"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, space: str, more: tuple[str, ...], words: str
) -> None:
    path = tmp_path / "space.json"
    path.write_text(json.dumps({"dimensions": SPACES[space]}))
    arguments = ("bad", "--recipe", "two-conv", "--dataset", "mnist-sample", "--space", str(path), *more)
    assert words in refused(capsys, *arguments)


RATES = [{"setting": "learning_rate", "values": [0.001, 0.01]}]


def space_file(folder: Path, dimensions: list[dict[str, Any]]) -> str:
    path = folder / "space.json"
    path.write_text(json.dumps({"dimensions": dimensions}))
    return str(path)


@pytest.mark.slow
def test_a_recipe_whose_batch_exceeds_its_few_images_is_searched_as_it_is_trained(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, runs_folder: Path
) -> None:
    few = ("--recipe", "softmax-regression", "--dataset", "mnist-sample", "--limit", "20", "--epochs", "1")
    arguments = ("tune", "first", *few, "--space", space_file(tmp_path, RATES), "--method", "grid", "--json")
    assert config_from_recipe("softmax-regression", dataset="mnist-sample").training.batch_size > 18
    assert main([*arguments, "--trials", "1"]) == 0
    trials = json.loads(capsys.readouterr().out)["trials"]
    assert [trial["state"] for trial in trials] == ["completed"]


def without_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10**6, total=10**6))


def test_a_base_design_that_cannot_be_trained_begins_no_search(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_memory(monkeypatch)
    rates = [{"setting": "learning_rate", "values": [0.001, 0.01, 0.05]}]
    assert config_from_recipe("two-conv", dataset="mnist-sample").training.learning_rate in rates[0]["values"]
    sentence = refused(capsys, "first", "--recipe", "two-conv", "--dataset", "mnist-sample", "--epochs", "1",
                       "--space", space_file(tmp_path, rates))  # fmt: skip
    assert "too much memory" in sentence
    assert not list(runs_folder.glob("studies/*"))


def test_a_search_in_which_no_trial_can_be_trained_fails_with_the_reason(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_memory(monkeypatch)
    space = space_file(tmp_path, [{"setting": "learning_rate", "values": [0.0021, 0.0022]}])
    assert main(["tune", "first", *SMALL, "--space", space, "--method", "grid", "--trials", "2", "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "all 2 trials were refused" in printed.err.splitlines()[-1]
    assert "memory" in printed.err.splitlines()[-1]
    assert RunStore(runs_folder).run_ids() == ()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("first",), "To begin one, give --recipe"),
        (("a/b", *SMALL), "letters, digits, hyphens"),
        (("..", *SMALL), "letters, digits, hyphens"),
        (("first", "--recipe", "magic"), "There is no recipe `magic`"),
        (("first", *SMALL, "--minutes", "0"), "minutes"),
        (("first", *SMALL, "--trials", "0"), "trials"),
        (("first", *SMALL, "--workers", "101"), "workers"),
        (("first", *SMALL, "--method", "magic"), "tpe, random, grid"),
        (("first", *SMALL, "--minutes", "nan"), "minutes"),
        (("first", *SMALL, "--finalists", "6"), "finalists"),
        (("first", *SMALL, "--finalists", "2", "--seeds", "1"), "seeds"),
        (("x" * 10_000, *SMALL), "letters, digits, hyphens"),
        (("<b>first</b>", *SMALL), "letters, digits, hyphens"),
        (("first", *SMALL, "--method", "grid"), "ranges without a step"),
        (("first", *SMALL, "--space", "/not/there.json"), "cannot be read"),
        (("first", *SMALL, "--storage", "mysql://here/x"), "postgresql://"),
        (("first", "--recipe", "two-conv", "--dataset", "magic"), "magic"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], runs_folder: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert words in refused(capsys, *arguments)
    assert not (runs_folder / "studies").exists() or not list((runs_folder / "studies").iterdir())


def test_a_database_that_cannot_be_reached_is_said_within_five_seconds_and_without_its_password(
    runs_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("psycopg")
    import optuna  # noqa: F401 - its import is not part of the waiting

    begun = time.monotonic()
    sentence = refused(capsys, "first", *SMALL, "--storage", NOWHERE)
    assert time.monotonic() - begun < 5
    assert "127.0.0.1:1/studies" in sentence
    assert "secret" not in sentence
    assert "secret" not in "".join(path.read_text() for path in (runs_folder / "studies").glob("*/*.json"))


@pytest.mark.parametrize("document", ['{"schema": 2}', "{", "[]"])
def test_a_study_of_another_version_is_refused(
    capsys: pytest.CaptureFixture[str], runs_folder: Path, document: str
) -> None:
    create_study(runs_folder, Study(name="first", space=open_space(), settings=StudySettings()))
    (study_folder(runs_folder, "first") / "study.json").write_text(document)
    sentence = refused(capsys, "first")
    assert "another version" in sentence or "damaged" in sentence


def test_a_study_goes_on_only_in_its_own_space(capsys: pytest.CaptureFixture[str], runs_folder: Path) -> None:
    create_study(runs_folder, Study(name="first", space=open_space(), settings=StudySettings()))
    assert "searches another space" in refused(capsys, "first", *SMALL)
    assert "other aims" in refused(capsys, "first", "--cost", "parameters")
    assert "the file in its folder" in refused(capsys, "first", "--storage", NOWHERE)


@pytest.fixture
def tune() -> Iterator[Any]:
    """Starts `tune` as a process; what is left of it is ended."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "mnist_core", "tune", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.thorough
def test_a_killed_search_goes_on_with_the_trial_that_is_in_training(tune: Any, runs_folder: Path) -> None:
    """Real workers: the tuner is killed while one trains, then that worker too; the same command ends it all."""
    store = RunStore(runs_folder)
    first = tune("first", *SMALL, "--trials", "2", "--pruning", "off")
    # Until the worker has signed: the launcher holds the lock before it starts one.
    wait_until(lambda: any(path.read_bytes().startswith(b"{") for path in runs_folder.glob("2*/lock")), seconds=60)
    first.send_signal(signal.SIGKILL)
    first.wait()
    (run_id,) = store.run_ids()
    wait_until(lambda: read_state(study_folder(runs_folder, "first")).doing == "interrupted")
    signed = runs_folder / run_id / "lock"
    wait_until(lambda: signed.read_bytes().startswith(b"{"), seconds=60)
    os.kill(int(json.loads(signed.read_bytes())["pid"]), signal.SIGKILL)
    wait_until(lambda: not is_locked(signed), seconds=30)

    out, _ = tune("first", "--json").communicate(timeout=240)
    found = json.loads(out)
    runs = {path.parent.name: json.loads(path.read_text()) for path in runs_folder.glob("2*/run.json")}
    assert [trial["state"] for trial in found["trials"]] == ["completed", "completed"]
    assert found["trials"][0]["run_id"] == run_id
    assert {trial["run_id"]: trial["value"] for trial in found["trials"]} == {
        name: run["summary"]["validation_accuracy"] for name, run in runs.items()
    }
    assert found["best_run_id"] == max(sorted(runs), key=lambda name: runs[name]["summary"]["validation_accuracy"])
    for name in runs:
        events = map(json.loads, (runs_folder / name / "events.jsonl").read_text().splitlines())
        assert [event["epoch"] for event in events if event["event"] == "epoch"] == [1, 2]


@pytest.mark.thorough
@pytest.mark.slow
def test_kills_at_random_cost_no_trial_and_no_epoch(tune: Any, runs_folder: Path) -> None:
    """The tuner, or the worker of a trial, dies at a random moment, eight times."""
    random = np.random.default_rng(5)
    arguments = ("first", *SMALL[:-1], "30", "--trials", "3",
                 "--workers", "2", "--pruning", "off")  # fmt: skip
    for number in range(8):
        tuner = tune(*arguments)
        end = time.monotonic() + random.uniform(4, 14)
        wait_until(lambda: time.monotonic() > end, seconds=30)  # noqa: B023 - waited for at once
        held = [path for path in runs_folder.glob("2*/lock") if is_locked(path)]
        if number % 2 and held:
            with contextlib.suppress(ValueError, KeyError, ProcessLookupError):
                os.kill(int(json.loads(held[0].read_bytes())["pid"]), signal.SIGKILL)
        tuner.kill()
        tuner.wait()
    out, _ = tune("first", "--json").communicate(timeout=400)
    found = json.loads(out)
    assert [trial["state"] for trial in found["trials"]] == ["completed"] * 3
    runs = {path.parent.name: json.loads(path.read_text()) for path in runs_folder.glob("2*/run.json")}
    assert sorted(runs) == sorted(trial["run_id"] for trial in found["trials"])
    for name, run in runs.items():
        events = map(json.loads, (runs_folder / name / "events.jsonl").read_text().splitlines())
        assert [event["epoch"] for event in events if event["event"] == "epoch"] == list(range(1, 31))
        assert run["summary"]["epochs_done"] == 30
