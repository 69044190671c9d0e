"""While a run trains, only hints that are certain are given, with a change that the worker can take at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mnist_core.hints.hint import HintEvidence, HintKind
from mnist_core.hints.live import ADVICE, LiveHint, live_hints
from mnist_core.hints.rules import hints
from mnist_core.training.config import config_from_recipe
from mnist_core.training.progress import Adjustments, EpochMetrics
from mnist_core.training.settings import Schedule


def so_far(*epochs: tuple[float, float], accuracy: float = 0.9, **training: Any) -> HintEvidence:
    """A run of 20 epochs after some of them, each with its training and its validation loss."""
    config = config_from_recipe("deep-mlp", dataset="mnist-sample", **{"epochs": 20, **training})
    history = tuple(
        EpochMetrics(
            epoch=number,
            loss=loss,
            accuracy=accuracy,
            val_loss=val_loss,
            val_accuracy=accuracy - 0.01 * abs(number - 2),
            learning_rate=config.training.learning_rate,
            seconds=1.0,
            images_per_second=100.0,
        )
        for number, (loss, val_loss) in enumerate(epochs, 1)
    )
    return HintEvidence(config=config, history=history, n_validation=0)


OVERFITTING = ((0.9, 0.5), (0.5, 0.40), (0.3, 0.46), (0.2, 0.52), (0.1, 0.60))


def only(evidence: HintEvidence) -> LiveHint:
    (found,) = live_hints(evidence)
    return found


@pytest.mark.parametrize("n_epochs", range(1, 5))
def test_overfitting_is_not_called_before_its_rule_is_met(n_epochs: int) -> None:
    assert live_hints(so_far(*OVERFITTING[:n_epochs])) == ()


def test_overfitting_can_be_ended_after_the_epoch_that_is_trained_now() -> None:
    found = only(so_far(*OVERFITTING))
    assert found.hint.kind is HintKind.OVERFITTING
    assert found.adjustments == Adjustments(epochs=6)
    assert found.action
    for number in ("epoch 2", "0.400", "0.460", "0.500", "0.100"):  # lowest, least of the last three, training loss
        assert number in found.hint.evidence
    assert "Epoch 2" in found.advice


@pytest.mark.parametrize("epochs", [5, 6])
def test_in_the_last_epoch_there_is_nothing_left_to_end(epochs: int) -> None:
    found = only(so_far(*OVERFITTING, epochs=epochs))
    assert (found.adjustments, found.action) == (None, "")


def test_a_loss_that_jumps_asks_for_a_tenth_of_the_rate_that_led_to_it() -> None:
    evidence = so_far((0.5, 0.5), (0.4, 0.4), (2.5, 2.5), learning_rate=0.02)
    found = only(evidence)
    assert found.hint.kind is HintKind.RATE_TOO_HIGH
    assert found.hint.epoch == 3
    assert found.adjustments == Adjustments(learning_rate=0.002)
    assert "0.002" in found.action
    lowered = replace(evidence.config, training=replace(evidence.config.training, learning_rate=0.002))
    assert live_hints(replace(evidence, config=lowered)) == ()  # it is done


def test_a_network_is_called_stuck_after_two_epochs_at_a_high_rate() -> None:
    guessing = (2.303, 2.303)
    assert live_hints(so_far(guessing, accuracy=0.1, learning_rate=0.5)) == ()
    found = only(so_far(guessing, guessing, accuracy=0.1, learning_rate=0.5))
    assert found.hint.kind is HintKind.RATE_TOO_HIGH
    assert found.adjustments == Adjustments(learning_rate=0.05)


def test_a_rate_that_has_not_risen_yet_is_not_called_too_high() -> None:
    """One cycle begins with a low rate: the highest is in the setting."""
    evidence = so_far((2.303, 2.303), (2.303, 2.303), accuracy=0.1, learning_rate=0.5, schedule=Schedule.ONE_CYCLE)
    early = tuple(replace(metrics, learning_rate=0.001) for metrics in evidence.history)
    assert live_hints(replace(evidence, history=early)) == ()


def test_hints_that_need_the_end_are_not_given() -> None:
    improving = so_far((0.9, 0.9), (0.5, 0.5))
    rising = tuple(replace(metrics, val_accuracy=0.5 + 0.1 * metrics.epoch) for metrics in improving.history)
    config = config_from_recipe("deep-mlp", dataset="mnist-sample", epochs=2)
    improving = replace(improving, config=config, history=rising)
    assert [hint.kind for hint in hints(improving)] == [HintKind.UNDERFITTING]
    assert live_hints(improving) == ()
    assert live_hints(replace(improving, history=())) == ()
    assert set(ADVICE) == {HintKind.RATE_TOO_HIGH, HintKind.OVERFITTING}
