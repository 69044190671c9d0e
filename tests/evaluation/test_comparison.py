from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest, norm

from mnist_core.errors import PredictionsError
from mnist_core.evaluation import comparison
from mnist_core.evaluation.comparison import Outcome, compare
from mnist_core.evaluation.intervals import wilson_interval
from mnist_core.evaluation.predictions import Predictions
from tests.evaluation.conftest import random_predictions


def paired(both_right, fixed, broken, both_wrong):
    """Two runs with exactly these counts."""
    n = both_right + fixed + broken + both_wrong
    labels = np.zeros(n, dtype=int)
    first = np.repeat([0, 1, 0, 1], [both_right, fixed, broken, both_wrong])
    second = np.repeat([0, 0, 1, 1], [both_right, fixed, broken, both_wrong])
    return Predictions.of_split(labels, np.eye(10)[first]), Predictions.of_split(labels, np.eye(10)[second])


@pytest.fixture(scope="module")
def second(predictions):
    """Another run on the same images, in another order."""
    other = random_predictions(len(predictions), seed=9, sharpness=3.3)
    shuffled = np.random.default_rng(0).permutation(len(predictions))
    offset = (predictions.labels.astype(int) - other.labels) % 10
    rolled = np.stack([np.roll(row, shift) for row, shift in zip(other.probabilities, offset, strict=True)])
    return Predictions(index=predictions.index, labels=predictions.labels, probabilities=rolled).take(shuffled)


def test_every_image_is_counted_by_hand(predictions, second):
    comparison = compare(predictions, second)
    was_right = dict(zip(predictions.index.tolist(), predictions.correct.tolist(), strict=True))
    is_right = dict(zip(second.index.tolist(), second.correct.tolist(), strict=True))
    by_hand = {
        Outcome.BOTH_RIGHT: sorted(row for row in was_right if was_right[row] and is_right[row]),
        Outcome.FIXED: sorted(row for row in was_right if not was_right[row] and is_right[row]),
        Outcome.BROKEN: sorted(row for row in was_right if was_right[row] and not is_right[row]),
        Outcome.BOTH_WRONG: sorted(row for row in was_right if not was_right[row] and not is_right[row]),
    }
    assert {outcome: comparison.rows(outcome).tolist() for outcome in Outcome} == by_hand
    assert comparison.counts == {outcome: len(rows) for outcome, rows in by_hand.items()}
    assert comparison.accuracies == pytest.approx((predictions.accuracy, second.accuracy))
    assert comparison.difference == pytest.approx(second.accuracy - predictions.accuracy)


def test_outcomes_are_counted_right_in_any_order_of_their_codes(predictions, second, monkeypatch):
    expected = compare(predictions, second).counts
    monkeypatch.setattr(comparison, "OUTCOMES", tuple(reversed(Outcome)))
    assert compare(predictions, second).counts == expected
    assert len(set(expected.values())) == len(Outcome)


def test_intervals_and_p_value(predictions, second):
    comparison = compare(predictions, second)
    fixed, broken = comparison.counts[Outcome.FIXED], comparison.counts[Outcome.BROKEN]
    assert comparison.p_value == pytest.approx(binomtest(fixed, fixed + broken).pvalue)
    assert comparison.accuracy_intervals[0] == wilson_interval(int(predictions.correct.sum()), len(predictions))
    assert comparison.difference_interval.low < comparison.difference < comparison.difference_interval.high


def test_only_images_in_common_are_compared(predictions, second):
    comparison = compare(predictions.take(np.arange(1500)), second)
    assert len(comparison) == 1500
    assert (comparison.n_first_only, comparison.n_second_only) == (0, 500)


def test_two_runs_in_one_order_are_compared_as_in_any_other(predictions, second):
    where = {int(row): position for position, row in enumerate(second.index)}
    in_one_order = second.take(np.array([where[int(row)] for row in predictions.index]))
    found, expected = compare(predictions, in_one_order), compare(predictions, second)
    assert found.index.tolist() == sorted(predictions.index)
    for name in ("index", "labels", "outcome_codes"):
        assert np.array_equal(getattr(found, name), getattr(expected, name))


def test_a_run_compared_with_itself_differs_in_nothing(predictions):
    comparison = compare(predictions, predictions)
    assert comparison.counts[Outcome.FIXED] == comparison.counts[Outcome.BROKEN] == 0
    assert comparison.p_value == 1
    assert comparison.difference == 0


def test_interval_of_the_difference_holds_the_truth_as_often_as_it_says():
    """1,000 pairs of runs, wrong together more often than by chance, whose true difference is known."""
    rng = np.random.default_rng(2)
    chances = [0.90, 0.05, 0.02, 0.03]
    hits = 0
    for counts in rng.multinomial(400, chances, size=1000):
        low, high = compare(*paired(*counts)).difference_interval
        hits += low <= 0.03 <= high
    assert 0.93 <= hits / 1000 <= 0.98


def test_runs_on_other_data_are_refused(predictions, four):
    with pytest.raises(PredictionsError, match="no image in common"):
        compare(four, four.__class__(index=four.index + 100, labels=four.labels, probabilities=four.probabilities))
    with pytest.raises(PredictionsError, match="true labels differ"):
        compare(four, four.__class__(index=four.index, labels=four.labels[::-1], probabilities=four.probabilities))


@pytest.mark.parametrize("counts", [(960, 20, 8, 12), (90, 5, 0, 5), (9_800, 60, 90, 50), (50, 0, 0, 0), (0, 3, 9, 20)])
def test_interval_and_p_value_follow_the_formulas_of_their_papers(counts):
    """Newcombe's method 10 and McNemar's exact test, written anew from the papers with scipy's distributions."""
    a, c, b, d = counts  # both right, fixed, broken, both wrong
    n, z = a + b + c + d, norm.ppf(0.975)

    def wilson(k):
        """The roots in p of (k/n - p)^2 = z^2 p (1 - p) / n."""
        share = k / n
        roots = np.roots([1 + z * z / n, -(2 * share + z * z / n), share * share])
        return max(0.0, roots.real.min()), min(1.0, roots.real.max())

    p1, p2 = (a + b) / n, (a + c) / n
    (l1, u1), (l2, u2) = wilson(a + b), wilson(a + c)
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    numerator = a * d - b * c
    numerator = max(numerator - n / 2, 0) if numerator > 0 else numerator
    phi = numerator / margins**0.5 if margins else 0
    low = p2 - p1 - ((p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2) ** 0.5
    high = p2 - p1 + ((u2 - p2) ** 2 - 2 * phi * (u2 - p2) * (p1 - l1) + (p1 - l1) ** 2) ** 0.5
    comparison = compare(*paired(a, c, b, d))
    assert comparison.difference == pytest.approx(p2 - p1)
    assert comparison.difference_interval == pytest.approx((low, high), abs=1e-9)
    tail = binom.cdf(min(b, c), b + c, 0.5)
    assert comparison.p_value == pytest.approx(min(1.0, 2 * tail))
