"""Runs in every state that the folder and the link can be in; each number against the stored predictions."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix

from dashboard.shared.settings.words import choice_words
from dashboard.views.runs.columns import COLUMNS, SETTINGS, export_table
from mnist_core.errors import StudyNotFoundError
from mnist_core.evaluation.export import selection_csv
from mnist_core.locks import try_lock
from mnist_core.runs import bin as bins
from mnist_core.runs import marks
from mnist_core.runs.index_file import INDEX_NAME
from mnist_core.runs.store import RunStore
from mnist_core.tuning.deleting import delete_study, left_in_bin, restore_study
from mnist_core.tuning.study import Study, StudySettings, create_study, read_study, study_names, tag_of
from tests.finished_runs import finished_run
from tests.pages.finding import assert_sound, component, figure, figures, has_component, is_shown, says, setting, texts
from tests.pages.opening import OpenPage
from tests.tuning.conftest import small_space

VIEWS = ("table", "compare", "ledger", "ensemble", "bin")
EVIL = "<b>x</b> [a](http://b) :smile: $y$ =1+1"


@pytest.fixture
def store(runs_folder: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path) -> Path:
    """A folder with three runs and their results; the first two are repeats. It is copied for each test."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_STUDIO_DATA", str(sample_data_folder))
        for name, seed, epochs in (("one", 1, 3), ("two", 2, 3), ("three", 3, 4)):
            finished_run(RunStore(folder), name=name, seed=seed, epochs=epochs)
    return folder


@pytest.fixture
def three(made: Path, store: RunStore) -> list[str]:
    """The ids of three runs, the oldest first."""
    for run in made.glob("2*"):
        shutil.copytree(run, store.root / run.name)
    return sorted(store.run_ids())


TABLE = "runs.table"


def table(app: Any) -> pd.DataFrame:
    """The rows of the table of runs, by the ids that they have there."""
    sent = component(app, TABLE)
    names = [column[0] for column in sent["columns"]]
    return pd.DataFrame([row[1] for row in sent["rows"]], columns=names, index=[row[0] for row in sent["rows"]])


def clicked(app: Any, event: str, value: str) -> Any:
    """The page after the browser has sent this from the table."""
    app.session_state[TABLE] = {event: value}
    app.run()
    app.session_state[TABLE] = {event: None}
    return app


def selected(app: Any, *places: int) -> Any:
    """The page after these rows of its table, and no others, were selected."""
    ids = enumerate(table(app).index)
    picked = " ".join(("" if place in places else "-") + run_id for place, run_id in ids)
    return clicked(app, "picked", f"1 {picked}")


@pytest.mark.parametrize("view", VIEWS)
def test_without_runs_every_view_says_what_is_missing(open_page: OpenPage, view: str) -> None:
    app = open_page("runs", view=view)
    assert_sound(app)
    assert is_shown(app, "empty_state")


def test_a_bin_of_searches_alone_can_be_emptied(open_page: OpenPage, store: RunStore) -> None:
    create_study(store.root, Study(name="first", space=small_space(), settings=StudySettings()))
    delete_study(store, "first", with_runs=False)
    app = open_page("runs", view="bin")
    assert_sound(app)
    assert not is_shown(app, "empty_state")
    assert says(app, "first")
    app.button(key="runs.empty.confirm").click().run()
    assert_sound(app)
    assert is_shown(app, "empty_state")
    with pytest.raises(StudyNotFoundError):
        restore_study(store, "first")


def test_a_deleted_search_is_restored_from_the_bin_with_its_runs_and_no_others(
    open_page: OpenPage, store: RunStore, three: list[str]
) -> None:
    for name in ("first", "second"):
        create_study(store.root, Study(name=name, space=small_space(), settings=StudySettings()))
    trial = store.create(small_space().base, tags=[tag_of("first")], study={"name": "first", "trial": 0})
    delete_study(store, "first", with_runs=True)
    delete_study(store, "second", with_runs=False)
    bins.delete(store, three[0])
    app = open_page("runs", view="bin")
    app.button(key="runs.restore_study.first").click().run()
    assert_sound(app)
    assert study_names(store.root) == ("first",)
    assert set(store.run_ids()) == {trial, *three[1:]}
    assert not is_shown(app, "runs.restore_study.first")
    assert [row[0] for row in component(app, "runs.bin")["rows"]] == [three[0]]
    assert len(app.toast) == 1


def test_a_search_whose_name_is_taken_again_stays_in_the_bin_and_says_why(open_page: OpenPage, store: RunStore) -> None:
    new = Study(name="first", space=small_space(), settings=StudySettings())
    create_study(store.root, new)
    delete_study(store, "first", with_runs=False)
    create_study(store.root, new)
    app = open_page("runs", view="bin")
    app.button(key="runs.restore_study.first").click().run()
    assert_sound(app)
    assert len(app.toast) == 1
    assert is_shown(app, "runs.restore_study.first")
    assert [study.name for study in bins.deleted_studies(store)] == ["first"]


def test_of_deleted_searches_with_one_name_the_last_one_is_restored_and_the_other_is_said_to_be_there(
    open_page: OpenPage, store: RunStore
) -> None:
    for trials in (3, 4):
        create_study(store.root, Study(name="first", space=small_space(), settings=StudySettings(trials=trials)))
        delete_study(store, "first", with_runs=False)
    app = open_page("runs", view="bin")
    assert_sound(app)
    assert says(app, "first", 2)
    app.button(key="runs.restore_study.first").click().run()
    assert_sound(app)
    assert read_study(store.root, "first").settings.trials == 4
    assert is_shown(app, "runs.restore_study.first")
    (notice,) = app.toast
    assert left_in_bin(store, "first") in notice.value.replace("\\", "")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_runs_whose_names_are_not_markup(
    open_page: OpenPage, store: RunStore, three: list[str], view: str
) -> None:
    marks.rename(store, three[2], EVIL)
    bins.delete(store, three[0])
    app = open_page("runs", view=view, run=three[2], runs=".".join(three[1:]), **{"with": three[1]})
    assert_sound(app)
    assert not is_shown(app, "empty_state")
    assert not any("<b>x" in part.value or "](http" in part.value for part in (*app.markdown, *app.caption))


def test_the_table_is_searched_filtered_and_sorted(open_page: OpenPage, store: RunStore, three: list[str]) -> None:
    accuracies = [store.get(run_id).summary.test_accuracy for run_id in three]
    assert list(table(open_page("runs"))["name"]) == ["three", "two", "one"]
    by_score = [("one", "two", "three")[place] for place in np.argsort(accuracies)[::-1]]
    assert list(table(open_page("runs", sort="-test_accuracy"))["name"]) == by_score
    assert list(table(open_page("runs", search="TWO"))["name"]) == ["two"]
    assert list(table(open_page("runs", filter="seed<3, epochs=3"))["name"]) == ["two", "one"]
    values, _ = table(open_page("runs"))["curve"].iloc[2]
    assert values == [metrics.val_accuracy for metrics in store.history(three[0])]


@pytest.mark.parametrize("sort", ["-test_accuracy", "test_loss", "validation_accuracy"])
def test_scores_are_never_listed_without_their_data_set(open_page: OpenPage, three: list[str], sort: str) -> None:
    app = open_page("runs", sort=sort, columns="name")
    assert {"name", "dataset", sort.lstrip("-")} == set(table(app).columns) - {"run_id"}


def test_repeats_are_one_row_with_median_and_spread(open_page: OpenPage, store: RunStore, three: list[str]) -> None:
    rows = table(open_page("runs", repeats="grouped"))
    assert len(rows) == 2
    scores = sorted(store.get(run_id).summary.test_accuracy or 0 for run_id in three[:2])
    text = rows["test_accuracy"].iloc[1]
    expected = [f"{100 * value:.2f}%" for value in (np.median(scores), *scores)]
    assert all(part in text for part in expected)


def test_repeats_of_one_name_have_their_seed_in_the_table(
    open_page: OpenPage, store: RunStore, three: list[str]
) -> None:
    for run_id in three[:2]:
        marks.rename(store, run_id, "same")
    assert list(table(open_page("runs"))["name"]) == ["three", "same · seed 2", "same · seed 1"]
    app = clicked(open_page("runs", repeats="grouped"), "folded", f"all-{three[1]}")
    assert list(table(app)["name"])[1:] == ["2 × same", "same · seed 2", "same · seed 1"]


def test_archived_runs_are_elsewhere(open_page: OpenPage, store: RunStore, three: list[str]) -> None:
    marks.archive(store, three[1])
    assert list(table(open_page("runs"))["name"]) == ["three", "one"]
    assert list(table(open_page("runs", archived="yes"))["name"]) == ["two"]


def test_the_export_is_harmless_in_a_spreadsheet(store: RunStore, three: list[str]) -> None:
    marks.rename(store, three[0], '=HYPERLINK("http://evil")')
    marks.tag(store, three[0], add=["@SUM(A1)"])
    marks.set_note(store, three[0], "+1")
    content = selection_csv(export_table(store.index.rows(), tuple(COLUMNS)))
    cells = pd.read_csv(io.BytesIO(content), dtype=str).fillna("").to_numpy().ravel()
    assert len(cells) == 3 * (len(COLUMNS) - 1)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


@pytest.mark.parametrize(
    "url",
    [{"run": "../../etc"}, {"view": "x"}, {"runs": "../../etc.x"}, {"filter": "magic=1"}, {"filter": "'; DROP TABLE"},
     {"search": "x" * 10_000}, {"search": "\u202e"}, {"sort": "-magic"}, {"page": "99999"}, {"columns": "magic"},
     {"view": "compare", "smoothing": "99"}, {"view": "ledger", "with": "../x"}],
    ids=str,
)  # fmt: skip
def test_nonsense_in_the_link_is_a_sentence_or_ignored(
    open_page: OpenPage, three: list[str], url: dict[str, str]
) -> None:
    assert_sound(open_page("runs", **url))


def test_runs_that_are_damaged_or_newer_do_not_hide_the_others(
    open_page: OpenPage, store: RunStore, three: list[str]
) -> None:
    path = store.root / three[2] / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 99}))
    (store.root / three[1] / "run.json").write_text("{")
    app = open_page("runs")
    assert_sound(app)
    assert list(table(app)["name"]) == ["one"]
    assert says(app, three[2])


def test_selected_runs_are_starred_deleted_and_restored(open_page: OpenPage, store: RunStore, three: list[str]) -> None:
    app = selected(open_page("runs"), 0, 2)
    app.button(key="runs.star").click().run()
    assert [row.name for row in store.index.rows() if row.is_starred] == ["three", "one"]
    app = selected(app, 0, 2)
    app.button(key="runs.delete").click().run()
    assert_sound(app)
    assert [row.name for row in store.index.rows()] == ["two"]
    app.button(key="runs.undo").click().run()
    assert [row.name for row in store.index.rows()] == ["three", "two", "one"]


def test_repeats_are_queued_with_seeds_that_are_new(
    open_page: OpenPage, store: RunStore, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_core.jobs.queue.dispatch", lambda _: ())  # nothing is trained here
    app = selected(open_page("runs"), 2)
    app.session_state["runs.repeat"] = True
    app.number_input(key="runs.seeds").set_value(3)
    app.button(key="runs.repeat.start").click().run()
    assert_sound(app)
    assert not app.session_state["runs.repeat"]  # the box is closed again
    queued = [row for row in store.index.rows() if row.status == "queued"]
    assert sorted(row.seed for row in queued) == [0, 3, 4]
    app.button(key="runs.repeat.start").click().run()  # the second press of a double click
    assert len([row for row in store.index.rows() if row.status == "queued"]) == 3
    selected(app, 5).button(key="runs.repeat.start").click().run()
    seeds = [row.seed for row in store.index.rows() if row.status == "queued"]
    assert len(set(seeds)) == len(seeds)


def test_a_tag_is_removed_whatever_its_place_and_its_characters(
    open_page: OpenPage, store: RunStore, three: list[str]
) -> None:
    for tag in (":red[a]", "b"):
        marks.tag(store, three[2], add=[tag])
    app = selected(open_page("runs"), 0)
    (first, second) = [button for button in app.button if str(button.key).startswith("runs.remove_tag.")]
    assert ":red[a]" not in first.label
    key = first.key
    first.click().run()
    assert_sound(app)
    assert store.get(three[2]).tags == ("b",)
    (left,) = [button for button in app.button if str(button.key).startswith("runs.remove_tag.")]
    assert left.key == second.key != key  # so that a second click at the same place does not remove it


def test_the_bin_loses_what_was_counted_and_nothing_deleted_since(
    open_page: OpenPage, store: RunStore, three: list[str]
) -> None:
    bins.delete(store, three[0])
    app = open_page("runs", view="bin")
    bins.delete(store, three[1])  # in another tab
    app.button(key="runs.empty.confirm").click().run()
    assert_sound(app)
    assert bins.bin_of(store).run_ids() == (three[1],)


def test_a_running_run_is_not_deleted(open_page: OpenPage, store: RunStore, three: list[str]) -> None:
    lock = try_lock(store.root / three[2] / "lock")
    app = selected(open_page("runs"), 0)
    app.button(key="runs.delete").click().run()
    assert_sound(app)
    assert len(app.toast) == 1
    assert len(store.index.rows()) == 3
    assert lock is not None
    os.close(lock)


@pytest.mark.parametrize("view", VIEWS)
def test_a_run_that_is_deleted_while_it_is_shown_costs_one_sentence(
    open_page: OpenPage, store: RunStore, three: list[str], view: str
) -> None:
    app = open_page("runs", view=view, runs=".".join(three), run=three[1], **{"with": three[0]})
    bins.delete(store, three[1])
    app.run()
    assert_sound(app)
    gone = [text for text in app.warning.values if three[1] in text.replace("\\", "")]
    assert len(gone) == 1  # of the run in the bar; Compare and Ensemble say how many of theirs are gone
    assert len(app.warning) == (2 if view in ("compare", "ensemble") else 1)


@pytest.mark.parametrize(("box", "param"), [("linked.runs_text", "search"), ("linked.runs_filters", "filter")])
def test_a_search_that_is_too_long_is_refused_and_the_one_before_stays(
    open_page: OpenPage, store: RunStore, three: list[str], box: str, param: str
) -> None:
    app, words = open_page("runs"), "two" if param == "search" else "name=two"

    def type_in(text: str) -> None:
        setting(app.text_input, box).set_value(text).run()

    type_in(words)
    assert [list(table(app)["name"]), len(app.toast)] == [["two"], 0]
    type_in("x" * 501)
    assert [list(table(app)["name"]), len(app.toast)] == [["two"], 1]
    assert app.query_params[param] == words
    long = "x" * 300 if param == "search" else ", ".join(["name!=one", "name!=two", "name!=three"] * 10)
    type_in(long)
    assert [is_shown(app, TABLE), len(app.toast), app.query_params[param]] == [False, 0, long]


def test_a_run_that_is_deleted_elsewhere_leaves_the_selection(
    open_page: OpenPage, store: RunStore, three: list[str]
) -> None:
    app = selected(open_page("runs"), 0, 1)
    bins.delete(store, three[1])
    app.run()
    assert component(app, TABLE)["selected"] == [three[2]]
    app.button(key="runs.star").click().run()
    assert_sound(app)
    assert [row.run_id for row in store.index.rows() if row.is_starred] == [three[2]]


@pytest.mark.parametrize(
    "name", ["x" * 10_000, EVIL, "a\u202eb\x00c\nd", "\u202e"], ids=("long", "markup", "control", "blank")
)
def test_a_name_is_kept_clean_or_refused_in_one_sentence(
    open_page: OpenPage, store: RunStore, three: list[str], name: str
) -> None:
    app = selected(open_page("runs"), 0)
    setting(app.text_input, f"runs.name.{three[2]}").set_value(name)
    app.button(key="runs.save").click().run()
    assert_sound(app)
    stored = store.get(three[2]).name
    expected = {"x" * 10_000: "three", "a\u202eb\x00c\nd": "abc d", "\u202e": ""}.get(name, name)
    assert stored == expected
    assert len(app.toast) == (len(name) > 80)
    assert table(app)["name"].iloc[0] == (stored or store.get(three[2]).title)


def test_of_two_tabs_that_rename_at_once_the_second_is_told(
    open_page: OpenPage, store: RunStore, three: list[str]
) -> None:
    app = selected(open_page("runs"), 0)
    marks.rename(store, three[2], "theirs", instead_of="three")
    setting(app.text_input, f"runs.name.{three[2]}").set_value("mine")
    app.button(key="runs.save").click().run()
    assert_sound(app)
    assert len(app.toast) == 1
    assert store.get(three[2]).name == "theirs"


def test_a_run_that_is_a_link_out_of_the_folder_is_not_shown(
    open_page: OpenPage, store: RunStore, three: list[str]
) -> None:
    outside = store.root.parent / three[1]
    os.rename(store.root / three[1], outside)
    (store.root / three[1]).symlink_to(outside)
    app = open_page("runs", run=three[1])
    assert_sound(app)
    assert list(table(app).index) == [three[2], three[0]]


@pytest.mark.parametrize("spoil", ["garbage", "locked"])
def test_what_is_wrong_with_the_index_is_said_in_a_sentence(
    open_page: OpenPage, store: RunStore, three: list[str], spoil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_core.runs.index_file.BUSY_SECONDS", 0.05)
    store.index.close()
    path = store.root / INDEX_NAME
    with contextlib.ExitStack() as stack:
        if spoil == "garbage":
            path.write_bytes(b"no database " * 1000)
        else:
            other = stack.enter_context(contextlib.closing(sqlite3.connect(path, isolation_level=None)))
            other.execute("BEGIN EXCLUSIVE")
        app = open_page("runs")
    assert_sound(app)
    assert list(table(app).index) == three[::-1]
    assert store.index.notice
    assert any(store.index.notice.split(".")[0] in text for text in texts(app))


def test_one_click_leads_from_a_row_to_each_page(open_page: OpenPage, three: list[str]) -> None:
    app = open_page("runs")
    pages = {name: address for name, _, _, address in component(app, TABLE)["links"]}
    assert pages == {name: f"{name}?run=" for name in ("train", "evaluate", "mistakes", "inside")}
    clicked(app, "opened", f"mistakes {three[1]}")
    assert_sound(app)
    assert app.query_params["run"] == three[1]
    assert has_component(app, "mistakes.digits")


def test_headings_sort_all_runs_and_once_more_turn_the_order_round(
    open_page: OpenPage, store: RunStore, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.views.runs.filters.PAGE_SIZE", 2)
    monkeypatch.setattr("dashboard.views.runs.table.PAGE_SIZE", 2)
    accuracies = [store.get(run_id).summary.test_accuracy or 0 for run_id in three]
    ranked = [three[place] for place in np.argsort(accuracies)]
    app = clicked(open_page("runs", page="2"), "sorted", "test_accuracy")
    assert list(table(app).index) == ranked[::-1][:2]
    clicked(app, "sorted", "test_accuracy")
    assert list(table(app).index) == ranked[:2]
    clicked(app, "sorted", "name")
    assert list(table(app)["name"]) == ["one", "three"]
    clicked(app, "sorted", "magic")
    assert list(table(app)["name"]) == ["one", "three"]


def test_every_setting_can_be_a_column(open_page: OpenPage, store: RunStore, three: list[str]) -> None:
    app = open_page("runs", columns=".".join(SETTINGS), sort="-learning_rate")
    assert_sound(app)
    rows = table(app)
    assert set(rows.columns) == SETTINGS.keys()
    for run_id in three:
        training = store.get(run_id).config.training
        assert rows.loc[run_id, "batch_size"] == str(training.batch_size)
        assert rows.loc[run_id, "augmentation_noise"] == str(training.augmentation.noise or 0)
        assert rows.loc[run_id, "optimizer"] == choice_words(training.optimizer)


def test_repeats_are_unfolded_and_selected_together(open_page: OpenPage, store: RunStore, three: list[str]) -> None:
    app = open_page("runs", repeats="grouped")
    group = table(app).index[1]
    clicked(app, "folded", group)
    assert list(table(app).index) == [three[2], group, three[1], three[0]]
    clicked(app, "picked", f"1 -{three[2]} {group} -{three[1]} -{three[0]}")
    assert set(component(app, TABLE)["selected"]) == {group, *three[:2]}
    clicked(app, "picked", f"1 -{three[2]} {group} -{three[1]} {three[0]}")  # one of them is deselected again
    assert set(component(app, TABLE)["selected"]) == {three[0]}
    clicked(app, "folded", group)
    assert list(table(app).index) == [three[2], group]


def test_all_pages_are_selected_at_once_and_nothing_that_is_hidden(
    open_page: OpenPage, store: RunStore, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.views.runs.filters.PAGE_SIZE", 1)
    monkeypatch.setattr("dashboard.views.runs.table.PAGE_SIZE", 1)
    app = selected(open_page("runs"), 0)
    app.button(key="runs.select_all").click().run()
    app.query_params["search"] = "o"  # the search that a link would bring: one and two
    app.session_state["choice.runs_text"] = "o"
    app.run()
    app.button(key="runs.delete").click().run()
    assert_sound(app)
    assert store.run_ids() == (three[2],)


def test_nonsense_from_the_table_does_nothing(open_page: OpenPage, store: RunStore, three: list[str]) -> None:
    app = open_page("runs")
    nonsense = ["../../etc", "train ../../etc", "x" * 100_000, 7, [1], {"a": 1}, "all-x", "-"]
    cases = itertools.product(("picked", "sorted", "folded", "opened"), nonsense)
    for event, value in (*cases, ("opened", f"home {three[0]}"), ("folded", three[0])):
        clicked(app, event, value)
        assert_sound(app)
        assert list(table(app).index) == three[::-1]
        assert component(app, TABLE)["selected"] == []


def test_the_difference_of_the_confusion_matrices_and_its_digits(
    open_page: OpenPage, store: RunStore, three: list[str]
) -> None:
    before, after = (store.predictions(run_id) for run_id in (three[0], three[2]))
    answers = [one.probabilities.argmax(axis=1) for one in (before, after)]
    expected = np.subtract(*(confusion_matrix(before.labels, said, labels=range(10)) for said in answers[::-1]))
    true, predicted = np.argwhere(expected * (1 - np.eye(10)) != 0)[0]
    app = open_page("runs", view="compare", runs=".".join(three), cell=f"{true}-{predicted}")
    assert_sound(app)
    texts = component(app, "runs.change")["texts"]
    assert [[int((text or "0").replace("−", "-")) for text in row] for row in texts] == expected.tolist()
    in_cell = [(before.labels == true) & (said == predicted) for said in answers]
    moved = before.index[in_cell[0] != in_cell[1]].tolist()
    assert component(app, "runs.moved")["ids"] == moved
    app.session_state["runs.moved"] = {"picked": len(moved) - 1}
    app.run()
    assert app.query_params["image"] == f"test-{moved[-1]}"


def test_the_ledger_counts_every_image(open_page: OpenPage, store: RunStore, three: list[str]) -> None:
    app = open_page("runs", view="ledger", run=three[1], **{"with": three[0]})
    assert_sound(app)
    first, second = (store.predictions(run_id) for run_id in three[:2])
    was, now = (p.probabilities.argmax(axis=1) == p.labels for p in (first, second))
    bars = figure(app, "runs.ledger.figure")["data"]
    assert sum(bars[0]["y"]) == (~was & now).sum()
    assert -sum(bars[1]["y"]) == (was & ~now).sum()
    assert component(app, "runs.ledger.digits")["count"] == min(120, (~was & now).sum())
    expected = [accuracy_score(p.labels, p.probabilities.argmax(axis=1)) for p in (first, second)]
    assert figures(app.get_by_key("runs.ledger.verdict"))[:2] == [f"{100 * value:.2f}%" for value in expected]


def test_the_ensemble_is_scored_like_a_run(open_page: OpenPage, store: RunStore, three: list[str]) -> None:
    app = open_page("runs", view="ensemble", runs=".".join(three))
    assert_sound(app)
    predictions = [store.predictions(run_id) for run_id in three]
    mean = np.mean([p.probabilities.astype(np.float64) for p in predictions], axis=0)
    accuracy = accuracy_score(predictions[0].labels, mean.argmax(axis=1))
    assert figures(app.get_by_key("runs.ensemble.figures"))[0] == f"{100 * accuracy:.2f}%"
    wrong = np.all([p.probabilities.argmax(axis=1) != p.labels for p in predictions], axis=0)
    assert component(app, "runs.wrong")["count"] == min(120, wrong.sum())


@pytest.mark.parametrize("view", ["compare", "ensemble", "ledger"])
def test_where_two_runs_are_needed_a_click_takes_the_newest_other_one(
    open_page: OpenPage, store: RunStore, three: list[str], view: str
) -> None:
    newest, *_ = store.run_ids()
    app = open_page("runs", view=view, run=newest)
    app.button(key="empty_state.remedy").click().run()
    assert_sound(app)
    assert not any(button.key == "empty_state.remedy" for button in app.button)
    before = {app.query_params["run"], app.query_params["with"]} if view == "ledger" else None
    assert before in (None, set(store.run_ids()[:2]))
