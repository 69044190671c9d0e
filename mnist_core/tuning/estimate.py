"""What a search will take, before it is started."""

from __future__ import annotations

from dataclasses import dataclass

from mnist_core.pricing.expected import expected_time
from mnist_core.pricing.requests import price_state
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.measurement import prices_folder
from mnist_core.tuning.study import StudySettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """The time of a search, as if every trial took as long as the base design.

    Attributes:
        trial_seconds: of one trial.
        source: "an earlier run" or "a benchmark".
    """

    trial_seconds: float
    source: str

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


def estimate(store: RunStore, base: ExperimentConfig, *, train_images: int, test_images: int) -> Estimate | None:
    """The time of a trial: that of an earlier run like the base design, else from its benchmark, else None."""
    measurement = price_state(prices_folder(store.root), base).measurement
    found = expected_time(store, base, measurement, train_images=train_images, test_images=test_images)
    if found is None:
        return None
    return Estimate(
        trial_seconds=max(found.total_seconds, 0.1), source="an earlier run" if found.earlier else "a benchmark"
    )
