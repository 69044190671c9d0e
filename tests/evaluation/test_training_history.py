from __future__ import annotations

import numpy as np
import pytest

from mnist_core.errors import PredictionsError
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.training_history import Category, training_histories

PATTERNS = {  # whether each digit is correct after epochs 1 to 8; the first quarter ends with epoch 2
    "11111111": Category.EARLY,
    "01111111": Category.EARLY,
    "00111111": Category.LATE,
    "00000001": Category.LATE,
    "11011111": Category.UNSTABLE,
    "01010101": Category.UNSTABLE,
    "11111110": Category.FORGOTTEN,
    "00100000": Category.FORGOTTEN,
    "10101010": Category.FORGOTTEN,
    "00000000": Category.NEVER,
}


def history_of(patterns, *, sure=0.8):
    """One (epoch, predictions) pair an epoch; the digit's label is its position modulo 10."""
    labels = (np.arange(len(patterns)) % 10).astype(np.uint8)
    history = []
    for epoch in range(len(patterns[0])):
        shown = np.array(
            [label if s[epoch] == "1" else (label + 1) % 10 for s, label in zip(patterns, labels, strict=True)]
        )
        probabilities = np.full((len(patterns), 10), (1 - sure) / 9)
        probabilities[np.arange(len(patterns)), shown] = sure
        history.append(
            (epoch + 1, Predictions(index=np.arange(len(patterns)) + 50, labels=labels, probabilities=probabilities))
        )
    return history


@pytest.mark.parametrize(("pattern", "category"), PATTERNS.items())
def test_category_of_a_pattern(pattern, category):
    found = training_histories(history_of([pattern]))
    assert found.counts[category] == 1
    assert found.of_category(category).tolist() == [True]


def test_counts_and_epochs_of_all_patterns_by_hand():
    patterns = list(PATTERNS)
    found = training_histories(history_of(patterns))
    assert found.counts == {category: list(PATTERNS.values()).count(category) for category in Category}
    assert sum(found.counts.values()) == len(found) == len(patterns)
    assert found.forgetting_events.tolist() == [pattern.count("10") for pattern in patterns]
    assert found.first_correct.tolist() == [pattern.find("1") + 1 for pattern in patterns]
    assert found.early_until == 2
    assert found.index.tolist() == list(range(50, 60))


def test_random_patterns_are_counted_as_a_plain_loop_counts_them():
    rng = np.random.default_rng(0)
    patterns = ["".join(rng.choice(["0", "1"], 6, p=[0.3, 0.7])) for _ in range(300)]
    found = training_histories(history_of(patterns))
    expected = []
    for pattern in patterns:
        if "1" not in pattern:
            expected.append(Category.NEVER)
        elif pattern.endswith("0"):
            expected.append(Category.FORGOTTEN)
        elif "10" in pattern:
            expected.append(Category.UNSTABLE)
        else:
            expected.append(Category.EARLY if pattern.find("1") + 1 <= 2 else Category.LATE)
    assert found.counts == {category: expected.count(category) for category in Category}
    assert [list(Category)[code] for code in found.category_codes] == expected


def test_confidence_and_variability_are_mean_and_deviation_of_the_true_probability():
    found = training_histories(history_of(["1100", "1111"], sure=0.91))
    assert found.confidence == pytest.approx([(0.91 + 0.01) / 2, 0.91])
    assert found.variability == pytest.approx([0.45, 0], abs=1e-6)


def test_order_of_the_epochs_does_not_matter():
    history = history_of(list(PATTERNS))
    assert training_histories(history[::-1]).counts == training_histories(history).counts
    assert training_histories(history[::-1]).epochs == tuple(range(1, 9))


def test_one_epoch_knows_only_early_and_never():
    counts = training_histories(history_of(["1", "0"])).counts
    assert counts == {
        Category.EARLY: 1,
        Category.LATE: 0,
        Category.UNSTABLE: 0,
        Category.FORGOTTEN: 0,
        Category.NEVER: 1,
    }


def test_epochs_that_are_missing_keep_their_numbers():
    history = history_of(["0011"])
    found = training_histories([history[0], history[3]])
    assert found.epochs == (1, 4)
    assert found.first_correct.tolist() == [4]


def test_bad_histories_are_a_sentence():
    history = history_of(["01", "11"])
    with pytest.raises(PredictionsError, match="at least one epoch"):
        training_histories([])
    with pytest.raises(PredictionsError, match="twice"):
        training_histories([history[0], history[0]])
    with pytest.raises(PredictionsError, match="epoch 2 are about other images"):
        training_histories([history[0], (2, history[1][1].take(np.array([1, 0])))])
