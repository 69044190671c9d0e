"""How Optuna chooses the next point and prunes trials."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from mnist_core.tuning.space import Choices, Dimension, Space
from mnist_core.tuning.study import Method, Pruning, StudySettings
from mnist_core.tuning.trials import FEW_COMPLETED

MAX_STARTUP, MIN_STARTUP = 10, 4
"""How many random points TPE begins with: a quarter of the budget, within these bounds."""
N_TO_COMPARE = 4
"""A trial is pruned only once so many others have been trained to the end."""
REDUCTION = 3
MAX_DRAWS = 200

PointKey = tuple[tuple[str, Any], ...]


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The dimensions in Optuna's terms."""
    return {dimension.setting: _distribution(dimension) for dimension in space.dimensions}


def _distribution(dimension: Dimension) -> BaseDistribution:
    if isinstance(dimension, Choices):
        return CategoricalDistribution(dimension.values)
    step, low = dimension.step, dimension.low
    if isinstance(low, int):
        high = int(dimension.high) if dimension.log else int(dimension.value((dimension.count or 1) - 1))
        return IntDistribution(low, high, log=dimension.log, step=int(step or 1))
    high_end = dimension.high if step is None else dimension.value((dimension.count or 1) - 1)
    return FloatDistribution(low, high_end, log=dimension.log, step=step)


def sampler_of(settings: StudySettings, number: int) -> optuna.samplers.BaseSampler:
    """The sampler for a trial. It depends on nothing but the settings and the number, so a restart changes nothing."""
    seed = int(np.random.SeedSequence((settings.seed, number)).generate_state(1)[0])
    if settings.method is not Method.TPE:
        return optuna.samplers.RandomSampler(seed=seed)
    startup = MAX_STARTUP if settings.trials is None else min(MAX_STARTUP, max(MIN_STARTUP, settings.trials // 4))
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup)


def pruner_of(settings: StudySettings) -> optuna.pruners.BasePruner:
    """The pruner of a study."""
    match settings.pruning:
        case Pruning.MEDIAN:
            return optuna.pruners.MedianPruner(n_startup_trials=N_TO_COMPARE)
        case Pruning.HALVING:
            return optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=REDUCTION)
        case Pruning.NONE:
            return optuna.pruners.NopPruner()


def key_of(space: Space, point: Mapping[str, Any]) -> PointKey:
    """A point as something that can be compared and looked up, with its numbers as in `Space.point`.

    Optuna does not round the sum of steps: its 0.15000000000000002 is the point 0.15.
    """
    ranges = {one.setting: one for one in space.dimensions if not isinstance(one, Choices)}
    exact = {name: ranges[name].nearest(value) if name in ranges else value for name, value in point.items()}
    return tuple(sorted(exact.items()))


def untried(space: Space, tried: Collection[PointKey], *, seed: int) -> dict[str, Any] | None:
    """A point of a countable space that has not been tried, drawn at random; None if all have been."""
    count = space.count
    assert count is not None
    random = np.random.default_rng((seed, len(tried)))
    for _ in range(MAX_DRAWS):
        point = space.point(int(random.integers(count)))
        if key_of(space, point) not in tried:
            return point
    return next((point for number in range(count) if key_of(space, point := space.point(number)) not in tried), None)


def importances(study: optuna.Study) -> dict[str, float]:
    """How much each setting decides on being among the best trials, as shares that add up to 1; the first the most.

    By PED-ANOVA: Watanabe, Bansal and Hutter, PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary
    subspaces, 2023. Empty with too few completed trials, or if they do not differ.
    """
    target: Callable[[optuna.trial.FrozenTrial], float] | None = None
    if len(study.directions) > 1:
        target = _wrong_share  # with a target of our own, low values are the good ones
    n_completed = len(study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,)))
    if n_completed < FEW_COMPLETED:
        return {}
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    try:
        found = optuna.importance.get_param_importances(study, evaluator=evaluator, target=target)
    except (ValueError, RuntimeError):  # all have the same value
        return {}
    return {name: float(share) for name, share in found.items() if np.isfinite(share)}


def _wrong_share(trial: optuna.trial.FrozenTrial) -> float:
    return 1 - float(trial.values[0])
