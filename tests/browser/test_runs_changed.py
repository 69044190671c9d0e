"""Runs that a person marks, deletes and restores in a real browser, beside a training and another tab."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from mnist_core.locks import try_lock
from mnist_core.runs import bin as bins
from mnist_core.runs import marks
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.browser.conftest import FinishedRuns, Server, Visitor, serving
from tests.browser.finding import button, expect_no_complaint, field, keyed, option
from tests.browser.run_table import expect_runs, pick, run_cell, run_line, run_lines
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]

FORMULA = '=HYPERLINK("http://x")'
HOSTILE = "<img src=x onerror=alert(1)> **b** [a](http://b) :smile:"


@pytest.fixture(scope="module")
def server(
    finished_runs: FinishedRuns, tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path
) -> Iterator[Server]:
    """A dashboard with copies of finished runs, which these tests may change."""
    folder = tmp_path_factory.mktemp("changed")
    (folder / "runs").mkdir()
    for run_id in (finished_runs.newer, finished_runs.older):
        shutil.copytree(finished_runs.folder / "runs" / run_id, folder / "runs" / run_id)
    with serving(folder, sample_data_folder) as running:
        yield running


@pytest.fixture
def store(server: Server, finished_runs: FinishedRuns) -> RunStore:
    """The two runs as they were, whatever the test before has done."""
    store = RunStore(server.runs)
    for run_id in bins.bin_of(store).run_ids():
        bins.restore(store, run_id)
    for run_id, name in ((finished_runs.newer, "Newer"), (finished_runs.older, "Older")):
        store.set(run_id, name=name, tags=[], note="", starred=False, archived=False)
    return store


def save_name(visitor: Visitor, run_id: str, name: str) -> None:
    page = visitor.page
    pick(visitor, run_id)
    button(page, "runs.edit").click()
    field(page, f"runs.name.{run_id}*").fill(name)
    button(page, "runs.save").click()
    visitor.settle()


@pytest.mark.thorough
def test_a_new_name_is_everywhere_at_once_and_never_markup(
    visitor: Visitor, store: RunStore, finished_runs: FinishedRuns
) -> None:
    page = visitor.open(f"/runs?run={finished_runs.newer}")
    save_name(visitor, finished_runs.newer, HOSTILE)
    expect(run_cell(page, finished_runs.newer, "name")).to_have_text(HOSTILE)
    expect(field(page, "context.run*")).to_have_value(re.compile(re.escape(HOSTILE)))
    assert store.get(finished_runs.newer).name == HOSTILE
    assert page.locator("img[onerror]").count() == 0
    expect_no_complaint(page)


@pytest.mark.thorough
def test_tags_star_note_and_archive(visitor: Visitor, store: RunStore, finished_runs: FinishedRuns) -> None:
    page = visitor.open("/runs")
    pick(visitor, finished_runs.newer)
    pick(visitor, finished_runs.older)
    button(page, "runs.tags").click()
    field(page, "runs.new_tag").fill("talk")
    button(page, "runs.add_tag").click()
    for run_id in (finished_runs.newer, finished_runs.older):
        expect(run_cell(page, run_id, "tags")).to_have_text("talk")
    page.keyboard.press("Escape")
    visitor.settle()
    place = button(page, "runs.undo").bounding_box()
    button(page, "runs.star").click()
    expect(run_cell(page, finished_runs.older, "star")).not_to_have_text("")
    visitor.settle()
    assert button(page, "runs.undo").bounding_box() == place  # though the star's button has another label
    pick(visitor, finished_runs.older)
    button(page, "runs.edit").click()
    note = keyed(page, f"runs.note.{finished_runs.newer}*").locator("textarea")
    note.fill("first line\nsecond line")
    button(page, "runs.save").click()
    wait_until(lambda: store.get(finished_runs.newer).note == "first line\nsecond line")
    page.keyboard.press("Escape")
    visitor.settle()
    button(page, "runs.archive").click()
    expect_runs(page, [finished_runs.older])
    run = store.get(finished_runs.newer)
    assert (run.is_archived, run.is_starred, run.tags) == (True, True, ("talk",))


@pytest.mark.thorough
def test_deleted_runs_come_back_and_the_bin_is_emptied_on_purpose(
    visitor: Visitor, store: RunStore, finished_runs: FinishedRuns
) -> None:
    third = store.create(config_from_recipe("lenet-5", dataset="mnist-sample", epochs=1), name="Third")
    store.set(third, status="stopped")
    page = visitor.open("/runs")
    pick(visitor, third)
    pick(visitor, finished_runs.newer)
    button(page, "runs.delete").click()
    expect_runs(page, [finished_runs.older])
    visitor.settle()
    button(page, "runs.undo").click()
    expect_runs(page, [third, finished_runs.newer, finished_runs.older])
    visitor.settle()
    pick(visitor, third)
    button(page, "runs.delete").click()
    expect_runs(page, [finished_runs.newer, finished_runs.older])
    visitor.settle()
    visitor.open_view("runs", "bin")
    expect(keyed(page, "runs.bin").locator("tbody tr")).to_have_count(1)
    assert bins.bin_of(store).run_ids() == (third,)
    button(page, "runs.empty").click()
    button(page, "runs.empty.confirm").click()
    expect(keyed(page, "empty_state")).to_be_visible()
    assert bins.bin_of(store).run_ids() == ()
    assert set(store.run_ids()) == {finished_runs.newer, finished_runs.older}


@pytest.mark.thorough
def test_a_running_run_is_followed_and_not_deleted(
    visitor: Visitor, store: RunStore, finished_runs: FinishedRuns
) -> None:
    """The page was open before the run was there: it comes, goes on and ends without a click."""
    page = visitor.open("/runs")
    expect(run_lines(page)).to_have_count(2)
    run_id = store.create(config_from_recipe("lenet-5", dataset="mnist-sample", epochs=5), name="Live")
    lock = try_lock(store.folder(run_id) / "lock")
    assert lock is not None
    store.set(run_id, status="running")
    for epoch in (1, 2):
        store.update(run_id, lambda document, epoch=epoch: document["summary"].update(epochs_done=epoch))
        expect(run_cell(page, run_id, "epochs")).to_have_text(f"{epoch}/5")
    pick(visitor, run_id)
    button(page, "runs.delete").click()
    expect(page.get_by_test_id("stToast")).to_have_count(1)
    assert store.folder(run_id).is_dir()
    status = run_cell(page, run_id, "status")
    before = status.inner_text()
    os.close(lock)  # its worker is gone
    expect(status).not_to_have_text(before)
    bins.delete(store, run_id)
    bins.empty(store)
    expect_runs(page, [finished_runs.newer, finished_runs.older])


@pytest.mark.thorough
def test_formulas_are_harmless_in_the_exported_file(
    visitor: Visitor, store: RunStore, finished_runs: FinishedRuns
) -> None:
    marks.rename(store, finished_runs.newer, FORMULA)
    page = visitor.open("/runs")
    with page.expect_download() as started:
        button(page, "runs.export").click()
    lines = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text())))
    assert FORMULA in lines[0]["name"]
    assert not lines[0]["name"].startswith(("=", "+", "-", "@"))


@pytest.mark.thorough
def test_of_two_tabs_that_rename_at_once_neither_overwrites_the_other(
    visitor: Visitor, browser: BrowserContext, server: Server, store: RunStore, finished_runs: FinishedRuns
) -> None:
    other = Visitor(browser.new_page(), server)
    for person in (visitor, other):
        person.open("/runs")
        pick(person, finished_runs.older)
        button(person.page, "runs.edit").click()
        name = field(person.page, f"runs.name.{finished_runs.older}*")
        name.fill("hers" if person is visitor else "his")
    button(visitor.page, "runs.save").click()
    visitor.settle()
    button(other.page, "runs.save").click()
    expect(other.page.get_by_test_id("stToast")).to_have_count(1)
    assert store.get(finished_runs.older).name == "hers"
    other.leave()
    other.page.close()


@pytest.mark.thorough
def test_a_run_that_is_deleted_while_it_is_shown(
    visitor: Visitor, store: RunStore, finished_runs: FinishedRuns
) -> None:
    page = visitor.open(f"/runs?view=compare&runs={finished_runs.newer}.{finished_runs.older}")
    expect(keyed(page, "runs.curves")).to_be_visible()
    bins.delete(store, finished_runs.older)
    option(page, "linked.runs_axis*", 2).click()
    visitor.settle()
    expect(page.get_by_test_id("stAlertContentWarning")).to_have_count(1)
    expect_no_complaint(page)


@pytest.mark.thorough
@pytest.mark.parametrize("address", ["/runs?run=../../etc", "/runs?runs=../../etc", "/runs?view=ledger&with=../x"])
def test_addresses_that_are_none_do_nothing(
    visitor: Visitor, store: RunStore, finished_runs: FinishedRuns, address: str
) -> None:
    page: Page = visitor.open(address)
    expect_no_complaint(page)
    visitor.open_view("runs", "table")
    expect(run_line(page, finished_runs.newer)).to_be_visible()
