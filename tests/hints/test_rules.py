"""Each hint on a real small training that has the problem, and no hint on one that does not.

Settings that a small training does not reach are tested on curves written by hand.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from mnist_core.hints.hint import Hint, HintEvidence, HintKind
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


def trained(limit: int = 400, **training: Any) -> HintEvidence:
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
    return HintEvidence(
        config=config,
        history=outcome.history,
        n_validation=len(labels),
        recall=recall,
        dead_units=dead_in(config, trainer, dataset.train.images[:256]),
    )


def dead_in(config: ExperimentConfig, trainer: Any, images: np.ndarray) -> dict[str, np.ndarray]:
    """Which units of the two hidden layers are 0 for all images, by matrix products."""
    weights, values, found = trainer.weights(), trainer.scaler.apply(images).reshape(len(images), -1), {}
    for name in ("dense_1", "dense_2"):
        values = np.maximum(values @ weights[f"{name}/kernel"] + weights[f"{name}/bias"], 0)
        found[name] = ~values.any(axis=0)
    return found


def titles(evidence: HintEvidence) -> list[str]:
    return [hint.title for hint in hints(evidence)]


def kinds(evidence: HintEvidence) -> set[HintKind]:
    return {hint.kind for hint in hints(evidence)}


def hint_of(evidence: HintEvidence, kind: HintKind) -> Hint:
    found = [hint for hint in hints(evidence) if hint.kind is kind]
    assert len(found) == 1, titles(evidence)
    return found[0]


def healthy() -> HintEvidence:
    return trained(limit=2000, epochs=3, validation_fraction=0.5)


def overfitting_training() -> HintEvidence:
    return trained(limit=150, epochs=14, learning_rate=0.003, validation_fraction=0.4)


def up_to(evidence: HintEvidence, epoch: int) -> HintEvidence:
    """A training that was stopped after an epoch."""
    return replace(evidence, history=evidence.history[:epoch])


@pytest.mark.slow
@pytest.mark.thorough
def test_a_healthy_training_gets_no_alarm() -> None:
    assert kinds(healthy()) <= {HintKind.UNDERFITTING}


@pytest.mark.slow
def test_a_learning_rate_at_which_the_loss_diverges_is_called_too_high() -> None:
    evidence = trained(limit=200, learning_rate=1.0, epochs=2)
    hint = hint_of(evidence, HintKind.RATE_TOO_HIGH)
    assert f"{evidence.history[-1].loss:.3f}" in hint.evidence
    assert hint.applied(evidence.config).training.learning_rate == pytest.approx(0.1)


@pytest.mark.slow
def test_a_learning_rate_that_barely_changes_the_loss_is_called_too_low() -> None:
    evidence = trained(limit=200, learning_rate=1e-6)
    hint = hint_of(evidence, HintKind.RATE_TOO_LOW)
    assert f"{evidence.history[0].loss:.3f}" in hint.evidence
    assert hint.applied(evidence.config).training.learning_rate == pytest.approx(1e-5)


@pytest.mark.slow
def test_overfitting_is_found_and_augmentation_is_proposed() -> None:
    evidence = overfitting_training()
    hint = hint_of(evidence, HintKind.OVERFITTING)
    lowest = int(np.argmin([metrics.val_loss for metrics in evidence.history]))
    assert hint.epoch == lowest + 1
    assert f"{evidence.history[lowest].val_loss:.3f}" in hint.evidence
    changed = hint.applied(evidence.config).training
    assert changed.early_stopping_patience == 3
    assert changed.augmentation.is_on


@pytest.mark.slow
def test_overfitting_is_not_seen_before_the_validation_loss_has_turned_up() -> None:
    evidence = overfitting_training()
    lowest = int(np.argmin([metrics.val_loss for metrics in evidence.history])) + 1
    assert all(HintKind.OVERFITTING not in kinds(up_to(evidence, epoch)) for epoch in range(1, lowest + 3))


@pytest.mark.slow
def test_a_plateau_of_the_validation_accuracy_is_found() -> None:
    evidence = overfitting_training()
    accuracies = [metrics.val_accuracy for metrics in evidence.history]
    found = [epoch for epoch in range(2, 15) if HintKind.PLATEAU in kinds(up_to(evidence, epoch))]
    assert found
    for epoch in found:
        assert max(accuracies[: epoch - 4]) >= max(accuracies[epoch - 4 : epoch]) - 0.001
        assert hint_of(up_to(evidence, epoch), HintKind.PLATEAU).changes == {"schedule": "cosine"}
    assert HintKind.PLATEAU not in kinds(healthy())


@pytest.mark.slow
def test_more_epochs_are_proposed_to_a_run_that_was_still_improving() -> None:
    evidence = trained()
    assert hint_of(evidence, HintKind.UNDERFITTING).applied(evidence.config).training.epochs == 6
    assert HintKind.UNDERFITTING not in kinds(overfitting_training())


@pytest.mark.slow
def test_a_layer_that_a_high_rate_has_killed_is_found() -> None:
    evidence = trained(learning_rate=0.05)
    assert evidence.dead_units is not None
    shares = {name: dead.mean() for name, dead in evidence.dead_units.items()}
    hint = hint_of(evidence, HintKind.DEAD_UNITS)
    assert hint.layer == max(shares, key=lambda name: shares[name])
    assert hint.applied(evidence.config).training.learning_rate == pytest.approx(0.05 / 3, rel=0.05)
    assert not {HintKind.DEAD_UNITS, HintKind.SPARE_UNITS} & kinds(healthy())


@pytest.mark.slow
def test_dead_units_of_a_network_that_fits_its_images_are_called_spare() -> None:
    evidence = trained(learning_rate=0.02, epochs=6)
    assert hint_of(evidence, HintKind.SPARE_UNITS).changes == {}
    assert HintKind.DEAD_UNITS not in kinds(evidence)


@pytest.mark.slow
def test_a_class_with_a_very_low_recall_is_named() -> None:
    weights = tuple(0.0 if label == 4 else 1.0 for label in range(10))
    evidence = trained(limit=800, epochs=4, learning_rate=0.003, class_weighting="custom", class_weights=weights)
    hint = hint_of(evidence, HintKind.IGNORED_CLASS)
    assert "class 4" in hint.title
    assert hint.applied(evidence.config).training == TrainingSettings.from_dict(
        {**_plain(evidence.config), "class_weighting": "balanced", "class_weights": []}
    )


@pytest.mark.slow
def test_the_hint_on_a_small_validation_split_names_its_size() -> None:
    evidence = trained()
    assert f"{evidence.n_validation} images" in hint_of(evidence, HintKind.SMALL_VALIDATION).evidence
    assert HintKind.SMALL_VALIDATION not in kinds(healthy())


DEAD = np.array([True, False, True, False, False])


def test_the_hint_on_dead_units_names_layer_and_share() -> None:
    evidence = replace(written(1.0, 0.9, accuracy=0.6), dead_units={"dense_1": DEAD, "dense_2": ~DEAD[:1]})
    hint = hint_of(evidence, HintKind.DEAD_UNITS)
    assert (hint.layer, hint.unit) == ("dense_1", 0)
    assert all(fact in hint.evidence for fact in ("dense_1", "40.00%", "60.00%"))


def test_dead_units_that_do_no_harm_change_nothing() -> None:
    evidence = replace(written(0.2, 0.1, accuracy=0.99), dead_units={"dense_1": DEAD})
    hint = hint_of(evidence, HintKind.SPARE_UNITS)
    assert hint.changes == {}
    assert "3" in hint.advice  # of five units are in use
    assert HintKind.DEAD_UNITS not in kinds(evidence)


def test_without_an_epoch_there_is_no_hint() -> None:
    assert hints(replace(written(1.0), history=())) == ()


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
    evidence = hint_of(written(*losses, learning_rate=0.01), HintKind.RATE_TOO_HIGH).evidence
    assert all(fact in evidence for fact in facts), evidence


def test_a_class_weighted_loss_is_not_compared_with_that_of_guessing() -> None:
    weights = {"class_weighting": "custom", "class_weights": [4.0] * 10}
    stuck = written(9.2, 9.2, val_losses=(2.31, 2.3), learning_rate=0.01, **weights)
    evidence = hint_of(stuck, HintKind.RATE_TOO_HIGH).evidence
    assert all(fact in evidence for fact in ("validation", "2.300", "within 5%")), evidence
    learning = written(9.0, 8.8, val_losses=(2.0, 1.5), learning_rate=0.01, **weights)
    assert HintKind.RATE_TOO_HIGH not in kinds(learning)


def test_the_rate_of_one_run_is_never_called_both_too_high_and_too_low() -> None:
    found = titles(written(2.31, 2.30, 2.29, learning_rate=0.01))
    assert ["too high" in title for title in found if "learning rate" in title] == [True]
    lowered = written(2.31, 2.30, 2.29, rates=(1.0, 1.0, 1.0), learning_rate=0.01)
    assert not [title for title in titles(lowered) if "learning rate" in title]


def test_a_tenth_of_the_rate_at_a_jump_is_proposed() -> None:
    hint = hint_of(written(0.5, 2.0, 0.6, rates=(0.1, 0.1, 0.08), learning_rate=0.08), HintKind.RATE_TOO_HIGH)
    assert "epoch 2" in hint.evidence
    assert "learning rate of 0.1" in hint.evidence
    assert all(fact in hint.advice for fact in ("a tenth of 0.1", "0.01", "0.08")), hint.advice
    assert hint.changes == {"learning_rate": 0.01}


@pytest.mark.parametrize("rates", [(0.1, 0.1, 0.0001), (0.1, 0.0001, 0.0001)])
def test_a_jump_before_the_rate_was_lowered_gives_no_hint(rates: tuple[float, ...]) -> None:
    assert HintKind.RATE_TOO_HIGH not in kinds(written(0.5, 2.0, 0.6, rates=rates, learning_rate=0.0001))


def test_after_a_jump_with_a_schedule_a_tenth_of_its_highest_rate_is_proposed() -> None:
    hint = hint_of(written(0.5, 2.0, rates=(0.09, 0.05), learning_rate=0.1, schedule="cosine"), HintKind.RATE_TOO_HIGH)
    assert hint.changes == {"learning_rate": 0.01}


def still_learning(done: int, epochs: int) -> HintEvidence:
    accuracies = tuple(0.5 + 0.4 * number / done for number in range(done - 1)) + (0.95,)
    return written(*(2.0 for _ in range(done)), val_accuracies=accuracies, epochs=epochs)


@pytest.mark.parametrize(("done", "epochs", "proposed"), [(12, 20, 24), (5001, 5001, 10_000)])
def test_the_proposed_number_of_epochs_is_within_the_allowed_range(done: int, epochs: int, proposed: int) -> None:
    evidence = still_learning(done, epochs)
    hint = hint_of(evidence, HintKind.UNDERFITTING)
    assert f"{proposed} epochs" in hint.advice
    assert hint.applied(evidence.config).training.epochs == proposed


@pytest.mark.parametrize(("done", "epochs"), [(2, 20), (10, 20), (10_000, 10_000)])
def test_no_more_epochs_are_proposed_to_a_stopped_run_or_at_the_maximum(done: int, epochs: int) -> None:
    assert HintKind.UNDERFITTING not in kinds(still_learning(done, epochs))


def overfitted(**training: Any) -> HintEvidence:
    return written(
        *(0.5, 0.2, 0.1, 0.08, 0.06, 0.05),
        val_losses=(0.5, 0.4, 0.5, 0.6, 0.8, 0.9),
        val_accuracies=(0.7, 0.8, 0.79, 0.8, 0.78, 0.79),
        accuracy=0.99,
        **training,
    )


def test_overfitting_is_seen_in_the_loss_without_a_gap_in_accuracy() -> None:
    losses = (0.2, 0.08, 0.04, 0.02, 0.01, 0.006, 0.003)
    val_losses = (0.1, 0.05, 0.042, 0.045, 0.049, 0.052, 0.055)
    accuracies = (0.97, 0.98, 0.988, 0.988, 0.989, 0.989, 0.989)
    hint = hint_of(
        written(*losses, val_losses=val_losses, val_accuracies=accuracies, accuracy=0.999), HintKind.OVERFITTING
    )
    assert hint.epoch == 3


@pytest.mark.parametrize(
    ("losses", "val_losses"),
    [
        ((0.5, 0.3, 0.2, 0.15, 0.12), (0.4, 0.3, 0.25, 0.22, 0.4)),  # one noisy epoch at the end
        ((0.5, 0.3, 0.2, 0.15, 0.12, 0.1, 0.09), (0.4, 0.3, 0.24, 0.25, 0.24, 0.25, 0.24)),  # flat
        ((0.5, 0.3, 0.3, 0.31, 0.3, 0.31, 0.3), (0.4, 0.2, 0.25, 0.26, 0.24, 0.25, 0.26)),  # the training loss is too
    ],
)
def test_noise_is_not_called_overfitting(losses: tuple[float, ...], val_losses: tuple[float, ...]) -> None:
    assert HintKind.OVERFITTING not in kinds(written(*losses, val_losses=val_losses, accuracy=0.97))


def test_the_patience_against_overfitting_is_one_that_would_have_ended_the_training_sooner() -> None:
    hint = hint_of(overfitted(), HintKind.OVERFITTING)
    assert "epoch 2" in hint.evidence.lower()
    assert "after epoch 5" in hint.advice  # three epochs after the second, which is the best
    rising = tuple(0.8 + 0.01 * number for number in range(6))  # the accuracy still grows: it would not have ended
    still = replace(
        overfitted(),
        history=tuple(replace(m, val_accuracy=a) for m, a in zip(overfitted().history, rising, strict=True)),
    )
    assert "early_stopping_patience" not in hint_of(still, HintKind.OVERFITTING).changes


def test_what_is_proposed_against_overfitting_never_weakens_present_settings() -> None:
    varied = {"rotation_degrees": 25.0, "shift_pixels": 1.0, "noise": 0.1}
    evidence = overfitted(augmentation=varied, early_stopping_patience=2)
    hint = hint_of(evidence, HintKind.OVERFITTING)
    assert "shift 2 pixels" in hint.advice
    assert not any(word in hint.advice for word in ("patience", "rotation"))
    changed = hint.applied(evidence.config).training
    assert changed == replace(
        evidence.config.training, augmentation=replace(evidence.config.training.augmentation, shift_pixels=2.0)
    )


def test_to_a_run_that_has_every_setting_against_overfitting_none_is_proposed() -> None:
    varied = {"rotation_degrees": 25.0, "shift_pixels": 4.0}
    hint = hint_of(overfitted(augmentation=varied, early_stopping_patience=2), HintKind.OVERFITTING)
    assert hint.changes == {}
    changes = hint_of(overfitted(augmentation=varied), HintKind.OVERFITTING).changes
    assert changes == {"early_stopping_patience": 3}


def test_balanced_weights_are_not_proposed_to_a_run_that_has_them() -> None:
    recall = np.array([0.0] + [0.9] * 9)
    base = written(0.3, 0.2, val_accuracies=(0.8, 0.8), accuracy=0.95, class_weighting="balanced")
    hint = hint_of(replace(base, recall=recall), HintKind.IGNORED_CLASS)
    assert hint.changes == {}
    assert "already" in hint.advice
