"""Each hint on a real small training that has the problem, and no hint on one that does not.

Settings that a small training does not reach are tested on curves written by hand.
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
    """A recorder that collects what the hints need and never makes a request."""

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
    alarms = ("too high", "too low", "Overfitting", "low recall", "small", "dead")
    assert [title for title in titles(healthy()) if any(alarm in title for alarm in alarms)] == []


@pytest.mark.slow
def test_a_learning_rate_at_which_the_loss_diverges_is_called_too_high() -> None:
    evidence = trained(learning_rate=1.0)
    hint = hint_in(evidence, "too high")
    assert f"{evidence.history[-1].loss:.3f}" in hint.evidence
    assert hint.applied(evidence.config).training.learning_rate == pytest.approx(0.1)


@pytest.mark.slow
def test_a_learning_rate_that_barely_changes_the_loss_is_called_too_low() -> None:
    evidence = trained(learning_rate=1e-6, epochs=4)
    hint = hint_in(evidence, "too low")
    assert f"{evidence.history[0].loss:.3f}" in hint.evidence
    assert hint.applied(evidence.config).training.learning_rate == pytest.approx(1e-5)


@pytest.mark.slow
def test_overfitting_is_found_and_augmentation_is_proposed() -> None:
    evidence = trained(limit=200, epochs=60, learning_rate=0.005, validation_fraction=0.4)
    hint = hint_in(evidence, "Overfitting")
    assert f"{evidence.history[-1].val_loss:.3f}" in hint.evidence
    changed = hint.applied(evidence.config).training
    assert changed.early_stopping_patience == 3
    assert changed.augmentation.is_on


@pytest.mark.slow
def test_a_plateau_of_the_validation_accuracy_is_found() -> None:
    hint = hint_in(trained(limit=200, epochs=60, learning_rate=0.005, validation_fraction=0.4), "plateaued")
    assert hint.changes == {"schedule": "cosine"}
    assert "plateaued" not in " ".join(titles(trained(epochs=3)))


@pytest.mark.slow
def test_more_epochs_are_proposed_to_a_run_that_was_still_improving() -> None:
    evidence = trained(limit=1000, epochs=2, learning_rate=0.0003)
    assert hint_in(evidence, "Still improving").applied(evidence.config).training.epochs == 4


@pytest.mark.slow
def test_a_class_with_a_very_low_recall_is_named() -> None:
    weights = tuple(0.0 if label == 4 else 1.0 for label in range(10))
    evidence = trained(limit=1500, epochs=4, class_weighting="custom", class_weights=weights)
    hint = hint_in(evidence, "low recall")
    assert "class 4" in hint.title
    assert hint.applied(evidence.config).training == TrainingSettings.from_dict(
        {**_plain(evidence.config), "class_weighting": "balanced", "class_weights": []}
    )


@pytest.mark.slow
def test_the_hint_on_a_small_validation_split_names_its_size() -> None:
    evidence = trained()
    assert f"{evidence.n_validation} images" in hint_in(evidence, "small").evidence


@pytest.mark.slow
def test_the_hint_on_dead_units_names_layer_and_share() -> None:
    base = healthy()
    evidence = HintEvidence(
        config=base.config,
        history=base.history,
        n_validation=base.n_validation,
        dead_units={"dense_1": 0.4, "dense_2": 0.0},
    )
    hint = hint_in(evidence, "dead")
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
    """Evidence with these training losses; by default with the epochs and the learning rate of the settings."""
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
    ("losses", "facts"),
    [((2.25, 2.2), ("2.200", "within 5%", "2.303")), ((9.0, 8.0), ("8.000", "above", "2.303"))],
)
def test_a_loss_near_that_of_guessing_is_compared_with_it(losses: tuple[float, ...], facts: tuple[str, ...]) -> None:
    evidence = hint_in(written(*losses, learning_rate=0.01), "too high").evidence
    assert all(fact in evidence for fact in facts), evidence


def test_a_class_weighted_loss_is_not_compared_with_that_of_guessing() -> None:
    weights = {"class_weighting": "custom", "class_weights": [4.0] * 10}
    stuck = written(9.2, 9.2, val_losses=(2.31, 2.3), learning_rate=0.01, **weights)
    evidence = hint_in(stuck, "too high").evidence
    assert all(fact in evidence for fact in ("validation", "2.300", "within 5%")), evidence
    learning = written(9.0, 8.8, val_losses=(2.0, 1.5), learning_rate=0.01, **weights)
    assert "too high" not in " ".join(titles(learning))


def test_the_rate_of_one_run_is_never_called_both_too_high_and_too_low() -> None:
    found = titles(written(2.31, 2.30, 2.29, learning_rate=0.01))
    assert ["too high" in title for title in found if "learning rate" in title] == [True]
    lowered = written(2.31, 2.30, 2.29, rates=(1.0, 1.0, 1.0), learning_rate=0.01)
    assert not [title for title in titles(lowered) if "learning rate" in title]


def test_a_tenth_of_the_rate_at_a_jump_is_proposed() -> None:
    hint = hint_in(written(0.5, 2.0, 0.6, rates=(0.1, 0.1, 0.08), learning_rate=0.08), "too high")
    assert "epoch 2" in hint.evidence
    assert "learning rate of 0.1" in hint.evidence
    assert all(fact in hint.advice for fact in ("a tenth of 0.1", "0.01", "0.08")), hint.advice
    assert hint.changes == {"learning_rate": 0.01}


@pytest.mark.parametrize("rates", [(0.1, 0.1, 0.0001), (0.1, 0.0001, 0.0001)])
def test_a_jump_before_the_rate_was_lowered_gives_no_hint(rates: tuple[float, ...]) -> None:
    assert "too high" not in " ".join(titles(written(0.5, 2.0, 0.6, rates=rates, learning_rate=0.0001)))


def test_after_a_jump_with_a_schedule_a_tenth_of_its_highest_rate_is_proposed() -> None:
    hint = hint_in(written(0.5, 2.0, rates=(0.09, 0.05), learning_rate=0.1, schedule="cosine"), "too high")
    assert hint.changes == {"learning_rate": 0.01}


def still_learning(done: int, epochs: int) -> HintEvidence:
    accuracies = tuple(0.5 + 0.4 * number / done for number in range(done - 1)) + (0.95,)
    return written(*(2.0 for _ in range(done)), val_accuracies=accuracies, epochs=epochs)


@pytest.mark.parametrize(("done", "epochs", "proposed"), [(12, 20, 24), (5001, 5001, 10_000)])
def test_the_proposed_number_of_epochs_is_within_the_allowed_range(done: int, epochs: int, proposed: int) -> None:
    evidence = still_learning(done, epochs)
    hint = hint_in(evidence, "Still improving")
    assert f"{proposed} epochs" in hint.advice
    assert hint.applied(evidence.config).training.epochs == proposed


@pytest.mark.parametrize(("done", "epochs"), [(2, 20), (10, 20), (10_000, 10_000)])
def test_no_more_epochs_are_proposed_to_a_stopped_run_or_at_the_maximum(done: int, epochs: int) -> None:
    assert "Still improving" not in " ".join(titles(still_learning(done, epochs)))


def overfitted(**training: Any) -> HintEvidence:
    return written(0.5, 0.2, 0.1, val_losses=(0.5, 0.4, 0.9), val_accuracies=(0.8, 0.8, 0.8), accuracy=0.99, **training)


def test_what_is_proposed_against_overfitting_never_weakens_present_settings() -> None:
    varied = {"rotation_degrees": 25.0, "shift_pixels": 1.0, "noise": 0.1}
    evidence = overfitted(augmentation=varied, early_stopping_patience=2)
    hint = hint_in(evidence, "Overfitting")
    assert "shift 2 pixels" in hint.advice
    assert not any(word in hint.advice for word in ("patience", "rotation"))
    changed = hint.applied(evidence.config).training
    assert changed == replace(
        evidence.config.training, augmentation=replace(evidence.config.training.augmentation, shift_pixels=2.0)
    )


def test_a_run_that_already_has_every_setting_against_overfitting_gets_no_hint() -> None:
    varied = {"rotation_degrees": 25.0, "shift_pixels": 4.0}
    assert "Overfitting" in titles(overfitted())
    evidence = overfitted(augmentation=varied, early_stopping_patience=2)
    assert "Overfitting" not in titles(evidence)
    advice = hint_in(overfitted(augmentation=varied), "Overfitting").advice
    assert "patience 3" in advice
    assert not any(word in advice for word in ("shift", "rotation"))


def test_balanced_weights_are_not_proposed_to_a_run_that_has_them() -> None:
    recall = np.array([0.0] + [0.9] * 9)
    base = written(1.0, 0.9, val_accuracies=(0.8, 0.8), class_weighting="balanced")
    hint = hint_in(replace(base, recall=recall), "low recall")
    assert hint.changes == {}
    assert "already" in hint.advice
