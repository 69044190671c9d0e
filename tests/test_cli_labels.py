"""`labels`: decisions about labels from the command line, and the accuracy that they give."""

from __future__ import annotations

import csv
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.cli import main
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run


@pytest.fixture
def studio(studio: Any, empty_data_folder: Path) -> Any:
    """Runs a command about labels, in a folder of data sets of its own."""
    return partial(studio, "labels")


def decisions(studio: Any) -> list[tuple[str, int, str, int | None]]:
    found = studio("list", "mnist-sample", "--json")["decisions"]
    return [(item["split"], item["index"], item["decision"], item["reviewed_label"]) for item in found]


def test_labels_are_reviewed_removed_and_undone(studio: Any, empty_data_folder: Path) -> None:
    labels = load_dataset("mnist-sample").test.labels.tolist()
    other = (labels[7] + 1) % 10
    assert "relabelled" in studio("relabel", "mnist-sample", "7", str(other), "--split", "test")
    assert studio("keep", "mnist-sample", "8", "--split", "test", "--json")["reviewed_label"] == labels[8]
    studio("ambiguous", "mnist-sample", "9", "--split", "train")
    wanted = [("test", 7, "relabel", other), ("test", 8, "keep", labels[8]), ("train", 9, "ambiguous", None)]
    assert decisions(studio) == wanted
    assert studio("undo", "mnist-sample", "--json")["decision"] is None
    assert decisions(studio) == wanted[:2]
    studio("remove", "mnist-sample", "7", "--split", "test")
    assert decisions(studio) == wanted[1:2]
    assert studio("undo", "mnist-sample", "--json")["reviewed_label"] == other
    assert decisions(studio) == wanted[:2]
    (file,) = (empty_data_folder / "label-review").glob("*.json")
    written = [(item["row"], item["decision"]) for item in json.loads(file.read_bytes())["decisions"]]
    assert written == [(7, "relabel"), (8, "keep")]


def test_a_label_that_the_image_has_is_kept(studio: Any) -> None:
    label = int(load_dataset("mnist-sample").train.labels[3])
    found = studio("relabel", "mnist-sample", "3", str(label), "--split", "train", "--json")
    assert (found["decision"], found["reviewed_label"]) == ("keep", label)


def test_decisions_are_written_as_csv(studio: Any, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    studio("ambiguous", "mnist-sample", "9", "--split", "train")
    studio("list", "mnist-sample", "--csv", str(path))
    with path.open() as file:
        (line,) = csv.DictReader(file)
    assert (line["split"], line["index"], line["decision"], line["reviewed_label"]) == ("train", "9", "ambiguous", "")


@pytest.mark.parametrize("command", [("list", "mnist-sample"), ("undo", "mnist-sample")])
@pytest.mark.parametrize(
    "content",
    [
        {"decisions": [{"split": "test", "row": 1, "decision": "keep", "time": 1e300}], "changes": []},
        {"decisions": [], "changes": [{"split": "test", "row": 5000, "before": None}]},
    ],
)
def test_a_damaged_file_is_one_sentence_and_stays(
    studio: Any,
    empty_data_folder: Path,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    content: dict[str, Any],
) -> None:
    studio("keep", "mnist-sample", "1", "--split", "test")
    (file,) = (empty_data_folder / "label-review").glob("*.json")
    damaged = json.dumps({"schema": 1, **content})
    file.write_text(damaged)
    assert main(["labels", *command]) == 2
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 1)
    assert f"Repair or remove {file}" in told.err
    assert file.read_text() == damaged


def test_a_run_is_scored_under_the_reviewed_labels(studio: Any, runs_folder: Path) -> None:
    run_id = finished_run(RunStore(runs_folder))
    with np.load(runs_folder / run_id / "predictions" / "test.npz") as file:
        labels, predicted = file["labels"].astype(int), file["probabilities"].argmax(axis=1)
    wrong, correct = np.flatnonzero(predicted != labels), np.flatnonzero(predicted == labels)
    fixed, broken, unclear = int(wrong[0]), int(correct[0]), int(wrong[1])
    studio("relabel", "mnist-sample", str(fixed), str(predicted[fixed]), "--split", "test")
    studio("relabel", "mnist-sample", str(broken), str((labels[broken] + 1) % 10), "--split", "test")
    studio("ambiguous", "mnist-sample", str(unclear), "--split", "test")
    studio("keep", "mnist-sample", str(fixed), "--split", "train")  # another image
    found = studio("review", run_id, "--json")
    assert found["original"]["accuracy"] == len(correct) / len(labels)
    assert found["reviewed"]["accuracy"] == pytest.approx(len(correct) / (len(labels) - 1))
    assert (found["became_correct"], found["became_wrong"], found["left_out"]) == ([fixed], [broken], [unclear])
    assert found["reviewed_images"] == 3
    suspects = {item["index"]: item for item in found["suspects"]}
    assert set(suspects) <= set(wrong.tolist())
    assert all(item["decision"] is None for row, item in suspects.items() if row not in (fixed, unclear))
    assert "reviewed labels: 3" in studio("review", run_id)
    assert studio("review", run_id, "--split", "validation", "--json")["images"] == 800


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "COMMAND"),
        (("list", "nowhere"), "There is no data set"),
        (("keep", "mnist-sample", "1000", "--split", "test"), "Expected 0 to 999"),
        (("keep", "mnist-sample", "-1", "--split", "test"), "0 to 999"),
        (("keep", "mnist-sample", "1"), "--split"),
        (("keep", "mnist-sample", "1", "--split", "validation"), "validation"),
        (("keep", "mnist-sample", "first", "--split", "test"), "first"),
        (("relabel", "mnist-sample", "1", "10", "--split", "test"), "Expected 0 to 9"),
        (("relabel", "mnist-sample", "1", "--split", "test"), "LABEL"),
        (("remove", "mnist-sample", "1", "--split", "test"), "There is no decision"),
        (("undo", "mnist-sample"), "to undo"),
        (("review", "nothing"), "There is no run"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: tuple[str, ...], words: str, empty_data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["labels", *arguments])
    except SystemExit as error:  # of `argparse`
        code = int(str(error.code))
    told = capsys.readouterr()
    assert (code, told.out, len(told.err.splitlines())) == (2, "", 1)
    assert words in told.err
    assert not list(empty_data_folder.glob("label-review/*.json"))


def test_a_run_whose_images_have_changed_is_not_reviewed(
    runs_folder: Path, sample_only: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = finished_run(RunStore(runs_folder))
    RunStore(runs_folder).update(run_id, lambda document: document["dataset"].update(sha256="0" * 64))
    assert main(["labels", "review", run_id]) == 2
    assert "have changed" in capsys.readouterr().err
