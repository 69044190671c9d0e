"""All hints on one run together: whatever the curves look like, they tell one story."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from mnist_core.hints.hint import Hint, HintEvidence, HintKind
from mnist_core.hints.rules import hints
from mnist_core.training.config import config_from_recipe
from mnist_core.training.progress import EpochMetrics

N_HISTORIES = 1000

Stories = tuple[tuple[HintEvidence, tuple[Hint, ...]], ...]

BROKEN = {HintKind.RATE_TOO_HIGH, HintKind.NOTHING_LEARNED, HintKind.DEAD_UNITS}
OF_WORKING = {HintKind.RATE_TOO_LOW, HintKind.OVERFITTING, HintKind.PLATEAU, HintKind.UNDERFITTING}


def contradict(one: Hint, other: Hint) -> bool:
    """Written apart from the table of the rules: what a reader would call a contradiction."""
    both = {one.kind, other.kind}
    same = one.changes.keys() & other.changes.keys()
    return (
        any(one.changes[name] != other.changes[name] for name in same)
        or bool(both & BROKEN and both & OF_WORKING)
        or both <= BROKEN  # two different causes
        or both <= OF_WORKING  # too slow, too long, long enough, not long enough: one of them
        or {HintKind.DEAD_UNITS, HintKind.SPARE_UNITS} == both
    )


@pytest.fixture(scope="module")
def stories() -> Stories:
    """Many histories, each with all its hints."""
    rng = np.random.default_rng(0)
    found = [history(rng) for _ in range(N_HISTORIES)]
    return tuple((evidence, hints(evidence)) for evidence in found)


def history(rng: np.random.Generator) -> HintEvidence:
    """Curves that fall, rise, jump or stay, with noise, under settings that matter to a rule."""
    epochs = int(rng.integers(1, 15))
    x = np.arange(epochs)
    start, end = rng.choice([2.5, 2.31, 1.0]), rng.choice([2.3, 1.5, 0.5, 0.05, 0.005])
    losses = end + (start - end) * np.exp(-x * rng.choice([0.05, 0.3, 1.0])) * rng.normal(
        1, rng.choice([0, 0.1]), epochs
    )
    losses[rng.integers(epochs)] *= rng.choice([1, 1, 4])
    turn = rng.integers(1, 10)
    val_losses = losses + rng.choice([0, 0.02, 0.1]) * np.maximum(0, x - turn) + rng.choice([0, 0.05])
    reached = rng.choice([0.1, 0.5, 0.93, 0.999])
    accuracies = np.clip(reached - 0.3 * np.exp(-x * rng.choice([0.1, 1.0])), 0.05, 1)
    val_accuracies = np.clip(accuracies + rng.normal(-0.01, rng.choice([0, 0.01]), epochs), 0, 1)
    rate = float(rng.choice([1e-6, 0.001, 0.01, 0.5]))
    rates = np.where(x < rng.integers(1, 12), rate * rng.choice([1, 1, 100]), rate)
    config = config_from_recipe(
        "deep-mlp",
        dataset="mnist-sample",
        epochs=epochs,
        learning_rate=rate,
        schedule=str(rng.choice(["constant", "cosine"])),
        early_stopping_patience=[None, 2][int(rng.integers(2))],
    )
    metrics = tuple(
        EpochMetrics(
            epoch=i + 1,
            loss=float(losses[i]),
            accuracy=float(accuracies[i]),
            val_loss=float(max(1e-6, val_losses[i])),
            val_accuracy=float(val_accuracies[i]),
            learning_rate=float(rates[i]),
            seconds=1.0,
            images_per_second=1.0,
        )
        for i in range(epochs)
    )
    return HintEvidence(
        config=config,
        history=metrics,
        n_validation=int(rng.choice([60, 400, 10_000])),
        recall=np.clip(rng.normal(0.9, 0.4, 10), 0, 1),
        dead_units={"dense_1": rng.random(20) < rng.choice([0.0, 0.5]), "dense_2": np.zeros(5, bool)},
    )


def test_no_two_hints_contradict_each_other(stories: Stories) -> None:
    for evidence, found in stories:
        wrong = [(one.kind, other.kind) for one, other in combinations(found, 2) if contradict(one, other)]
        assert wrong == [], evidence
    seen = Counter(hint.kind for _, found in stories for hint in found)
    assert min(seen[kind] for kind in HintKind) >= 5, seen  # or the curves above leave a rule out


def test_every_change_makes_a_valid_design_and_every_epoch_is_one_of_the_run(stories: Stories) -> None:
    for evidence, found in stories:
        for hint in found:
            changed = hint.applied(evidence.config).training
            assert {name: getattr(changed, name) for name in hint.changes} == dict(hint.changes)
            assert hint.epoch is None or 1 <= hint.epoch <= len(evidence.history)
            assert bool(hint.epoch_label) == (hint.epoch is not None)
