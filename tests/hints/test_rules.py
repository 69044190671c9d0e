"""Each hint on a real small training that has the fault, and its silence on one that has not.

What a rule proposes for settings that a small training does not reach is tested on curves written by hand.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from mnist_core.hints.hint import Hint, HintEvidence
from mnist_core.hints.rules import hints
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.progress import Adjustments, BatchProgress, EpochMetrics, EpochResult, Requests, TrainerState
from mnist_core.training.settings import TrainingSettings


class KeepsEpochs:
    """A recorder that keeps what the hints need, and asks for nothing."""

    def __init__(self) -> None:
        self.results: list[EpochResult] = []

    def note(self, text: str) -> None: ...
    def batch(self, progress: BatchProgress) -> None: ...
    def checkpoint(self, state: TrainerState) -> None: ...
    def paused(self, is_paused: bool) -> None: ...
    def adjusted(self, epochs: float, adjustments: Adjustments) -> None: ...

    def epoch(self, result: EpochResult) -> None:
        self.results.append(result)

    def requests(self) -> Requests:
        return Requests()


def trained(limit: int = 600, **training: Any) -> HintEvidence:
    """Evidence from a dense network trained on a few digits of the sample."""
    return _trained(limit, tuple(sorted(training.items())))


@lru_cache(maxsize=16)
def _trained(limit: int, training: tuple[tuple[str, Any], ...]) -> HintEvidence:
    from mnist_core.data.sources.catalogue import load_dataset
    from mnist_core.training.trainer import Trainer

    settings = {"epochs": 3, "batch_size": 32, **dict(training)}
    config = config_from_recipe("deep-mlp", dataset="mnist-sample", limit=limit, **settings)
    dataset, recorder = load_dataset("mnist-sample"), KeepsEpochs()
    trainer = Trainer(config, dataset)
    outcome = trainer.fit(recorder, None, Adjustments())
    labels = dataset.train.labels[trainer.validation_rows]
    predicted = recorder.results[-1].validation_probabilities.argmax(axis=1)
    recall = np.array([(predicted[labels == label] == label).mean() for label in range(10)])
    return HintEvidence(config=config, history=outcome.history, n_validation=len(labels), recall=recall)


def titles(evidence: HintEvidence) -> list[str]:
    return [hint.title for hint in hints(evidence)]


def hint_in(evidence: HintEvidence, words: str) -> Hint:
    found = [hint for hint in hints(evidence) if words in hint.title]
    assert len(found) == 1, titles(evidence)
    return found[0]


def healthy() -> HintEvidence:
    return trained(limit=4000, epochs=5, validation_fraction=0.4)


@pytest.mark.slow
def test_a_healthy_training_gets_no_alarm() -> None:
    alarms = ("too high", "too low", "by heart", "hardly ever", "small", "never answer")
    assert [title for title in titles(healthy()) if any(alarm in title for alarm in alarms)] == []


@pytest.mark.slow
def test_a_learning_rate_that_breaks_the_network_is_called_too_high() -> None:
    evidence = trained(learning_rate=1.0)
    hint = hint_in(evidence, "too high")
    assert f"{evidence.history[-1].loss:.3f}" in hint.evidence
    assert hint.applied(evidence.config).training.learning_rate == pytest.approx(0.1)


@pytest.mark.slow
def test_a_learning_rate_that_barely_moves_is_called_too_low() -> None:
    evidence = trained(learning_rate=1e-6, epochs=4)
    hint = hint_in(evidence, "too low")
    assert f"{evidence.history[0].loss:.3f}" in hint.evidence
    assert hint.applied(evidence.config).training.learning_rate == pytest.approx(1e-5)


@pytest.mark.slow
def test_learning_by_heart_is_seen_and_answered_with_augmentation() -> None:
    evidence = trained(limit=200, epochs=60, learning_rate=0.005, validation_fraction=0.4)
    hint = hint_in(evidence, "by heart")
    assert f"{evidence.history[-1].val_loss:.3f}" in hint.evidence
    changed = hint.applied(evidence.config).training
    assert changed.early_stopping_patience == 3
    assert changed.augmentation.is_on


@pytest.mark.slow
def test_a_validation_accuracy_that_stands_still_is_seen() -> None:
    hint = hint_in(trained(limit=200, epochs=60, learning_rate=0.005, validation_fraction=0.4), "stands still")
    assert hint.changes == {"schedule": "cosine"}
    assert "stands still" not in " ".join(titles(trained(epochs=3)))


@pytest.mark.slow
def test_a_run_that_was_still_learning_is_told_to_go_on() -> None:
    evidence = trained(limit=1000, epochs=2, learning_rate=0.0003)
    assert hint_in(evidence, "still learning").applied(evidence.config).training.epochs == 4


@pytest.mark.slow
def test_a_label_that_is_never_found_is_named() -> None:
    weights = tuple(0.0 if label == 4 else 1.0 for label in range(10))
    evidence = trained(limit=1500, epochs=4, class_weighting="custom", class_weights=weights)
    hint = hint_in(evidence, "hardly ever")
    assert "label 4" in hint.title
    assert hint.applied(evidence.config).training == TrainingSettings.from_dict(
        {**_plain(evidence.config), "class_weighting": "balanced", "class_weights": []}
    )


@pytest.mark.slow
def test_a_small_validation_split_says_how_little_it_tells() -> None:
    evidence = trained()
    assert f"With {evidence.n_validation} images" in hint_in(evidence, "small").evidence


@pytest.mark.slow
def test_units_that_never_answer_are_counted() -> None:
    base = healthy()
    evidence = HintEvidence(
        config=base.config,
        history=base.history,
        n_validation=base.n_validation,
        dead_units={"dense_1": 0.4, "dense_2": 0.0},
    )
    hint = hint_in(evidence, "never answer")
    assert "dense_1" in hint.evidence
    assert "40%" in hint.evidence


@pytest.mark.slow
def test_without_an_epoch_there_is_no_hint() -> None:
    history: tuple[EpochMetrics, ...] = ()
    assert hints(HintEvidence(config=healthy().config, history=history, n_validation=10)) == ()


def _plain(config: ExperimentConfig) -> dict[str, Any]:
    return dict(config.to_dict()["training"])


def written(
    *losses: float,
    rates: tuple[float, ...] = (),
    val_losses: tuple[float, ...] = (),
    val_accuracies: tuple[float, ...] = (),
    accuracy: float = 0.1,
    **training: Any,
) -> HintEvidence:
    """Evidence with these training losses; by default trained as long and at the rate that the settings say."""
    config = config_from_recipe("deep-mlp", dataset="mnist-sample", **{"epochs": len(losses), **training})
    history = tuple(
        EpochMetrics(
            epoch=number + 1,
            loss=loss,
            accuracy=accuracy,
            val_loss=(val_losses or losses)[number],
            val_accuracy=val_accuracies[number] if val_accuracies else 0.1,
            learning_rate=rates[number] if rates else config.training.learning_rate,
            seconds=1.0,
            images_per_second=1.0,
        )
        for number, loss in enumerate(losses)
    )
    return HintEvidence(config=config, history=history, n_validation=10_000)


@pytest.mark.parametrize(
    ("losses", "words"),
    [((2.25, 2.2), "its lowest, 2.200, stayed within 5% of that of guessing (2.303)"), ((9.0, 8.0), "above that of")],
)
def test_a_loss_near_that_of_guessing_is_quoted_as_it_is(losses: tuple[float, ...], words: str) -> None:
    assert words in hint_in(written(*losses, learning_rate=0.01), "too high").evidence


def test_one_run_is_never_told_both_that_its_rate_is_too_high_and_too_low() -> None:
    found = titles(written(2.31, 2.30, 2.29, learning_rate=0.01))
    assert [title for title in found if "learning rate" in title] == ["The learning rate looks too high"]
    lowered = written(2.31, 2.30, 2.29, rates=(1.0, 1.0, 1.0), learning_rate=0.01)
    assert not [title for title in titles(lowered) if "learning rate" in title]


def test_a_jump_is_answered_with_a_tenth_of_the_rate_it_happened_at() -> None:
    hint = hint_in(written(0.5, 2.0, 0.6, rates=(0.1, 0.1, 0.08), learning_rate=0.08), "too high")
    assert "at epoch 2, at a learning rate of 0.1" in hint.evidence
    assert "a tenth of 0.1: 0.01 instead of 0.08" in hint.advice
    assert hint.changes == {"learning_rate": 0.01}


@pytest.mark.parametrize("rates", [(0.1, 0.1, 0.0001), (0.1, 0.0001, 0.0001)])
def test_a_jump_that_a_lower_rate_has_answered_is_not_spoken_of(rates: tuple[float, ...]) -> None:
    assert "too high" not in " ".join(titles(written(0.5, 2.0, 0.6, rates=rates, learning_rate=0.0001)))


def test_a_jump_on_a_schedule_is_answered_with_a_tenth_of_its_highest_rate() -> None:
    hint = hint_in(written(0.5, 2.0, rates=(0.09, 0.05), learning_rate=0.1, schedule="cosine"), "too high")
    assert hint.changes == {"learning_rate": 0.01}


def still_learning(done: int, epochs: int) -> HintEvidence:
    accuracies = tuple(0.5 + 0.4 * number / done for number in range(done - 1)) + (0.95,)
    return written(*(2.0 for _ in range(done)), val_accuracies=accuracies, epochs=epochs)


@pytest.mark.parametrize(("done", "epochs", "proposed"), [(12, 20, 24), (5001, 5001, 10_000)])
def test_a_run_is_told_to_train_longer_within_the_limit(done: int, epochs: int, proposed: int) -> None:
    evidence = still_learning(done, epochs)
    hint = hint_in(evidence, "still learning")
    assert f"{proposed} epochs" in hint.advice
    assert hint.applied(evidence.config).training.epochs == proposed


@pytest.mark.parametrize(("done", "epochs"), [(2, 20), (10, 20), (10_000, 10_000)])
def test_a_run_that_did_not_end_by_itself_or_cannot_be_longer_is_not_told_to(done: int, epochs: int) -> None:
    assert "still learning" not in " ".join(titles(still_learning(done, epochs)))


def learnt_by_heart(**training: Any) -> HintEvidence:
    return written(0.5, 0.2, 0.1, val_losses=(0.5, 0.4, 0.9), val_accuracies=(0.8, 0.8, 0.8), accuracy=0.99, **training)


def test_what_is_proposed_against_learning_by_heart_is_never_less_than_there_is() -> None:
    varied = {"rotation_degrees": 25.0, "shift_pixels": 1.0, "noise": 0.1}
    evidence = learnt_by_heart(augmentation=varied, early_stopping_patience=2)
    hint = hint_in(evidence, "by heart")
    assert hint.advice == "Vary the images: shift 2 pixels."
    changed = hint.applied(evidence.config).training
    assert changed == replace(
        evidence.config.training, augmentation=replace(evidence.config.training.augmentation, shift_pixels=2.0)
    )


def test_a_run_that_has_all_that_helps_against_learning_by_heart_gets_no_hint() -> None:
    varied = {"rotation_degrees": 25.0, "shift_pixels": 4.0}
    assert "by heart" in " ".join(titles(learnt_by_heart()))
    evidence = learnt_by_heart(augmentation=varied, early_stopping_patience=2)
    assert "by heart" not in " ".join(titles(evidence))
    assert hint_in(learnt_by_heart(augmentation=varied), "by heart").advice == "Stop early: patience 3."


def test_balanced_weights_are_not_proposed_to_a_run_that_has_them() -> None:
    recall = np.array([0.0] + [0.9] * 9)
    base = written(1.0, 0.9, val_accuracies=(0.8, 0.8), class_weighting="balanced")
    hint = hint_in(replace(base, recall=recall), "hardly ever")
    assert hint.changes == {}
    assert "already" in hint.advice
