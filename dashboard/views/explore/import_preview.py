"""The preview of an import: what would be stored, the switches that change it, and the buttons that end it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.server.background import jobs
from dashboard.settings import data_folder
from dashboard.shared.job_progress import render_job
from dashboard.shared.settings.dataset_notice import sizes_text
from dashboard.state.session import widget_key, widget_value
from dashboard.views.explore.import_state import ImportState, Reading
from dashboard.widgets.class_rows import ClassRow, class_rows
from dashboard.widgets.cut_text import cut_text
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.quantities import shown_bytes
from mnist_core.data.dataset import N_CLASSES
from mnist_core.data.imports.drafts import Draft, Labelling
from mnist_core.data.imports.store import MAX_NAME, suggested_name

QUICK_SECONDS = 0.3
"""A reading that takes no longer than this shows no progress bar."""
MAX_NAMES = 4
MAX_TEXT = 80  # of title, source and licence
NAME = "name"
TEXTS = {
    "title": ("Title", "Shown on the pages; optional."),
    "source": ("Source", "Origin of the images; optional."),
    "licence": ("Licence", "Terms of use; optional."),
}


def render_preview(state: ImportState, reading: Reading) -> None:
    """The whole preview; the state's draft is on disk."""
    key = state.read_again()
    job = jobs().get(key) if key is not None else None
    if job is not None:
        job.wait(QUICK_SECONDS)
        if job.is_done:
            state.reading = reading = job.result
            key = None
    problem = job.problem if job is not None else None
    st.markdown(f"**Preview** of {_file_names(state)}. Nothing is stored until you press Import.")
    left, right = st.columns(2, gap="medium")
    with left:
        _render_images(reading, problem)
    with right:
        _render_switches(state, reading)
        if reading.draft is not None and problem is None:
            _render_notes(reading.draft)
    _render_ending(state, reading, key)


def _file_names(state: ImportState) -> str:
    names = [f"{escape_markdown(name)} ({shown_bytes(size)})" for name, size in state.files[:MAX_NAMES]]
    rest = len(state.files) - len(names)
    return ", ".join(names) + (f" and {rest:,} more" if rest else "")


def _render_images(reading: Reading, problem: str | None) -> None:
    draft = reading.draft
    if problem is not None:
        st.error(escape_markdown(problem), icon=":material/error:")
        return
    if draft is None:
        st.warning(escape_markdown(reading.question), icon=":material/help:")
        return
    shown = np.bincount(draft.examples.labels, minlength=N_CLASSES)
    rows = [
        ClassRow(name=str(label), n_images=int(shown[label]), counts=counts)
        for label, counts in enumerate(zip(draft.train_counts, draft.test_counts, strict=True))
    ]
    class_rows(
        draft.examples.images,
        rows,
        key="explore.import_images",
        count_titles=("Training", "Test"),
        name="import preview",
    )


def _render_notes(draft: Draft) -> None:
    counts = sizes_text(sum(draft.train_counts), sum(draft.test_counts))
    notes = "\n".join(f"- {escape_markdown(note)}" for note in (counts, *draft.notes))
    with st.container(key="explore.import_notes"):
        st.markdown(notes)


# The switches ---------------------------------------------------------------------------------------------------------


def _render_switches(state: ImportState, reading: Reading) -> None:
    draft, wanted = reading.draft, state.wish.decisions
    if reading.label_columns:
        applied = draft.decisions.label_column if draft else None
        chosen = applied if wanted.label_column is None else wanted.label_column
        _render_label_column(state, reading, chosen)
    if draft is None:
        return
    with st.container(horizontal=True, gap="large"):
        _render_switch(
            state, "turned", "Turned", is_on=draft.decisions.turned, is_guessed=draft.guessed.turned,
            help="Images that are stored on their side or mirrored are turned upright, such as those of EMNIST.",
        )  # fmt: skip
        _render_switch(
            state, "inverted", "Inverted", is_on=draft.decisions.inverted, is_guessed=draft.guessed.inverted,
            help="Dark becomes light. Networks here expect light digits on black.",
        )  # fmt: skip
    if draft.has_test_split:
        return
    fraction = state.wish.test_fraction
    key = widget_key("explore.import_fraction", fraction)
    st.slider(
        "Test fraction", 0.05, 0.5, fraction, 0.05, key=key, on_change=_take_fraction, args=(state, key),
        help="Share of the images that becomes the test split; the files have none.",
    )  # fmt: skip


def _render_switch(
    state: ImportState, name: str, label: str, *, is_on: bool | None, is_guessed: bool | None, help: str
) -> None:
    wanted = getattr(state.wish.decisions, name)
    value = bool(is_on if wanted is None else wanted)
    key = widget_key(f"explore.import_{name}", value)
    guess = f" Suggested for these files: {'on' if is_guessed else 'off'}."
    st.toggle(label, value, key=key, on_change=_take_switch, args=(state, name, key), help=help + guess)


def _render_label_column(state: ImportState, reading: Reading, chosen: int | None) -> None:
    names = {column.index: column.words for column in reading.label_columns}
    options = tuple(names)
    key = widget_key("explore.import_label_column", chosen)
    st.selectbox(
        "Label column",
        options,
        index=options.index(chosen) if chosen in names else None,
        format_func=lambda index: names.get(index, ""),
        placeholder="Choose a column",
        key=key,
        on_change=_take_label_column,
        args=(state, key, options),
        help="The column of the table that holds the labels.",
    )


def _take_switch(state: ImportState, name: str, key: str) -> None:
    decisions = replace(state.wish.decisions, **{name: widget_value(key) is True})
    state.wish = replace(state.wish, decisions=decisions)


def _take_label_column(state: ImportState, key: str, options: tuple[int, ...]) -> None:
    index = widget_value(key)
    if index in options:
        state.wish = replace(state.wish, decisions=replace(state.wish.decisions, label_column=index))


def _take_fraction(state: ImportState, key: str) -> None:
    state.wish = replace(state.wish, test_fraction=float(widget_value(key)))


# The end --------------------------------------------------------------------------------------------------------------


def _render_ending(state: ImportState, reading: Reading, key: Hashable | None) -> None:
    """The description, the buttons, and what is still being done; last, so that nothing moves when it appears."""
    labelling = _render_labelling(state)
    is_ready = key is None and reading.draft is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        is_wanted = st.button(
            "Import", type="primary", icon=":material/download_done:", disabled=not is_ready, key="explore.import",
            help="Store these images as a data set on this machine.",
        )  # fmt: skip
        st.button(
            "Discard", icon=":material/close:", key="explore.import_discard", on_click=state.discard,
            help="Store nothing, and choose other files.",
        )  # fmt: skip
    job = jobs().get(key) if key is not None else None
    if key is not None and job is not None and job.is_running:
        render_job(key, title="Reading the files", name="explore.rereading", can_repeat=False)
    elif is_wanted and reading.draft is not None:
        job_key = state.keep(reading.draft, labelling)
        _render_keeping(state, job_key)
    else:
        _render_keeping(state, state.keeping)


def _render_keeping(state: ImportState, key: Hashable) -> None:
    job = jobs().get(key)
    if job is None:
        return
    job.wait(QUICK_SECONDS)
    if not render_job(key, title="Storing the data set", name="explore.keeping", can_repeat=False):
        state.finish(job.result)
        cached.forget_datasets()
        st.rerun()


def _render_labelling(state: ImportState) -> Labelling:
    suggested = suggested_name(state.files[0][0] if state.files else "", data_folder())
    columns = st.columns(1 + len(TEXTS))
    with columns[0]:
        name = _text_box(
            state, NAME, "Name", placeholder=suggested, most=MAX_NAME,
            help="Used in links and on the command line: lowercase letters, digits, - and _.",
        )  # fmt: skip
    texts = {}
    for column, (field, (label, help)) in zip(columns[1:], TEXTS.items(), strict=True):
        with column:
            texts[field] = _text_box(state, field, label, placeholder="", most=MAX_TEXT, help=help)
    return Labelling(name=name or suggested, **texts)


def _text_box(state: ImportState, field: str, label: str, *, placeholder: str, most: int, help: str) -> str:
    typed = state.typed.get(field, "")
    key = widget_key(f"explore.import_{field}", typed)
    state.typed[field] = st.text_input(
        label, typed, key=key, help=help, placeholder=placeholder, on_change=_take_text, args=(state, field, key)
    )
    return cut_text(state.typed[field], most)


def _take_text(state: ImportState, field: str, key: str) -> None:
    state.typed[field] = str(widget_value(key) or "")
    state.forget_refusal()
