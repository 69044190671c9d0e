from __future__ import annotations

import numpy as np
import pytest

from mnist_core.errors import PredictionsError
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.training_history import Fate, biographies

STORIES = {  # whether each digit is right after epochs 1 to 8; the first quarter ends with epoch 2
    "11111111": Fate.EARLY,
    "01111111": Fate.EARLY,
    "00111111": Fate.LATE,
    "00000001": Fate.LATE,
    "11011111": Fate.UNSTABLE,
    "01010101": Fate.UNSTABLE,
    "11111110": Fate.FORGOTTEN,
    "00100000": Fate.FORGOTTEN,
    "10101010": Fate.FORGOTTEN,
    "00000000": Fate.NEVER,
}


def told(stories, *, sure=0.8):
    """One (epoch, predictions) pair an epoch; the digit's label is its position modulo 10."""
    labels = (np.arange(len(stories)) % 10).astype(np.uint8)
    history = []
    for epoch in range(len(stories[0])):
        shown = np.array(
            [label if s[epoch] == "1" else (label + 1) % 10 for s, label in zip(stories, labels, strict=True)]
        )
        probabilities = np.full((len(stories), 10), (1 - sure) / 9)
        probabilities[np.arange(len(stories)), shown] = sure
        history.append(
            (epoch + 1, Predictions(index=np.arange(len(stories)) + 50, labels=labels, probabilities=probabilities))
        )
    return history


@pytest.mark.parametrize(("story", "fate"), STORIES.items())
def test_fate_of_a_story(story, fate):
    found = biographies(told([story]))
    assert found.counts[fate] == 1
    assert found.of_fate(fate).tolist() == [True]


def test_counts_and_epochs_of_all_stories_by_hand():
    stories = list(STORIES)
    found = biographies(told(stories))
    assert found.counts == {fate: list(STORIES.values()).count(fate) for fate in Fate}
    assert sum(found.counts.values()) == len(found) == len(stories)
    assert found.forgetting_events.tolist() == [story.count("10") for story in stories]
    assert found.first_right.tolist() == [story.find("1") + 1 for story in stories]
    assert found.early_until == 2
    assert found.index.tolist() == list(range(50, 60))


def test_random_stories_are_counted_as_a_plain_loop_counts_them():
    rng = np.random.default_rng(0)
    stories = ["".join(rng.choice(["0", "1"], 6, p=[0.3, 0.7])) for _ in range(300)]
    found = biographies(told(stories))
    expected = []
    for story in stories:
        if "1" not in story:
            expected.append(Fate.NEVER)
        elif story.endswith("0"):
            expected.append(Fate.FORGOTTEN)
        elif "10" in story:
            expected.append(Fate.UNSTABLE)
        else:
            expected.append(Fate.EARLY if story.find("1") + 1 <= 2 else Fate.LATE)
    assert found.counts == {fate: expected.count(fate) for fate in Fate}
    assert [list(Fate)[code] for code in found.fate_codes] == expected


def test_confidence_and_variability_are_mean_and_deviation_of_the_true_probability():
    found = biographies(told(["1100", "1111"], sure=0.91))
    assert found.confidence == pytest.approx([(0.91 + 0.01) / 2, 0.91])
    assert found.variability == pytest.approx([0.45, 0], abs=1e-6)


def test_order_of_the_epochs_does_not_matter():
    history = told(list(STORIES))
    assert biographies(history[::-1]).counts == biographies(history).counts
    assert biographies(history[::-1]).epochs == tuple(range(1, 9))


def test_one_epoch_knows_only_early_and_never():
    counts = biographies(told(["1", "0"])).counts
    assert counts == {Fate.EARLY: 1, Fate.LATE: 0, Fate.UNSTABLE: 0, Fate.FORGOTTEN: 0, Fate.NEVER: 1}


def test_epochs_that_are_missing_keep_their_numbers():
    history = told(["0011"])
    found = biographies([history[0], history[3]])
    assert found.epochs == (1, 4)
    assert found.first_right.tolist() == [4]


def test_bad_histories_are_a_sentence():
    history = told(["01", "11"])
    with pytest.raises(PredictionsError, match="at least one epoch"):
        biographies([])
    with pytest.raises(PredictionsError, match="twice"):
        biographies([history[0], history[0]])
    with pytest.raises(PredictionsError, match="epoch 2 are about other images"):
        biographies([history[0], (2, history[1][1].take(np.array([1, 0])))])
