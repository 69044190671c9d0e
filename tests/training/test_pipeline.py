"""The batches of a training, against a count by hand, and its memory with more images than fit into it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.environment import child_environment
from tests.jobs.conftest import small_config

pytestmark = pytest.mark.slow

N, BATCH = 50, 16
BATCHES = 4  # of an epoch, the last one with two images
TRAINED = """
import sys
import numpy as np
from mnist_core.models.loading import load_keras
load_keras()
import psutil
from mnist_core.data.dataset import Dataset, Split
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Flatten
from mnist_core.processes import limit_memory
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import NO_CHANGE, Requests
from mnist_core.training.settings import TrainingSettings
from mnist_core.training.trainer import Trainer

class Once:
    epochs = 0
    def batch(self, progress): pass
    def epoch(self, result): self.epochs += 1
    def requests(self): return Requests()

def trained(images):
    split = Split(images=images, labels=(np.arange(len(images)) % 10).astype(np.uint8))
    data = Dataset(name="x", title="x", source="x", licence="x", sha256="0", train=split, test=split)
    settings = TrainingSettings(epochs=1, batch_size=1000, seed=3)
    network = Architecture(layers=(Flatten(),))
    config = ExperimentConfig(dataset="x", scaling=SCALING, architecture=network, training=settings)
    recorder = Once()
    trainer = Trainer(config, data, "float32")
    trainer.fit(recorder, None, NO_CHANGE)
    trainer.probabilities(images)
    assert recorder.epochs == 1

SCALING = sys.argv[2]
file = np.memmap(sys.argv[1], np.uint8, mode="r", shape=(int(sys.argv[3]), 28, 28))
trained(np.zeros((2000, 28, 28), np.uint8))  # whatever a training needs besides
limit_memory(int(psutil.Process().memory_info().data) + int(sys.argv[4]))
trained(file)
"""


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2 * N, 28, 28)).astype(np.uint8)


@pytest.fixture(params=(1024, 2 * BATCH, 1), ids=lambda n: f"{n} loaded together")
def loaded_together(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of an epoch in one go, two batches, or one."""
    monkeypatch.setattr("mnist_core.training.pipeline.IMAGES_TOGETHER", request.param)


def batches(images: np.ndarray, n: int, **start: Any) -> Iterator[tuple[np.ndarray, ...]]:
    """The first `n` batches of the second half of the images, which carry their row numbers."""
    from mnist_core.training.pipeline import training_batches

    def load(rows: np.ndarray) -> tuple[np.ndarray, ...]:
        return (images[rows] / np.float32(255))[..., None], rows.astype(np.int32)

    stream = training_batches(load, np.arange(N, 2 * N), batch_size=BATCH, seed=5, **start)
    return ((inputs.numpy(), rows.numpy()) for inputs, rows in islice(stream, n))


@pytest.mark.usefixtures("loaded_together")
def test_an_epoch_has_every_row_once_with_its_own_image(images: np.ndarray) -> None:
    found = list(batches(images, 2 * BATCHES))
    first, second = (np.concatenate([rows for _, rows in part]) for part in (found[:BATCHES], found[BATCHES:]))
    assert [len(rows) for _, rows in found[:BATCHES]] == [16, 16, 16, 2]
    assert sorted(first) == sorted(second) == list(range(N, 2 * N))
    assert (first != second).any(), "every epoch has an order of its own"
    for inputs, rows in found:
        for image, row in zip(inputs, rows, strict=True):
            np.testing.assert_array_equal(image[..., 0], images[row] / np.float32(255))


@pytest.mark.usefixtures("loaded_together")
def test_a_start_in_the_middle_gives_the_batches_that_would_have_come(images: np.ndarray) -> None:
    whole = list(batches(images, 2 * BATCHES))[BATCHES + 1 :]
    resumed = batches(images, len(whole), first_epoch=1, first_batch=1)
    for (inputs, rows), (expected_inputs, expected_rows) in zip(resumed, whole, strict=True):
        np.testing.assert_array_equal(rows, expected_rows)
        np.testing.assert_array_equal(inputs, expected_inputs)


@pytest.mark.usefixtures("loaded_together")
def test_every_batch_of_every_epoch_is_augmented_with_a_seed_of_its_own(images: np.ndarray) -> None:
    import tensorflow as tf

    def show(_: Any, seed: Any) -> Any:
        return tf.cast(seed, tf.int64)[tf.newaxis]

    def seeds(n: int, **start: int) -> list[tuple[int, ...]]:
        return [tuple(seed[0]) for seed, _ in batches(images, n, augment=show, **start)]

    whole = seeds(3 * BATCHES)
    assert len({epoch_and_step for epoch_and_step, _ in whole}) == 3 * BATCHES
    assert {seed for _, seed in whole} == {5}
    assert seeds(2 * BATCHES - 1, first_epoch=1, first_batch=1) == whole[BATCHES + 1 :]


def test_the_epochs_after_the_last_augmented_one_see_the_images_as_they_are(images: np.ndarray) -> None:
    def inverted(found: Any, _: Any) -> Any:
        return 1 - found

    plain = list(batches(images, 3 * BATCHES))
    some = list(batches(images, 3 * BATCHES, augment=inverted, augmented_epochs=2))
    for number, ((inputs, rows), (expected, expected_rows)) in enumerate(zip(some, plain, strict=True)):
        np.testing.assert_array_equal(rows, expected_rows)
        np.testing.assert_array_equal(inputs, 1 - expected if number < 2 * BATCHES else expected)
    resumed = list(batches(images, BATCHES, augment=inverted, augmented_epochs=2, first_epoch=2))
    np.testing.assert_array_equal(resumed[0][0], plain[2 * BATCHES][0])


def test_a_trainer_loads_what_belongs_to_each_row() -> None:
    from mnist_core.training.trainer import Trainer

    weights = tuple(float(label) for label in range(1, 11))
    config = small_config(loss="categorical_crossentropy", class_weighting="custom", class_weights=weights)
    sample = load_dataset("mnist-sample")
    trainer = Trainer(config, sample, "float32")
    rows = trainer.train_rows[[7, 3, 11]]
    inputs, targets, of_images = trainer._loader()(rows)
    np.testing.assert_allclose(inputs[..., 0], sample.train.images[rows] / 255.0, atol=1e-7)
    assert [list(row).index(1) for row in targets] == [int(sample.train.labels[row]) for row in rows]
    assert targets.sum() == len(rows)
    assert list(of_images) == [int(sample.train.labels[row]) + 1 for row in rows]


@pytest.mark.thorough
@pytest.mark.parametrize("scaling", ["unit", "standardised"])
def test_images_are_trained_on_that_are_larger_than_the_memory(tmp_path: Path, scaling: str) -> None:
    n, allowed = 180_000, 120_000_000  # as bytes 141 MB, as float32 564 MB
    path = tmp_path / "images"
    with path.open("wb") as file:
        file.truncate(n * 28 * 28)
    command = [sys.executable, "-c", TRAINED, str(path), scaling, str(n), str(allowed)]
    done = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
