"""Runs with everything a finished training leaves, made in a moment and without TensorFlow.

The network is one convolution with random filters and a classifier head that is fitted by least squares, so its weights
really give the stored predictions and about one digit in ten is wrong. An epoch is a step towards that head.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, reduce
from pathlib import Path

import numpy as np

from mnist_core.data.dataset import Dataset
from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.data.splitting import split_training
from mnist_core.evaluation.predictions import Predictions
from mnist_core.jobs.recorder import RunRecorder
from mnist_core.jobs.worker import score_test
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Flatten, MaxPool
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import EpochMetrics, EpochResult, TrainerState
from mnist_core.training.settings import TrainingSettings

N_FILTERS, SIDE = 4, 13
SMALL = Architecture(layers=(Conv(filters=N_FILTERS), MaxPool(), Flatten()))
UNIT = Scaler(kind=Scaling.UNIT)
SHARPNESS = 10.0
ROUGHNESS = 0.25  # of the heads of early epochs, so that digits are learnt and forgotten on the way


def finished_run(
    store: RunStore,
    *,
    name: str = "Small run",
    dataset: str = "mnist-sample",
    epochs: int = 4,
    seed: int = 0,
    tested: bool = True,
) -> str:
    """A completed run on a data set that is here; returns its id. Not `tested`: stopped, without test predictions."""
    config = ExperimentConfig(
        dataset=dataset,
        architecture=SMALL,
        training=TrainingSettings(epochs=epochs, seed=seed, validation_fraction=0.2),
    )
    run_id = store.create(config, name=name)
    data = load_dataset(dataset)
    recorder = RunRecorder(store, run_id)
    _, rows = split_training(data.train.labels, fraction=0.2, seed=seed)
    recorder.set_validation(rows, data.train.labels[rows])
    store.set(run_id, scaler=UNIT.to_dict(), dataset=_described(data, len(rows)))
    history: tuple[EpochMetrics, ...] = ()
    for epoch in range(1, epochs + 1):
        weights = small_weights(dataset, seed, epoch, epochs)
        probabilities = _answers(data, weights, rows)
        history = (*history, _metrics(epoch, data.train.labels[rows], probabilities))
        state = TrainerState(
            arrays={f"weight:{key}": value for key, value in weights.items()}, epoch=epoch, batch=0, history=history
        )
        is_best = history[-1].val_accuracy >= max(metrics.val_accuracy for metrics in history)
        recorder.epoch(
            EpochResult(metrics=history[-1], validation_probabilities=probabilities, state=state, is_best=is_best)
        )
    if tested:
        score_test(recorder, Predictions.of_split(data.test.labels, _test_answers(data, store.weights(run_id))))
    recorder.status(RunStatus.COMPLETED if tested else RunStatus.STOPPED, finished_at=1.0)
    recorder.close()
    return run_id


def overfitted_run(store: RunStore, *, limit: int = 300, epochs: int = 6) -> str:
    """A completed run on so few images of the sample that it overfits; returns its id.

    Its validation loss rises from the second epoch on while its training loss falls. The curves are written by hand,
    the predictions are those of its weights.
    """
    training = TrainingSettings(epochs=epochs, validation_fraction=0.2)
    config = ExperimentConfig(dataset="mnist-sample", architecture=SMALL, limit=limit, training=training)
    run_id = store.create(config, name="Overfitted")
    data, rows = load_dataset(config.dataset), np.arange(limit // 5)
    labels = data.train.labels[rows]
    recorder = RunRecorder(store, run_id)
    recorder.set_validation(rows, labels)
    store.set(run_id, scaler=UNIT.to_dict(), dataset=_described(data, len(rows)))
    history: tuple[EpochMetrics, ...] = ()
    for epoch in range(1, epochs + 1):
        weights = small_weights(config.dataset, 0, epoch, epochs)
        probabilities = _answers(data, weights, rows)
        metrics = replace(
            _metrics(epoch, labels, probabilities),
            loss=0.5 / epoch,
            accuracy=1 - 0.1 / epoch,
            val_loss=0.4 + 0.1 * abs(epoch - 2),
            val_accuracy=0.85,
        )
        history = (*history, metrics)
        arrays = {f"weight:{key}": value for key, value in weights.items()}
        state = TrainerState(arrays=arrays, epoch=epoch, batch=0, history=history)
        recorder.epoch(
            EpochResult(metrics=metrics, validation_probabilities=probabilities, state=state, is_best=epoch == 2)
        )
    recorder.status(RunStatus.COMPLETED, finished_at=1.0)
    recorder.close()
    return run_id


@lru_cache(maxsize=16)
def small_weights(dataset: str, seed: int, epoch: int = 1, epochs: int = 1) -> dict[str, np.ndarray]:
    """Weights of `SMALL` after an epoch; the last is the fitted head."""
    kernel, bias = _random_filters(seed)
    head = _fitted_head(dataset, seed)
    share = epoch / epochs
    rough = np.random.default_rng((seed, epoch)).normal(0, ROUGHNESS * head.std() * (1 - share), head.shape)
    head = (head * share + rough).astype(np.float32)
    return {"conv_1/kernel": kernel, "conv_1/bias": bias, "output/kernel": head[:-1], "output/bias": head[-1]}


def slow_forward(weights: dict[str, np.ndarray], image: np.ndarray) -> np.ndarray:
    """Class probabilities (10,) of one scaled image (28, 28) by `SMALL`, written out pixel by pixel."""
    kernel, bias = weights["conv_1/kernel"], weights["conv_1/bias"]
    answer = np.zeros((26, 26, N_FILTERS))
    for row in range(26):
        for column in range(26):
            window = image[row : row + 3, column : column + 3]
            answer[row, column] = [
                np.maximum((window * kernel[:, :, 0, i]).sum() + bias[i], 0) for i in range(N_FILTERS)
            ]
    pooled = [answer[r : r + 2, c : c + 2].max(axis=(0, 1)) for r in range(0, 26, 2) for c in range(0, 26, 2)]
    return softmax(np.concatenate(pooled) @ weights["output/kernel"] + weights["output/bias"])


def softmax(logits: np.ndarray) -> np.ndarray:
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def damage(path: Path) -> None:
    """Overwrite the middle of a file."""
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half : half + 200] = b"\0" * 200
    path.write_bytes(bytes(content[: half + 200]))


def _features(images: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """What the head sees, (N, 676): windows summed shift by shift, then pooled; filter by filter, which is fast."""
    scaled = images.astype(np.float32) / 255
    windows = [
        (scaled[:, row : row + 26, column : column + 26], row, column) for row in range(3) for column in range(3)
    ]
    pooled = np.empty((len(images), SIDE, SIDE, N_FILTERS), np.float32)
    for number in range(N_FILTERS):
        answer = sum(window * kernel[row, column, 0, number] for window, row, column in windows)
        corners = [answer[:, row::2, column::2] for row in range(2) for column in range(2)]
        pooled[..., number] = np.maximum(reduce(np.maximum, corners) + bias[number], 0)
    return pooled.reshape(len(images), -1)


@lru_cache(maxsize=12)
def _all_features(dataset: str, split: str, kernel: bytes, bias: bytes) -> np.ndarray:
    images = load_dataset(dataset).split(split).images
    weights = np.frombuffer(kernel, np.float32).reshape(3, 3, 1, N_FILTERS), np.frombuffer(bias, np.float32)
    return _features(images, *weights)


def _random_filters(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    kernel = rng.normal(0, 0.4, (3, 3, 1, N_FILTERS)).astype(np.float32)
    return kernel, rng.normal(0, 0.1, N_FILTERS).astype(np.float32)


@lru_cache(maxsize=16)
def _fitted_head(dataset: str, seed: int) -> np.ndarray:
    """Ridge regression of the true labels, (677, 10), the last row the bias; on training images only."""
    data, (kernel, bias) = load_dataset(dataset), _random_filters(seed)
    rows, _ = split_training(data.train.labels, fraction=0.2, seed=seed)
    features = _all_features(data.name, "train", kernel.tobytes(), bias.tobytes())[rows]
    inputs = np.hstack([features, np.ones((len(features), 1), np.float32)])
    wanted = np.eye(10)[data.train.labels[rows]] - 0.1
    gram = inputs.T @ inputs + 30 * np.eye(inputs.shape[1])
    return SHARPNESS * np.linalg.solve(gram, inputs.T @ wanted)


def _answers(data: Dataset, weights: dict[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    features = _all_features(data.name, "train", weights["conv_1/kernel"].tobytes(), weights["conv_1/bias"].tobytes())
    return softmax(features[rows] @ weights["output/kernel"] + weights["output/bias"]).astype(np.float32)


def _test_answers(data: Dataset, weights: dict[str, np.ndarray]) -> np.ndarray:
    features = _all_features(data.name, "test", weights["conv_1/kernel"].tobytes(), weights["conv_1/bias"].tobytes())
    return softmax(features @ weights["output/kernel"] + weights["output/bias"]).astype(np.float32)


def _metrics(epoch: int, labels: np.ndarray, probabilities: np.ndarray) -> EpochMetrics:
    accuracy = float((probabilities.argmax(axis=1) == labels).mean())
    loss = float(-np.log(probabilities[np.arange(len(labels)), labels]).mean())
    return EpochMetrics(
        epoch=epoch,
        loss=loss,
        accuracy=accuracy,
        val_loss=loss,
        val_accuracy=accuracy,
        learning_rate=0.001,
        seconds=1.0,
        images_per_second=1000.0,
    )


def _described(data: Dataset, n_validation: int) -> dict[str, object]:
    return {
        "name": data.name,
        "sha256": data.sha256,
        "train_images": len(data.train) - n_validation,
        "validation_images": n_validation,
        "test_images": len(data.test),
    }
