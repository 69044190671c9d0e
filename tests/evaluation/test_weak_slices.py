from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mnist_core.data.measures.handwriting import centroids
from mnist_core.data.measures.registry import MEASURES
from mnist_core.errors import ConfigError
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.slice_names import slice_name, slice_ranges, slice_subject
from mnist_core.evaluation.weak_slices import weak_slices

N = 6000


@pytest.fixture(scope="module")
def measures():
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "stroke_width": rng.uniform(1, 5, N),
            "slant": rng.normal(0, 15, N),
            "loops": rng.integers(0, 3, N),
            "ink": rng.uniform(50, 150, N),
        }
    )


def scored(measures, is_hard, *, chance_hard, chance_else, seed=0):
    """Predictions that are wrong with one chance where `is_hard(labels, measures)` and with another elsewhere."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, len(measures))
    wrong = rng.random(len(measures)) < np.where(is_hard(labels, measures), chance_hard, chance_else)
    return Predictions.of_split(labels, np.eye(10)[(labels + wrong) % 10])


def test_a_planted_slice_is_found_confirmed_and_named(measures):
    predictions = scored(measures, lambda y, m: (y == 8) & (m.stroke_width > 4), chance_hard=0.4, chance_else=0.01)
    weak = weak_slices(predictions, measures)[0]
    assert weak.true_labels == (8,)
    (condition,) = weak.conditions
    assert condition.measure == "stroke_width"
    assert condition.low == pytest.approx(4, abs=0.1)
    assert weak.name == "thick 8s"
    assert weak.is_confirmed
    assert weak.p_value < 1e-6
    assert "not confirmed" not in weak.sentence
    assert weak.sentence.startswith("Thick 8s (stroke width above ")


def test_numbers_of_a_slice_are_counted_by_hand(measures):
    predictions = scored(measures, lambda y, m: (y == 8) & (m.stroke_width > 4), chance_hard=0.4, chance_else=0.01)
    weak = weak_slices(predictions, measures)[0]
    inside = (predictions.labels == 8) & (measures.stroke_width.to_numpy() > weak.conditions[0].low)
    assert weak.positions.tolist() == np.flatnonzero(inside).tolist()
    found, confirmed = weak.discovery, weak.confirmation
    assert found.n + confirmed.n == inside.sum()
    assert found.n_wrong + confirmed.n_wrong == (inside & ~predictions.correct).sum()
    assert found.n_wrong_elsewhere + confirmed.n_wrong_elsewhere == (~inside & ~predictions.correct).sum()
    assert found.n + found.n_elsewhere == pytest.approx(N / 2, abs=10)
    shares = [f"{part.rate:.2%}" in weak.sentence for part in (found, confirmed)]
    assert shares == [False, True]  # one pair of rates, that of the half which had no part in the search
    for fact in (f"{confirmed.n:,}", f"{confirmed.rate_elsewhere:.2%}"):
        assert fact in weak.sentence


def test_the_confirmed_come_first_and_among_each_kind_the_worst(measures):
    for seed in range(6):
        predictions = scored(
            measures,
            lambda y, m: ((y == 8) & (m.stroke_width > 4)) | (y == 3),
            chance_hard=0.2,
            chance_else=0.03,
            seed=seed,
        )
        places = []
        for weak in weak_slices(predictions, measures, seed=seed):
            other = weak.confirmation
            excess = other.n_wrong / other.n - other.n_wrong_elsewhere / other.n_elsewhere
            kind = 0 if weak.is_confirmed else 1 if excess > 0 else 2
            assert weak.is_worse == (excess > 0)
            assert excess > 0 or not weak.is_confirmed
            places.append((kind, -excess))
        assert places == sorted(places)
        assert places


def test_mistakes_at_random_are_hardly_ever_confirmed(measures):
    confirmed = [
        any(weak.is_confirmed for weak in weak_slices(predictions, measures, seed=seed))
        for seed in range(20)
        for predictions in [scored(measures, lambda y, m: y < 0, chance_hard=0, chance_else=0.03, seed=seed)]
    ]
    assert sum(confirmed) <= 3


def test_a_slice_found_by_chance_says_it_was_not_confirmed(measures):
    predictions = scored(measures, lambda y, m: y < 0, chance_hard=0, chance_else=0.03, seed=2)
    slices = weak_slices(predictions, measures)
    assert slices
    for weak in slices:
        assert weak.discovery.rate > weak.discovery.rate_elsewhere
        assert not weak.is_confirmed
        assert "not confirmed" in weak.sentence


def test_slices_have_enough_digits_and_are_about_different_ones(measures):
    predictions = scored(measures, lambda y, m: (y == 3) | (m.slant > 20), chance_hard=0.3, chance_else=0.01)
    slices = weak_slices(predictions, measures, min_digits=30, max_depth=3)
    assert len(slices) >= 2
    for position, weak in enumerate(slices):
        assert weak.discovery.n >= 30
        assert len(weak.conditions) + (len(weak.true_labels) < 10) <= 3
        for other in slices[:position]:
            assert len(np.intersect1d(weak.positions, other.positions)) < 0.5 * len(weak.positions)


def test_the_same_seed_gives_the_same_slices(measures):
    predictions = scored(measures, lambda y, m: y == 3, chance_hard=0.2, chance_else=0.01)
    first, second = (weak_slices(predictions, measures, seed=4) for _ in range(2))
    assert [weak.sentence for weak in first] == [weak.sentence for weak in second]


def test_digits_without_a_measure_are_left_out(measures):
    predictions = scored(measures, lambda y, m: m.stroke_width > 4, chance_hard=0.4, chance_else=0.01)
    holes = measures.copy()
    holes.loc[::3, "slant"] = np.nan
    slices = weak_slices(predictions, holes)
    assert slices
    for weak in slices:
        assert not np.isin(weak.positions, np.arange(0, N, 3)).any()
        assert weak.discovery.n + weak.discovery.n_elsewhere == pytest.approx(N / 3, abs=10)


def test_rows_of_the_frame_are_taken_by_position_not_by_their_index(measures):
    predictions = scored(measures, lambda y, m: m.stroke_width > 4, chance_hard=0.4, chance_else=0.01)
    renamed = measures.set_axis(range(N, 0, -1), axis=0)
    assert [g.sentence for g in weak_slices(predictions, renamed)] == [
        g.sentence for g in weak_slices(predictions, measures)
    ]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_there_are_no_slices_when_all_are_correct_or_all_are_wrong(measures, share):
    assert weak_slices(scored(measures, lambda y, m: y < 0, chance_hard=0, chance_else=share), measures) == ()


def test_too_few_digits_have_no_slices(measures, four, none):
    assert weak_slices(four, measures.iloc[:4]) == ()
    assert weak_slices(none, measures.iloc[:0]) == ()
    with pytest.raises(ConfigError, match="4 rows"):
        weak_slices(four, measures)


INF = float("inf")


@pytest.mark.parametrize(
    ("labels", "conditions", "name", "terms"),
    [
        (
            (8,),
            [("stroke_width", 3.1, INF), ("width", -INF, 9.5)],
            "thick, narrow 8s",
            "stroke width above 3.1 pixels, width at most 9.5 pixels",
        ),
        (tuple(range(10)), [("slant", -5, 12)], "upright digits", "slant from -5° to 12°"),
        (tuple(range(10)), [("slant", 12, INF)], "right-leaning digits", "slant above 12°"),
        ((0, 2, 3, 4, 5, 6, 7, 8, 9), [("ink", -INF, 40)], "low-ink digits other than 1", "ink at most 40"),
        ((4, 9), [("loops", 0.5, 1.5)], "4s and 9s with one loop", "loops 1"),
        ((6,), [("loops", 0.5, INF)], "6s with a loop", "loops at least 1"),
        ((8,), [("loops", -INF, 0.5)], "8s without a loop", "loops at most 0"),
        ((8,), [("loops", -INF, 1.5)], "8s with at most 1 loop", "loops at most 1"),
        ((8,), [("loops", 2.5, INF)], "8s with 3 or more loops", "loops at least 3"),
        (
            tuple(range(10)),
            [("distance_to_class_mean", 7, INF), ("centroid_y", 14, INF)],
            "unusual digits that sit low in the image",
            "distance to class mean above 7, centre of mass, y above 14 pixels",
        ),
        (
            (2,),
            [("slant", -40, 5), ("centroid_y", 12, 13.5)],
            "2s with slant from -40° to 5° whose centre of mass is 12 to 13.5 pixels from the top edge",
            "slant from -40° to 5°, centre of mass, y from 12 pixels to 13.5 pixels",
        ),
        (
            (3,),
            [("centroid_x", -INF, 13), ("aspect", 1, INF)],
            "3s that sit to the left in the image and that are wide for their height",
            "centre of mass, x at most 13 pixels, aspect ratio above 1",
        ),
        ((1,), [("width", -INF, 1)], "narrow 1s", "width at most 1 pixel"),
        ((7,), [], "7s", ""),
        ((7,), [("my_measure", 2, 3)], "7s with my measure from 2 to 3", "my measure from 2 to 3"),
    ],
)
def test_name_of_a_slice(labels, conditions, name, terms):
    assert slice_name(labels, conditions) == name
    assert slice_ranges(conditions) == terms
    assert slice_subject(labels, conditions).endswith(f"({terms})" if terms else name)


def test_every_measure_has_words_for_a_large_and_a_small_value():
    for measure in MEASURES:
        names = {slice_name((8,), [(measure, *ends)]) for ends in ((-INF, 2.5), (2.5, INF))}
        assert len(names) == 2
        if measure != "slant":  # a range of it need not lean to one side
            assert not any("above" in name or "2.5" in name for name in names), names


def test_a_digit_whose_centre_of_mass_has_a_large_y_is_low_in_the_image():
    images = np.zeros((2, 28, 28), dtype=np.uint8)
    images[0, 3:9, 10:18] = images[1, 18:24, 10:18] = 255
    high, low = centroids(images)[1]
    assert low > 14 > high
    assert "low" in slice_name((8,), [("centroid_y", 14, INF)])
