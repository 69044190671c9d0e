from __future__ import annotations

import numpy as np
import pytest

from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.rejection import rejection_curve


def test_four_images_by_hand(four):
    curve = rejection_curve(four)
    assert curve.threshold == pytest.approx([0.9, 0.75, 0.6, 0.55])
    assert curve.share.tolist() == [0.25, 0.5, 0.75, 1]
    assert curve.accuracy == pytest.approx([1, 1, 2 / 3, 0.5])
    assert curve.at_share(0.6) == pytest.approx((0.6, 0.75, 2 / 3, 1))


def test_every_point_is_what_its_threshold_gives(predictions):
    curve = rejection_curve(predictions)
    for position in range(0, len(curve.threshold), 97):
        answered = predictions.confidence >= curve.threshold[position]
        assert curve.n_answered[position] == answered.sum()
        assert curve.accuracy[position] == pytest.approx(predictions.correct[answered].mean())


def test_digits_of_the_same_confidence_are_one_point():
    probabilities = np.eye(10)[[1, 2, 3]]
    curve = rejection_curve(Predictions.of_split(np.array([1, 2, 4]), probabilities))
    assert curve.n_answered.tolist() == [3]
    assert curve.accuracy == pytest.approx([2 / 3])


def test_full_coverage_gives_the_accuracy(predictions):
    last = rejection_curve(predictions).at_share(1.0)
    assert last is not None
    assert last.accuracy == pytest.approx(predictions.accuracy)


def test_no_images_have_no_points(none):
    curve = rejection_curve(none)
    assert len(curve.share) == 0
    assert curve.at_share(0.5) is None
