"""Which runs a lesson takes for what it asked for, what it says of others, and what it counts in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.shared.lessons import convolution, overfitting, seeds
from dashboard.shared.lessons.catalogue import LESSONS
from dashboard.shared.lessons.designs import design
from dashboard.shared.lessons.lesson import Answer, Missing, Question
from dashboard.shared.lessons.seen_runs import is_trained_as, missing_run, named, newest_pair, newest_trained
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import Precision
from tests.pages.finding import numbers
from tests.pages.opening import OpenPage, look_for_components_once, open_page

__all__ = ["look_for_components_once", "open_page"]

LABELS = np.arange(100) % 10
Finish = Callable[..., str]


@pytest.fixture
def store(runs_folder: Path, open_page: OpenPage) -> RunStore:
    open_page("learn")  # what other tests have kept is forgotten
    return RunStore(runs_folder)


@pytest.fixture
def finish(store: RunStore) -> Finish:
    """Writes a run of a design that has ended, as `run.json` and predictions, without a training."""

    def finished(
        config: ExperimentConfig,
        status: RunStatus = RunStatus.COMPLETED,
        *,
        wrong: tuple[int, ...] = (),
        sha256: str = "abc",
        **more: Any,
    ) -> str:
        run_id = store.create(config)
        probabilities = np.eye(10, dtype=np.float32)[LABELS]
        probabilities[list(wrong)] = np.roll(probabilities[list(wrong)], 1, axis=1)
        path = store.folder(run_id) / "predictions" / "test.npz"
        path.parent.mkdir(exist_ok=True)
        save_predictions(path, Predictions.of_split(LABELS.astype(np.uint8), probabilities))
        summary = {"parameters": config.architecture.parameters, "test_accuracy": 1 - len(wrong) / len(LABELS)}
        dataset = {"name": config.dataset, "sha256": sha256}
        store.set(run_id, status=status.value, dataset=dataset, summary={**summary, "best_epoch": 1}, **more)
        return run_id

    return finished


def with_training(**changes: Any) -> ExperimentConfig:
    config = design()
    return replace(config, training=replace(config.training, **changes))


def answered(question: Question) -> Answer:
    found = question.look()
    assert isinstance(found, Answer), found
    return found


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        ({"seed": 5}, True),
        ({"precision": Precision.MIXED_BFLOAT16}, True),
        ({"epochs": 2}, False),
        ({"learning_rate": 1.0}, False),
        ({"batch_size": 64}, False),
    ],
)
def test_a_design_is_the_same_but_for_seed_and_precision(
    store: RunStore, finish: Finish, changes: dict[str, Any], is_same: bool
) -> None:
    assert is_trained_as(store.get(finish(with_training(**changes))), design()) is is_same


def test_a_run_that_was_given_another_rate_while_it_trained_is_no_run_of_either(
    store: RunStore, finish: Finish
) -> None:
    run = store.get(finish(with_training(learning_rate=1.0), adjustments={"learning_rate": 0.001}))
    assert not is_trained_as(run, design())
    assert not is_trained_as(run, with_training(learning_rate=1.0))


def test_a_later_run_with_other_settings_does_not_take_the_place_of_one(finish: Finish) -> None:
    right = finish(design())
    finish(with_training(learning_rate=1e-5))
    finish(design(limit=500))
    run = newest_trained(design())
    assert not isinstance(run, Missing)
    assert run.run_id == right


def test_an_archived_run_counts(store: RunStore, finish: Finish) -> None:
    run_id = finish(design(), archived=True)
    assert store.get(run_id).is_archived
    assert not isinstance(newest_trained(design()), Missing)


def test_a_run_with_other_settings_is_named_with_them(store: RunStore, finish: Finish) -> None:
    run = store.get(finish(with_training(epochs=2)))
    text = missing_run(design()).text
    assert named(run) in text
    assert {2, design().training.epochs} <= set(numbers(text))


@pytest.mark.parametrize("status", [RunStatus.STOPPED, RunStatus.QUEUED])
def test_a_run_that_did_not_reach_its_end_is_not_taken_and_is_named(
    store: RunStore, finish: Finish, status: RunStatus
) -> None:
    run = store.get(finish(design(), status))
    found = newest_trained(design())
    assert isinstance(found, Missing)
    assert named(run) in found.text


def test_a_pair_differs_in_the_design_alone(store: RunStore, finish: Finish) -> None:
    few, more = design(limit=500), design()
    old = finish(few)
    finish(few, sha256="other")
    finish(replace(more, training=replace(more.training, seed=3)))
    found = newest_pair(few, more)
    assert isinstance(found, Missing)
    second = finish(more)
    found = newest_pair(few, more)
    assert not isinstance(found, Missing)
    assert [run.run_id for run in found] == [old, second]


def test_only_runs_that_differ_in_nothing_but_the_seed_show_its_luck(finish: Finish) -> None:
    finish(design(), wrong=(0, 1, 2))
    finish(with_training(seed=1, epochs=2))
    finish(with_training(seed=1), sha256="other")
    assert isinstance(seeds.LESSON.questions[0].look(), Missing)
    finish(with_training(seed=1), wrong=(2, 3))
    difference, shared = (answered(question) for question in seeds.LESSON.questions)
    assert numbers(difference.found)[:2] == [97.0, 98.0]
    assert difference.option == 2  # one point
    assert numbers(shared.found)[:2] == [4, 1]  # wrong in one of them, and in both
    assert shared.option == 0


def test_the_digits_that_only_one_network_gets_right_are_counted_per_network(finish: Finish) -> None:
    linear = finish(design(convolution.LINEAR), wrong=(0, 1, 2, 3, 4, 5))
    small = finish(design(), wrong=(5, 6))
    both, only = (answered(question) for question in convolution.LESSON.questions[1:])
    assert (both.option, numbers(both.found)[:2]) == (2, [94.0, 98.0])
    assert numbers(only.found) == [5, 1]
    assert [run.run_id for run in only.runs] == [linear, small]
    assert only.way is not None
    assert (only.way.query["run"], only.way.query["with"]) == (small, linear)


def test_the_gap_is_that_of_the_last_epoch_and_the_test_images(
    store: RunStore, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit, wrong in ((overfitting.N_FEW, 8), (4_000, 3)):
        config = design(overfitting.NETWORK, overfitting.TRAINING, limit=limit)
        run_id = finish(config, wrong=tuple(range(wrong)))
        lines = "".join(EPOCH % (place, place, accuracy) for place, accuracy in ((1, 0.5), (2, 0.99)))
        (store.folder(run_id) / "events.jsonl").write_text(lines)
    few, more, _ = overfitting.LESSON.questions
    assert numbers(answered(few).found) == [99.0, 92.0]
    assert numbers(answered(more).found) == [7.0, 2.0, 92.0, 97.0]
    assert answered(more).option == 0


EPOCH = (
    '{"seq": %d, "event": "epoch", "time": 1.0, "epoch": %d, "loss": 0.1, "accuracy": %s, "val_loss": 0.1, '
    '"val_accuracy": 0.9, "learning_rate": 0.001, "seconds": 1.0, "images_per_second": 1.0}\n'
)


@pytest.mark.parametrize("name", [name for name, lesson in LESSONS.items() if not lesson.is_about_run])
def test_every_question_about_runs_of_its_own_leads_to_what_is_missing(store: RunStore, name: str) -> None:
    """Also where the run of an earlier question was deleted."""
    for question in LESSONS[name].questions:
        missing = question.look()
        assert isinstance(missing, Missing)
        ways = question.ways()
        assert {way.page for way in ways} == {"design"}
        assert len({way.label for way in ways}) == len(ways)
    first, last = LESSONS[name].questions[0], LESSONS[name].questions[-1]
    if name in ("convolution", "overfitting", "seeds"):  # the last question compares with the first training
        assert {way.query["design"] for way in first.ways()} <= {way.query["design"] for way in last.ways()}
