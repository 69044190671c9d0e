"""The commands for many runs: listing, marking, the bin, and comparing; as other programs call them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.cli import main
from mnist_core.locks import try_lock
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from mnist_core.tuning.deleting import delete_study
from mnist_core.tuning.study import Study, StudySettings, create_study
from tests.finished_runs import finished_run
from tests.tuning.conftest import small_space


@pytest.fixture
def three(runs_folder: Path) -> list[str]:
    """Three completed runs, the oldest first."""
    store, made = RunStore(runs_folder), []
    for name, recipe, accuracy in (("a", "lenet-5", 0.97), ("b", "two-conv", 0.99), ("c", "lenet-5", None)):
        run_id = store.create(config_from_recipe(recipe, dataset="mnist-sample"), name=name)
        store.update(run_id, lambda d, value=accuracy: d["summary"].update(test_accuracy=value))
        store.set(run_id, status="completed")
        made.append(run_id)
    return made


def names(runs: list[dict[str, Any]]) -> str:
    return "".join(run["name"] for run in runs)


def test_runs_are_filtered_and_sorted(studio: Any, three: list[str]) -> None:
    assert names(studio("runs", "--json")) == "cba"
    assert names(studio("runs", "--sort", "test_accuracy", "--json")) == "bac"
    assert names(studio("runs", "--sort", "test_accuracy", "--ascending", "--json")) == "abc"
    assert names(studio("runs", "--filter", "recipe=lenet-5", "--json")) == "ca"
    both = ("--filter", "recipe=lenet-5", "--filter", "test_accuracy>=0.9")
    assert names(studio("runs", *both, "--json")) == "a"
    listed = studio("runs", *both)
    assert three[0] in listed
    assert three[1] not in listed


def test_a_run_is_marked_and_found_by_its_marks(studio: Any, three: list[str]) -> None:
    run_id = three[0]
    assert studio("rename", run_id, "=1+1 <b>", "--json")["name"] == "=1+1 <b>"
    assert studio("tag", run_id, "best", "wide", "--json")["tags"] == ["best", "wide"]
    assert studio("tag", run_id, "wide", "--remove", "--json")["tags"] == ["best"]
    assert studio("note", run_id, "two\nlines", "--json")["note"] == "two\nlines"
    studio("star", run_id)
    studio("archive", run_id)
    for text in ("tag=best", "starred=yes", "archived=yes", "note~two", "name=\\=1+1 <b>".replace("\\", "")):
        assert [run["run_id"] for run in studio("runs", "--filter", text, "--json")] == [run_id]
    studio("star", run_id, "--off")
    assert studio("archive", run_id, "--off", "--json")["archived"] is False
    assert studio("show", run_id, "--json")["starred"] is False


def test_runs_are_deleted_restored_and_removed_for_good(studio: Any, three: list[str], runs_folder: Path) -> None:
    assert studio("delete", *three[:2], "--json") == {"deleted": three[:2]}
    assert names(studio("runs", "--json")) == "c"
    assert names(studio("runs", "--deleted", "--json")) == "ba"
    assert studio("restore", three[0], "--json") == {"restored": three[:1]}
    assert names(studio("runs", "--json")) == "ca"
    assert studio("empty-bin", "--json") == {"removed": 1, "removed_searches": 0}
    assert studio("runs", "--deleted", "--json") == []
    assert not list(runs_folder.glob(f"**/*{three[1]}*"))


def test_runs_are_moved_all_or_none(
    studio: Any, three: list[str], runs_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = try_lock(runs_folder / three[2] / "lock")
    for bad in ("nothing", three[2]):
        assert main(["delete", three[0], bad]) == 2
        assert names(studio("runs", "--json")) == "cba"
    assert lock is not None
    os.close(lock)
    assert studio("delete", three[0], three[1], three[0], "--json") == {"deleted": three[:2]}
    for bad in ("nothing", three[2]):
        assert main(["restore", three[0], bad]) == 2
        assert names(studio("runs", "--deleted", "--json")) == "ba"
    (runs_folder / three[1]).mkdir()  # since it was deleted
    assert main(["restore", three[0], three[1]]) == 2
    assert names(studio("runs", "--deleted", "--json")) == "ba"
    (runs_folder / three[1]).rmdir()
    assert studio("restore", three[0], three[1], three[0], "--json") == {"restored": three[:2]}


@pytest.mark.parametrize("n_searches", [1, 2])
def test_emptying_a_bin_of_searches_alone_says_how_many(studio: Any, runs_folder: Path, n_searches: int) -> None:
    store = RunStore(runs_folder)
    for number in range(n_searches):
        create_study(store.root, Study(name=f"s{number}", space=small_space(), settings=StudySettings()))
        delete_study(store, f"s{number}", with_runs=False)
    assert re.findall(r"\d+", studio("empty-bin")) == ["0", str(n_searches)]
    assert studio("empty-bin", "--json") == {"removed": 0, "removed_searches": 0}


@pytest.fixture
def two(runs_folder: Path) -> tuple[str, str]:
    store = RunStore(runs_folder)
    return finished_run(store, name="first", seed=1), finished_run(store, name="second", seed=2)


def test_compare_counts_every_digit(studio: Any, two: tuple[str, str], runs_folder: Path) -> None:
    found = studio("compare", *two, "--json")
    store = RunStore(runs_folder)
    first, second = (store.predictions(run_id) for run_id in two)
    pairs = [
        (a == label, b == label)
        for label, a, b in zip(
            first.labels, first.probabilities.argmax(axis=1), second.probabilities.argmax(axis=1), strict=True
        )
    ]
    keys = {"both_right": (True, True), "fixed": (False, True), "broken": (True, False), "both_wrong": (False, False)}
    assert {key: found[key] for key in keys} == {key: pairs.count(pair) for key, pair in keys.items()}
    assert found["fixed_images"] == [place for place, pair in enumerate(pairs) if pair == (False, True)]
    accuracies = [store.get(run_id).summary.test_accuracy for run_id in two]
    assert found["difference"] == pytest.approx(accuracies[1] - accuracies[0])
    assert found["interval"][0] < found["difference"] < found["interval"][1]
    assert 0 < found["p_value"] <= 1
    mirrored = studio("compare", *reversed(two), "--json")
    assert (mirrored["fixed"], mirrored["broken"]) == (found["broken"], found["fixed"])
    assert mirrored["p_value"] == pytest.approx(found["p_value"])
    assert "Seed" in studio("compare", *two)


def test_an_ensemble_scores_the_mean_of_the_probabilities(studio: Any, two: tuple[str, str], runs_folder: Path) -> None:
    found = studio("ensemble", *two, "--json")
    files = [np.load(runs_folder / run_id / "predictions" / "test.npz") for run_id in two]
    mean = sum(file["probabilities"].astype(float) for file in files) / 2
    labels = files[0]["labels"]
    wrong = [place for place, row in enumerate(mean) if row.argmax() != labels[place]]
    assert (found["wrong"], found["images"]) == (len(wrong), len(labels))
    assert found["accuracy"] == pytest.approx(1 - len(wrong) / len(labels))
    assert found["loss"] == pytest.approx(-np.log(mean[range(len(labels)), labels]).mean(), abs=1e-4)
    assert found["interval"][0] < found["accuracy"] < found["interval"][1]
    singles = [float((file["probabilities"].argmax(axis=1) == labels).mean()) for file in files]
    assert [run["accuracy"] for run in found["runs"]] == pytest.approx(singles)
    assert [run["run_id"] for run in found["runs"]] == list(two)
    assert "2 runs" in studio("ensemble", *two)


@pytest.mark.parametrize(
    "arguments",
    [
        ("runs", "--filter", "magic=1"),
        ("runs", "--filter", "test_accuracy>=many"),
        ("runs", "--sort", "magic"),
        ("rename", "../../etc", "x"),
        ("rename", "A", "x" * 10_000),
        ("tag", "A", "x" * 41),
        ("note", "A", "x" * 2001),
        ("star", "nothing"),
        ("archive", "nothing"),
        ("delete", "../../etc"),
        ("delete", "RUNNING"),
        ("restore", "A"),
        ("ensemble", "A"),
        ("ensemble", "A", "A"),
        ("ensemble", "A", "nothing"),
        ("compare", "A", "A"),
        ("compare", "A", "B"),
        ("compare", "A", "nothing"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: tuple[str, ...], three: list[str], runs_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = try_lock(runs_folder / three[2] / "lock")
    known = {"A": three[0], "B": three[1], "RUNNING": three[2]}
    assert main([known.get(word, word) for word in arguments]) == 2
    assert lock is not None
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1
    assert len(told.err) < 1500


def test_a_run_without_scored_test_images_is_named(
    three: list[str], two: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", three[0], two[0]]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert three[0] in sentence
