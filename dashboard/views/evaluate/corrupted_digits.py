"""The digits behind a point of a robustness curve, as corrupted for the network."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from dashboard.cached import answers
from dashboard.charts.robustness import strength_text
from dashboard.shared.context.digit import open_digit, open_digit_of
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.linked_choice import linked_select_slider
from dashboard.views.evaluate.choices import EvaluateChoices, evaluate
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.pager import pager
from mnist_core.data.dataset import SplitName
from mnist_core.probing.corruptions import CORRUPTIONS, N_STRENGTHS
from mnist_core.probing.robustness import Robustness
from mnist_core.shares import shown_probability
from mnist_core.words import word_for

PAGE_SIZE = 60
UNCHANGED = "no corruption"


def render_corrupted_digits(found: Evaluated, result: Robustness, name: str, strength: int) -> None:
    """One digit at every strength, and the digits that are wrong at the shown one."""
    corruption = CORRUPTIONS[name]
    _render_strength(name)
    predicted, _ = _predictions(result, name, strength)
    shown = np.flatnonzero(predicted != result.labels)
    level = (
        f"{corruption.title[0].lower()}{corruption.title[1:]}, "
        f"{strength_text(corruption.strengths[strength - 1], corruption.unit)}"
        if strength
        else UNCHANGED
    )
    verb = word_for(len(shown), "is", "are")
    with st.container(key="evaluate.corrupted_title"):
        st.markdown(f"**{len(shown):,} of {len(result.rows):,} digits {verb} wrong** · {level}")
    row = st.container(key="evaluate.panel_top")
    if len(shown):
        _render_wrong(found, result, name, strength, shown=shown, level=level)
    with row:  # after the click on one of the wrong digits
        _render_row(found, result, name, default=int(shown[0]) if len(shown) else 0)


def _render_wrong(
    found: Evaluated, result: Robustness, name: str, strength: int, *, shown: np.ndarray, level: str
) -> None:
    predicted, confidence = _predictions(result, name, strength)
    n_pages = math.ceil(len(shown) / PAGE_SIZE)
    page = min(evaluate.page, n_pages)
    part = shown[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    images = _images(found, result, name, strength)[part]
    pager(
        n_pages,
        number=page,
        key="evaluate.corrupted_page",
        of=f"{name}.{strength}",
        on_turn=EvaluateChoices.page.choose_sent,
    )
    picked = digit_grid(
        images,
        [f"{found.class_names[result.labels[i]]}→{found.class_names[predicted[i]]}" for i in part],
        key=f"evaluate.corrupted.{name}.{strength}.{page}",
        label=f"Digits that are wrong, {level}",
        ids=result.rows[part],
        show_captions=True,
        notes=[
            f"test digit {result.rows[i]}: true {found.class_names[result.labels[i]]}, predicted "
            f"{found.class_names[predicted[i]]}"
            + (f" with {shown_probability(confidence[i])}" if confidence is not None else "")
            for i in part
        ],
        marks=[True] * len(part),
        cell=44,
    )
    if picked is not None:
        open_digit(found.dataset_name, SplitName.TEST, int(result.rows[part[picked]]))


def _render_row(found: Evaluated, result: Robustness, name: str, *, default: int) -> None:
    """The opened digit, or the one at `default` in the result, at every strength."""
    opened = open_digit_of(found.dataset_name)  # corrupted are test digits, also where they are not scored yet
    row = opened.row if opened is not None and opened.split == SplitName.TEST else -1
    where = np.flatnonzero(result.rows == row)
    position = int(where[0]) if len(where) else default
    images = np.stack([_images(found, result, name, strength)[position] for strength in range(N_STRENGTHS + 1)])
    predicted = [int(_predictions(result, name, strength)[0][position]) for strength in range(N_STRENGTHS + 1)]
    true = int(result.labels[position])
    strengths = (UNCHANGED, *(f"{strength:g}" for strength in CORRUPTIONS[name].strengths))
    st.markdown(
        f"**Test digit {result.rows[position]}** at every strength, true {escape_markdown(found.class_names[true])}",
        help="Click a digit below to see it here; click one here to choose its strength.",
    )
    picked = digit_grid(
        images,
        [
            f"{strength}\n{found.class_names[label]}"
            for strength, label in zip(("none", *strengths[1:]), predicted, strict=True)
        ],
        key=f"evaluate.corrupted_row.{name}.{position}",
        label="The same digit at every strength",
        show_captions=True,
        notes=[
            f"Strength {s}: predicted {found.class_names[label]}" for s, label in zip(strengths, predicted, strict=True)
        ],
        marks=[label != true for label in predicted],
        cell=44,
    )
    if picked is not None:
        evaluate.strength, evaluate.page = picked, 1
        st.rerun()


def _predictions(result: Robustness, name: str, strength: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Predicted labels and confidence at a strength; without corruption only the labels are stored."""
    if strength == 0:
        return result.clean, None
    i = result.names.index(name)
    return result.predicted[i, strength - 1], result.confidence[i, strength - 1].astype(np.float32)


def _images(found: Evaluated, result: Robustness, name: str, strength: int) -> np.ndarray:
    assert found.dataset is not None
    return answers.corrupted_digits(found.run.run_id, found.dataset, result, name=name, strength=strength)


def _render_strength(name: str) -> None:
    corruption = CORRUPTIONS[name]
    words = (UNCHANGED, *(f"{value:g}" for value in corruption.strengths))
    linked_select_slider(
        f"Strength ({corruption.unit})",
        tuple(range(N_STRENGTHS + 1)),
        choice=EvaluateChoices.strength,
        words=words.__getitem__,
        resets=(EvaluateChoices.page,),
        help="You can also click a point of the curve.",
    )
