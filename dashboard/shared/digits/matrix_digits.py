"""A confusion matrix whose cells, rows and columns open their digits in the panel beside it.

    question, answer = question_and_answer()
    with question:
        render_opening_matrix(found, MATRIX, key="evaluate.matrix", name=...)
    render_matrix_digits(answer, found, MATRIX, hint=...)

Other things of a page may open the same digits: a list of pairs, or the scores of a class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.shared.confusion_matrix import render_confusion_matrix
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.gallery import Gallery, render_digit_gallery, render_no_digits
from dashboard.shared.side_panel import answer_panel
from dashboard.state.url_line import Line, LineKind
from dashboard.state.url_values import UrlValue, reset
from dashboard.widgets.confusion_grid import NOTHING, Picked
from dashboard.widgets.markdown import escape_markdown
from mnist_core.evaluation.confusion import ConfusionMatrix
from mnist_core.evaluation.mistakes import MistakeQuery, find_mistakes
from mnist_core.words import counted


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixDigits:
    """What of a page's matrix is open, and the gallery that shows its digits.

    Attributes:
        cell: true and predicted label.
        line: a row or a column, or its wrong digits; only one of `cell` and `line` is chosen.
        gallery: its name is the prefix of the panel's keys, its page is reset when other digits are opened.
    """

    cell: UrlValue[tuple[int, int] | None]
    line: UrlValue[Line | None]
    gallery: Gallery

    def open(self, picked: Picked) -> None:
        """Show the digits of a cell, a row or a column."""
        self.close()
        if picked.true_label is not None and picked.predicted_label is not None:
            self.cell.choose((picked.true_label, picked.predicted_label))
        elif picked.true_label is not None:
            self.line.choose(Line(LineKind.TRUE, picked.true_label))
        elif picked.predicted_label is not None:
            self.line.choose(Line(LineKind.PREDICTED, picked.predicted_label))

    def open_line(self, kind: LineKind, label: int) -> None:
        """Show the digits with a true (`missed`: only wrong ones) or a predicted label (`false`: only wrong ones)."""
        self.close()
        self.line.choose(Line(kind, label))

    def close(self) -> None:
        """Show no digits."""
        reset(self.cell, self.line, self.gallery.page)

    @property
    def picked(self) -> Picked:
        """The open cell, row or column."""
        cell, line = self.cell.get(), self.line.get()
        if cell is not None:
            return Picked(*cell)
        if line is None:
            return NOTHING
        is_row = line.kind in (LineKind.TRUE, LineKind.MISSED)
        return Picked(line.label, None) if is_row else Picked(None, line.label)

    @property
    def is_only_wrong(self) -> bool:
        """Whether only the wrong digits of a row or a column are open."""
        line = self.line.get()
        return self.cell.get() is None and line is not None and line.kind in (LineKind.MISSED, LineKind.FALSE)


def render_opening_matrix(
    found: Evaluated,
    digits: MatrixDigits,
    *,
    key: str,
    name: str,
    rates: str | None = None,
    only_wrong: bool = False,
) -> None:
    """The matrix of these predictions; arguments as for `render_confusion_matrix`."""
    picked = render_confusion_matrix(
        ConfusionMatrix.from_predictions(found.predictions),
        key=key,
        label=f"Confusion matrix of {found.words}",
        name=name,
        rates=rates,
        only_wrong=only_wrong,
        class_names=found.class_names,
        selected=digits.picked,
    )
    if picked is not None:
        digits.open(picked)


def render_matrix_digits(
    place: DeltaGenerator,
    found: Evaluated,
    digits: MatrixDigits,
    *,
    hint: str,
    only_wrong: bool = False,
    until_then: Callable[[], None] | None = None,
) -> None:
    """The open digits, in the panel beside what they were opened in; before that, the hint.

    Args:
        place: the second place of `question_and_answer`.
        only_wrong: leave correct digits out of a row or a column, as the matrix beside them does.
        until_then: draws what stands above the hint while no digits are open.
    """
    picked, name = digits.picked, digits.gallery.name
    if picked == NOTHING:
        with answer_panel(place, name=name, is_open=False, on_close=digits.close):
            if until_then is not None:
                until_then()
            st.caption(f":material/touch_app: {hint}")
        return
    is_line = picked.true_label is None or picked.predicted_label is None
    is_wrong_only = digits.is_only_wrong or (only_wrong and is_line)
    positions = _positions(found, picked, only_wrong=is_wrong_only)
    title = _words(found, picked, len(positions), only_wrong=is_wrong_only)
    help = f"Among {found.words}. Highest loss first; a cross marks wrong digits."
    with answer_panel(place, name=name, title=title, help=help, is_open=True, on_close=digits.close):
        if len(positions) == 0:
            render_no_digits("No digits here.")
        render_digit_gallery(found, positions, gallery=digits.gallery)


def _positions(found: Evaluated, picked: Picked, *, only_wrong: bool) -> np.ndarray:
    """Positions of these digits, the highest loss first."""
    query = MistakeQuery(
        true_labels=() if picked.true_label is None else (picked.true_label,),
        predicted_labels=() if picked.predicted_label is None else (picked.predicted_label,),
        only_mistakes=only_wrong,
    )
    return find_mistakes(found.predictions, query)


def _words(found: Evaluated, picked: Picked, n: int, *, only_wrong: bool) -> str:
    """What is open, in words: "12 digits: true 4, predicted 9"."""
    names = [escape_markdown(name) for name in found.class_names]
    parts = []
    if picked.true_label is not None:
        parts.append(f"true {names[picked.true_label]}")
    if picked.predicted_label is not None:
        parts.append(f"predicted {names[picked.predicted_label]}")
    if only_wrong:
        parts.append("only wrong ones")
    return f"{counted(n, 'digit')}: {', '.join(parts)}"
