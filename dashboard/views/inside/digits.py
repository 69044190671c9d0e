"""The digit that goes through the network, stored or drawn: which one, and its prediction."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.shared.context.digit import digit_words, open_digit, open_digit_of, open_drawing
from dashboard.shared.context.prediction import short_drawing_words, short_prediction_words, verdict_mark
from dashboard.shared.digits.digit_list import digest_of
from dashboard.shared.linked_choice import linked_segments, linked_select
from dashboard.views.inside.choices import InsideChoices, Which, inside
from dashboard.views.inside.network import TrainedNetwork
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.enlarged_digit import enlarged_digit
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.pager import pager
from dashboard.widgets.probability_bars import probability_bars
from mnist_core.data.dataset import Dataset, SplitName, UInt8Array
from mnist_core.data.image_ref import Drawing, ImageRef
from mnist_core.errors import PredictionsError
from mnist_core.evaluation.mistakes import MistakeQuery, MistakeSort, find_mistakes
from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_probability

PAGE_SIZE = 35  # five rows in the column beside the layers
CELL, ENLARGED = 36, 3  # the digit is as high as the three lines beside it
NOT_IN_GRID = -1
WHICH = {Which.ALL: "All", Which.WRONG: "Wrong", Which.RIGHT: "Correct"}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TestDigits:
    """The digits to choose from. `predictions` is None where it is not known which of them are wrong."""

    __test__ = False  # pytest takes it for tests

    dataset: Dataset
    predictions: Predictions | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ChosenDigit:
    """The digit that goes through the network.

    Attributes:
        source: where it stands in the data set, or the drawing that it is.
        image: uint8 (28, 28).
        label: its true label; None for a drawing.
        class_names: of the ten classes.
    """

    source: ImageRef | Drawing
    image: UInt8Array
    label: int | None
    class_names: tuple[str, ...]

    @property
    def words(self) -> str:
        """Its name on screen, as the beginning of a line."""
        return digit_words(self.source).capitalize()

    @property
    def identity(self) -> str:
        """Tells it from other digits."""
        if isinstance(self.source, Drawing):
            return hashlib.blake2b(self.source.pixels, digest_size=8).hexdigest()
        return f"{self.source.split} {self.source.row}"


def digits_to_choose(network: TrainedNetwork, dataset: Dataset) -> TestDigits:
    """The test split of `dataset`, with the predictions of the run if they are known."""
    run = network.run
    name = escape_markdown(dataset.title)
    if run.dataset is not None and run.dataset.sha256 not in ("", dataset.sha256):
        st.caption(f"{name} has changed since this run was scored, so it is not known which digits are wrong.")
        return TestDigits(dataset=dataset, predictions=None)
    try:
        return TestDigits(dataset=dataset, predictions=cached.predictions(run.run_id, "test"))
    except PredictionsError:
        st.caption("The test digits of this run are not scored, so it is not known which of them are wrong.")
        return TestDigits(dataset=dataset, predictions=None)


def render_digit_choice(digits: TestDigits) -> ChosenDigit:
    """A button that opens the choice of a digit; returns the open digit: a test digit, training image or drawing."""
    with st.popover("Other digits", key="inside.other_digits", width="content"):
        source = _render_choice(digits)
    names = digits.dataset.class_names
    if isinstance(source, Drawing):
        return ChosenDigit(source=source, image=source.image, label=None, class_names=names)
    split = digits.dataset.split(source.split)
    return ChosenDigit(
        source=source, image=split.images[source.row], label=int(split.labels[source.row]), class_names=names
    )


def _render_choice(digits: TestDigits) -> ImageRef | Drawing:
    """Which test digits to choose from, and a grid of them."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = _render_which(digits)
        names = digits.dataset.class_names
        label = linked_select(
            "True label",
            (None, *range(len(names))),
            choice=InsideChoices.label,
            words=lambda value: "Any" if value is None else names[value],
            resets=(InsideChoices.page,),
            width=96,
            help="Show only test digits with this true label.",
        )
    rows = _rows(digits, which, label)
    opened = _opened(digits, rows)
    row = opened.row if isinstance(opened, ImageRef) and opened.split == SplitName.TEST else NOT_IN_GRID
    if not len(rows):
        st.caption("No digits here.")
        return opened
    n_pages = math.ceil(len(rows) / PAGE_SIZE)
    page = min(inside.page or _page_of(rows, row), n_pages)
    shown = rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    picked = _render_grid(digits, shown, row)
    pager(
        n_pages,
        number=page,
        key="inside.page",
        of=digest_of(rows),
        on_turn=InsideChoices.page.choose_sent,
        max_visible_pages=3,
    )
    if picked is not None:
        open_digit(digits.dataset.name, SplitName.TEST, int(shown[picked]))
        inside.page = page
    return _opened(digits, rows)


def render_digit(
    digits: TestDigits, opened: ChosenDigit, probabilities: np.ndarray, compared: RunRecord | None
) -> None:
    """The digit, and beside it its true and its predicted label, and what another run predicts: always as high."""
    names, predicted = opened.class_names, int(probabilities.argmax())
    confidence = shown_probability(float(probabilities[predicted]))
    answer = f"Predicted **{escape_markdown(names[predicted])}** ({confidence})"
    other = ""
    if compared is not None:
        said = (
            short_drawing_words(compared, opened.source)
            if isinstance(opened.source, Drawing)
            else short_prediction_words(compared, digits.dataset, opened.source)
        )
        other = f"  \nCompared run: {said or 'no prediction'}"
    with st.container(horizontal=True, vertical_alignment="center", key="inside.digit"):
        enlarged_digit(opened.image, ENLARGED, alt=opened.words)
        if opened.label is None:
            st.markdown(f"{opened.words}  \n{answer}{other}")
        else:
            st.markdown(
                f"{opened.words} · true label **{escape_markdown(names[opened.label])}**  \n"
                f"{answer} · {verdict_mark(is_correct=opened.label == predicted)}{other}"
            )


def render_probabilities(opened: ChosenDigit, probabilities: np.ndarray) -> None:
    """The probability of each class as a bar."""
    probability_bars(probabilities, key="inside.probabilities", true_label=opened.label, class_names=opened.class_names)


def _render_which(digits: TestDigits) -> Which:
    options = tuple(WHICH) if digits.predictions is not None else (Which.ALL,)
    return linked_segments(
        "Test digits",
        options,
        choice=InsideChoices.which,
        words=lambda which: _which_words(digits, which),
        resets=(InsideChoices.page,),
        help="Wrong digits come by loss, highest first; the others in the order of the data set. "
        "Arrow keys move between digits, Enter opens one.",
    )


def _which_words(digits: TestDigits, which: Which) -> str:
    return f"{WHICH[which]} {len(_rows(digits, which, None)):,}" if which is Which.WRONG else WHICH[which]


def _rows(digits: TestDigits, which: Which, label: int | None) -> np.ndarray:
    """Rows of the test split, in the order in which they are offered."""
    if which is Which.ALL or digits.predictions is None:
        labels = digits.dataset.test.labels
        return np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)
    wanted = () if label is None else (label,)
    found = digits.predictions
    if which is Which.WRONG:
        return found.index[find_mistakes(found, MistakeQuery(true_labels=wanted))]
    query = MistakeQuery(true_labels=wanted, sort=MistakeSort.INDEX, descending=False, only_mistakes=False)
    return found.index[find_mistakes(found, query, keep=found.correct)]


def _opened(digits: TestDigits, rows: np.ndarray) -> ImageRef | Drawing:
    """The open digit, else the first that is offered."""
    if (drawing := open_drawing()) is not None:
        return drawing
    opened = open_digit_of(digits.dataset.name)
    if opened is not None and opened.row < len(digits.dataset.split(opened.split)):
        return opened
    return ImageRef(split=SplitName.TEST, row=int(rows[0]) if len(rows) else 0)


def _page_of(rows: np.ndarray, row: int) -> int:
    found = np.flatnonzero(rows == row)
    return int(found[0]) // PAGE_SIZE + 1 if len(found) else 1


def _render_grid(digits: TestDigits, shown: np.ndarray, row: int) -> int | None:
    names = digits.dataset.class_names
    where = np.flatnonzero(shown == row)
    return digit_grid(
        digits.dataset.test.images[shown],
        [names[label] for label in digits.dataset.test.labels[shown]],
        # Another key for other digits, so that a late click on the grid before does not choose one of these.
        key=f"inside.digits.{digest_of(shown)}",
        label="Digits to choose from",
        ids=shown,
        notes=[f"test digit {r}: true {names[digits.dataset.test.labels[r]]}" for r in shown],
        marks=_marks(digits, shown),
        selected=int(where[0]) if len(where) else None,
        cell=CELL,
    )


def _marks(digits: TestDigits, shown: np.ndarray) -> list[bool] | None:
    """Crosses for wrong digits, unless only wrong or only correct ones are shown."""
    if digits.predictions is None or inside.which is not Which.ALL:
        return None
    wrong = digits.predictions.index[~digits.predictions.correct]
    return [bool(is_wrong) for is_wrong in np.isin(shown, wrong)]
