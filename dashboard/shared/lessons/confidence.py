"""The lesson on confidence: whether it can be trusted, and what it is good for."""

from __future__ import annotations

import numpy as np

from dashboard.shared.lessons.lesson import Answer, Lesson, Missing, Question, Ranges, Way
from dashboard.shared.lessons.seen_runs import looked_at
from dashboard.shared.lessons.ways import ways_to
from dashboard.state.current import JudgedSplit, current
from dashboard.state.url_values import chosen_elsewhere
from mnist_core.evaluation.rejection import rejection_curve
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


def _look_at_sure() -> Answer | Missing:
    found = looked_at()
    if isinstance(found, Missing):
        return found
    run, predictions = found
    sure = predictions.confidence >= SURE
    n_sure = int(np.count_nonzero(sure))
    if not n_sure:
        return Missing(text=f"This network is never {shown_level(SURE)} sure of a test image. Choose another run.")
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
    found = looked_at()
    if isinstance(found, Missing):
        return found
    run, predictions = found
    n_wrong = int((~predictions.correct).sum())
    answered = rejection_curve(predictions).at_share(1 - CHECKED)
    if not n_wrong or answered is None:
        return Missing(text="This run makes no mistake on the test images. Choose one that does.")
    caught = n_wrong - answered.n_wrong
    n_checked = len(predictions) - round(answered.share * len(predictions))
    if not n_checked:
        return Missing(text="This network is as sure of every image as of any other. Choose another run.")
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
                "evaluate", "Open the reliability diagram", view=CALIBRATION, bins=str(BINS), split="test"
            ),
            look=_look_at_sure,
            tried=_sure_tried,
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
            ways=lambda: ways_to("mistakes", "Open the mistakes", view="gallery", split="test"),
            look=_look_at_checked,
            tried=_checked_tried,
            why="Mistakes crowd where the network hesitates. So a little human work, spent where the confidence is "
            "low, removes many of them.",
        ),
    ),
    takeaway="A network that is wrong can still know that it is unsure. Check calibration before using a confidence, "
    "then use it to decide which images a person should see.",
)
