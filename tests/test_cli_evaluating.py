"""The commands about the stored predictions of a run: verdict, calibration, mistakes and hints."""

from __future__ import annotations

import csv
import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss

from mnist_core.cli import main
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import load_predictions, save_predictions
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from tests.finished_runs import damage, finished_run, overfitted_run


@pytest.fixture
def run_id(runs_folder: Path, sample_only: Path) -> str:
    return finished_run(RunStore(runs_folder))


def stored(runs_folder: Path, run_id: str, name: str = "test") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, labels and probabilities as the file has them."""
    with np.load(runs_folder / run_id / "predictions" / f"{name}.npz") as file:
        probabilities = file["probabilities"].astype(float)
        return file["index"], file["labels"], probabilities / probabilities.sum(axis=1, keepdims=True)


def test_mistakes_are_the_wrong_digits_the_highest_loss_first(studio: Any, run_id: str, runs_folder: Path) -> None:
    _, labels, probabilities = stored(runs_folder, run_id)
    wrong = [row for row, p in enumerate(probabilities) if p.argmax() != labels[row]]
    wrong.sort(key=lambda row: probabilities[row, labels[row]])
    found = studio("mistakes", run_id, "--json")
    assert (found["wrong"], found["found"], found["images"]) == (len(wrong), len(wrong), len(labels))
    assert [item["index"] for item in found["mistakes"]] == wrong
    first = found["mistakes"][0]
    assert first["loss"] == pytest.approx(-np.log(probabilities[wrong[0], labels[wrong[0]]]), rel=1e-5)
    assert first["predicted"] == probabilities[wrong[0]].argmax()
    assert first[f"probability_{first['predicted']}"] == pytest.approx(first["confidence"])
    printed = studio("mistakes", run_id, "-n", "3")
    assert f"{len(wrong)} of 1,000 test images" in printed
    assert [int(line.split()[0]) for line in printed.splitlines()[2:5]] == wrong[:3]


@pytest.mark.parametrize(("sort", "ascending"), [("confidence", False), ("margin", True), ("index", True)])
def test_mistakes_are_sorted_and_filtered(
    studio: Any, run_id: str, runs_folder: Path, sort: str, ascending: bool
) -> None:
    _, labels, probabilities = stored(runs_folder, run_id)
    top = np.sort(probabilities, axis=1)
    values = {"confidence": top[:, -1], "margin": top[:, -1] - top[:, -2], "index": np.arange(len(labels))}[sort]
    predicted = probabilities.argmax(axis=1)
    wanted = [row for row in range(len(labels)) if labels[row] in (3, 8) and predicted[row] != labels[row]]
    wanted.sort(key=lambda row: values[row] if ascending else -values[row])
    order = ("--ascending",) if ascending else ()
    found = studio("mistakes", run_id, "--true", "3", "--true", "8", "--sort", sort, *order, "-n", "5", "--json")
    assert [item["index"] for item in found["mistakes"]] == wanted[:5]
    assert found["found"] == len(wanted) > 5
    guess = int(predicted[wanted[0]])
    only = studio("mistakes", run_id, "--true", "3", "--true", "8", "--predicted", str(guess), "--json")
    assert {item["index"] for item in only["mistakes"]} == {row for row in wanted if predicted[row] == guess}


def test_mistakes_of_an_epoch_are_sorted_by_handwriting_and_written_as_csv(
    studio: Any, run_id: str, runs_folder: Path, tmp_path: Path
) -> None:
    rows, labels, probabilities = stored(runs_folder, run_id, "validation-002")
    path = tmp_path / "mistakes.csv"
    asked = ("mistakes", run_id, "--split", "validation", "--epoch", "2", "--sort", "ink", "--csv", str(path))
    assert "after epoch 2" in studio(*asked)
    with path.open() as file:
        table = list(csv.DictReader(file))
    assert {int(line["index"]) for line in table} == set(rows[probabilities.argmax(axis=1) != labels])
    images = load_dataset("mnist-sample").train.images
    ink = [images[int(line["index"])].sum() / 255 for line in table]
    assert [float(line["ink"]) for line in table] == pytest.approx(ink, rel=1e-5)
    assert ink == sorted(ink, reverse=True)
    assert main([*asked]) == 2  # the file is there now
    assert main([*asked, "--overwrite"]) == 0


def test_the_calibration_is_that_of_its_definitions(studio: Any, run_id: str, runs_folder: Path) -> None:
    _, labels, probabilities = stored(runs_folder, run_id)
    found = studio("calibration", run_id, "--bins", "10", "--json")
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    error = 0.0
    for low in range(10):
        inside = (confidence > low / 10) & (confidence <= (low + 1) / 10)
        error += abs(confidence[inside].sum() - correct[inside].sum()) / len(labels)
    assert found["expected_calibration_error"] == pytest.approx(error, abs=1e-6)
    assert found["brier"] == pytest.approx(brier_score_loss(labels, probabilities, scale_by_half=False), abs=1e-6)
    assert found["loss"] == pytest.approx(log_loss(labels, probabilities), abs=1e-5)
    assert found["accuracy"] == accuracy_score(labels, probabilities.argmax(axis=1))
    assert sum(part["images"] for part in found["bins"]) == len(labels)
    assert f"{found['brier']:.4f}" in studio("calibration", run_id)


def test_the_temperature_is_fitted_on_validation_images(studio: Any, run_id: str, runs_folder: Path) -> None:
    """Where the loss is lowest, its slope is 0: the mean logits under the probabilities and of the labels agree."""
    best = RunStore(runs_folder).get(run_id).best_epoch
    _, labels, probabilities = stored(runs_folder, run_id, f"validation-{best:03d}")
    logits = np.log(probabilities)

    def slope(temperature: float) -> float:
        scaled = np.exp(logits / temperature)
        scaled /= scaled.sum(axis=1, keepdims=True)
        return float((logits[range(len(labels)), labels] - (scaled * logits).sum(axis=1)).mean())

    temperature = brentq(slope, 0.2, 5)
    found = studio("calibration", run_id, "--json")
    assert found["temperature"] == pytest.approx(temperature, rel=1e-3)
    _, test_labels, tested = stored(runs_folder, run_id)
    scaled = tested ** (1 / temperature)
    scaled /= scaled.sum(axis=1, keepdims=True)
    assert found["scaled"]["loss"] == pytest.approx(log_loss(test_labels, scaled), abs=1e-4)
    assert found["scaled"]["accuracy"] == found["accuracy"]


def test_without_validation_predictions_nothing_is_scaled(studio: Any, run_id: str, runs_folder: Path) -> None:
    for path in (runs_folder / run_id / "predictions").glob("validation-*.npz"):
        path.unlink()
    assert studio("calibration", run_id, "--json")["scaled"] is None
    assert "Not scaled" in studio("calibration", run_id)


def test_validation_predictions_that_are_damaged_are_said_to_be(studio: Any, run_id: str, runs_folder: Path) -> None:
    store = RunStore(runs_folder)
    damage(store.predictions_path(run_id, "validation"))
    found = studio("calibration", run_id, "--json")
    assert found["scaled"] is None
    assert f"validation-{store.get(run_id).best_epoch:03d}.npz" in found["not_scaled"]
    assert found["not_scaled"] in studio("calibration", run_id)


@pytest.mark.parametrize(
    "arguments",
    [
        ("verdict", "A"),
        ("calibration", "A", "--json"),
        ("mistakes", "A", "--split", "validation"),
        ("evaluate", "A", "--json"),
        ("labels", "review", "A"),
    ],
)
def test_predictions_without_digits_are_said_to_have_none(
    arguments: tuple[str, ...], run_id: str, runs_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = RunStore(runs_folder)
    for split in ("test", "validation"):
        path = store.predictions_path(run_id, split)
        save_predictions(path, load_predictions(path).take(np.zeros(0, np.int64)))
    assert main([run_id if word == "A" else word for word in arguments]) == 2
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 1)
    assert "no digits" in told.err


def test_the_predictions_are_those_of_the_epoch_that_is_named(
    studio: Any, run_id: str, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another epoch becomes the best after the run was read, as while it trains."""
    store = RunStore(runs_folder)
    store.update(run_id, lambda document: document["summary"].update(best_epoch=2))
    wanted = store.predictions(run_id, "validation", 2).accuracy
    get = RunStore.get

    def get_and_go_on(self: RunStore, run_id: str) -> RunRecord:
        found = get(self, run_id)
        document = json.loads((self.root / run_id / "run.json").read_bytes())
        document["summary"]["best_epoch"] = 4
        (self.root / run_id / "run.json").write_text(json.dumps(document))
        return found

    monkeypatch.setattr(RunStore, "get", get_and_go_on)
    found = studio("calibration", run_id, "--split", "validation", "--json")
    assert (found["epoch"], found["accuracy"]) == (2, wanted)


def test_a_table_that_cannot_be_written_prints_nothing(
    run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", ".mistakes.csv.tmp")

    monkeypatch.setattr("mnist_core.cli.predicted.write_bytes", full)
    path = tmp_path / "mistakes.csv"
    assert main(["mistakes", run_id, "--csv", str(path)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"{path} cannot be written: No space left on device.\n")


def test_one_row_is_one_row(studio: Any, run_id: str, tmp_path: Path) -> None:
    printed = studio("mistakes", run_id, "-n", "1", "--csv", str(tmp_path / "one.csv"))
    assert "1 is listed" in printed
    assert "1 row\n" in printed


def test_the_verdict_says_what_the_predictions_say(studio: Any, run_id: str, runs_folder: Path) -> None:
    _, labels, probabilities = stored(runs_folder, run_id)
    predicted = probabilities.argmax(axis=1)
    found = {item["finding"]: item for item in studio("verdict", run_id, "--json")["findings"]}
    assert found["accuracy"]["wrong"] == (predicted != labels).sum()
    pairs = [(true, guess) for true, guess in zip(labels, predicted, strict=True) if true != guess]
    most = max(pairs.count(pair) for pair in pairs)
    cell = (found["confusion"]["label"], found["confusion"]["predicted"])
    assert (found["confusion"]["count"], pairs.count(cell)) == (most, most)
    tied = {(pair["label"], pair["predicted"]) for pair in found["confusion"]["tied"]}
    assert tied == {pair for pair in pairs if pairs.count(pair) == most}
    recall = {label: (predicted[labels == label] == label).mean() for label in range(10)}
    assert found["classes"]["recall"] == pytest.approx(min(recall.values()))
    assert found["confidence"]["mean_confidence"] == pytest.approx(probabilities.max(axis=1).mean(), abs=1e-6)
    printed = studio("verdict", run_id).splitlines()
    assert printed[1:] == [f"- {item['sentence']}" for item in found.values()]


def test_the_verdict_is_given_without_the_images(studio: Any, run_id: str, runs_folder: Path) -> None:
    RunStore(runs_folder).update(run_id, lambda document: document["dataset"].update(sha256="0" * 64))
    found = [item["finding"] for item in studio("verdict", run_id, "--json")["findings"]]
    assert found == ["accuracy", "confusion", "classes", "confidence"]
    assert "ink" not in studio("mistakes", run_id, "-n", "1", "--json")["mistakes"][0]
    assert main(["mistakes", run_id, "--sort", "ink"]) == 2


def test_hints_quote_the_history(studio: Any, runs_folder: Path, sample_only: Path) -> None:
    run_id = overfitted_run(RunStore(runs_folder))
    history = RunStore(runs_folder).history(run_id)
    lowest = min(history, key=lambda metrics: metrics.val_loss)
    found = studio("hints", run_id, "--json")["hints"]
    assert found[0]["kind"] == "overfitting"
    assert found[0]["epoch"] == lowest.epoch
    assert f"epoch {lowest.epoch} ({lowest.val_loss:.3f})" in found[0]["evidence"]
    assert "augmentation" in found[0]["changes"]
    printed = studio("hints", run_id)
    assert all(hint["evidence"] in printed and hint["advice"] in printed for hint in found)


def test_a_run_without_a_readable_history_has_no_hints(
    run_id: str, runs_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs_folder / run_id / "events.jsonl").write_text("nonsense\n" * 5)
    assert main(["hints", run_id]) == 2
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 1)
    assert "events.jsonl" in told.err
    assert "4 epochs" in told.err


def test_hints_while_a_run_trains_name_what_can_be_adjusted(studio: Any, runs_folder: Path, sample_only: Path) -> None:
    store = RunStore(runs_folder)
    run_id = overfitted_run(store)
    store.set(run_id, status="paused")  # as without a worker
    store.update(run_id, lambda document: document["config"]["training"].update(epochs=20))
    (hint,) = studio("hints", run_id, "--json")["hints"]
    assert (hint["kind"], hint["changes"]) == ("overfitting", {"epochs": 7})
    waiting = store.create(store.get(run_id).config)
    assert studio("hints", waiting, "--json")["hints"] == []
    assert "no epoch is finished" in studio("hints", waiting)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("verdict", "nothing"), "There is no run"),
        (("calibration", "nothing"), "There is no run"),
        (("mistakes", "nothing"), "There is no run"),
        (("hints", "nothing"), "There is no run"),
        (("verdict", "A", "--split", "train"), "train"),
        (("verdict", "A", "--epoch", "2"), "--split validation"),
        (("verdict", "A", "--split", "validation", "--epoch", "9"), "no validation predictions"),
        (("verdict", "A", "--split", "validation", "--epoch", "0"), "Expected 1 to 4"),
        (("verdict", "A", "--split", "validation", "--epoch", "-1"), "Expected 1 to 4"),
        (("verdict", "A", "--split", "validation", "--epoch", "9" * 400), "Expected 1 to 4"),
        (("calibration", "A", "--bins", "0"), "`--bins`"),
        (("mistakes", "A", "--true", "10"), "--true: invalid value. Expected an integer from 0 to 9"),
        (("mistakes", "A", "--predicted", "-1"), "--predicted: invalid value"),
        (("mistakes", "A", "--sort", "beauty"), "beauty"),
        (("mistakes", "A", "-n", "0"), "integer from 1"),
        (("mistakes", "A", "--csv", "/not/there/a.csv"), "no folder"),
        (("mistakes", "A", "--csv", "a.txt"), ".csv"),
        (("mistakes", "A", "--csv", "/tmp"), "is a folder"),
        (("mistakes", "A", "--csv", ""), "--csv"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: tuple[str, ...], words: str, run_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main([run_id if word == "A" else word for word in arguments])
    except SystemExit as error:  # of `argparse`
        code = int(str(error.code))
    told = capsys.readouterr()
    assert (code, told.out, len(told.err.splitlines())) == (2, "", 1)
    assert words in told.err


def test_a_run_that_is_not_tested_has_a_verdict_on_validation_images_alone(
    studio: Any, runs_folder: Path, sample_only: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = finished_run(RunStore(runs_folder), tested=False)
    assert main(["verdict", run_id]) == 2
    assert "no test predictions" in capsys.readouterr().err
    assert studio("verdict", run_id, "--split", "validation", "--json")["images"] == 800
