"""How long a training will take on this machine, by earlier runs or by a benchmark."""

from __future__ import annotations

import contextlib
import statistics

from dashboard import cached, settings
from mnist_core.data.sources.catalogue import DatasetInfo
from mnist_core.errors import MnistCoreError
from mnist_core.pricing.expected import expected_time
from mnist_core.pricing.past_runs import takes_as_long
from mnist_core.pricing.price import Price, price_of
from mnist_core.pricing.requests import price_state, request_price
from mnist_core.runs.record import RunRecord
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.measurement import Measurement, prices_folder


def expected_seconds(config: ExperimentConfig) -> float | None:
    """The total time of a training, by an earlier run like it or the benchmark; None before there is one."""
    data = _data(config)
    if data is None:
        return None
    found = expected_time(
        cached.run_store(), config, _measurement(config), train_images=data.train_images, test_images=data.test_images
    )
    return None if found is None else found.total_seconds


def extra_seconds(run: RunRecord, changed: ExperimentConfig) -> float | None:
    """How much longer (below 0: shorter) a changed training takes than a run has; None if that is not known yet.

    A change that leaves a step as it is, such as more epochs, is computed from the run itself.
    """
    history, took = cached.history(run.run_id), run.summary.train_seconds
    if takes_as_long(changed, run.config) and history:
        added = changed.training.epochs - run.epochs
        return added * statistics.median(metrics.seconds for metrics in history)
    price = _price(changed)
    if price is None or took is None:
        return None
    return changed.training.epochs * price.epoch_seconds - took


def is_benchmark_due(config: ExperimentConfig) -> bool:
    """Whether this network has not been measured here, and nobody is about to, or has failed to."""
    state = price_state(prices_folder(settings.machine_folder()), config)
    return state.measurement is None and not state.is_pending and state.failure is None


def cannot_be_measured(config: ExperimentConfig) -> bool:
    """Whether a benchmark of this network has failed, so that there will be no figure."""
    return price_state(prices_folder(settings.machine_folder()), config).failure is not None


def start_benchmark(config: ExperimentConfig) -> None:
    """Measure a network in a process of its own. If it cannot be started there is no figure, and nothing else lacks."""
    with contextlib.suppress(MnistCoreError):
        request_price(prices_folder(settings.machine_folder()), config)


def _price(config: ExperimentConfig) -> Price | None:
    measurement, data = _measurement(config), _data(config)
    if measurement is None or data is None:
        return None
    return price_of(config, measurement, train_images=data.train_images, test_images=data.test_images)


def _measurement(config: ExperimentConfig) -> Measurement | None:
    return price_state(prices_folder(settings.machine_folder()), config).measurement


def _data(config: ExperimentConfig) -> DatasetInfo | None:
    return cached.dataset_info(config.dataset)
