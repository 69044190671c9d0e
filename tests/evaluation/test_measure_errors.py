from __future__ import annotations

import numpy as np
import pytest

from mnist_core.errors import ConfigError
from mnist_core.evaluation.intervals import wilson_interval
from mnist_core.evaluation.measure_errors import error_by_measure


def test_every_bin_counts_what_lies_in_it(predictions):
    values = np.random.default_rng(1).normal(size=len(predictions))
    result = error_by_measure(predictions, values, measure="ink")
    assert len(result.bins) == 10
    for position, item in enumerate(result.bins):
        is_last = position == len(result.bins) - 1
        inside = (values >= item.low) & ((values <= item.high) if is_last else (values < item.high))
        wrong = predictions.probabilities.argmax(axis=1) != predictions.labels
        assert (item.n, item.n_wrong) == (inside.sum(), (inside & wrong).sum())
        assert item.rate_interval == wilson_interval(item.n_wrong, item.n)
        assert item.n == 200
    assert sum(item.n for item in result.bins) == len(predictions)
    assert result.rate == pytest.approx(1 - predictions.accuracy)


def test_a_count_has_one_bin_for_each_value(predictions):
    loops = np.arange(len(predictions)) % 3
    result = error_by_measure(predictions, loops, measure="loops")
    assert [item.low for item in result.bins] == [0, 1, 2]
    assert [item.n for item in result.bins] == [667, 667, 666]


def test_many_equal_values_make_fewer_bins_but_none_empty(predictions):
    values = np.where(np.arange(len(predictions)) < 1500, 0.0, np.arange(len(predictions)))
    result = error_by_measure(predictions, values, measure="ink")
    assert (result.bins[0].low, result.bins[0].n) == (0.0, 1600)
    assert sum(item.n for item in result.bins) == len(predictions)
    assert min(item.n for item in result.bins) > 0


def test_what_is_not_a_number_is_left_out_and_counted(four):
    result = error_by_measure(four, [1.0, np.nan, np.inf, 2.0], measure="slant")
    assert result.n_missing == 2
    assert [(item.n, item.n_wrong) for item in result.bins] == [(1, 0), (1, 1)]


def test_no_images_have_no_bins(none):
    result = error_by_measure(none, [], measure="ink")
    assert result.bins == ()
    assert np.isnan(result.rate)


def test_bad_input_is_a_sentence(four):
    with pytest.raises(ConfigError, match=r"values \(4,\)"):
        error_by_measure(four, [1.0], measure="ink")
    with pytest.raises(ConfigError, match="1 to 50"):
        error_by_measure(four, np.ones(4), measure="ink", n_bins=0)
