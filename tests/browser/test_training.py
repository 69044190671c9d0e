"""A training seen in a real browser: through reloads, second tabs and the end of its server."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from mnist_core.jobs import queue
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.browser.conftest import Server, Visitor, serving
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@contextmanager
def long_run(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[RunStore, str]]:
    """A training that lasts longer than the test, and is ended with it whatever happens."""
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(server.data))
    store = RunStore(server.runs)
    run_id = store.create(config_from_recipe("dropout-cnn", dataset="mnist-sample", epochs=500))
    queue.enqueue(store, run_id)
    try:
        yield store, run_id
    finally:
        if store.is_worked_on(run_id):
            end(store, run_id)


def epoch_shown(visitor: Visitor) -> int:
    found = re.search(r"Epoch (\d+) of", visitor.page.get_by_test_id("stProgress").first.inner_text())
    return int(found[1]) if found else 0


def end(store: RunStore, run_id: str) -> None:
    queue.stop(store, run_id)
    wait_until(lambda: not store.is_worked_on(run_id), seconds=30)


def test_pause_go_on_change_and_stop_from_the_page(
    visitor: Visitor, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with long_run(server, monkeypatch) as (store, run_id):
        control_from_the_page(visitor, store, run_id)


def control_from_the_page(visitor: Visitor, store: RunStore, run_id: str) -> None:
    page = visitor.open(f"/train?run={run_id}")
    expect(page.get_by_test_id("stProgress").first).to_contain_text("Epoch", timeout=60_000)
    page.get_by_role("button", name="Pause").click()
    wait_until(lambda: store.get(run_id).status is RunStatus.PAUSED)
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    wait_until(lambda: store.get(run_id).status is RunStatus.RUNNING)
    page.get_by_role("button", name="Change while it trains").click()
    page.get_by_role("spinbutton", name="Epochs in all").fill("400")
    page.get_by_role("spinbutton", name="Epochs in all").press("Tab")
    page.get_by_role("button", name="Apply").click()
    wait_until(lambda: store.get(run_id).epochs == 400)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_until(lambda: store.get(run_id).status is RunStatus.STOPPED)
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_a_training_outlives_its_server(
    browser: Browser, tmp_path: Path, sample_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as kept:
        with serving(tmp_path / "first", sample_data_folder) as server:
            store, run_id = kept.enter_context(long_run(server, monkeypatch))
            before = epoch_seen(browser, server, run_id)
            server.process.kill()
            server.process.wait()
            runs = server.runs
        assert store.is_worked_on(run_id)
        with serving(tmp_path / "second", sample_data_folder) as server:
            shutil.rmtree(server.runs, ignore_errors=True)
            server.runs.symlink_to(runs)
            wait_until(lambda: epoch_seen(browser, server, run_id) > before, seconds=60)
        end(store, run_id)
    epochs = [metrics.epoch for metrics in store.history(run_id)]
    assert epochs == list(range(1, len(epochs) + 1))


def epoch_seen(browser: Browser, server: Server, run_id: str) -> int:
    """The epoch that a person sees who opens the page now."""
    context = browser.new_context()
    visitor = Visitor(context.new_page(), server)
    visitor.open(f"/train?run={run_id}")
    expect(visitor.page.get_by_test_id("stProgress").first).to_contain_text("Epoch", timeout=60_000)
    epoch = epoch_shown(visitor)
    context.close()
    return epoch


def test_a_hint_leads_to_its_curve_and_to_a_design_with_the_change(
    visitor: Visitor, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(server.data))
    store = RunStore(server.runs)
    few = config_from_recipe("deep-mlp", dataset="mnist-sample", limit=300, epochs=30, learning_rate=0.003)
    run_id = store.create(few)
    queue.enqueue(store, run_id)
    wait_until(lambda: store.get(run_id).status is RunStatus.COMPLETED, seconds=120)
    page = visitor.open(f"/train?run={run_id}")
    page.get_by_role("heading", name="What it has learnt").scroll_into_view_if_needed()
    page.get_by_role("link", name="the loss curve").first.click()
    expect(page.get_by_role("heading", name="Loss", exact=True)).to_be_in_viewport()
    assert f"run={run_id}" in page.url
    page.get_by_role("link", name="Open with this change").first.click()
    page.get_by_role("heading", name="Design", exact=True, level=1).wait_for()
    visitor.settle()
    expect(page.get_by_role("spinbutton", name="Limit")).to_have_value("300")
    expect(page.get_by_text(re.compile("^Augmentation is on: "))).to_be_visible()


def test_curves_change_in_place_and_keep_what_is_zoomed_into(
    visitor: Visitor, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with long_run(server, monkeypatch) as (store, run_id):
        page = visitor.open(f"/train?run={run_id}")
        chart = page.get_by_role("img", name=re.compile("^Loss over the epochs")).first
        wait_until(lambda: len(store.history(run_id)) > 1, seconds=60)
        expect(chart.locator(".main-svg").first).to_be_visible()
        chart.hover()
        chart.locator(".modebar-btn").first.click()
        box = chart.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 150, box["y"] + 120)
        page.mouse.down()
        page.mouse.move(box["x"] + 320, box["y"] + 200, steps=4)
        page.mouse.up()
        zoomed = "chart => [...chart.layout.xaxis.range, ...chart.layout.yaxis.range]"
        wait_until(lambda: chart.evaluate(zoomed)[0] > 1)
        before = chart.evaluate(zoomed)
        chart.evaluate("chart => { chart.isTheSame = true }")
        epochs = "chart => chart.data[1].x.length"
        known = chart.evaluate(epochs)
        wait_until(lambda: chart.evaluate(epochs) > known + 1)
        assert chart.evaluate(zoomed) == before
        assert chart.evaluate("chart => chart.isTheSame")
