"""The verdict on predictions: its numbers are counted by hand, and it is silent about what chance explains."""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact

from mnist_core.evaluation.confusion import ConfusionMatrix
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.verdict import (
    AccuracyFinding,
    ClassFinding,
    ConfidenceFinding,
    ConfusionFinding,
    Tendency,
    confusion_finding,
    slice_finding,
    verdict,
)
from mnist_core.evaluation.weak_slices import SliceRate, WeakSlice

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def predicting(cells: dict[tuple[int, int], int], confidence: float = 0.9) -> Predictions:
    """So many digits in each cell (true, predicted), all with one confidence."""
    pairs = np.repeat(list(cells), list(cells.values()), axis=0)
    probabilities = np.full((len(pairs), 10), (1 - confidence) / 9, dtype=np.float32)
    probabilities[np.arange(len(pairs)), pairs[:, 1]] = confidence
    return Predictions.of_split(pairs[:, 0].astype(np.uint8), probabilities)


def mostly_right(n: int = 100, **wrong: int) -> dict[tuple[int, int], int]:
    """So many correct digits of each class, and wrong ones: `_4_9=12` are twelve 4 predicted as 9."""
    cells = {(label, label): n for label in range(10)}
    return cells | {(int(name[1]), int(name[3])): count for name, count in wrong.items()}


def found(kind: type, predictions: Predictions) -> Any:
    (finding,) = (one for one in verdict(predictions) if isinstance(one, kind))
    return finding


def test_the_accuracy_comes_first_with_its_interval() -> None:
    first = verdict(predicting(mostly_right(_4_9=12, _9_4=8)))[0]
    assert isinstance(first, AccuracyFinding)
    assert (first.n, first.n_wrong) == (1020, 20)
    interval = binomtest(1000, 1020).proportion_ci(0.95, method="wilson")
    assert first.interval == pytest.approx((interval.low, interval.high))
    sentence = first.sentence(NAMES)
    for fact in ("98.04%", "20 of 1,020", f"{interval.low:.2%}", f"{interval.high:.2%}"):
        assert fact in sentence


def test_one_digit_is_one_digit() -> None:
    sentences = [finding.sentence(NAMES) for finding in verdict(predicting({(3, 3): 1}))]
    assert "none of 1 digit is wrong" in sentences[0]
    sentences = [finding.sentence(NAMES) for finding in verdict(predicting({(3, 3): 1, (4, 9): 1}))]
    assert not any("1 digits" in sentence or "1 wrong digits" in sentence for sentence in sentences)


def test_a_confusion_is_named_with_its_share_of_the_wrong_digits() -> None:
    finding = found(ConfusionFinding, predicting(mostly_right(_4_9=20, _3_5=2, _7_2=3)))
    assert (finding.pair.true_label, finding.pair.predicted_label, finding.pair.count) == (4, 9, 20)
    assert finding.stands_out
    assert finding.rival is None
    sentence = finding.sentence(NAMES)
    assert "four predicted as nine" in sentence
    assert "20 of 25" in sentence


@pytest.mark.parametrize(("first", "second"), [(20, 19), (20, 12), (20, 8), (20, 7), (9, 2), (9, 3), (8, 1), (3, 3)])
def test_the_next_confusion_is_a_rival_unless_a_coin_would_not_part_them_so(first: int, second: int) -> None:
    finding = found(ConfusionFinding, predicting(mostly_right(_4_9=first, _3_5=second)))
    p_value = sum(comb(first + second, k) for k in range(first, first + second + 1)) / 2 ** (first + second - 1)
    assert (finding.rival is not None) == (p_value >= 0.05)
    assert ("three predicted as five" in finding.sentence(NAMES)) == (p_value >= 0.05 and finding.stands_out)


def test_of_confusions_that_tie_none_is_called_the_most_frequent() -> None:
    finding = found(ConfusionFinding, predicting(mostly_right(_4_9=9, _3_5=9, _7_2=9, _9_4=9, _5_3=2)))
    assert finding.stands_out
    assert {(pair.true_label, pair.predicted_label) for pair in finding.tied} == {(4, 9), (3, 5), (7, 2), (9, 4)}
    sentence = finding.sentence(NAMES)
    for fact in (
        "The 4 most",
        "equally",
        "9 of 38 wrong digits each",
        "three predicted as five, four as nine",
        "1 more",
    ):
        assert fact in sentence
    assert sentence.count(" as ") == 3  # so many are named
    weak = found(ConfusionFinding, predicting(mostly_right(_4_9=1, _3_5=1)))
    assert not weak.stands_out
    for fact in ("1 of 2", "equally", "three predicted as five and four as nine"):
        assert fact in weak.sentence(NAMES)


@pytest.mark.parametrize(("most", "others"), [(2, 0), (2, 3), (3, 2), (3, 9), (3, 20), (4, 40), (6, 40), (9, 80)])
def test_a_confusion_stands_out_if_so_many_digits_would_seldom_fall_into_one_of_the_cells(
    most: int, others: int
) -> None:
    counts = np.eye(10, dtype=np.int64) * 100
    cells = [(i, j) for i in range(10) for j in range(10) if i != j and (i, j) != (4, 9)]
    for number in range(others):
        counts[cells[number % len(cells)]] += 1
    counts[4, 9] = most
    finding = confusion_finding(ConfusionMatrix(counts=counts))
    p_value = binomtest(most, most + others, 1 / 90, alternative="greater").pvalue
    assert finding.stands_out == (90 * p_value < 0.05)


@pytest.mark.parametrize("missed", [2, 5, 8, 10, 12, 15, 30])
def test_a_class_stands_out_by_fishers_test_and_its_interval(missed: int) -> None:
    cells = {(label, label): 97 for label in range(10)} | {(label, (label + 1) % 10): 3 for label in range(10)}
    cells[8, 8], cells[8, 9] = 100 - missed, missed
    finding = found(ClassFinding, predicting(cells))
    p_value = fisher_exact([[missed, 100 - missed], [27, 873]], alternative="greater").pvalue
    low, high = (binomtest(k, n).proportion_ci(0.95, method="wilson") for k, n in ((100 - missed, 100), (873, 900)))
    is_weak = 10 * p_value < 0.05 and low.high < high.low
    assert [score.label for score in finding.weak] == ([8] if is_weak else [])
    assert finding.lowest.label == (8 if missed > 3 else 0)
    sentence = finding.sentence(NAMES)
    if missed > 3:
        assert f"{100 - missed}.00%" in sentence
        assert f"{low.low:.2%}" in sentence
    assert ("97.00%" in sentence) == (is_weak or missed <= 3)  # of the others


def test_of_several_weak_classes_none_is_called_the_weakest() -> None:
    cells = {(label, label): 300 for label in range(10)}
    cells |= {(3, 3): 240, (3, 5): 60, (8, 8): 245, (8, 9): 55}
    finding = found(ClassFinding, predicting(cells))
    assert [score.label for score in finding.weak] == [3, 8]
    sentence = finding.sentence(NAMES)
    assert "three" in sentence
    assert "eight" in sentence
    assert "weakest" not in sentence


@pytest.mark.parametrize(
    ("confidence", "tendency"),
    [(0.995, Tendency.OVERCONFIDENT), (0.9, Tendency.NEITHER), (0.6, Tendency.UNDERCONFIDENT)],
)
def test_confidence_is_judged_by_the_interval_of_the_accuracy(confidence: float, tendency: Tendency) -> None:
    predictions = predicting({(1, 1): 450, (2, 2): 450, (1, 2): 50, (2, 1): 50}, confidence)
    finding = found(ConfidenceFinding, predictions)
    assert finding.tendency is tendency
    assert f"{confidence:.2%}" in finding.sentence(NAMES)
    assert (tendency in finding.sentence(NAMES)) == (tendency is not Tendency.NEITHER)


def test_without_wrong_digits_there_is_no_confusion_and_no_weak_class() -> None:
    kinds = [type(finding) for finding in verdict(predicting(mostly_right(), 0.999))]
    assert kinds == [AccuracyFinding, ConfidenceFinding]
    assert verdict(predicting(mostly_right()).take(np.array([], dtype=np.int64))) == ()


def test_of_a_single_class_nothing_is_said_about_classes() -> None:
    kinds = [type(finding) for finding in verdict(predicting({(4, 4): 30, (4, 9): 10}))]
    assert ClassFinding not in kinds


def test_networks_that_treat_all_alike_are_seldom_accused() -> None:
    """Digits of all classes are wrong alike, wrong labels are drawn alike, and the confidence is true."""
    rng, alarms, n_trials = np.random.default_rng(5), {"confusion": 0, "class": 0, "confidence": 0}, 200
    for _ in range(n_trials):
        confidence = 0.5 + 0.5 * rng.beta(8, 1, 800)
        labels = rng.integers(0, 10, 800)
        is_right = rng.random(800) < confidence
        predicted = np.where(is_right, labels, (labels + rng.integers(1, 10, 800)) % 10)
        probabilities = np.repeat(((1 - confidence) / 9)[:, None], 10, axis=1)
        probabilities[np.arange(800), predicted] = confidence
        predictions = Predictions.of_split(labels.astype(np.uint8), probabilities.astype(np.float32))
        alarms["confusion"] += found(ConfusionFinding, predictions).stands_out
        alarms["class"] += bool(found(ClassFinding, predictions).weak)
        alarms["confidence"] += found(ConfidenceFinding, predictions).tendency is not Tendency.NEITHER
    assert max(alarms.values()) <= 0.08 * n_trials, alarms  # 5% are expected at most; more than 8% is unlikely


def weak_slice(*, is_confirmed: bool) -> WeakSlice:
    return WeakSlice(
        true_labels=(8,),
        conditions=(("stroke_width", 3.0, float("inf")),),
        discovery=SliceRate(60, 12, 440, 9),
        confirmation=SliceRate(64, 8, 436, 7),
        p_value=0.001,
        is_confirmed=is_confirmed,
        positions=np.arange(124),
    )


def test_a_slice_is_named_only_if_it_is_confirmed_and_by_the_half_that_confirmed_it() -> None:
    assert slice_finding(()) is None
    assert slice_finding((weak_slice(is_confirmed=False),)) is None
    finding = slice_finding((weak_slice(is_confirmed=True), weak_slice(is_confirmed=False)))
    assert finding is not None
    for fact in ("Thick 8s", "12.50%", "64", "1.61%"):
        assert fact in finding.sentence(NAMES)
        assert fact in finding.weak.sentence  # where the link leads to
