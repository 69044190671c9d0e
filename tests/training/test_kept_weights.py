"""Which epoch counts: the one with the highest validation accuracy, or the last one."""

from __future__ import annotations

import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.export.script import keras_script
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Flatten
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import Adjustments, EpochResult
from mnist_core.training.settings import KeptWeights, TrainingSettings
from tests.callbacks import QuietRecorder


class Epochs(QuietRecorder):
    """A recorder that keeps what it is told of each epoch."""

    def __init__(self) -> None:
        self.results: list[EpochResult] = []

    def epoch(self, result: EpochResult) -> None:
        self.results.append(result)


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
