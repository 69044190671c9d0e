"""Which digits the Mistakes page shows, and in which order; all of it is in the link."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.cached import answers
from dashboard.shared.evaluated import VALIDATION, Evaluated
from dashboard.shared.handwriting import handwriting, handwriting_if_known, measure_title
from dashboard.shared.linked_choice import linked_select, reset, take
from dashboard.state.selection import selection
from dashboard.state.session import set_widget_value, widget_value
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.evaluation.mistakes import MistakeQuery, MistakeSort, find_mistakes
from mnist_core.evaluation.training_history import Fate

SORTS = {
    "loss": "Loss",
    "confidence": "Confidence",
    "margin": "Margin",
    "index": "Row in the data set",
    **{name: measure.title for name, measure in MEASURES.items()},
}
SORT_HELP = (
    "Loss: how improbable the true label was. Confidence: how probable the predicted one. Margin: how far the second "
    "label was behind; a small one means it was undecided. The others are handwriting measures."
)
DEFAULT_SORT = "-loss"
FATE_WORDS = {fate.value.replace(" ", "-"): fate for fate in Fate}
ANY_FATE = "any"
NO_RANGE = "none"


def render_filters(found: Evaluated) -> None:
    """The controls; what they ask for is found by `filtered_positions`."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _render_labels(found, "mistakes_true", "True label")
        _render_labels(found, "mistakes_predicted", "Predicted label")
        _render_sort()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _render_which()
        if found.split == VALIDATION:
            _render_fate()
        with st.popover(
            _range_title(), icon=":material/filter_alt:", help="Show only digits whose measure lies in a range."
        ):
            _render_range(found)
        if _is_filtered():
            st.button("Clear filters", key="mistakes.clear", icon=":material/filter_alt_off:", type="tertiary",
                      on_click=clear_filters)  # fmt: skip


def filtered_positions(found: Evaluated) -> np.ndarray:
    """Positions in the predictions of what the controls ask for, in their order."""
    measures = handwriting_if_known(found)
    text = selection.mistakes_sort or DEFAULT_SORT
    name = text.removeprefix("-")
    by_measure = name in MEASURES and measures is not None
    sort = MistakeSort.MEASURE if by_measure else MistakeSort(name if name in tuple(MistakeSort) else "loss")
    query = MistakeQuery(
        true_labels=labels_in("mistakes_true"),
        predicted_labels=labels_in("mistakes_predicted"),
        sort=MistakeSort.LOSS if sort is MistakeSort.MEASURE and not by_measure else sort,
        descending=text.startswith("-"),
        only_mistakes=selection.mistakes_which != "all",
    )
    keep = _kept(found, measures)
    return find_mistakes(
        found.predictions, query, keep=keep, measure=measures.column(name) if by_measure and measures else None
    )


def filter_words(found: Evaluated, n: int) -> str:
    """How many digits are shown, and which: "12 wrong digits: true 4, predicted 9"."""
    kind = "" if selection.mistakes_which == "all" else "wrong "
    parts = []
    for choice, words in (("mistakes_true", "true"), ("mistakes_predicted", "predicted")):
        names = [escape_markdown(found.class_names[label]) for label in labels_in(choice)]
        if names:
            parts.append(f"{words} {' or '.join(names)}")
    fate = chosen_fate(found)
    if fate is not None:
        parts.append(str(fate))
    ranged = _range()
    if ranged is not None:
        parts.append(f"{MEASURES[ranged[0]].title.lower()} {ranged[1]:g} to {ranged[2]:g}")
    which = f": {', '.join(parts)}" if parts else ""
    return f"{n:,} {kind}{'digit' if n == 1 else 'digits'}{which}"


def clear_filters() -> None:
    """Show all mistakes."""
    reset(*FILTERS, "mistakes_page")


def labels_in(choice: str) -> tuple[int, ...]:
    """The labels that a choice names; none means all."""
    return tuple(sorted({int(digit) for digit in getattr(selection, choice) or ""}))


def chosen_fate(found: Evaluated) -> Fate | None:
    """The fate over the epochs that digits are to have; only validation digits have one."""
    return FATE_WORDS.get(selection.mistakes_fate or "") if found.split == VALIDATION else None


FILTERS = ("mistakes_true", "mistakes_predicted", "mistakes_which", "mistakes_fate", "mistakes_range")


def _is_filtered() -> bool:
    return any(getattr(selection, choice) for choice in FILTERS)


def _kept(found: Evaluated, measures: Measures | None) -> np.ndarray | None:
    keep = np.ones(len(found.predictions), dtype=bool)
    fate = chosen_fate(found)
    if fate is not None:
        keep &= np.isin(found.predictions.index, fate_rows(found, fate))
    ranged = _range()
    if ranged is not None and measures is not None:
        values = measures.column(ranged[0])
        keep &= (values >= ranged[1]) & (values <= ranged[2])
    return keep


def fate_rows(found: Evaluated, fate: Fate) -> np.ndarray:
    """Row numbers of the validation digits with this fate."""
    lives = answers.biographies(found.run.run_id)
    return lives.index[lives.of_fate(fate)]


def _render_labels(found: Evaluated, choice: str, title: str) -> None:
    key = f"mistakes.{choice}"
    labels = list(labels_in(choice))
    if sorted(widget_value(key) or []) != labels:
        set_widget_value(key, labels)
    st.pills(
        title,
        range(10),
        selection_mode="multi",
        format_func=lambda label: escape_markdown(found.class_names[label]),
        key=key,
        on_change=_take_labels,
        args=(key, choice),
        help="Show only these; none picked shows all.",
        wrap=True,
    )


def _take_labels(key: str, choice: str) -> None:
    picked = widget_value(key) or []
    take(choice, "".join(str(label) for label in sorted(picked)), "")
    reset("mistakes_page")


def _render_sort() -> None:
    text = selection.mistakes_sort or DEFAULT_SORT
    name, way = text.removeprefix("-"), "down" if text.startswith("-") else "up"
    for key, value in (("mistakes.sort", name if name in SORTS else "loss"), ("mistakes.way", way)):
        if widget_value(key) != value:
            set_widget_value(key, value)
    st.selectbox("Sort by", tuple(SORTS), format_func=SORTS.__getitem__, key="mistakes.sort", on_change=_take_sort,
                 width=190, help=SORT_HELP)  # fmt: skip
    st.segmented_control(
        "Order",
        ("down", "up"),
        format_func=lambda way: {"down": ":material/arrow_downward:", "up": ":material/arrow_upward:"}[way],
        key="mistakes.way",
        on_change=_take_sort,
        required=True,
        help="Down: highest first. Up: lowest first.",
    )


def _take_sort() -> None:
    name, way = widget_value("mistakes.sort") or "loss", widget_value("mistakes.way")
    take("mistakes_sort", name if way == "up" else f"-{name}", DEFAULT_SORT)
    reset("mistakes_page")


def _render_which() -> None:
    key = "mistakes.which"
    set_widget_value(key, selection.mistakes_which == "all")
    st.toggle(
        "Right ones too", key=key, on_change=_take_which, args=(key,), help="Else only misclassified digits are shown."
    )


def _take_which(key: str) -> None:
    take("mistakes_which", "all" if widget_value(key) is True else None)
    reset("mistakes_page")


def _render_fate() -> None:
    words = {ANY_FATE: "Any", **{key: str(fate).capitalize() for key, fate in FATE_WORDS.items()}}
    linked_select(
        "Fate over the epochs",
        tuple(words),
        choice="mistakes_fate",
        default=ANY_FATE,
        words=lambda name: words[name],
        resets=("mistakes_page",),
        width=190,
        help="What became of a digit from the first epoch to the last; see Biography.",
    )


def _range() -> tuple[str, float, float] | None:
    """The measure that is limited, and its bounds."""
    name, _, bounds = (selection.mistakes_range or "").partition(":")
    low, _, high = bounds.partition("~")
    try:
        return (name, float(low), float(high)) if name in MEASURES else None
    except ValueError:
        return None


def _range_title() -> str:
    ranged = _range()
    return "Measure" if ranged is None else f"{MEASURES[ranged[0]].title} {ranged[1]:g} to {ranged[2]:g}"


def _render_range(found: Evaluated) -> None:
    measures = handwriting(found, name="mistakes.measuring")
    if measures is None:
        return
    ranged = _range()
    name = ranged[0] if ranged else NO_RANGE
    key = "mistakes.measure"
    if widget_value(key) != name:
        set_widget_value(key, name)
    st.selectbox(
        "Measure",
        (NO_RANGE, *MEASURES),
        format_func=lambda name: MEASURES[name].title if name in MEASURES else "No limit",
        key=key,
        on_change=_take_measure,
        args=(key, measures),
    )
    if ranged is not None:
        low, high, step = slider_ends(measures.column(name))
        key = f"mistakes.range.{name}"
        value = (float(np.clip(ranged[1], low, high)), float(np.clip(ranged[2], low, high)))
        if widget_value(key) != value:
            set_widget_value(key, value)
        st.slider(measure_title(name), low, high, step=step, key=key, on_change=_take_range, args=(key, name),
                  help=MEASURES[name].help)  # fmt: skip


def slider_ends(values: np.ndarray) -> tuple[float, float, float]:
    """Ends and step of a slider that holds all values, in round numbers."""
    low, high = (float(np.nanmin(values)), float(np.nanmax(values))) if len(values) else (0.0, 1.0)
    step = 10.0 ** np.floor(np.log10(max(high - low, 1e-3) / 50))
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step), float(step)


def _take_measure(key: str, measures: Measures) -> None:
    name = widget_value(key)
    if name not in MEASURES:
        reset("mistakes_range")
    else:
        low, high, _ = slider_ends(measures.column(name))
        take("mistakes_range", f"{name}:{low:.6g}~{high:.6g}")
    reset("mistakes_page")


def _take_range(key: str, name: str) -> None:
    low, high = widget_value(key)
    take("mistakes_range", f"{name}:{low:.6g}~{high:.6g}")
    reset("mistakes_page")
