from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from mnist_core.errors import PredictionsError
from mnist_core.evaluation.predictions import Predictions, load_predictions
from mnist_core.evaluation.several_runs import several_runs

N, RUNS = 400, 4


@pytest.fixture(scope="module")
def runs():
    """Four runs on the same images, each in an order of its own and with some images that the others lack."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 10, N)
    made = []
    for run in range(RUNS):
        logits = rng.normal(0, 1, (N, 10)) + 2.2 * np.eye(10)[labels]
        logits[:20] = 5 * np.eye(10)[(labels[:20] + 1) % 10]  # label noise: all runs agree on another label
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        order = np.delete(rng.permutation(N), np.arange(run))
        made.append(Predictions(index=order, labels=labels[order], probabilities=probabilities[order]))
    return made


@pytest.fixture(scope="module")
def by_hand(runs):
    """Of each image that all runs have: its true label, and the probabilities of each run."""
    each = [{int(i): (int(y), p) for i, y, p in zip(one.index, one.labels, one.probabilities, strict=True)}
            for one in runs]  # fmt: skip
    common = sorted(set.intersection(*(set(one) for one in each)))
    return {i: (each[0][i][0], [one[i][1] for one in each]) for i in common}


def test_the_images_in_common_are_those_of_all_runs(runs, by_hand):
    found = several_runs(runs)
    assert found.index.tolist() == list(by_hand)
    assert len(found) < N
    assert found.labels.tolist() == [label for label, _ in by_hand.values()]


def test_an_ensemble_of_rounded_probabilities_is_cut_as_they_are(tmp_path):
    """Files of earlier versions hold float16, in which a small probability is 0."""
    labels = np.arange(20) % 10
    probabilities = np.eye(10)[(labels + 1) % 10].astype(np.float16)  # sure, and wrong
    np.savez(tmp_path / "v.npz", index=np.arange(20), labels=labels, probabilities=probabilities)
    one = load_predictions(tmp_path / "v.npz")
    assert several_runs([one, one]).ensemble.loss == pytest.approx(one.loss)


def test_agreement_and_accuracy_are_counted_by_hand(runs, by_hand):
    found = several_runs(runs)
    answers = [[int(np.argmax(of_runs[run])) for _, of_runs in by_hand.values()] for run in range(RUNS)]
    for one in range(RUNS):
        labels = [label for label, _ in by_hand.values()]
        assert found.accuracies[one] == pytest.approx(accuracy_score(labels, answers[one]))
        for other in range(RUNS):
            same = sum(a == b for a, b in zip(answers[one], answers[other], strict=True))
            assert found.agreement[one, other] == pytest.approx(same / len(by_hand))


def test_the_ensemble_is_the_mean_of_the_probabilities(runs, by_hand):
    ensemble = several_runs(runs).ensemble
    for position, (label, of_runs) in enumerate(by_hand.values()):
        mean = [float(sum(float(p[k]) for p in of_runs) / RUNS) for k in range(10)]
        assert ensemble.probabilities[position] == pytest.approx(mean, abs=1e-6)
        assert ensemble.labels[position] == label
    assert ensemble.accuracy >= several_runs(runs).accuracies.max() - 0.01


def test_what_every_run_gets_wrong_and_on_what_all_agree(runs, by_hand):
    found = several_runs(runs)
    wrong = found.wrong_in_all()
    expected, agreed = {}, {}
    for image, (label, of_runs) in by_hand.items():
        answers = Counter(int(np.argmax(p)) for p in of_runs)
        if label not in answers:
            expected[image] = np.mean([p[label] for p in of_runs])
            if len(answers) == 1:
                agreed[image] = next(iter(answers))
    images = found.index[wrong.positions].tolist()
    assert images == sorted(expected, key=lambda image: (image not in agreed, expected[image]))
    assert {image: int(label) for image, label, is_agreed in
            zip(images, wrong.suggested, wrong.is_agreed, strict=True) if is_agreed} == agreed  # fmt: skip
    assert set(range(20)) & set(by_hand) <= set(agreed)
    assert 0 < len(agreed) < len(wrong)
    assert not wrong.is_suspect.any()  # these runs are wrong far too often


def accurate(n_wrong, *, confidence=0.99, unsure=(), agreeing=True, seed=0):
    """A run on 1,000 images: the first ten have a wrong label, which it contradicts, and `n_wrong` more it gets wrong.

    It has another confidence on the images of `unsure`.
    """
    labels = np.arange(1000) % 10
    predicted = labels.copy()
    predicted[:10] = (labels[:10] + (1 if agreeing else 1 + seed)) % 10
    others = 10 + np.random.default_rng(seed).permutation(990)[:n_wrong]
    predicted[others] = (labels[others] + 3) % 10
    share = np.full(1000, confidence)
    for image, other in unsure:
        share[image] = other
    probabilities = np.repeat(((1 - share) / 9)[:, None], 10, axis=1)
    probabilities[np.arange(1000), predicted] = share
    return Predictions.of_split(labels.astype(np.uint8), probabilities.astype(np.float32))


def suspects(*predictions):
    found = several_runs(predictions)
    wrong = found.wrong_in_all()
    return sorted(found.index[wrong.positions[wrong.is_suspect]].tolist())


def test_a_label_is_suspect_if_three_accurate_runs_contradict_it_alike_and_are_sure():
    assert suspects(*(accurate(5, seed=seed) for seed in range(3))) == list(range(10))
    assert suspects(*(accurate(5, seed=seed) for seed in range(2))) == []  # two are too few
    assert suspects(*(accurate(5, seed=seed, agreeing=False) for seed in range(3))) == []
    assert suspects(*(accurate(40, seed=seed) for seed in range(3))) == []  # 95% is too little
    assert suspects(accurate(5, unsure=((4, 0.9),)), accurate(5, seed=1), accurate(5, seed=2)) == [
        image for image in range(10) if image != 4
    ]


def test_runs_that_are_less_accurate_neither_make_a_label_suspect_nor_clear_it():
    judges = [accurate(5, seed=seed) for seed in range(3)]
    poor = accurate(300, confidence=0.5, agreeing=False, seed=4)  # wrong on the same images, in its own way
    assert several_runs([*judges, poor]).judges.tolist() == [0, 1, 2]
    assert suspects(*judges, poor) == list(range(10))
    assert suspects(*judges[:2], poor) == []
    found = several_runs([*judges, poor]).wrong_in_all()
    assert found.suggested[:10].tolist() == ((found.positions[:10] + 1) % 10).tolist()
    assert found.is_suspect.tolist() == [True] * 10 + [False] * (len(found) - 10)


def test_runs_that_cannot_be_compared_are_refused(runs):
    with pytest.raises(PredictionsError, match="at least two"):
        several_runs(runs[:1])
    elsewhere = Predictions(index=runs[0].index + 10_000, labels=runs[0].labels, probabilities=runs[0].probabilities)
    with pytest.raises(PredictionsError, match="no image in common"):
        several_runs([runs[0], elsewhere])
    other = Predictions(index=runs[0].index, labels=(runs[0].labels + 1) % 10, probabilities=runs[0].probabilities)
    with pytest.raises(PredictionsError, match="true labels differ"):
        several_runs([runs[0], other])
