"""Which digits the page Mistakes shows, and in which order; a link restores it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.cached import answers
from dashboard.shared.context.compared import comparison_with
from dashboard.shared.context.evaluated import VALIDATION, Evaluated
from dashboard.shared.linked_choice import linked_labels, linked_order, linked_select, linked_toggle
from dashboard.shared.measure_range import render_range_slider, slider_ends
from dashboard.shared.measures import WHOLE_NUMBERS, evaluated_measures, evaluated_measures_if_known
from dashboard.state.session import widget_key, widget_value
from dashboard.state.url_values import reset
from dashboard.views.mistakes.choices import FILTERS, MistakesChoices, There, mistakes
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.finding.selection import Range
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.comparison import Outcome
from mnist_core.evaluation.mistakes import MistakeQuery, MistakeSort, find_mistakes
from mnist_core.evaluation.predictions import IndexArray
from mnist_core.evaluation.training_history import Category
from mnist_core.runs.record import RunRecord
from mnist_core.words import counted

OWN_SORTS = {"loss": "Loss", "confidence": "Confidence", "margin": "Margin", "index": "Row in the data set"}
SORTS = {**OWN_SORTS, **{name: measure.title for name, measure in MEASURES.items()}}
"""With the measures, which take the images."""
SORT_HELP = (
    "Loss: cross-entropy of the digit. Confidence: probability of the predicted label. Margin: confidence minus the "
    "probability of the second most probable label. The others are handwriting measures."
)
NO_RANGE = "none"
PAGE = (MistakesChoices.page,)
OUTCOMES_THERE = {
    There.CORRECT: (Outcome.BOTH_RIGHT, Outcome.BROKEN),
    There.WRONG: (Outcome.BOTH_WRONG, Outcome.FIXED),
    There.ONLY_WRONG: (Outcome.FIXED,),
}
"""Outcomes of a comparison in which the compared run, its first, is correct or wrong."""
OUTCOME_WORDS = {There.CORRECT: "Correct", There.WRONG: "Wrong", There.ONLY_WRONG: "Wrong only"}
THERE_WORDS: dict[There | None, str] = {
    None: "Compared run: any",
    **{there: f"{outcome} in compared run" for there, outcome in OUTCOME_WORDS.items()},
}


def render_filters(found: Evaluated) -> None:
    """The controls; `filtered_positions` finds the digits that they ask for."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="mistakes.filter_row"):
        linked_labels("True label", found.class_names, choice=MistakesChoices.true, resets=PAGE)
        linked_labels("Predicted label", found.class_names, choice=MistakesChoices.predicted, resets=PAGE)
        sorts = SORTS if found.dataset is not None else OWN_SORTS
        linked_order(sorts, choice=MistakesChoices.sort, resets=PAGE, help=SORT_HELP, width=190)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        linked_toggle(
            "Include correct",
            choice=MistakesChoices.which,
            resets=PAGE,
            help="Otherwise only misclassified digits are shown. Turn it on to see digits that are wrong in the "
            "compared run alone.",
        )
        if found.split == VALIDATION:
            _render_category()
        if found.compared is not None:
            _render_there()
        with st.popover(
            _range_title(), icon=":material/filter_alt:", help="Show only digits whose measure lies in a range."
        ):
            _render_range(found)
        if any(choice.get() for choice in FILTERS):
            st.button(
                "Clear filters",
                key="mistakes.clear",
                icon=":material/filter_alt_off:",
                type="tertiary",
                on_click=reset,
                args=(*FILTERS, *PAGE),
            )


def show_outcome(outcome: Outcome) -> None:
    """Open the gallery with the digits that only this run (`FIXED`), or only the compared run (`BROKEN`) gets right."""
    reset(*FILTERS, *PAGE, MistakesChoices.view)
    mistakes.which = outcome is Outcome.FIXED
    mistakes.there = There.ONLY_WRONG if outcome is Outcome.FIXED else There.CORRECT


def needs_measures() -> bool:
    """Whether the digits are sorted or limited by a handwriting measure."""
    return mistakes.sort.by in MEASURES or _range() is not None


def filtered_positions(found: Evaluated) -> np.ndarray:
    """Positions in the predictions of the digits that the controls ask for, in their order."""
    measures = evaluated_measures_if_known(found)
    order = mistakes.sort
    values = measures.column(order.by) if measures is not None and order.by in MEASURES else None
    query = MistakeQuery(
        true_labels=mistakes.true,
        predicted_labels=mistakes.predicted,
        sort=MistakeSort.MEASURE if values is not None else _sort(order.by),
        descending=order.descending,
        only_mistakes=not mistakes.which,
    )
    return find_mistakes(found.predictions, query, keep=_kept(found, measures), measure=values)


def _sort(name: str) -> MistakeSort:
    return MistakeSort(name) if name in tuple(MistakeSort) and name != MistakeSort.MEASURE else MistakeSort.LOSS


def filter_words(found: Evaluated, n: int) -> str:
    """How many digits are shown, and which: "12 wrong digits: true 4, predicted 9"; only filters that are applied."""
    kind = "" if mistakes.which else "wrong "
    parts = []
    for labels, words in ((mistakes.true, "true"), (mistakes.predicted, "predicted")):
        names = [escape_markdown(found.class_names[label]) for label in labels]
        if names:
            parts.append(f"{words} {' or '.join(names)}")
    category = chosen_category(found)
    if category is not None:
        parts.append(str(category))
    there = mistakes.there
    if there is not None and found.compared is not None and _rows_there(found, found.compared, there) is not None:
        parts.append(f"{OUTCOME_WORDS[there].lower()} in {escape_markdown(found.compared.title)}")
    ranged = _range()
    if ranged is not None and found.dataset is not None:
        parts.append(_range_words(ranged, MEASURES[ranged.name].title.lower()))
    which = f": {', '.join(parts)}" if parts else ""
    return f"{counted(n, f'{kind}digit')}{which}"


def chosen_category(found: Evaluated) -> Category | None:
    """The category of the training history that digits must have; only validation digits have one."""
    return mistakes.fate if found.split == VALIDATION else None


def _kept(found: Evaluated, measures: Measures | None) -> np.ndarray | None:
    keep = np.ones(len(found.predictions), dtype=bool)
    category = chosen_category(found)
    if category is not None:
        histories = answers.training_histories(found.run.run_id)
        keep &= np.isin(found.predictions.index, histories.index[histories.of_category(category)])
    if mistakes.there is not None and found.compared is not None:
        rows = _rows_there(found, found.compared, mistakes.there)
        keep &= True if rows is None else np.isin(found.predictions.index, rows)
    ranged = _range()
    if ranged is not None and measures is not None:
        values = measures.column(ranged.name)
        keep &= values >= (-np.inf if ranged.low is None else ranged.low)
        keep &= values <= (np.inf if ranged.high is None else ranged.high)
    return keep


def _render_category() -> None:
    words: dict[Category | None, str] = {
        None: "Category: any",
        **{category: str(category).capitalize() for category in Category},
    }
    linked_select(
        "Category",
        tuple(words),
        choice=MistakesChoices.fate,
        words=words.__getitem__,
        resets=PAGE,
        width=190,
        label_visibility="collapsed",  # the row is as high as without it
    )


def _render_there() -> None:
    linked_select(
        "Compared run",
        tuple(THERE_WORDS),
        choice=MistakesChoices.there,
        words=THERE_WORDS.__getitem__,
        resets=PAGE,
        width=230,
        label_visibility="collapsed",  # the row is as high as without it
    )


def _rows_there(found: Evaluated, compared: RunRecord, there: There) -> IndexArray | None:
    """Rows of the images that the compared run gets right, or wrong; None if it has no predictions for them."""
    try:
        comparison = comparison_with(compared, found.split, found.predictions)
    except MnistCoreError:
        return None
    return np.concatenate([comparison.rows(outcome) for outcome in OUTCOMES_THERE[there]])


def _range() -> Range | None:
    """The range of a measure, if one is set."""
    return next((item for item in mistakes.range if item.name in MEASURES), None)


def _range_title() -> str:
    ranged = _range()
    return "Measure" if ranged is None else _range_words(ranged, MEASURES[ranged.name].title)


def _range_words(item: Range, title: str) -> str:
    if item.low is None and item.high is None:
        return title
    if item.low is None:
        return f"{title} up to {item.high:g}"
    return f"{title} from {item.low:g}" if item.high is None else f"{title} {item.low:g} to {item.high:g}"


def _render_range(found: Evaluated) -> None:
    measures = evaluated_measures(found, name="mistakes.measuring")
    if measures is None:
        return
    ranged = _range()
    shown, options = ranged.name if ranged else NO_RANGE, (NO_RANGE, *MEASURES)
    key = widget_key("mistakes.measure", shown)
    st.selectbox(
        "Measure",
        options,
        index=options.index(shown),
        format_func=lambda name: MEASURES[name].title if name in MEASURES else "Any",
        key=key,
        on_change=_take_measure,
        args=(key,),
        help="Show only digits whose value of this measure is in a range, which a slider below sets.",
    )
    if ranged is not None:
        ends = slider_ends(measures.column(ranged.name), is_whole=ranged.name in WHOLE_NUMBERS)
        render_range_slider(ranged, MEASURES[ranged.name], ends, choice=MistakesChoices.range, resets=PAGE)


def _take_measure(key: str) -> None:
    name = widget_value(key)
    mistakes.range = (Range(name=name),) if name in MEASURES else ()
    reset(*PAGE)
