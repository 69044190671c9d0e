"""The learning rate at each step of a run, in plain Python: for the chart on Design and for the training."""

from __future__ import annotations

import math

import numpy as np

from mnist_core.training.settings import Schedule, TrainingSettings

WARM_UP_SHARE = 0.3
"""Share of a one-cycle run in which the learning rate rises (Smith and Topin 2018)."""
START_DIVISOR = 25.0
END_DIVISOR = 1e4


def learning_rate_at(settings: TrainingSettings, step: int, steps_per_epoch: int, epochs: int | None = None) -> float:
    """Learning rate of one step.

    Args:
        step: number of the step, from 0.
        steps_per_epoch: steps in an epoch.
        epochs: total epochs, if adjusted after the start; else `settings.epochs`.
    """
    peak = settings.learning_rate
    total = max(1, steps_per_epoch * (epochs or settings.epochs))
    progress = min(1.0, step / total)
    match settings.schedule:
        case Schedule.STEP:
            return float(peak * settings.step_factor ** (step // (steps_per_epoch * settings.step_epochs)))
        case Schedule.COSINE:
            return peak * 0.5 * (1 + math.cos(math.pi * progress))
        case Schedule.ONE_CYCLE:
            return _one_cycle(peak, progress)
        case _:
            return peak


def _one_cycle(peak: float, progress: float) -> float:
    """Rise to `peak` over the first 30% of the run, then fall to almost 0, both along half a cosine."""
    if progress < WARM_UP_SHARE:
        low, share = peak / START_DIVISOR, progress / WARM_UP_SHARE
        return low + (peak - low) * 0.5 * (1 - math.cos(math.pi * share))
    low, share = peak / END_DIVISOR, (progress - WARM_UP_SHARE) / (1 - WARM_UP_SHARE)
    return low + (peak - low) * 0.5 * (1 + math.cos(math.pi * share))


def learning_rate_curve(
    settings: TrainingSettings, steps_per_epoch: int, points: int = 200
) -> tuple[np.ndarray, np.ndarray]:
    """Epochs (points,) and learning rates (points,) for a chart, from the first step to the last."""
    total = steps_per_epoch * settings.epochs
    steps = np.unique(np.linspace(0, max(0, total - 1), points).astype(int))
    rates = np.array([learning_rate_at(settings, int(step), steps_per_epoch) for step in steps])
    return steps / steps_per_epoch, rates
