"""What the lessons call the usual answer is what their designs really give, trained by real workers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.shared.lessons import convolution, overfitting, rates
from dashboard.shared.lessons.catalogue import LESSONS
from dashboard.shared.lessons.designs import design
from dashboard.shared.lessons.lesson import Answer, Question
from mnist_core.jobs.queue import enqueue
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from tests.pages.opening import OpenPage, look_for_components_once, open_page
from tests.waiting import wait_until

__all__ = ["look_for_components_once", "open_page"]

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

TRAINING_SECONDS = 200
TRAINED = ("convolution", "overfitting", "rates")


def designs() -> dict[str, tuple[ExperimentConfig, ...]]:
    few = design(overfitting.NETWORK, overfitting.TRAINING, limit=overfitting.N_FEW)
    varied = replace(few, training=replace(few.training, augmentation=overfitting.VARIED))
    return {
        "convolution": (design(convolution.LINEAR), design()),
        "overfitting": (few, design(overfitting.NETWORK, overfitting.TRAINING), varied),
        "rates": tuple(
            design(training=replace(design().training, learning_rate=rate))
            for rate in (rates.HIGH, rates.LOW, rates.USUAL)
        ),
    }


@pytest.mark.parametrize("name", TRAINED)
def test_the_designs_give_the_usual_answers(name: str, runs_folder: Path, open_page: OpenPage) -> None:
    open_page("learn")  # the sample is the data set, and the answers are not those of another test
    store = RunStore(runs_folder)
    for config in designs()[name]:
        enqueue(store, store.create(config))
    wait_until(
        lambda: all(store.get(run_id).status.is_finished for run_id in store.run_ids()), seconds=TRAINING_SECONDS
    )
    for question in LESSONS[name].questions:
        assert question.usual is not None
        assert option_of(question) in question.usual, question.ask


def option_of(question: Question) -> int:
    found = question.look()
    assert isinstance(found, Answer), found
    return found.option
