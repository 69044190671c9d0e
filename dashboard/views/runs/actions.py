"""What can be done with the selected runs: compare, mark, archive, delete and restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.shared.notices import leave_notice, told_as_notice
from dashboard.shared.runs.whose import own_store
from dashboard.shared.settings.words import error_words
from dashboard.state.current import forget_runs
from dashboard.state.last_press import LastPress
from dashboard.state.session import BY_LINK, per_tab, set_widget_value, widget_value
from dashboard.views.runs.choices import MAX_COMPARED, RunsChoices, RunsView, ledger_address
from dashboard.widgets.keyed_style import keyed_style
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import MnistCoreError
from mnist_core.runs import bin as bins
from mnist_core.runs import marks
from mnist_core.runs.index_rows import RunRow
from mnist_core.runs.query import RunQuery, equal
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.words import counted

MAX_SEEDS = 10
REPEAT = "runs.repeat"
SEVERAL = f"Select two or more runs, at most {MAX_COMPARED}."
STAR_WIDTH, ARCHIVE_WIDTH = 100, 124  # of the longer label, so that the buttons beside them stay where they are

Act = Callable[[RunStore, str], object]


def render_actions(selected: Sequence[RunRow]) -> None:
    """Buttons that stay where they are; without a selection they are off."""
    ids = tuple(row.run_id for row in selected)
    one = selected[0] if len(selected) == 1 else None
    # On a phone, one line to push along instead of four that hide the table.
    keyed_style("runs.actions", "", "flex-wrap: nowrap; overflow-x: auto; position: relative", is_narrow=True)
    keyed_style("runs.actions", "> *", "flex: none", is_narrow=True)
    are_few = 2 <= len(ids) <= MAX_COMPARED
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="runs.actions"):
        _link("Compare", "compare", _compared(RunsView.COMPARE, ids), is_off=not are_few,
              help="Curves, settings and scores side by side.", needs=SEVERAL)  # fmt: skip
        _link("Ledger", "rule", ledger_address(ids) if len(ids) == 2 else {}, is_off=len(ids) != 2,
              help="Two runs image by image: fixed, broken, both wrong.", needs="Select exactly two runs.")  # fmt: skip
        _link("Ensemble", "group_work", _compared(RunsView.ENSEMBLE, ids), is_off=not are_few,
              help="The average of several runs, scored like one run.", needs=SEVERAL)  # fmt: skip
        _render_marks(selected, ids, one)


def _render_marks(selected: Sequence[RunRow], ids: tuple[str, ...], one: RunRow | None) -> None:
    has_star = bool(selected) and all(row.is_starred for row in selected)
    is_archived = bool(selected) and all(row.is_archived for row in selected)
    with st.popover("Name and note", icon=":material/edit:", disabled=one is None, key="runs.edit"):
        if one is not None:
            _render_edit(one)
    with st.popover("Tags", icon=":material/label:", disabled=not ids, key="runs.tags"):
        _render_tags(selected, ids)
    with st.popover("Repeat", icon=":material/repeat:", disabled=one is None, key=REPEAT, on_change="rerun"):
        if one is not None:
            _render_repeat(one)
    _button("Unstar" if has_star else "Star", "star", ids,
            lambda store, run_id: marks.star(store, run_id, is_starred=not has_star), width=STAR_WIDTH)  # fmt: skip
    _button("Unarchive" if is_archived else "Archive", "archive", ids,
            lambda store, run_id: marks.archive(store, run_id, is_archived=not is_archived),
            width=ARCHIVE_WIDTH)  # fmt: skip
    st.button("Delete", icon=":material/delete:", key="runs.delete", disabled=not ids, on_click=_delete, args=(ids,),
              help="Move to the bin; it can be restored.")  # fmt: skip
    deleted = _last_deleted()
    last = f"the {len(deleted)} runs that were" if len(deleted) > 1 else "the run that was"
    st.button("Undo", icon=":material/undo:", key="runs.undo", disabled=not deleted, on_click=_undo,
              help=f"Restore {last} deleted last.")  # fmt: skip


def _render_edit(run: RunRow) -> None:
    """A form, so that what is typed stays in the browser until it is saved, while the table goes on."""
    seen = _seen(run)
    name, note = (f"runs.{what}.{run.run_id}.{seen['number']}" for what in ("name", "note"))
    with st.form(f"runs.form.{run.run_id}", border=False):
        st.text_input("Name", seen["name"], key=name, placeholder=run.title, width=340,
                      help="Leave empty to name it after its recipe and changed settings.")  # fmt: skip
        st.text_area("Note", seen["note"], key=note, height=80,
                     help="A remark about the run. The search above the table finds its words.")  # fmt: skip
        st.form_submit_button("Save", key="runs.save", type="primary", on_click=_save, args=(run.run_id, name, note))


def _seen(run: RunRow) -> dict[str, Any]:
    """The name and the note of the run as they were when it was selected, with a number that counts the selections."""
    seen: dict[str, Any] = per_tab("runs.seen", dict)
    if seen.get("run_id") != run.run_id:
        seen |= {"run_id": run.run_id, "name": run.name, "note": run.note, "number": seen.get("number", 0) + 1}
    return seen


def _save(run_id: str, name: str, note: str) -> None:
    seen: dict[str, Any] = per_tab("runs.seen", dict)

    def act(store: RunStore, run_id: str) -> None:
        seen_name, seen["name"] = seen["name"], store.get(run_id).name  # who saves once more has seen the other name
        marks.rename(store, run_id, str(widget_value(name) or ""), instead_of=seen_name)
        marks.set_note(store, run_id, str(widget_value(note) or ""))

    if _apply((run_id,), act):
        seen.pop("run_id", None)


def _render_repeat(run: RunRow) -> None:
    st.number_input("Number of repeats", 1, MAX_SEEDS, 2, key="runs.seeds", width=190,
                    help="How many runs with these settings to queue, each with a seed of its own.")  # fmt: skip
    st.button("Start", key="runs.repeat.start", type="primary", on_click=_repeat, args=(run.run_id,))


def _repeat(run_id: str) -> None:
    """Queue the run again with seeds that none of its repeats has."""
    from mnist_core.jobs.queue import submit  # loads psutil

    wanted, store = widget_value("runs.seeds"), cached.run_store()
    n_seeds = min(max(wanted, 1), MAX_SEEDS) if isinstance(wanted, int) else 1

    def work() -> None:
        run = store.get(run_id)
        used, own = _used_seeds(store, run.config_in_force), own_store()
        for seed in [seed for seed in range(len(used) + n_seeds) if seed not in used][:n_seeds]:
            submit(own, _with_seed(run.config_in_force, seed), name=run.name)

    with told_as_notice():
        per_tab("runs.repeated", LastPress[None]).once((run_id, n_seeds), work)
        leave_notice(f"{counted(n_seeds, 'repeat is', 'repeats are')} queued.")
        set_widget_value(REPEAT, False)  # it would stay open over the new rows


def _used_seeds(store: RunStore, config: ExperimentConfig) -> set[int]:
    """The seeds of all runs with this configuration, also of those whose images are not known yet."""
    same = (equal("dataset", config.dataset), equal("batch_size", config.training.batch_size))
    others = (run.config_in_force for run in store.find(RunQuery(conditions=same)))
    return {other.training.seed for other in others if _to_compare(other) == _to_compare(config)}


def _to_compare(config: ExperimentConfig) -> ExperimentConfig:
    """The same for all repeats: without the seed, and without the name of the recipe, which trains nothing."""
    return replace(_with_seed(config, 0), recipe=None)


def _with_seed(config: ExperimentConfig, seed: int) -> ExperimentConfig:
    return replace(config, training=replace(config.training, seed=seed))


def _render_tags(selected: Sequence[RunRow], ids: tuple[str, ...]) -> None:
    with st.form("runs.tag_form", border=False, clear_on_submit=True):
        st.text_input("New tag", key="runs.new_tag", width=260,
                      help="A word to find these runs by, in the search and the filter above the table.")  # fmt: skip
        st.form_submit_button("Add", key="runs.add_tag", type="primary", on_click=_add_tag, args=(ids,))
    for text in dict.fromkeys(text for row in selected for text in row.tags):
        key = f"runs.remove_tag.{text}"  # by its place, a double click would remove the next one too
        st.button(f"Remove {escape_markdown(text)}", icon=":material/close:", key=key, on_click=_remove_tag,
                  args=(ids, text))  # fmt: skip


def _add_tag(ids: tuple[str, ...]) -> None:
    text = str(widget_value("runs.new_tag") or "")
    _apply(ids, lambda store, run_id: marks.tag(store, run_id, add=(text,)))


def _remove_tag(ids: tuple[str, ...], text: str) -> None:
    _apply(ids, lambda store, run_id: marks.tag(store, run_id, remove=(text,)))


def _delete(ids: tuple[str, ...]) -> None:
    done = _apply(ids, bins.delete)
    if done:
        _last_deleted()[:] = done
        forget_runs(done)
        leave_notice(f"{counted(len(done), 'run is', 'runs are')} in the bin.")


def _undo() -> None:
    _apply(tuple(_last_deleted()), bins.restore)
    _last_deleted().clear()


def take_changed() -> bool:
    """Whether something was done here since this was asked last: runs are named elsewhere on the page too."""
    was_changed = bool(_changed())
    _changed().clear()
    return was_changed


def _changed() -> list[bool]:
    return per_tab("runs.changed", list)


def _last_deleted() -> list[str]:
    """The runs that this tab has deleted last."""
    return per_tab("runs.deleted", list)


def _button(label: str, name: str, ids: tuple[str, ...], act: Act, *, width: int) -> None:
    st.button(label, icon=f":material/{name}:", key=f"runs.{name}", disabled=not ids, on_click=_act, args=(ids, act),
              width=width)  # fmt: skip


def _act(ids: tuple[str, ...], act: Act) -> None:
    _apply(ids, act)


def _apply(ids: tuple[str, ...], act: Act) -> list[str]:
    """Do something with several runs; returns those with which it was done, and says why not with the others."""
    store, done = cached.run_store(), []
    _changed()[:] = [True]
    for run_id in ids:
        try:
            act(store, run_id)
            done.append(run_id)
        except MnistCoreError as error:
            leave_notice(error_words(error), is_error=True)
        except OSError as error:
            leave_notice(f"Run {run_id} cannot be changed: {error.strerror or error}.", is_error=True)
    return done


def _link(title: str, icon: str, query: dict[str, str], *, is_off: bool, help: str, needs: str) -> None:
    """A link to a view of the selected runs.

    Args:
        needs: what to select, said while the link is off.
    """
    target = page_named("runs")
    if target is not None:
        st.page_link(target, label=title, icon=f":material/{icon}:", query_params=query, disabled=is_off,
                     help=f"{help} {needs}" if is_off else help)  # fmt: skip


def _compared(view: RunsView, ids: tuple[str, ...]) -> dict[str, str]:
    if len(ids) > MAX_COMPARED:
        return {}
    return {RunsChoices.view.param: view.value, RunsChoices.chosen.param: ".".join(ids), **BY_LINK}
