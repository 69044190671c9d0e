"""Answers kept in the run directory: found again without a process, computed again when they do not fit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import RunError
from mnist_core.network.digest import best_weights_sha256
from mnist_core.probing.attribution import QUESTION, Attribution, asked_attribution, read_attribution
from mnist_core.probing.helper import answers
from mnist_core.probing.helper.answers import answer_path, ask, store_answer
from mnist_core.probing.helper.client import helper
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture
def run_id(store: RunStore) -> str:
    return finished_run(store, epochs=1)


@pytest.fixture
def asked(sample_only: Path) -> dict[str, object]:
    return asked_attribution(load_dataset("mnist-sample").test.images[3], 3, None)


@pytest.fixture(scope="module", autouse=True)
def without_a_process_left() -> Iterator[None]:
    yield
    helper().close()


def attribution(store: RunStore, run_id: str, asked: dict[str, object]) -> Attribution:
    return ask(store, run_id, QUESTION, asked, read_attribution)


@pytest.mark.slow
@pytest.mark.thorough
def test_a_damaged_answer_is_computed_again_and_replaced(
    store: RunStore, run_id: str, asked: dict[str, object]
) -> None:
    folder = store.folder(run_id)
    weights = best_weights_sha256(folder)
    path = answer_path(folder, QUESTION, asked, weights)
    path.parent.mkdir()
    path.write_bytes(b"PK\3\4 torn")
    first = attribution(store, run_id, asked)
    store_answer(
        folder, QUESTION, asked, best_weights_sha256(folder), {"logits": np.zeros(3)}
    )  # readable, but no answer
    again = attribution(store, run_id, asked)
    np.testing.assert_array_equal(first.logits, again.logits)
    with np.load(path) as stored:
        np.testing.assert_array_equal(first.logits, stored["logits"])


@pytest.mark.slow
@pytest.mark.thorough
def test_a_folder_that_cannot_be_written_does_not_break_an_answer(
    store: RunStore, run_id: str, asked: dict[str, object]
) -> None:
    blocked = store.folder(run_id) / "answers"
    blocked.write_text("in the way")
    assert attribution(store, run_id, asked).logits.shape == (10,)
    assert blocked.read_text() == "in the way"


@pytest.mark.slow
def test_the_second_time_no_process_is_needed(store: RunStore, run_id: str, asked: dict[str, object]) -> None:
    first = attribution(store, run_id, asked)
    helper().close()
    again = attribution(store, run_id, asked)
    assert helper().pid is None
    for method, values in first.maps.items():
        np.testing.assert_array_equal(values, again.maps[method])


def test_other_weights_and_other_questions_have_other_answers(
    store: RunStore, run_id: str, asked: dict[str, object]
) -> None:
    folder = store.folder(run_id)
    first = best_weights_sha256(folder)
    best = folder / "checkpoints" / "best.npz"
    best.write_bytes((store.folder(finished_run(store, epochs=1, seed=1)) / "checkpoints" / "best.npz").read_bytes())
    os.utime(best, (1, 1))
    second = best_weights_sha256(folder)
    paths = {answer_path(folder, QUESTION, question, weights) for weights in (first, second)
             for question in (asked, {**asked, "seed": 1}, {**asked, "towards": 4})}  # fmt: skip
    assert len(paths) == 6


def test_only_the_newest_answers_are_kept(store: RunStore, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MAX_KEPT", 3)
    folder = store.folder(run_id)
    for number in range(5):
        store_answer(folder, "x", {"number": number}, "0", {"a": np.zeros(1)})
        os.utime(answer_path(folder, "x", {"number": number}, "0"), (number, number))
    assert {answer_path(folder, "x", {"number": number}, "0") for number in (2, 3, 4)} == set(
        (folder / "answers").iterdir()
    )


def test_a_run_without_weights_says_so(store: RunStore, run_id: str, asked: dict[str, object]) -> None:
    (store.folder(run_id) / "checkpoints" / "best.npz").unlink()
    with pytest.raises(RunError, match="no weights"):
        attribution(store, run_id, asked)
    with pytest.raises(RunError, match="no run"):
        attribution(store, "20200101-000000-abcdef", asked)
