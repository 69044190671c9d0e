"""`quality`: the issues of a data set, checked against a comparison of all pairs and a count over the predictions."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances

from mnist_core.cli import main
from mnist_core.data.dataset import Dataset
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run


def studio(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(list(arguments)) == 0
    printed = capsys.readouterr().out
    return json.loads(printed) if "--json" in arguments else printed


@pytest.fixture
def sample(sample_only: Path) -> Dataset:
    return load_dataset("mnist-sample")


def test_near_duplicates_with_a_label_are_counted_and_the_closest_listed(
    sample: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("quality", "mnist-sample", "--issue", "near-duplicates", "--label", "1")
    (issue,) = studio(capsys, *asked, "--json")["issues"]
    where = [(split, row) for split in ("train", "test") for row in range(len(sample.split(split)))]
    images = np.array([sample.split(split).images[row].ravel() / 255 for split, row in where])
    is_one = np.array([sample.split(split).labels[row] == 1 for split, row in where])
    first, second = np.nonzero(pairwise_distances(images[is_one], images) < 2.5)
    first = np.flatnonzero(is_one)[first]
    first, second = np.array(
        [pair for pair in zip(first, second, strict=True) if pair[0] < pair[1] or not is_one[pair[1]]]
    ).T
    wanted = np.sqrt(((images[first] - images[second]) ** 2).sum(axis=1))
    assert (issue["found"], issue["listed"], issue["all_counted"]) == (len(wanted), 200, True)
    assert len(wanted) > 200
    assert is_one[second].all()  # or those with different labels come first
    order = np.argsort(wanted, kind="stable")
    assert [row["distance"] for row in issue["rows"][::2]] == pytest.approx(wanted[order[:200]], abs=1e-6)
    pair = {(row["split"], row["index"]) for row in issue["rows"][:2]}
    assert pair == {where[first[order[0]]], where[second[order[0]]]}
    crossing = sum(where[one][0] != where[other][0] for one, other in zip(first, second, strict=True))
    assert (issue["across_splits"], issue["different_labels"]) == (crossing, 0)
    printed = studio(capsys, *asked, "-n", "3")
    assert f"{len(wanted)} pairs closer than 2.5 full pixels, one or both with the label 1;" in printed
    assert "among 5,000 images" in printed
    assert "3 are listed" in printed


def test_all_issues_are_found_with_a_run(
    sample: Dataset, runs_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = finished_run(RunStore(runs_folder))
    best = RunStore(runs_folder).get(run_id).best_epoch
    with np.load(runs_folder / run_id / "predictions" / f"validation-{best:03d}.npz") as file:
        rows, labels, probabilities = file["index"], file["labels"], file["probabilities"].astype(float)
    usual = np.array([probabilities[labels == label, label].mean() for label in range(10)])
    claims = np.where(probabilities >= usual, probabilities, -1.0)
    suspect = {int(row) for row, label, claim in zip(rows, labels, claims, strict=True)
               if claim.max() >= 0 and claim.argmax() != label}  # fmt: skip
    issues = {
        item["name"]: item for item in studio(capsys, "quality", "mnist-sample", "--run", run_id, "--json")["issues"]
    }
    assert list(issues) == ["near-duplicates", "exact-duplicates", "outliers", "suspect-labels"]
    assert {row["index"] for row in issues["suspect-labels"]["rows"]} == suspect
    assert issues["suspect-labels"]["found"] == len(suspect)
    assert all(row["label"] == sample.train.labels[row["index"]] for row in issues["outliers"]["rows"])
    # The closest pairs come from every label in turn, not from the ones alone.
    assert len({row["label"] for row in issues["near-duplicates"]["rows"][:20]}) > 3
    images = [image.tobytes() for split in ("train", "test") for image in sample.split(split).images]
    assert len(set(images)) == len(images)
    assert issues["exact-duplicates"]["rows"] == []
    assert "--run RUN_ID" in studio(capsys, "quality", "optical-digits", "-n", "1")


def test_outliers_of_a_label_are_written_as_csv(
    sample: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "outliers.csv"
    asked = ("quality", "mnist-sample", "--issue", "outliers", "--split", "test", "--label", "3", "--csv", str(path))
    studio(capsys, *asked, "-n", "5")
    with path.open() as file:
        table = list(csv.DictReader(file))
    assert [line["split"] for line in table] == ["test"] * 5
    assert all(sample.test.labels[int(line["index"])] == 3 for line in table)
    scores = [float(line["outlier_score"]) for line in table]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere",), "There is no data set"),
        (("mnist-sample", "--issue", "beauty"), "beauty"),
        (("mnist-sample", "--issue", "suspect-labels"), "--run RUN_ID"),
        (("mnist-sample", "--issue", "suspect-labels", "--run", "nothing"), "There is no run"),
        (("optical-digits", "--issue", "suspect-labels", "--run", "A"), "no validation predictions for the images"),
        (("mnist-sample", "--issue", "outliers", "--label", "10"), "--label"),
        (("mnist-sample", "--issue", "outliers", "--label", "3.0"), "an integer from 0 to 9"),
        (("mnist-sample", "--issue", "outliers", "--run", "nope"), "--run"),
        (("mnist-sample", "--issue", "exact-duplicates", "--label", "3"), "--label"),
        (("mnist-sample", "--issue", "near-duplicates", "--split", "train"), "--split"),
        (("mnist-sample", "--issue", "outliers", "--split", "validation"), "validation"),
        (("mnist-sample", "--csv", "a.csv"), "--issue NAME"),
        (("mnist-sample", "-n", "0"), "integer from 1"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: tuple[str, ...], words: str, sample: Dataset, runs_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = finished_run(RunStore(runs_folder)) if "A" in arguments else ""
    try:
        code = main(["quality", *(run_id if word == "A" else word for word in arguments)])
    except SystemExit as error:  # of `argparse`
        code = int(str(error.code))
    told = capsys.readouterr()
    assert (code, told.out, len(told.err.splitlines())) == (2, "", 1)
    assert words in told.err
