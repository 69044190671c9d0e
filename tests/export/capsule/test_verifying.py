"""Capsules in which one thing was changed by hand, with hashes that fit: none of them is a match."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mnist_core
from mnist_core.cli import main
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.export.capsule.verifying import Verification, verify
from mnist_core.export.capsule.writing import write_capsule
from mnist_core.runs.store import RunStore
from tests.export.capsule.test_capsule import edited, members, rewritten
from tests.finished_runs import finished_run

Files = dict[str, bytes]
Change = Callable[[Files], None]
TEST = "predictions/test.npz"


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture
def capsule(store: RunStore, tmp_path: Path) -> Path:
    return write_capsule(store, finished_run(store), tmp_path)


def in_summary(**values: Any) -> Change:
    return lambda files: edited(files, "run.json", lambda run: run["summary"].update(values))


def in_run(part: str, **values: Any) -> Change:
    return lambda files: edited(files, "run.json", lambda run: run[part].update(values))


def in_arrays(name: str, change: Callable[[dict[str, np.ndarray]], None]) -> Change:
    def changed(files: Files) -> None:
        with np.load(io.BytesIO(files[name])) as stored:
            arrays = {key: stored[key].copy() for key in stored.files}
        change(arrays)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        files[name] = buffer.getvalue()

    return changed


def together(*changes: Change) -> Change:
    def changed(files: Files) -> None:
        for change in changes:
            change(files)

    return changed


def of_right_ones(arrays: dict[str, np.ndarray]) -> None:
    rows = arrays["probabilities"].argmax(axis=1) == arrays["labels"]
    arrays.update({key: value[rows] for key, value in arrays.items()})


def without_digits(arrays: dict[str, np.ndarray]) -> None:
    arrays.update({key: value[:0] for key, value in arrays.items()})


def one_answer(arrays: dict[str, np.ndarray]) -> None:
    """Another probability of one digit, too little to change the accuracy: only the loss and the network tell."""
    arrays["probabilities"][0] = np.roll(arrays["probabilities"][0], 1)


def two_swapped(arrays: dict[str, np.ndarray]) -> None:
    """The answers of two digits of one label exchanged: accuracy and loss stay."""
    first, second = np.flatnonzero(arrays["labels"] == arrays["labels"][0])[:2]
    arrays["probabilities"][[first, second]] = arrays["probabilities"][[second, first]]


def history(key: str, value: float) -> Change:
    return lambda files: edited(files, "history.json", lambda epochs: epochs[1].update({key: value}))


def setting(files: Files) -> None:
    edited(files, "config.json", lambda config: config["training"].update(learning_rate=0.5))


def renamed_epoch(files: Files) -> None:
    """The first epoch called the best one, in all files but the weights."""
    first = json.loads(files["history.json"])[0]
    summary = {"best_epoch": 1, "validation_accuracy": first["val_accuracy"], "validation_loss": first["val_loss"]}
    in_summary(**summary)(files)


CHANGES: dict[str, tuple[Change, str]] = {
    "digits chosen": (in_arrays(TEST, of_right_ones), TEST),
    "digits chosen and scores that fit": (
        together(in_arrays(TEST, of_right_ones), in_summary(test_accuracy=1.0, test_loss=None)), TEST,
    ),
    "no test digit": (in_arrays(TEST, without_digits), TEST),
    "scores without predictions": (lambda files: files.pop(TEST) and None, "no test predictions"),
    "scores of no digit": (
        together(in_arrays(TEST, without_digits), in_summary(test_accuracy=1.0)), "no test predictions",
    ),
    "test accuracy": (in_summary(test_accuracy=0.999), "test accuracy"),
    "test loss": (in_summary(test_loss=0.001), "test loss"),
    "validation accuracy": (in_summary(validation_accuracy=0.999), "validation accuracy"),
    "validation loss": (in_summary(validation_loss=0.001), "validation loss"),
    "parameters": (in_summary(parameters=5), "parameters"),
    "best epoch": (in_summary(best_epoch=99), "best epoch"),
    "another best epoch": (renamed_epoch, "best epoch"),
    "epochs done": (in_summary(epochs_done=9), "epochs done"),
    "accuracy of an epoch": (history("val_accuracy", 0.999), "history.json: epoch 2"),
    "loss of an epoch": (history("val_loss", 0.001), "history.json: epoch 2"),
    "no history": (lambda files: files.update({"history.json": b"[]"}), "history.json"),
    "validation predictions of an epoch": (in_arrays("predictions/validation-002.npz", one_answer), "epoch 2"),
    "validation predictions of the best epoch": (
        in_arrays("predictions/validation-004.npz", two_swapped), "validation digits",
    ),
    "validation digits chosen": (in_arrays("predictions/validation-002.npz", of_right_ones), "validation-002"),
    "weights of an epoch": (
        in_arrays("weights/epoch-002.npz", lambda arrays: arrays.update({"output|kernel": -arrays["output|kernel"]})),
        "weights of epoch 2",
    ),
    "settings": (setting, "training.learning_rate in config.json"),
    "script": (lambda files: files.update({"experiment.py": b"import os"}), "experiment.py"),
    "notebook": (lambda files: files.update({"experiment.ipynb": b"{}"}), "experiment.ipynb"),
    "no notebook": (lambda files: files.pop("experiment.ipynb") and None, "experiment.ipynb"),
    "text that is none": (lambda files: files.update({"experiment.py": b"\xff"}), "experiment.py"),
    "readme": (lambda files: files.update({"README.txt": b"Accuracy 100%"}), "README.txt"),
    "size of the test split": (in_run("dataset", test_images=100), "test images"),
    "size of the validation split": (in_run("dataset", validation_images=7), "validation images"),
    "digits of another data set": (in_run("dataset", sha256="0" * 64), "SHA-256"),
}  # fmt: skip


def said(found: Verification) -> str:
    return "\n".join(f"{item.what} {item.stored} {item.found}" for item in found.differences)


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_changed_by_hand_is_a_difference(name: str, capsule: Path) -> None:
    change, words = CHANGES[name]
    found = verify(rewritten(capsule, change))
    assert not found.matches
    assert words in said(found)


def test_the_exit_code_and_the_table_say_it_too(capsule: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change, words = CHANGES["digits chosen and scores that fit"]
    assert main(["verify", str(rewritten(capsule, change))]) == 1
    printed = capsys.readouterr().out
    assert "does not match" in printed
    assert words in printed


def test_the_rows_of_a_whole_split_may_be_in_any_order(capsule: Path) -> None:
    def turned(arrays: dict[str, np.ndarray]) -> None:
        arrays.update({key: value[::-1] for key, value in arrays.items()})

    assert verify(rewritten(capsule, in_arrays(TEST, turned))).matches


def test_a_run_that_was_stopped_before_its_test_matches(store: RunStore, tmp_path: Path) -> None:
    found = verify(write_capsule(store, finished_run(store, tested=False), tmp_path))
    assert said(found) == ""
    assert (found.split, found.compared) == ("validation", len(load_dataset("mnist-sample").train) // 5)


def test_settings_that_were_changed_in_the_training_are_those_of_the_configuration(
    store: RunStore, tmp_path: Path
) -> None:
    run_id = finished_run(store)
    store.set(run_id, adjustments={"epochs": 9, "learning_rate": 0.004})
    path = write_capsule(store, run_id, tmp_path)
    assert json.loads(members(path)["config.json"])["training"]["epochs"] == 9
    assert said(verify(path)) == ""


def by_version(version: str | None) -> Change:
    def change(files: Files) -> None:
        def write(manifest: dict[str, Any]) -> None:
            manifest.pop("written_by")
            if version is not None:
                manifest["written_by"] = version

        edited(files, "capsule.json", write)

    return change


def test_epochs_that_cannot_be_compared_are_named(capsule: Path) -> None:
    found = verify(rewritten(capsule, lambda files: files.pop("predictions/validation-001.npz") and None))
    assert found.matches
    (item,) = [item for item in found.circumstances if "epochs" in item.what]
    assert "1 epoch" in item.stored


def test_code_of_another_version_is_no_false_alarm(capsule: Path) -> None:
    def older(files: Files) -> None:
        files["experiment.py"] += b"# as it was written then\n"
        by_version("0.0.9")(files)

    found = verify(rewritten(capsule, older))
    assert found.matches
    (told,) = [item for item in found.circumstances if item.what == "experiment.py"]
    assert (told.stored, "not compared" in told.found) == ("written by version 0.0.9", True)


def test_the_version_that_trained_stands_for_one_that_was_not_noted(capsule: Path) -> None:
    def change(files: Files) -> None:
        by_version(None)(files)
        edited(files, "capsule.json", lambda manifest: manifest["environment"].update(
            {"MNIST Studio": mnist_core.__version__}
        ))  # fmt: skip

    assert verify(rewritten(capsule, change)).matches
    swapped = together(change, CHANGES["script"][0])
    assert "experiment.py" in said(verify(rewritten(capsule, swapped)))
