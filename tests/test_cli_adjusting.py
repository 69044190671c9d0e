"""`pause` and `adjust`: what a run that trains is asked to do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_core.cli import main
from mnist_core.jobs.control import read_requests, request_pause
from mnist_core.locks import try_lock
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from mnist_core.training.progress import NO_CHANGE


@pytest.fixture
def store(runs_folder: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture
def waiting(store: RunStore) -> str:
    """A run of five epochs that waits in the queue."""
    return store.create(config_from_recipe("softmax-regression", dataset="mnist-sample", epochs=5))


@pytest.fixture
def training(store: RunStore, waiting: str) -> Iterator[str]:
    """The same with two epochs trained, its lock held as its worker would."""
    store.update(waiting, lambda document: document["summary"].update(epochs_done=2))
    store.set(waiting, status="running")
    lock = try_lock(store.folder(waiting) / "lock")
    assert lock is not None
    yield waiting
    os.close(lock)


def test_a_run_that_trains_is_asked_to_pause(
    store: RunStore, training: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pause", training]) == 0
    assert read_requests(store.folder(training)).pause
    assert f"python -m mnist_core resume {training}" in capsys.readouterr().out
    assert main(["pause", training, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run_id"] == training
    assert main(["pause", training]) == 0
    assert "pauses with a checkpoint" in capsys.readouterr().out  # it has not done so yet
    store.set(training, status="paused")
    assert main(["pause", training]) == 0
    assert "is paused already" in capsys.readouterr().out


def test_a_run_that_trains_is_asked_for_other_settings(store: RunStore, training: str) -> None:
    assert main(["adjust", training, "--learning-rate", "0.05"]) == 0
    assert main(["adjust", training, "--epochs", "3"]) == 0
    wanted = read_requests(store.folder(training)).adjustments
    assert (wanted.learning_rate, wanted.epochs) == (0.05, 3)
    assert store.get(training).adjustments == NO_CHANGE  # its worker writes them when they take effect


def test_a_run_that_waits_begins_with_the_adjustments(
    store: RunStore, waiting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["adjust", waiting, "--epochs", "7", "--learning-rate", "0.05", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["adjustments"]["epochs"], document["adjustments"]["learning_rate"]) == (7, 0.05)
    assert store.get(waiting).config_in_force.training.epochs == 7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pause", "nothing"), "There is no run"),
        (("pause", "WAITING"), "is not training"),
        (("adjust", "nothing", "--epochs", "3"), "There is no run"),
        (("adjust", "TRAINING"), "nothing to adjust"),
        (("adjust", "TRAINING", "--epochs", "1"), "at least the 2 trained"),
        (("adjust", "TRAINING", "--epochs", "0"), "epochs"),
        (("adjust", "TRAINING", "--epochs", "1000000"), "epochs"),
        (("adjust", "TRAINING", "--learning-rate", "-1"), "learning_rate"),
        (("adjust", "TRAINING", "--learning-rate", "nan"), "learning_rate"),
        (("adjust", "TRAINING", "--learning-rate", "fast"), "fast"),
        (("adjust", "ENDED", "--epochs", "9"), "Its status is stopped"),
        (("resume", "PAUSED", "--epochs", "1"), "has trained 2 of 1 epochs"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: tuple[str, ...], words: str, store: RunStore, training: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = store.get(training).config
    known = {"TRAINING": training, "WAITING": store.create(config), "ENDED": store.create(config)}
    store.set(known["ENDED"], status="stopped")
    if "PAUSED" in arguments:
        store.set(training, status="paused")
        request_pause(store.folder(training))
        known["PAUSED"] = training
    try:
        code = main([known.get(word, word) for word in arguments])
    except SystemExit as error:  # of `argparse`
        code = int(str(error.code))
    told = capsys.readouterr()
    assert (code, told.out, len(told.err.splitlines())) == (2, "", 1)
    assert words in told.err
    requests = read_requests(store.folder(training))
    assert (requests.adjustments, requests.pause) == (NO_CHANGE, "PAUSED" in arguments)
