"""Each hint on a real small training that has the fault, and its silence on one that has not."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.hints import Hint, HintEvidence, hints
from mnist_core.training.progress import Adjustments, BatchProgress, EpochMetrics, EpochResult, Requests, TrainerState
from mnist_core.training.settings import TrainingSettings

pytestmark = pytest.mark.slow


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
    from mnist_core.data.catalogue import load_dataset
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


def test_a_healthy_training_gets_no_alarm() -> None:
    alarms = ("too high", "too low", "by heart", "hardly ever", "small", "never answer")
    assert [title for title in titles(healthy()) if any(alarm in title for alarm in alarms)] == []


def test_a_learning_rate_that_breaks_the_network_is_called_too_high() -> None:
    evidence = trained(learning_rate=1.0)
    hint = hint_in(evidence, "too high")
    assert f"{evidence.history[-1].loss:.3f}" in hint.evidence
    assert hint.applied(evidence.config).training.learning_rate == pytest.approx(0.1)


def test_a_learning_rate_that_barely_moves_is_called_too_low() -> None:
    evidence = trained(learning_rate=1e-6, epochs=4)
    hint = hint_in(evidence, "too low")
    assert f"{evidence.history[0].loss:.3f}" in hint.evidence
    assert hint.applied(evidence.config).training.learning_rate == pytest.approx(1e-5)


def test_learning_by_heart_is_seen_and_answered_with_augmentation() -> None:
    evidence = trained(limit=200, epochs=60, learning_rate=0.005, validation_fraction=0.4)
    hint = hint_in(evidence, "by heart")
    assert f"{evidence.history[-1].val_loss:.3f}" in hint.evidence
    changed = hint.applied(evidence.config).training
    assert changed.early_stopping_patience == 3
    assert changed.augmentation.is_on


def test_a_validation_accuracy_that_stands_still_is_seen() -> None:
    hint = hint_in(trained(limit=200, epochs=60, learning_rate=0.005, validation_fraction=0.4), "stands still")
    assert hint.changes == {"schedule": "cosine"}
    assert "stands still" not in " ".join(titles(trained(epochs=3)))


def test_a_run_that_was_still_learning_is_told_to_go_on() -> None:
    evidence = trained(limit=1000, epochs=2, learning_rate=0.0003)
    assert hint_in(evidence, "still learning").applied(evidence.config).training.epochs == 4


def test_a_label_that_is_never_found_is_named() -> None:
    weights = tuple(0.0 if label == 4 else 1.0 for label in range(10))
    evidence = trained(limit=1500, epochs=4, class_weighting="custom", class_weights=weights)
    hint = hint_in(evidence, "hardly ever")
    assert "label 4" in hint.title
    assert hint.applied(evidence.config).training == TrainingSettings.from_dict(
        {**_plain(evidence.config), "class_weighting": "balanced", "class_weights": []}
    )


def test_a_small_validation_split_says_how_little_it_tells() -> None:
    evidence = trained()
    assert f"With {evidence.n_validation} images" in hint_in(evidence, "small").evidence


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


def test_without_an_epoch_there_is_no_hint() -> None:
    history: tuple[EpochMetrics, ...] = ()
    assert hints(HintEvidence(config=healthy().config, history=history, n_validation=10)) == ()


def _plain(config: ExperimentConfig) -> dict[str, Any]:
    return dict(config.to_dict()["training"])
