"""Which epoch counts: the one with the highest validation accuracy, or the last one."""

from __future__ import annotations

from typing import Any

import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.export.script import keras_script
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Flatten
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import Adjustments, BatchProgress, EpochResult, Requests
from mnist_core.training.settings import KeptWeights, TrainingSettings


class Epochs:
    """A recorder that keeps what it is told of each epoch."""

    def __init__(self) -> None:
        self.results: list[EpochResult] = []

    def epoch(self, result: EpochResult) -> None:
        self.results.append(result)

    def requests(self) -> Requests:
        return Requests()

    def note(self, text: str) -> None: ...
    def batch(self, progress: BatchProgress) -> None: ...
    def checkpoint(self, state: Any) -> None: ...
    def paused(self, is_paused: bool) -> None: ...
    def adjusted(self, epochs: float, adjustments: Adjustments) -> None: ...


def unsteady(kept: KeptWeights) -> ExperimentConfig:
    """A training whose accuracy goes up and down."""
    training = TrainingSettings(epochs=6, batch_size=20, learning_rate=0.3, kept_weights=kept)
    return ExperimentConfig(
        dataset="mnist-sample", limit=300, architecture=Architecture(layers=(Flatten(),)), training=training
    )


@pytest.mark.slow
@pytest.mark.parametrize("kept", KeptWeights)
def test_the_weights_of_the_chosen_epoch_count(kept: KeptWeights) -> None:
    from mnist_core.training.trainer import Trainer

    epochs = Epochs()
    Trainer(unsteady(kept), load_dataset("mnist-sample")).fit(epochs, None, Adjustments())
    scores = [(result.metrics.val_accuracy, -result.metrics.val_loss) for result in epochs.results]
    assert scores != sorted(scores), "the accuracy has to fall at times, or the test says nothing"
    expected = [
        kept is KeptWeights.LAST or all(score > before for before in scores[:place])
        for place, score in enumerate(scores)
    ]
    assert [result.is_best for result in epochs.results] == expected


@pytest.mark.parametrize("kept", KeptWeights)
def test_the_script_ends_with_the_same_weights(kept: KeptWeights) -> None:
    assert ("BestEpoch" in keras_script(unsteady(kept))) is (kept is KeptWeights.BEST)
