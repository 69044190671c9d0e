"""What the review of the labels amounts to: accuracy under both labels, and the reviewed digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.digit_list import digest_of
from dashboard.shared.linked_choice import linked_segments
from dashboard.views.mistakes.choices import MistakesChoices, Reviewed
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.file_names import file_name
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.data.dataset import SplitName
from mnist_core.data.label_overlay.overlay import Decision, DecisionKind, LabelOverlay
from mnist_core.evaluation.export import decisions_frame, selection_csv
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.predictions import Position
from mnist_core.evaluation.relabelled import CorrectCount, Relabelled, relabelled
from mnist_core.shares import shown_level, shown_range, shown_share
from mnist_core.words import counted

N_LISTED, CELL = 300, 52
TITLES = {
    Reviewed.ALL: "All",
    Reviewed.OPEN: "To review",
    Reviewed.KEEP: "Kept",
    Reviewed.RELABEL: "Relabelled",
    Reviewed.AMBIGUOUS: "Ambiguous",
}
COLUMNS = (
    Column(title="Labels", is_text=True),
    Column(title="Images", help="Without the ambiguous ones under the reviewed labels."),
    Column(title="Correct"),
    Column(title="Accuracy"),
    Column(title=f"{shown_level(LEVEL)} interval", help="Wilson's, for the accuracy."),
)


def decision_words(decision: Decision, names: Sequence[str]) -> str:
    """What was decided, Markdown: "relabelled as 9"."""
    if decision.label is not None:
        return f"relabelled as {escape_markdown(names[decision.label])}"
    return "kept" if decision.kind is DecisionKind.KEEP else "ambiguous"


def render_reviewed_accuracy(found: Evaluated, decisions: Mapping[int, Decision]) -> None:
    """The accuracy under the labels of the data set and under the reviewed ones, in a sentence and a table."""
    st.subheader("Accuracy under the reviewed labels", anchor=False)
    result = relabelled(found.predictions, decisions)
    if not result.n_decisions:
        st.caption(f"No label of these {found.words} is reviewed yet. Decide about one above to see what it changes.")
        return
    with st.container(key="mistakes.reviewed_accuracy"):
        st.markdown(_accuracy_words(result))
    number_table(
        COLUMNS,
        [_row("Original", result.original), _row("Reviewed", result.reviewed)],
        key="mistakes.both_labels",
        label=f"Accuracy of {found.words} under the original and the reviewed labels",
        name=f"{found.run.title} {found.split} accuracy reviewed labels",
    )
    st.caption(
        "Mostly labels that this network contradicts are reviewed, and wrong labels that it agrees with are not found: "
        "the accuracy under the reviewed labels tends to be too high."
    )


def _accuracy_words(result: Relabelled) -> str:
    reviewed, original = result.reviewed, result.original
    left_out, corrected = len(result.left_out), counted(len(result.became_correct), "image")
    ambiguous = f"; {counted(left_out, 'image')} left out as ambiguous" if left_out else ""
    return (
        f"Under the reviewed labels, accuracy is **{shown_share(reviewed.accuracy)}** instead of "
        f"**{shown_share(original.accuracy)}**: {corrected} changed from wrong to correct, "
        f"{len(result.became_wrong):,} from correct to wrong{ambiguous}."
    )


def _row(title: str, count: CorrectCount) -> list[Number]:
    return [
        Number(text=title),
        Number(text=f"{count.n:,}"),
        Number(text=f"{count.n_correct:,}"),
        Number(text=shown_share(count.accuracy)),
        Number(text=shown_range(*count.interval)),
    ]


def render_reviewed_digits(
    found: Evaluated, suspects: np.ndarray, overlay: LabelOverlay, *, opened: Position | None
) -> Position | None:
    """The digits with a suspect label, then others that were reviewed, each with its decision; returns the one picked.

    Args:
        suspects: positions of the digits with a suspect label, in their order.
    """
    decisions = overlay.of_split(SplitName(found.data_split))
    others = np.flatnonzero(np.isin(found.predictions.index, list(decisions)))
    positions = np.concatenate([suspects, others[~np.isin(others, suspects)]])
    if not len(positions) and not len(overlay):
        return None
    st.subheader("Suspect labels and decisions", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = linked_segments(
            "Decision",
            tuple(TITLES),
            choice=MistakesChoices.reviewed,
            words=TITLES.__getitem__,
            label_visibility="collapsed",
            wrap=True,
        )
        _render_download(found, overlay)
    kinds = [_kind(decisions.get(row)) for row in found.predictions.index[positions].tolist()]
    listed = positions[[shown in (Reviewed.ALL, kind) for kind in kinds]]
    with st.container(key="mistakes.reviewed_counts"):
        st.caption(_counts_words(kinds, len(overlay), listed=len(listed)))
    return _render_grid(found, listed[:N_LISTED], decisions, opened=opened)


def _kind(decision: Decision | None) -> Reviewed:
    return Reviewed.OPEN if decision is None else Reviewed(decision.kind.value)


def _counts_words(kinds: Sequence[Reviewed], n_decisions: int, *, listed: int) -> str:
    """How many images there are of each kind, and what is not shown."""
    counts = " · ".join(f"{kinds.count(kind):,} {title.lower()}" for kind, title in TITLES.items() if kind in kinds)
    elsewhere = n_decisions - sum(kind is not Reviewed.OPEN for kind in kinds)
    more = f" Decisions about other images of this data set: {elsewhere:,}; the CSV has them too." if elsewhere else ""
    cut = f" The first {N_LISTED:,} of {listed:,} are shown." if listed > N_LISTED else ""
    hint = " Click a digit to show it above." if listed else " None of them is of this kind."
    return f"{counts}.{hint}{cut}{more}"


def _render_grid(
    found: Evaluated, positions: np.ndarray, decisions: Mapping[int, Decision], *, opened: Position | None
) -> Position | None:
    images = found.images(positions)
    if images is None or not len(positions):
        return None
    part, names = found.predictions.take(positions), found.class_names
    rows = part.index.tolist()
    pairs = [(names[true], names[predicted]) for true, predicted in zip(part.labels, part.predicted, strict=True)]
    picked = digit_grid(
        images,
        [
            f"{'→'.join(dict.fromkeys(pair))}\n{_mark(decisions.get(row), names)}"
            for row, pair in zip(rows, pairs, strict=True)
        ],
        key=f"mistakes.reviewed.{digest_of(part.index)}",
        label="Suspect labels and decisions",
        ids=part.index,
        show_captions=True,
        notes=[
            f"{found.split.capitalize()} image {row}: label {true}, predicted label {predicted}, "
            f"{_note(decisions.get(row), names)}"
            for row, (true, predicted) in zip(rows, pairs, strict=True)
        ],
        selected=next((i for i, position in enumerate(positions.tolist()) if position == opened), None),
        cell=CELL,
    )
    return None if picked is None else Position(int(positions[picked]))


def _mark(decision: Decision | None, names: Sequence[str]) -> str:
    """What was decided, in a word below a digit."""
    if decision is None:
        return "–"
    return decision.kind.value if decision.label is None else f"now {names[decision.label]}"


def _note(decision: Decision | None, names: Sequence[str]) -> str:
    """The same in a sentence, not Markdown."""
    if decision is None:
        return "not reviewed"
    return decision.kind.value if decision.label is None else f"relabelled as {names[decision.label]}"


def _render_download(found: Evaluated, overlay: LabelOverlay) -> None:
    dataset = found.dataset
    assert dataset is not None
    st.download_button(
        "CSV",
        data=lambda: selection_csv(decisions_frame(dataset, overlay)),
        file_name=f"{file_name(f'{dataset.name} label review')}.csv",
        mime="text/csv",
        key="mistakes.review_csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        disabled=not len(overlay),
        help="Download all decisions about this data set, of both splits.",
    )
