"""Export: what leaves the product comes back as the same, and what must not come in is refused."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, expect

from mnist_core.export.report.writing import run_report
from mnist_core.runs.store import RunStore
from tests.browser.conftest import WINDOW, FinishedRuns, Server, Visitor
from tests.browser.finding import button, choose_files, complaint, expect_facts, keyed, links
from tests.export.incoming.keras_files import (
    conv,
    dense,
    flatten,
    hdf5,
    input_layer,
    keras_file,
    layer,
    plain_weights,
    pool,
    sequential,
)
from tests.finished_runs import finished_run

pytestmark = pytest.mark.browser

READING_MILLISECONDS = 60_000
EXPORT_MILLISECONDS = 120_000


@pytest.fixture
def run_id(server: Server, tmp_path: Path) -> str:
    """A finished run; an earlier test may have left others. It is made elsewhere: the server trains what is queued."""
    made = RunStore(tmp_path / "made")
    run_id = finished_run(made, epochs=2)
    server.runs.mkdir(exist_ok=True)
    shutil.move(made.folder(run_id), server.runs / run_id)
    return run_id


@pytest.fixture
def looking(browser: BrowserContext, finished_server: Server) -> Iterator[Visitor]:
    """A person who only looks at runs."""
    person = Visitor(browser.pages[0], finished_server)
    yield person
    person.leave()


@pytest.mark.thorough
def test_a_capsule_leaves_and_comes_back(visitor: Visitor, server: Server, run_id: str, tmp_path: Path) -> None:
    page = visitor.open(f"/export?run={run_id}&view=run")
    with page.expect_download() as download:
        button(page, "export.capsule").click()
    assert run_id in download.value.suggested_filename
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert "weights.npz" in zipfile.ZipFile(path).namelist()
    store = RunStore(server.runs)
    before = store.run_ids()
    visitor.open_view("export", "import")
    choose_files(page, path)
    button(page, "export.import").click()
    expect(links(keyed(page, "export.imported"), "evaluate")).to_be_visible(timeout=READING_MILLISECONDS)
    (copy,) = set(store.run_ids()) - set(before)
    assert store.get(copy).summary.test_accuracy == store.get(run_id).summary.test_accuracy


@pytest.mark.thorough
def test_a_model_comes_in_and_a_dangerous_one_does_not(visitor: Visitor, server: Server, tmp_path: Path) -> None:
    page, store = visitor.open("/export?view=import"), RunStore(server.runs)
    before = store.run_ids()
    evil = layer("Lambda", "evil_layer", function={"class_name": "__lambda__"})
    body = (conv(), pool(), flatten(), dense())
    choose_files(page, keras_file(tmp_path / "evil.keras", sequential(input_layer(), evil, *body)))
    button(page, "export.import").click()
    expect(complaint(page)).to_be_visible(timeout=READING_MILLISECONDS)
    expect_facts(complaint(page), "evil_layer")
    assert store.run_ids() == before
    choose_files(page, keras_file(tmp_path / "fine.keras", sequential(input_layer(), *body), hdf5(plain_weights())))
    button(page, "export.import").click()
    expect(links(keyed(page, "export.imported"), "draw")).to_be_visible(timeout=READING_MILLISECONDS)
    (made,) = set(store.run_ids()) - set(before)
    assert store.get(made).title == "fine.keras"


def test_a_report_is_downloaded_under_the_names_of_its_runs(
    looking: Visitor, finished_runs: FinishedRuns, tmp_path: Path
) -> None:
    page, run_id = looking.open(f"/export?run={finished_runs.newer}&view=report"), finished_runs.newer
    with page.expect_download() as download:
        button(page, "export.report").click()
    path = tmp_path / "report.html"
    download.value.save_as(path)
    assert run_id in download.value.suggested_filename
    assert run_id in path.read_text(encoding="utf-8")


def test_the_letters_in_the_pictures_of_a_report_are_whole_and_of_one_size(
    looking: Visitor, finished_runs: FinishedRuns
) -> None:
    page = looking.page
    page.set_content(run_report(RunStore(looking.server.runs), finished_runs.newer))
    letters = page.locator("svg text")
    boxes = letters.evaluate_all(
        """texts => texts.map(text => {
          const [own, picture] = [text, text.ownerSVGElement].map(element => element.getBoundingClientRect());
          const isWhole = own.left >= picture.left && own.right <= picture.right && own.bottom <= picture.bottom + 2;
          return {height: own.height, isWhole, text: text.textContent};
        })"""
    )
    assert {"epoch", "confidence"} <= {box["text"] for box in boxes}
    assert [box["text"] for box in boxes if not box["isWhole"]] == []
    heights = [box["height"] for box in boxes]
    assert max(heights) <= 1.1 * min(heights)


def test_a_chart_is_downloaded_as_svg_under_the_name_of_its_run(looking: Visitor, finished_runs: FinishedRuns) -> None:
    page = looking.open(f"/evaluate?run={finished_runs.newer}&view=calibration")
    looking.wait_until_drawn()  # each drawing of a chart makes its buttons anew
    plot = page.locator(".js-plotly-plot").first
    plot.hover()
    with page.expect_download() as download:
        plot.locator(".studio-svg").click()
    assert download.value.suggested_filename.endswith(".svg")
    assert "Newer" in download.value.suggested_filename
    drawing = Path(download.value.path()).read_text(encoding="utf-8")
    assert drawing.startswith("<svg")
    ticks = plot.locator(".xtick text").all_text_contents()
    assert len(ticks) > 3
    assert all(tick in drawing for tick in ticks)


def test_the_values_of_a_chart_are_downloaded_as_csv(looking: Visitor, finished_runs: FinishedRuns) -> None:
    page = looking.open(f"/evaluate?run={finished_runs.newer}")
    looking.wait_until_drawn()
    plot = keyed(page, "evaluate.per_class").locator(".js-plotly-plot")
    plot.hover()
    with page.expect_download() as download:
        plot.locator(".studio-csv").click()
    assert download.value.suggested_filename.endswith(".csv")
    assert "Newer" in download.value.suggested_filename
    content = Path(download.value.path()).read_bytes()
    assert b"\r" not in content
    rows = csv.reader(content.decode().splitlines())
    series, label, score, low, high = (list(column) for column in zip(*rows, strict=True))
    assert [score[0] in end for end in (low[0], high[0])] == [True, True]
    recall, precision, f1 = scores_by_hand(looking.server.runs / finished_runs.newer / "predictions" / "test.npz")
    assert label[1:] == [str(digit) for digit in range(10)] * 3
    assert [len(set(part)) for part in (series[1:11], series[11:21], series[21:])] == [1, 1, 1]
    np.testing.assert_allclose([float(cell) for cell in score[1:]], [*recall, *precision, *f1], rtol=1e-12)
    ends = np.array([low[1:21], score[1:21], high[1:21]], np.float64)
    assert (np.diff(ends, axis=0) >= 0).all()
    assert set(low[21:] + high[21:]) == {""}


def scores_by_hand(file: Path) -> np.ndarray:
    """Recall, precision and their harmonic mean of each class (3, 10)."""
    with np.load(file) as stored:
        labels, predicted = stored["labels"], stored["probabilities"].astype(np.float64).argmax(axis=1)
    hits = [np.sum((labels == digit) & (predicted == digit)) for digit in range(10)]
    of_label, of_prediction = ([np.sum(found == digit) for digit in range(10)] for found in (labels, predicted))
    recall, precision = np.divide(hits, of_label), np.divide(hits, of_prediction)
    return np.stack([recall, precision, 2 * recall * precision / (recall + precision)])


@pytest.mark.thorough
def test_a_chart_fills_the_screen_and_goes_back_to_its_place(looking: Visitor, finished_runs: FinishedRuns) -> None:
    page = looking.open(f"/evaluate?run={finished_runs.newer}&view=calibration")
    looking.wait_until_drawn()
    plot = page.locator(".js-plotly-plot").first
    plot.hover()
    before = plot.locator(".main-svg").first.bounding_box()
    plot.locator('[data-title="Full screen"]').click()
    expect(plot.locator(".main-svg").first).to_have_attribute("width", str(WINDOW["width"]))
    assert plot.locator(".main-svg").first.bounding_box() == {"x": 0, "y": 0, **WINDOW}
    page.evaluate("document.exitFullscreen()")  # as Escape does, which the browser keeps to itself
    expect(plot.locator(".main-svg").first).not_to_have_attribute("width", str(WINDOW["width"]))
    looking.wait_until_drawn()
    assert plot.locator(".main-svg").first.bounding_box() == before


@pytest.mark.thorough
def test_a_model_is_made_while_one_watches(visitor: Visitor, run_id: str, tmp_path: Path) -> None:
    page = visitor.open(f"/export?run={run_id}")
    button(page, "export.make").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(keyed(page, "export.download")).to_be_visible(timeout=EXPORT_MILLISECONDS)
    with page.expect_download() as download:
        button(page, "export.download").click()
    download.value.save_as(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert json.loads(archive.read("config.json"))["class_name"] == "Functional"


@pytest.mark.thorough
def test_a_run_is_added_for_tensorboard_while_one_watches(visitor: Visitor, server: Server, run_id: str) -> None:
    page = visitor.open(f"/export?run={run_id}&view=tools")
    button(page, "export.add_tensorboard").click()
    expect(page.get_by_test_id("stAlertContentSuccess")).to_be_visible(timeout=EXPORT_MILLISECONDS)
    [added] = (server.runs / "tensorboard").iterdir()
    assert run_id in added.name
    assert (added / "model.keras").is_file()
    assert run_id in RunStore(server.runs).run_ids()
