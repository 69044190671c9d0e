"""A search in a real browser: made from a design, watched, stopped and resumed; its figures and rows open trials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from dashboard.views.tune.choices import FoundFigure
from mnist_core.designs.links import config_to_link
from mnist_core.jobs.control import holder
from mnist_core.runs.events import read_events
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from mnist_core.tuning import search as searching
from mnist_core.tuning.control import Doing, is_tuned, read_state, request_stop
from mnist_core.tuning.default_space import default_space
from mnist_core.tuning.study import Study, StudySettings, create_study, read_study, study_folder, study_names
from mnist_core.tuning.trials import runs_of
from tests.browser.conftest import Server, Visitor, serving
from tests.browser.finding import button, expect_no_complaint, field, keyed, links
from tests.browser.fitting import expect_to_fit
from tests.thorough import some_of
from tests.tuning.conftest import open_space, right_answers, trials_of
from tests.tuning.simulated import Simulated
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]

EPOCHS, MANY_EPOCHS = 9_000, 300  # far more than fit into the test, and some ten seconds of training
START_SECONDS = 120  # of processes that load Optuna and TensorFlow on a busy machine
ROW = 35  # pixels: the height of a row in a table of Streamlit, which is drawn on a canvas
LIVE, DONE = "search-1", "done"
N_TRIALS = 6


@pytest.fixture
def store(server: Server) -> Iterator[RunStore]:
    """The runs of the server; what still searches is stopped at the end."""
    yield RunStore(server.runs)
    for folder in (server.runs / "studies").glob("*"):
        if is_tuned(folder):
            request_stop(folder)
        wait_until(lambda: not is_tuned(folder), seconds=60)  # noqa: B023 - waited for at once


@pytest.mark.thorough
def test_a_search_is_made_from_a_design_watched_stopped_and_resumed(visitor: Visitor, store: RunStore) -> None:
    config = config_from_recipe("softmax-regression", dataset="mnist-sample", limit=200, epochs=EPOCHS)
    page = visitor.open(f"/design?design={config_to_link(config)}")
    links(page.get_by_test_id("stBottom"), "tune").click()
    page.wait_for_url(re.compile(r"/tune\?.*design="))
    visitor.settle()
    expect(field(page, "tune.epochs")).to_have_value(str(EPOCHS))
    pick_row(page, "tune.space.*", 1)
    visitor.settle()
    button(page, "tune.remove").click()
    visitor.settle()
    button(page, "tune.start").click()
    page.wait_for_url(re.compile(rf"study={LIVE}"))
    folder, base = study_folder(store.root, LIVE), default_space(config)
    assert read_study(store.root, LIVE).space == base.without(base.dimensions[1].setting)
    chart = keyed(page, "tune.progress.history").locator(".chart-place")
    wait_until(lambda: chart.count() > 0 and scores(chart) != [], seconds=START_SECONDS)  # without a click
    (run_id,) = store.run_ids()
    pick_row(page, "tune.trials.*", 0)
    expect_opened(page, 0, run_id)
    button(page, "tune.stop").click()
    wait_until(lambda: read_state(folder).doing is Doing.STOPPED, seconds=60)
    assert store.get(run_id).status is RunStatus.STOPPED
    button(page, "tune.play_arrow").click()
    wait_until(lambda: store.get(run_id).attempt == 2, seconds=START_SECONDS)
    expect(button(page, "tune.stop")).to_be_visible()
    links(keyed(page, "tune.opened_trial"), "train").click()
    page.wait_for_url(re.compile(rf"/train\?run={run_id}"))


@pytest.mark.thorough
def test_a_search_outlives_its_server_and_a_new_one_shows_it_live(
    visitor: Visitor, browser: BrowserContext, store: RunStore, tmp_path: Path, sample_data_folder: Path
) -> None:
    """The server is killed, then the tuner and the worker of the trial too; nothing but the epoch in hand is lost."""
    config = config_from_recipe("softmax-regression", dataset="mnist-sample", limit=200, epochs=MANY_EPOCHS)
    store.root.mkdir(exist_ok=True)
    (tmp_path / "runs").symlink_to(store.root)
    with serving(tmp_path, sample_data_folder) as doomed:
        page = browser.new_page()
        person = Visitor(page, doomed)
        person.open(f"/tune?design={config_to_link(config)}")
        expect(field(page, "tune.name")).not_to_have_value("")
        name = field(page, "tune.name").input_value()
        for setting, value in (("trials", 2), ("workers", 1)):
            field(page, f"tune.{setting}").fill(str(value))
            field(page, f"tune.{setting}").press("Tab")
            person.settle()
        button(page, "tune.start").click()
        page.wait_for_url(re.compile(rf"study={name}"))
        wait_until(lambda: epochs_done(store, name) > 0, seconds=START_SECONDS)
        doomed.process.kill()
        doomed.process.wait()
        page.close()
    folder, before = study_folder(store.root, name), epochs_done(store, name)
    wait_until(lambda: epochs_done(store, name) > before, seconds=60)  # without any server
    page = visitor.open(f"/tune?view=progress&study={name}")
    chart = keyed(page, "tune.progress.history").locator(".chart-place")
    wait_until(lambda: chart.count() > 0 and scores(chart) != [])
    progress = page.get_by_test_id("stProgress")
    shown = progress.inner_text()
    expect(progress).not_to_have_text(shown)  # live, without a click

    wait_until(lambda: workers(store, name) != [], seconds=START_SECONDS)
    (tuner,), (worker,) = tuners(folder), workers(store, name)
    tuner.kill()
    worker.kill()
    button(page, "tune.play_arrow").click()  # the page says by itself that it is interrupted
    wait_until(lambda: read_state(folder).doing is Doing.DONE, seconds=2 * START_SECONDS)
    runs = runs_of(store, read_study(store.root, name))
    assert [run.status for run in runs] == [RunStatus.COMPLETED] * 2
    for run in runs:
        events = read_events(store.folder(run.run_id) / "events.jsonl").events
        assert [event["epoch"] for event in events if event["event"] == "epoch"] == list(range(1, MANY_EPOCHS + 1))


def tuners(folder: Path) -> list[psutil.Process]:
    """The tuners of a study, by whatever path they were given its folder."""
    arguments = [(one, (one.info["cmdline"] or [""])[-1]) for one in psutil.process_iter(["cmdline"])]
    return [one for one, last in arguments if last.endswith(folder.name) and Path(last).resolve() == folder.resolve()]


def workers(store: RunStore, name: str) -> list[psutil.Process]:
    """What trains the trials of a search now."""
    found = (holder(store.folder(run.run_id)) for run in runs_of(store, read_study(store.root, name)))
    return [process for process in found if process is not None]


def epochs_done(store: RunStore, name: str) -> int:
    return sum(run.summary.epochs_done for run in runs_of(store, read_study(store.root, name)))


def pick_row(page: Page, key: str, row: int) -> None:
    """Select a row of a table by its box."""
    table = keyed(page, key).locator(".dvn-scroller")
    table.scroll_into_view_if_needed()
    table.click(position={"x": 16, "y": (row + 1) * ROW + ROW // 2})


def scores(chart: Locator) -> list[float]:
    """The heights of the first points of a figure."""
    found: list[float] = chart.evaluate("chart => [...(chart.data?.[0]?.y ?? [])]")
    return found


def click_point(page: Page, chart: Locator, trial: int) -> None:
    """Click the point that carries a trial, once the mouse is over it: Plotly sends what it has noted as under it."""
    chart.scroll_into_view_if_needed()
    place = chart.evaluate(POINT, trial)
    page.mouse.move(0, 0)
    expect(chart.locator(".hovertext")).to_have_count(0)
    page.mouse.move(place["x"], place["y"])
    expect(chart.locator(".hovertext").first).to_be_visible()
    page.mouse.click(place["x"], place["y"])


POINT = """(chart, wanted) => {
  const box = chart.querySelector('.nsewdrag').getBoundingClientRect();
  const { xaxis, yaxis } = chart._fullLayout;
  for (const { x, y, customdata } of chart.data) {
    const last = [...(customdata ?? [])].findLastIndex(([trial]) => trial === wanted); // of parallel lines, their ends
    if (last >= 0) return { x: box.x + xaxis.d2p(x[last]), y: box.y + yaxis.d2p(y[last]) };
  }
}"""


def expect_opened(page: Page, trial: int, run_id: str) -> None:
    """A trial is open, by the address and by the links to its run."""
    expect(links(keyed(page, "tune.opened_trial"), "train")).to_have_attribute("href", re.compile(f"run={run_id}"))
    page.wait_for_url(re.compile(rf"[?&]trial={trial}\b"))


@pytest.fixture(scope="module")
def searched(server: Server) -> RunStore:
    """A search that has ended, beside whatever else the server has."""
    store = RunStore(server.runs)
    settings = StudySettings(trials=N_TRIALS, method="random", pruning="off", workers=3)
    study = create_study(store.root, Study(name=DONE, space=open_space(), settings=settings))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "POLL_SECONDS", 0.0)
        searching.search(store, study, runner=Simulated(store, right_answers))
    return store


FIGURES = [figure for figure in FoundFigure if figure is not FoundFigure.IMPORTANCES]  # a bar stands for a setting


@pytest.mark.parametrize("figure", some_of(FIGURES, always=[FoundFigure.HISTORY]))
def test_a_point_of_every_figure_opens_its_trial(visitor: Visitor, searched: RunStore, figure: FoundFigure) -> None:
    trials = trials_of(searched, read_study(searched.root, DONE)).trials
    page = visitor.open(f"/tune?view=found&study={DONE}&figure={figure}")
    chart = keyed(page, f"tune.found.{figure}").locator(".chart-place")
    expect(chart.locator(".point").first).to_be_attached()
    for number in (2, 5):
        click_point(page, chart, number)
        expect_opened(page, number, str(trials[number].run_id))
        visitor.settle()
    expect_no_complaint(page)


def test_a_bar_of_the_importances_opens_the_slice_of_its_setting(visitor: Visitor, searched: RunStore) -> None:
    page = visitor.open(f"/tune?view=found&study={DONE}&figure={FoundFigure.IMPORTANCES}")
    bar = keyed(page, "tune.found.importances").locator(".bars .point").last  # the top one, of the most important
    expect(bar).to_be_visible()
    setting = next(iter(trials_of(searched, read_study(searched.root, DONE)).importances))
    box = bar.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile(rf"[?&]setting={re.escape(setting)}(&|$)"))
    page.wait_for_url(re.compile(r"[?&]figure=slice(&|$)"))
    expect(keyed(page, "tune.found.slice").locator(".chart-place .point").first).to_be_attached()
    expect_no_complaint(page)


@pytest.mark.thorough
@pytest.mark.parametrize("view", ["new", "progress", "verdict", *(f"found&figure={figure}" for figure in FoundFigure)])
def test_nothing_reaches_beyond_the_width_of_a_phone(visitor: Visitor, searched: RunStore, view: str) -> None:
    page = visitor.open(f"/tune?study={DONE}&view={view}")
    expect_no_complaint(page)
    expect_to_fit(visitor)


@pytest.mark.thorough
def test_a_search_is_deleted_after_a_question_and_restored(visitor: Visitor, searched: RunStore) -> None:
    page = visitor.open(f"/tune?study={DONE}&view=progress")
    button(page, f"tune.delete.{DONE}").click()
    button(page, f"tune.delete.{DONE}.confirm").click()
    wait_until(lambda: DONE not in study_names(searched.root))
    button(page, "tune.undo").click()
    page.wait_for_url(re.compile(rf"study={DONE}"))
    wait_until(lambda: DONE in study_names(searched.root))
    visitor.settle()
    expect(keyed(page, "tune.progress.history").locator(".chart-place")).to_be_visible()
    expect_no_complaint(page)
