"""What a search, or the repeats of its finalists, will take before it is started."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from mnist_core.errors import ConfigError
from mnist_core.pricing.expected import expected_time
from mnist_core.pricing.requests import price_state
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.measurement import prices_folder
from mnist_core.tuning.finals import Contender, design_of
from mnist_core.tuning.positions import value_at
from mnist_core.tuning.space import Space
from mnist_core.tuning.study import StudySettings

N_SAMPLED = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """The time of a search.

    Attributes:
        trial_seconds: of one trial: the mean over designs drawn from the space.
        work: of a trial, as a multiple of the base design's.
        source: where the time of the base design is from: "an earlier run" or "a benchmark".
    """

    trial_seconds: float
    work: float
    source: str

    @property
    def work_words(self) -> str:
        """The work of a trial in a sentence: "on average 1.4 times the work of the base design"."""
        times = "" if f"{self.work:.1f}" == "1.0" else f"{self.work:.1f} times "
        return f"on average {times}the work of the base design"

    def seconds(self, settings: StudySettings) -> float:
        """Of the whole search, by trials or by minutes, whichever ends it first."""
        budgets = [60 * settings.minutes] if settings.minutes is not None else []
        if settings.trials is not None:  # parallel trials share the CPU, so they are not counted as faster
            budgets.append(settings.trials * self.trial_seconds)
        return min(budgets)

    def trials(self, settings: StudySettings) -> int:
        """How many trials the budget is enough for."""
        in_time = settings.trials if settings.minutes is None else int(60 * settings.minutes / self.trial_seconds)
        return min(in_time or 0, settings.trials) if settings.trials is not None else in_time or 0


def estimate(
    store: RunStore, space: Space, *, train_images: int, test_images: int, prices: Path | None = None
) -> Estimate | None:
    """The time of a trial: that of the base design times the mean work of the designs of the space.

    None if the base design has neither an earlier run nor a benchmark.

    Args:
        prices: the folder of benchmarks; by default that of the store.
    """
    base = space.base
    measurement = price_state(prices or prices_folder(store.root), base).measurement
    found = expected_time(store, base, measurement, train_images=train_images, test_images=test_images)
    if found is None:
        return None
    work = mean_work(space)
    return Estimate(
        trial_seconds=max(found.of_work(base.training.epochs, work), 0.1),
        work=work,
        source="an earlier run" if found.earlier else "a benchmark",
    )


def seconds_of_repeats(store: RunStore, wanted: Iterable[tuple[Contender, int]]) -> float | None:
    """The time of repeats, each as long as the run of its contender in the search; None if one of those is gone."""
    known: dict[int, float] = {}
    total = 0.0
    for contender, _seed in wanted:
        if contender.trial not in known:
            seconds = _seconds_again(store, contender)
            if seconds is None:
                return None
            known[contender.trial] = seconds
        total += known[contender.trial]
    return total


def _seconds_again(store: RunStore, contender: Contender) -> float | None:
    design = design_of(store, contender)
    found = None if design is None else expected_time(store, design, None, train_images=0, test_images=0)
    return None if found is None else found.total_seconds


@lru_cache(maxsize=32)
def mean_work(space: Space) -> float:
    """The work of a design of the space as a multiple of the base design's: the mean over designs drawn at random.

    The work of a training is taken as epochs times multiply-adds: what a step costs beside its multiplications, and how
    many there are at another batch size, is left out. Designs that cannot be built are too: they are not trained.
    """
    random = np.random.default_rng(0)
    found: list[float] = []
    for places in random.random((N_SAMPLED, len(space.dimensions))):
        point = {one.setting: value_at(one, float(place)) for one, place in zip(space.dimensions, places, strict=True)}
        with contextlib.suppress(ConfigError):
            found.append(_work(space.build(point)))
    own = _work(space.base)
    return statistics.fmean(found) / own if found and own else 1.0


def _work(config: ExperimentConfig) -> float:
    return float(config.training.epochs * config.architecture.multiply_adds)
