"""A training seen in a real browser: through reloads, second tabs and the end of its server."""

from __future__ import annotations

import re
import shutil
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


def start_long_run(server: Server, monkeypatch: pytest.MonkeyPatch) -> tuple[RunStore, str]:
    """A training that lasts longer than the test."""
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(server.data))
    store = RunStore(server.runs)
    run_id = store.create(config_from_recipe("dropout-cnn", dataset="mnist-sample", epochs=500))
    queue.enqueue(store, run_id)
    return store, run_id


def epoch_shown(visitor: Visitor) -> int:
    found = re.search(r"Epoch (\d+) of", visitor.page.get_by_test_id("stProgress").first.inner_text())
    return int(found[1]) if found else 0


def end(store: RunStore, run_id: str) -> None:
    queue.stop(store, run_id)
    wait_until(lambda: not store.is_worked_on(run_id), seconds=30)


def test_pause_go_on_change_and_stop_from_the_page(
    visitor: Visitor, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, run_id = start_long_run(server, monkeypatch)
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
    with serving(tmp_path / "first", sample_data_folder) as server:
        store, run_id = start_long_run(server, monkeypatch)
        context = browser.new_context()
        visitor = Visitor(context.new_page(), server)
        visitor.open(f"/train?run={run_id}")
        expect(visitor.page.get_by_test_id("stProgress").first).to_contain_text("Epoch", timeout=60_000)
        before = epoch_shown(visitor)
        context.close()
        server.process.kill()
        server.process.wait()
        runs = server.runs
    assert store.is_worked_on(run_id)
    with serving(tmp_path / "second", sample_data_folder) as server:
        shutil.rmtree(server.runs, ignore_errors=True)
        server.runs.symlink_to(runs)
        context = browser.new_context()
        visitor = Visitor(context.new_page(), server)
        visitor.open(f"/train?run={run_id}")
        expect(visitor.page.get_by_test_id("stProgress").first).to_contain_text("Epoch", timeout=10_000)
        wait_until(lambda: epoch_shown(visitor) > before, seconds=60)
        context.close()
    end(store, run_id)
    epochs = [metrics.epoch for metrics in store.history(run_id)]
    assert epochs == list(range(1, len(epochs) + 1))
