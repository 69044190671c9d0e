"""The digits behind a number on the page Evaluate: a cell, a row or a column of the matrix, or its wrong digits."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.gallery import render_no_digits
from dashboard.shared.side_panel import answer_panel
from dashboard.state.url_values import reset
from dashboard.views.evaluate.choices import ABOUT_SHOWN_DIGITS, EvaluateChoices, Line, LineKind, evaluate
from dashboard.views.evaluate.digits import render_digits
from dashboard.widgets.confusion_grid import Picked
from dashboard.widgets.markdown import escape_markdown
from mnist_core.evaluation.mistakes import MistakeQuery, find_mistakes


def choose_cell(picked: Picked) -> None:
    """Show the digits of a cell, a row or a column."""
    reset(EvaluateChoices.cell, EvaluateChoices.line, *ABOUT_SHOWN_DIGITS)
    if picked.true_label is not None and picked.predicted_label is not None:
        evaluate.cell = (picked.true_label, picked.predicted_label)
    elif picked.true_label is not None:
        evaluate.line = Line(LineKind.TRUE, picked.true_label)
    elif picked.predicted_label is not None:
        evaluate.line = Line(LineKind.PREDICTED, picked.predicted_label)


def choose_line(kind: LineKind, label: int) -> None:
    """Show the digits with a true label (`missed`: only wrong ones) or a predicted label (`false`: only wrong ones)."""
    reset(EvaluateChoices.cell, EvaluateChoices.line, *ABOUT_SHOWN_DIGITS)
    evaluate.line = Line(kind, label)


def clear_choice() -> None:
    """Show no digits."""
    reset(EvaluateChoices.cell, EvaluateChoices.line, *ABOUT_SHOWN_DIGITS)


def chosen() -> tuple[Picked, bool] | None:
    """What is chosen, and whether only its wrong digits are; None if nothing is."""
    if evaluate.cell is not None:
        return Picked(*evaluate.cell), False
    line = evaluate.line
    if line is None:
        return None
    is_row = line.kind in (LineKind.TRUE, LineKind.MISSED)
    picked = Picked(line.label, None) if is_row else Picked(None, line.label)
    return picked, line.kind in (LineKind.MISSED, LineKind.FALSE)


def chosen_positions(found: Evaluated, picked: Picked, *, only_wrong: bool) -> np.ndarray:
    """Positions of these digits, the highest loss first."""
    query = MistakeQuery(
        true_labels=() if picked.true_label is None else (picked.true_label,),
        predicted_labels=() if picked.predicted_label is None else (picked.predicted_label,),
        only_mistakes=only_wrong,
    )
    return find_mistakes(found.predictions, query)


def render_chosen_digits(place: DeltaGenerator, found: Evaluated, *, hint: str, only_wrong: bool = False) -> None:
    """The digits that are chosen, in the panel beside what they were chosen in; before that, the hint.

    Args:
        place: the second place of `question_and_answer`.
        only_wrong: leave correct digits out of a row or a column, as the matrix beside them does.
    """
    choice = chosen()
    if choice is None:
        with answer_panel(place, name="evaluate", is_open=False, on_close=clear_choice):
            st.caption(f":material/touch_app: {hint}")
        return
    picked, is_wrong_only = choice
    is_line = picked.true_label is None or picked.predicted_label is None
    is_wrong_only = is_wrong_only or (only_wrong and is_line)
    positions = chosen_positions(found, picked, only_wrong=is_wrong_only)
    title = chosen_words(found, picked, len(positions), only_wrong=is_wrong_only)
    help = f"Among {found.words}. Highest loss first; a cross marks wrong digits."
    with answer_panel(place, name="evaluate", title=title, help=help, is_open=True, on_close=clear_choice):
        if len(positions) == 0:
            render_no_digits("No digits here.")
        render_digits(found, positions)


def chosen_words(found: Evaluated, picked: Picked, n: int, *, only_wrong: bool) -> str:
    """What is chosen, in words: "12 digits: true 4, predicted 9"."""
    names = [escape_markdown(name) for name in found.class_names]
    parts = []
    if picked.true_label is not None:
        parts.append(f"true {names[picked.true_label]}")
    if picked.predicted_label is not None:
        parts.append(f"predicted {names[picked.predicted_label]}")
    if only_wrong:
        parts.append("only wrong ones")
    return f"{n:,} {'digit' if n == 1 else 'digits'}: {', '.join(parts)}"
