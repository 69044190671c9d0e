"""What the two losses of a run are: at a learning rate near 0 the weights stay, so both can be computed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Dense, Dropout, Flatten
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import Adjustments, EpochMetrics, EpochResult, Requests
from mnist_core.training.settings import TrainingSettings

pytestmark = pytest.mark.slow

PLAIN = Architecture(layers=(Flatten(), Dense(units=12)))
DROPPING = Architecture(layers=(Flatten(), Dense(units=12), Dropout(rate=0.5)))
WEIGHTS = (1, 2, 1, 0.5, 1, 1, 3, 1, 1, 0)


class LastEpoch:
    """A recorder that keeps the metrics of the last epoch."""

    metrics: EpochMetrics

    def epoch(self, result: EpochResult) -> None:
        self.metrics = result.metrics

    def requests(self) -> Requests:
        return Requests()

    def note(self, text: str) -> None: ...
    def batch(self, progress: Any) -> None: ...
    def checkpoint(self, state: Any) -> None: ...
    def paused(self, is_paused: bool) -> None: ...
    def adjusted(self, epochs: float, adjustments: Adjustments) -> None: ...


def losses(architecture: Architecture = PLAIN, **training: Any) -> tuple[EpochMetrics, dict[str, Any]]:
    """The metrics of an epoch that changes nothing, and the predictions and labels of both splits."""
    from mnist_core.training.trainer import Trainer

    settings = TrainingSettings.from_dict(
        {"epochs": 1, "batch_size": 64, "optimizer": "sgd", "learning_rate": 1e-9, "seed": 2, **training}
    )
    config = ExperimentConfig(dataset="mnist-sample", limit=500, architecture=architecture, training=settings)
    data = load_dataset(config.dataset).train
    trainer, last = Trainer(config, load_dataset(config.dataset)), LastEpoch()
    trainer.fit(last, None, Adjustments())
    rows = {"training": trainer.train_rows, "validation": trainer.validation_rows}
    found = {
        name: (trainer.probabilities(data.images[row]).astype(np.float64), data.labels[row])
        for name, row in rows.items()
    }
    return last.metrics, found


def by_hand(probabilities: np.ndarray, labels: np.ndarray, *, smoothing: float = 0, weights: Any = (1,) * 10) -> float:
    """Cross-entropy against smoothed labels, each image times the weight of its class, over the number of images."""
    targets = np.eye(10)[labels] * (1 - smoothing) + smoothing / 10
    return float((-(targets * np.log(probabilities)).sum(axis=1) * np.asarray(weights)[labels]).mean())


@pytest.mark.parametrize(
    ("training", "added", "expected"),
    [
        ({}, (), {}),
        ({"label_smoothing": 0.2}, ("label smoothing 0.2",), {"smoothing": 0.2}),
        ({"class_weighting": "custom", "class_weights": WEIGHTS}, ("class weights",), {"weights": WEIGHTS}),
        (
            {"label_smoothing": 0.1, "class_weighting": "custom", "class_weights": WEIGHTS},
            ("label smoothing 0.1", "class weights"),
            {"smoothing": 0.1, "weights": WEIGHTS},
        ),
    ],
)
def test_the_training_loss_has_what_it_says_and_the_validation_loss_is_plain(
    training: dict[str, Any], added: tuple[str, ...], expected: dict[str, Any]
) -> None:
    metrics, found = losses(**training)
    assert TrainingSettings.from_dict(training).added_to_loss == added
    assert metrics.loss == pytest.approx(by_hand(*found["training"], **expected), rel=1e-4)
    probabilities, labels = found["validation"]
    plain = log_loss(labels, probabilities / probabilities.sum(axis=1, keepdims=True), labels=range(10))
    assert metrics.val_loss == pytest.approx(plain, rel=1e-5)


@pytest.mark.parametrize(
    ("architecture", "training"),
    [(DROPPING, {}), (PLAIN, {"augmentation": {"rotation_degrees": 40, "shift_pixels": 5}})],
)
def test_dropout_and_augmentation_count_in_the_training_loss_alone(
    architecture: Architecture, training: dict[str, Any]
) -> None:
    metrics, found = losses(architecture, **training)
    assert metrics.loss != pytest.approx(by_hand(*found["training"]), rel=2e-3)
    assert metrics.val_loss == pytest.approx(by_hand(*found["validation"]), rel=1e-5)


def test_a_loss_is_not_clipped_where_keras_does_not_clip_it() -> None:
    """A confident wrong digit costs what `model.evaluate` says, also beyond the 16.1 nats of a clip at 1e-7."""
    import keras

    from mnist_core.models.build import build_model
    from mnist_core.training.cross_entropy import mean_cross_entropy

    model = build_model(Architecture(layers=(Flatten(),)))
    random = np.random.default_rng(0)
    model.layers[-1].kernel.assign(random.normal(0, 0.4, (784, 10)))
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy())
    data = load_dataset("mnist-sample").test
    inputs = (data.images[:200] / np.float32(255))[..., None]
    probabilities = model.predict(inputs, verbose=0)
    true = probabilities[np.arange(200), data.labels[:200]]
    assert (true < 1e-7).any()
    assert (true > 0).all()
    assert mean_cross_entropy(true) == pytest.approx(model.evaluate(inputs, data.labels[:200], verbose=0), rel=1e-5)
