from __future__ import annotations

import numpy as np
import pytest

from dashboard.charts.training_history import (
    CATEGORY_COLOURS,
    CATEGORY_SYMBOLS,
    clicked_digit,
    data_map_figure,
    training_history_figure,
)
from dashboard.colours import RIGHT, WRONG
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.training_history import CATEGORIES, Category, training_histories


@pytest.fixture(scope="module")
def history():
    """Four epochs of 800 digits that are learned at different epochs, and sometimes forgotten."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 800)
    hardness = rng.normal(0, 2, 800)
    history = []
    for epoch in range(1, 5):
        logits = rng.normal(size=(800, 10))
        logits[np.arange(800), labels] += 2.5 + epoch - hardness
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        history.append((epoch, Predictions.of_split(labels, probabilities)))
    return history


def event(carried):
    return {"selection": {"points": [{"customdata": carried}]}}


def test_every_category_has_a_colour_and_a_symbol_of_its_own():
    assert set(CATEGORY_COLOURS) == set(CATEGORY_SYMBOLS) == set(Category)
    assert len(set(CATEGORY_COLOURS.values())) == len(set(CATEGORY_SYMBOLS.values())) == len(Category)


def test_map_draws_each_digit_at_its_place_with_its_category(history):
    found = training_histories(history)
    drawn = 0
    for trace in data_map_figure(found, class_names=tuple("abcdefghij")).data:
        for x, y, (position, label) in zip(trace.x, trace.y, trace.customdata, strict=True):
            assert y == pytest.approx(found.confidence[position], abs=1e-4)
            assert x == pytest.approx(found.variability[position], abs=1e-4)
            assert label == "abcdefghij"[found.labels[position]]
            assert trace.name.startswith(CATEGORIES[found.category_codes[position]])
            drawn += 1
    assert drawn == 800


def test_a_full_map_keeps_the_rare_categories_and_counts_all(history):
    found = training_histories(history)
    counts = found.counts
    traces = {trace.name.split(" (")[0]: trace for trace in data_map_figure(found, max_points=300).data}
    assert sum(len(trace.x) for trace in traces.values()) == 300
    for category, count in counts.items():
        drawn = len(traces[category].x)
        assert drawn == count if count <= 60 else 60 <= drawn <= count
        assert traces[category].name == (
            f"{category} ({count:,})" if drawn == count else f"{category} ({drawn:,} of {count:,})"
        )


def test_training_history_shows_the_true_label_and_its_rivals():
    probabilities = np.full((3, 10), 0.001)
    probabilities[:, 4] = 0.2, 0.6, 0.9
    probabilities[:, 9] = 0.7, 0.3, 0.04
    figure = training_history_figure((1, 2, 3), probabilities, true_label=4)
    assert [trace.name for trace in figure.data] == ["9", "4 (true)"]
    true = figure.data[-1]
    assert list(true.y) == pytest.approx([0.2, 0.6, 0.9])
    assert list(true.marker.color) == [WRONG, RIGHT, RIGHT]
    assert list(true.marker.symbol) == ["x", "circle", "circle"]


def test_clicks_are_digits_or_nothing(history):
    found = training_histories(history)
    assert clicked_digit(event([799, 3]), found) == 799
    assert clicked_digit(event([800, 3]), found) is None
