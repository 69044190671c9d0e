"""The choices that come along from page to page: what a person is looking at."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from dashboard.state.url_kinds import UrlEnum, UrlFlag, UrlImage, UrlInt, UrlText, UrlTexts, url_dataset_name
from dashboard.state.url_lesson import UrlLesson
from dashboard.state.url_values import Choices
from mnist_core.data.dataset import SplitName

RUN_ID = r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}"
PERSON_ID = r"p-[0-9a-f]{8}"
WITH_RUN = ("home", "explore", "design", "train", "evaluate", "mistakes", "inside", "draw", "runs", "tune", "export",
            "learn", "classroom")  # fmt: skip
WITH_DIGIT = WITH_RUN
WITH_PREDICTIONS = ("evaluate", "mistakes")
WITH_EPOCH = (*WITH_PREDICTIONS, "train")
MAX_EPOCH = 100_000


class JudgedSplit(StrEnum):
    """The split whose predictions are shown."""

    TEST = "test"
    VALIDATION = "validation"


class CurrentChoices(Choices):
    """What the pages show. The page Explore browses the images of the data set; the others show predictions for it.

    Attributes:
        run: the run that is looked at.
        compared: another run, which it is compared with.
        data: the data set that `image` belongs to; None stands for that of the run.
        epoch: the checkpoint; None stands for the best one.
        image: the digit that is open.
        lesson: how far the person is in the lesson that is open.
        lessons_done: names of the lessons that were finished.
        is_plain: whether pages leave out what a first look does not need.
        person: the student of a class whose runs a teacher looks at; None stands for the own ones.
    """

    run = UrlText(RUN_ID, pages=WITH_RUN)
    compared = UrlText(RUN_ID, param="with", pages=WITH_RUN)
    data = url_dataset_name(pages=WITH_DIGIT)
    browsed_split = UrlEnum(SplitName, default=SplitName.TRAIN, param="split", pages=("explore",))
    judged_split = UrlEnum(JudgedSplit, default=JudgedSplit.TEST, param="split", pages=WITH_PREDICTIONS)
    epoch = UrlInt(1, MAX_EPOCH, pages=WITH_EPOCH)
    image = UrlImage(pages=WITH_DIGIT)
    lesson = UrlLesson(pages=WITH_RUN)
    lessons_done = UrlTexts(r"[a-z]{1,20}", param="done", pages=WITH_RUN)
    is_plain = UrlFlag("yes", param="plain", pages=WITH_RUN)
    person = UrlText(PERSON_ID, param="of", pages=WITH_RUN)
    about_dataset = (image,)
    beside_pages = (lesson, lessons_done, is_plain)
    """Choices that are no part of what a page shows: a step back in the browser's history does not change them."""


current = CurrentChoices()


def forget_runs(run_ids: Collection[str]) -> None:
    """Choose none of these runs any more: they were deleted."""
    for choice in (CurrentChoices.run, CurrentChoices.compared):
        if choice.get() in run_ids:
            choice.reset()


def forget_choices_of_runs() -> None:
    """Choose no run any more: those that can be chosen now are somebody else's."""
    for choice in (CurrentChoices.run, CurrentChoices.compared, CurrentChoices.epoch, CurrentChoices.image):
        choice.reset()
