"""A training seen in a real browser: through the end of its server, reloads and what a person changes meanwhile."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from dashboard.shared.runs.status import status_word
from mnist_core.designs.links import config_from_link, config_to_link
from mnist_core.jobs import queue
from mnist_core.jobs.control import holder
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.browser.conftest import Server, Visitor, serving
from tests.browser.finding import button, expect_facts, field, keyed, links, number, numbers
from tests.browser.slowness import slow_browser, slow_server
from tests.finished_runs import overfitted_run
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]

EPOCHS, FEWER_EPOCHS = 9_000, 8_000  # far more than fit into the tests
START_MILLISECONDS = 120_000  # of a process that loads TensorFlow on a busy machine


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """A training that goes on as long as the tests need it. The server from whose page it was started is gone.

    Attributes:
        epoch: what was seen before that server was killed.
    """

    store: RunStore
    run_id: str
    epoch: int


@pytest.fixture(scope="module")
def training(
    browser: BrowserContext, server: Server, tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path
) -> Iterator[Training]:
    """Started by a click on another server with the same runs, which was then killed; stopped after the last test."""
    folder = tmp_path_factory.mktemp("killed")
    server.runs.mkdir(exist_ok=True)
    (folder / "runs").symlink_to(server.runs)
    with serving(folder, sample_data_folder) as doomed:
        run_id, epoch = start(browser, doomed)
        doomed.process.kill()
        doomed.process.wait()
    store = RunStore(server.runs)
    try:
        yield Training(store=store, run_id=run_id, epoch=epoch)
    finally:
        end(store, run_id)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def long_run(browser: BrowserContext, server: Server) -> Iterator[str]:
    """A training that was started on the page a moment ago."""
    run_id, _ = start(browser, server)
    store = RunStore(server.runs)
    yield run_id
    end(store, run_id)


def end(store: RunStore, run_id: str) -> None:
    """Stop a training that goes on."""
    if store.is_worked_on(run_id):
        queue.stop(store, run_id)
        wait_until(lambda: not store.is_worked_on(run_id))


def start(browser: BrowserContext, server: Server) -> tuple[str, int]:
    """Start a long training as a person does; returns its id and the first epoch that is seen."""
    config = config_from_recipe("lenet-5", dataset="mnist-sample", limit=400, epochs=EPOCHS)
    visitor = Visitor(browser.new_page(), server)
    page = visitor.open(f"/design?design={config_to_link(config)}")
    button(page, "design.start").click()
    page.wait_for_url("**/train?run=*")
    run_id, epoch = page.url.split("run=")[1].split("&")[0], epoch_shown(page)
    page.close()
    return run_id, epoch


def epoch_shown(page: Page, total: int = EPOCHS) -> int:
    """The epoch that is going on, once the training has come so far; its progress names the total after it."""
    progress = keyed(page, "train.progress")
    expect(progress).to_contain_text(number(total), timeout=START_MILLISECONDS)
    found: list[float] = []

    def is_training() -> bool:
        found[:] = numbers(progress.inner_text())
        return found[1:2] == [total] and len(found) > 3  # with the batch, and how many there are

    wait_until(is_training, seconds=START_MILLISECONDS / 1000)
    return int(found[0])


@pytest.mark.thorough
def test_a_training_outlives_its_server(visitor: Visitor, training: Training) -> None:
    assert training.store.is_worked_on(training.run_id)
    page = visitor.open(f"/train?run={training.run_id}")
    wait_until(lambda: epoch_shown(page) > training.epoch, seconds=60)
    epochs = [metrics.epoch for metrics in training.store.history(training.run_id)]
    assert epochs == list(range(1, len(epochs) + 1))


@pytest.mark.thorough
def test_curves_change_in_place_and_keep_what_is_zoomed_into(visitor: Visitor, server: Server, long_run: str) -> None:
    store = RunStore(server.runs)
    page = visitor.open(f"/train?run={long_run}")
    chart = keyed(page, "train.loss.*").locator(".chart-place")
    wait_until(lambda: len(store.history(long_run)) > 3, seconds=60)
    expect(chart.locator(".main-svg").first).to_be_visible()
    chart.hover()
    chart.locator('.modebar-btn[data-val="zoom"]').click()
    zoom_into(page, chart)
    zoomed = "chart => [...chart.layout.xaxis.range, ...chart.layout.yaxis.range]"
    wait_until(lambda: chart.evaluate(zoomed)[0] > 1)
    before = chart.evaluate(zoomed)
    chart.evaluate("chart => { chart.isTheSame = true }")
    epochs = "chart => chart.data[1].x.length"
    known = chart.evaluate(epochs)
    wait_until(lambda: chart.evaluate(epochs) > known + 1)
    assert chart.evaluate(zoomed) == before
    assert chart.evaluate("chart => chart.isTheSame")


def zoom_into(page: Page, chart: Locator) -> None:
    """Drag a box over a part of the chart."""
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 150, box["y"] + 120)
    page.mouse.down()
    page.mouse.move(box["x"] + 320, box["y"] + 200, steps=4)
    page.mouse.up()


def test_pause_resume_change_and_stop_from_the_page(visitor: Visitor, server: Server, long_run: str) -> None:
    store, run_id = RunStore(server.runs), long_run
    page = visitor.open(f"/train?run={run_id}")
    button(page, f"train.pause.{run_id}").click()
    wait_until(lambda: store.get(run_id).status is RunStatus.PAUSED)
    button(page, f"train.go_on.{run_id}").click()
    wait_until(lambda: store.get(run_id).status is RunStatus.RUNNING)
    expect(button(page, f"train.pause.{run_id}")).to_be_enabled()  # the page has seen it too
    button(page, f"train.adjust.{run_id}").click()
    epochs = field(page, f"train.epochs.{run_id}.new")
    epochs.fill(str(FEWER_EPOCHS))
    epochs.press("Tab")
    button(page, f"train.apply.{run_id}").click()
    wait_until(lambda: store.get(run_id).epochs == FEWER_EPOCHS)
    page.keyboard.press("Escape")
    epoch_shown(page, FEWER_EPOCHS)
    button(page, f"train.stop.{run_id}").click()
    wait_until(lambda: store.get(run_id).status is RunStatus.STOPPED)
    expect(button(page, f"train.resume.{run_id}")).to_be_enabled()


@pytest.mark.thorough
def test_a_stopped_run_that_is_resumed_is_called_running(visitor: Visitor, training: Training) -> None:
    store, run_id = training.store, training.run_id
    page = visitor.open(f"/train?run={run_id}")
    button(page, f"train.stop.{run_id}").click()
    wait_until(lambda: store.get(run_id).status is RunStatus.STOPPED, seconds=60)
    picked = field(page, "context.run*").first  # the box of before may still be fading
    expect(picked).to_have_value(re.compile(status_word(RunStatus.STOPPED)))
    button(page, f"train.resume.{run_id}").click()  # on a page that no timer redraws
    expect(button(page, f"train.pause.{run_id}")).to_be_visible()
    expect(picked).to_have_value(re.compile(status_word(RunStatus.RUNNING)))
    epoch_shown(page)


@pytest.mark.thorough
def test_a_press_on_stop_counts_and_is_answered_at_once_on_a_busy_machine(
    visitor: Visitor, training: Training, server: Server
) -> None:
    store, run_id = training.store, training.run_id
    folder = store.folder(run_id)
    page = visitor.open(f"/train?run={run_id}")
    if store.get(run_id).status is not RunStatus.RUNNING:
        button(page, f"train.resume.{run_id}").click()
        wait_until(lambda: store.get(run_id).status is RunStatus.RUNNING, seconds=60)
    worker = holder(folder)
    assert worker is not None
    worker.suspend()  # it obeys later than the page answers
    try:
        with slow_server(server), slow_browser(page):
            page.reload(wait_until="commit")
            stop = button(page, f"train.stop.{run_id}")
            stop.click()  # as soon as it is there
            expect(stop).to_be_disabled()
            expect(keyed(page, "train.status")).to_contain_text("hourglass_top")  # the name of its icon
            assert (folder / "stop").exists()
    finally:
        worker.resume()
    wait_until(lambda: store.get(run_id).status is RunStatus.STOPPED, seconds=60)
    visitor.settle()


@pytest.mark.thorough
def test_a_hint_leads_to_its_curve_and_to_a_design_with_the_change(
    visitor: Visitor, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(server.data))
    run_id = overfitted_run(RunStore(server.runs), limit=300)
    page = visitor.open(f"/train?run={run_id}")
    hints = keyed(page, "train.hints")
    keyed(page, "train.confusion.*").scroll_into_view_if_needed()
    hints.locator('a[href="#loss"]').first.click()
    expect(page.locator("#loss")).to_be_in_viewport()
    assert f"run={run_id}" in page.url
    chart = keyed(page, "train.loss.*").locator(".chart-place")
    marked = "chart => (chart.layout?.shapes ?? []).map((shape) => shape.x0)"
    wait_until(lambda: chart.evaluate(marked) == [2])  # the lowest validation loss of that run
    chart.hover()
    with page.expect_download() as download:
        chart.locator(".modebar-btn").first.click()
    assert download.value.suggested_filename == "Overfitted-loss.png"
    links(hints, "design").first.click()
    page.wait_for_url(re.compile(r"/design\?.*\bdesign="))
    visitor.settle()
    expect(field(page, "design.limit")).to_have_value("300")
    config = config_from_link(page.url.split("design=")[1])
    assert config.training.augmentation.is_on
    amounts = [amount for amount in astuple(config.training.augmentation) if amount]
    expect_facts(keyed(page, "design.augmentation_place").get_by_test_id("stCaptionContainer"), *amounts)
