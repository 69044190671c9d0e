"""How long a training will take: as an earlier one like it, else by its benchmark."""

from __future__ import annotations

from dataclasses import dataclass

from mnist_core.pricing.past_runs import EarlierTime, past_time
from mnist_core.pricing.price import price_of
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.measurement import Measurement


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedTime:
    """The time of a training.

    Attributes:
        epoch_seconds: with the validation.
        total_seconds: the start and all epochs.
        earlier: the run that it is from; None for a benchmark.
        is_rough: that run is of another network, and its time was scaled.
    """

    epoch_seconds: float
    total_seconds: float
    earlier: EarlierTime | None = None
    is_rough: bool = False

    def of_work(self, epochs: int, ratio: float) -> float:
        """Seconds of trainings that do `ratio` times the work of this one in its `epochs`; the start takes as long."""
        trained = epochs * self.epoch_seconds
        return max(0.0, self.total_seconds - trained) + ratio * trained


def expected_time(
    store: RunStore,
    config: ExperimentConfig,
    measurement: Measurement | None,
    *,
    train_images: int,
    test_images: int,
) -> ExpectedTime | None:
    """The time by the newest run of the same network on the same data, else by the benchmark; None without both.

    Args:
        measurement: the result of the benchmark, if there is one.
        train_images, test_images: how many the data set has.
    """
    earlier = past_time(store, config)
    return time_by(config, earlier, measurement, train_images=train_images, test_images=test_images)


def time_by(
    config: ExperimentConfig,
    earlier: EarlierTime | None,
    measurement: Measurement | None,
    *,
    train_images: int,
    test_images: int,
) -> ExpectedTime | None:
    """The same by what is known already: the time of an earlier run, else of the benchmark."""
    if earlier is not None:
        total = earlier.start_seconds + config.training.epochs * earlier.epoch_seconds
        return ExpectedTime(epoch_seconds=earlier.epoch_seconds, total_seconds=total, earlier=earlier)
    if measurement is None:
        return None
    price = price_of(config, measurement, train_images=train_images, test_images=test_images)
    return ExpectedTime(epoch_seconds=price.epoch_seconds + price.validation_seconds, total_seconds=price.total_seconds)
