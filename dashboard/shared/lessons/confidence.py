"""The lesson on confidence: whether it can be trusted, and what it is good for."""

from __future__ import annotations

import numpy as np

from dashboard.shared.lessons.lesson import Answer, Lesson, Missing, Question, Ranges, Way
from dashboard.shared.lessons.seen_runs import looked_at, named
from dashboard.shared.lessons.ways import ways_to
from dashboard.state.current import JudgedSplit, current
from dashboard.state.held_back import HeldBack
from dashboard.state.url_values import chosen_elsewhere
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.rejection import rejection_curve
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_level, shown_probability, shown_share

SURE = 0.99
CHECKED = 0.05
BINS = 100
"""So many that the last one begins at `SURE`."""
RIGHT = Ranges((0.99, 0.998))
CAUGHT = Ranges((0.25, 0.6))
VIEW, CALIBRATION = "evaluate_view", "calibration"
SORT, UNSUREST, WHICH = "mistakes_sort", "confidence", "mistakes_which"
"""Choices of the pages that are looked at, and what they are set to."""


def _never_sure(run: RunRecord, predictions: Predictions) -> str | None:
    if (predictions.confidence >= SURE).any():
        return None
    return f"{named(run)} is never {shown_level(SURE)} sure of a test image."


def _nothing_to_check(run: RunRecord, predictions: Predictions) -> str | None:
    if predictions.correct.all():
        return f"{named(run)} makes no mistake on the test images."
    answered = rejection_curve(predictions).at_share(1 - CHECKED)
    if answered is None or round(answered.share * len(predictions)) == len(predictions):
        return f"{named(run)} is as sure of every image as of any other."
    return None


def _look_at_sure() -> Answer | Missing:
    found = looked_at(_never_sure)
    if isinstance(found, Missing):
        return found
    run, predictions = found
    sure = predictions.confidence >= SURE
    n_sure = int(np.count_nonzero(sure))
    share = float(predictions.correct[sure].mean())
    mean = float(predictions.confidence[sure].mean())
    return Answer(
        option=RIGHT.option(share),
        found=f"It is at least {shown_level(SURE)} sure of {n_sure:,} test images, and gets **{shown_share(share)}** "
        f"of them right. Its mean confidence in them is {shown_probability(mean)}.",
        runs=(run,),
        way=Way(
            page="evaluate",
            label="See the reliability diagram",
            query={"run": run.run_id, "view": CALIBRATION, "bins": str(BINS), "split": "test"},
        ),
    )


def _look_at_checked() -> Answer | Missing:
    found = looked_at(_nothing_to_check)
    if isinstance(found, Missing):
        return found
    run, predictions = found
    n_wrong = int((~predictions.correct).sum())
    answered = rejection_curve(predictions).at_share(1 - CHECKED)
    assert answered is not None  # see `_nothing_to_check`
    caught = n_wrong - answered.n_wrong
    n_checked = len(predictions) - round(answered.share * len(predictions))
    return Answer(
        option=CAUGHT.option(caught / n_wrong),
        found=f"Among the {n_checked:,} images that it is least sure of are **{caught:,} of {n_wrong:,}** mistakes "
        f"({shown_share(caught / n_wrong)}). On the others its accuracy is {shown_share(answered.accuracy)}.",
        runs=(run,),
        way=Way(
            page="evaluate",
            label="See accuracy against coverage",
            query={"run": run.run_id, "view": CALIBRATION, "split": "test"},
        ),
    )


def _sure_tried() -> Missing | None:
    if current.judged_split is not JudgedSplit.TEST:
        return Missing(text="The diagram is about validation images. Choose the test images above it.")
    if chosen_elsewhere(VIEW) == CALIBRATION:
        return None
    return Missing(text="The view Calibration is not open yet.")


def _checked_tried() -> Missing | None:
    order = chosen_elsewhere(SORT)
    if order is None or order.by != UNSUREST or order.descending:
        return Missing(text="The digits are not sorted by confidence, the lowest first.")
    if chosen_elsewhere(WHICH) is not True:
        return Missing(text="The correct digits are not included yet. A person would have to look at them too.")
    return None


LESSON = Lesson(
    name="confidence",
    title="Can its confidence be trusted?",
    about="Compare how sure a network is with how often it is right, and let it ask for help where it is not.",
    needs="A finished run",
    page="evaluate",
    is_about_run=True,
    questions=(
        Question(
            ask=f"Take the test images for which the network is at least {shown_level(SURE)} sure. What share of them "
            "does it get right?",
            options=RIGHT.words,
            task="Open the reliability diagram, and look at its last point: it stands for the images with a confidence "
            f"above {shown_level(SURE)}.",
            ways=lambda: ways_to(
                "evaluate",
                "Open the reliability diagram",
                why_not=_never_sure,
                view=CALIBRATION,
                bins=str(BINS),
                split="test",
            ),
            look=_look_at_sure,
            tried=_sure_tried,
            why_not=_never_sure,
            hides=(HeldBack.VERDICT,),
            why="A well calibrated network is right as often as its confidence says: compare the share with the mean "
            "confidence. A lower share means overconfidence, which long training can cause; a higher one means "
            "underconfidence.",
        ),
        Question(
            ask=f"A person checks the {shown_level(CHECKED)} of the test images that the network is least sure of. "
            "What share of all its mistakes is among them?",
            options=CAUGHT.words,
            task="Open the mistakes, include the correct digits, and sort them by confidence, the lowest first: these "
            "are the ones that the person would check.",
            ways=lambda: ways_to(
                "mistakes", "Open the mistakes", why_not=_nothing_to_check, view="gallery", split="test"
            ),
            look=_look_at_checked,
            tried=_checked_tried,
            why_not=_nothing_to_check,
            why="Mistakes crowd where the network hesitates. So a little human work, spent where the confidence is "
            "low, removes many of them.",
        ),
    ),
    takeaway="A network that is wrong can still know that it is unsure. Check calibration before using a confidence, "
    "then use it to decide which images a person should see.",
)
