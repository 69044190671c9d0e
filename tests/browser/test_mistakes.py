"""Mistakes in a real browser: filters, orders, keyboard, operating on a digit, and files to take away."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions
from mnist_core.network.hidden_vectors import store_hidden_vectors
from mnist_core.runs.store import RunStore
from tests.browser.conftest import Server, Visitor, serving
from tests.browser.test_evaluate import by_loss, expect_digits, gallery, newest, open_view, pick, predicted, rows_of
from tests.finished_runs import finished_run
from tests.pages.evaluated_runs import stored
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path) -> Iterator[Server]:
    """A dashboard with two finished runs on the sample."""
    folder = tmp_path_factory.mktemp("mistaken")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_STUDIO_DATA", str(sample_data_folder))
        store = RunStore(folder / "runs")
        finished_run(store, name="Older", seed=1)
        finished_run(store, name="Newer", seed=0)
    with serving(folder, sample_data_folder) as running:
        yield running


@pytest.fixture
def predictions(server: Server) -> Predictions:
    return stored(RunStore(server.runs), newest(server))


def press_label(visitor: Visitor, group: str, label: int) -> None:
    visitor.page.get_by_role("toolbar", name=group).get_by_text(str(label), exact=True).click()
    visitor.settle()


def test_filters_sorting_and_another_page_in_between(visitor: Visitor, predictions: Predictions) -> None:
    page = visitor.open("/mistakes")
    wrong = np.flatnonzero(predicted(predictions) != predictions.labels)
    expect(page.get_by_role("heading", name=f"{len(wrong)} wrong digits")).to_be_visible()
    expect_digits(visitor, by_loss(predictions, wrong))
    press_label(visitor, "True label", 8)
    press_label(visitor, "True label", 9)
    press_label(visitor, "Predicted label", 3)
    press_label(visitor, "Predicted label", 4)
    chosen = wrong[np.isin(predictions.labels[wrong], [8, 9]) & np.isin(predicted(predictions)[wrong], [3, 4])]
    expect(
        page.get_by_role("heading", name=f"{len(chosen)} wrong digits: true 8 or 9, predicted 3 or 4")
    ).to_be_visible()
    expect_digits(visitor, by_loss(predictions, chosen))
    page.get_by_role("combobox", name="Sort by").click()
    page.get_by_role("option", name="Confidence", exact=True).click()
    visitor.settle()
    confidence = predictions.probabilities.max(axis=1)[chosen]
    by_confidence = chosen[np.argsort(-confidence, kind="stable")].tolist()
    expect_digits(visitor, by_confidence)
    visitor.go_to("Evaluate")
    visitor.go_to("Mistakes")
    expect_digits(visitor, by_confidence)
    page.reload()
    visitor.settle()
    expect_digits(visitor, by_confidence)
    pick(visitor, "Clear filters")
    expect_digits(visitor, wrong[np.argsort(-predictions.probabilities.max(axis=1)[wrong], kind="stable")])


def test_a_click_opens_that_digit_and_its_case(visitor: Visitor, predictions: Predictions) -> None:
    page = visitor.open("/mistakes")
    expect(gallery(page).nth(7)).to_be_visible()
    row = rows_of(gallery(page))[7]
    gallery(page).nth(7).click()
    visitor.settle()
    expect(page.get_by_text(f"Test digit {row}", exact=True)).to_be_visible()
    assert f"image={row}" in page.url
    pick(visitor, "Open its case file")
    expect(page.get_by_text(re.compile(f"test digit {row} · 8 of"))).to_be_visible()
    page.keyboard.press("j")
    following = by_loss(predictions, predicted(predictions) != predictions.labels)
    expect(page.get_by_text(re.compile(f"test digit {following[8]} · 9 of"))).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_text(re.compile(f"test digit {following[7]} · 8 of"))).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_text(re.compile(f"test digit {following[6]} · 7 of"))).to_be_visible()


def test_arrow_keys_move_through_the_gallery_and_enter_opens(visitor: Visitor) -> None:
    page = visitor.open("/mistakes")
    expect(gallery(page).first).to_be_visible()
    rows = rows_of(gallery(page))
    gallery(page).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    visitor.settle()
    expect(page.get_by_text(f"Test digit {rows[1]}", exact=True)).to_be_visible()


def test_the_case_file_shows_the_nearest_training_digits_of_the_run(visitor: Visitor, server: Server) -> None:
    store = RunStore(server.runs)
    page = visitor.open("/mistakes?view=explain&image=17")
    grid = page.get_by_role("group", name="Nearest training digits").locator("button")
    expect(grid).to_have_count(8)
    weights = store.weights(newest(server))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_STUDIO_DATA", str(server.data))
        kept = store_hidden_vectors(store, newest(server))
    image = load_dataset("mnist-sample").test.images[17].astype(np.float32) / 255
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    answer = np.maximum(
        np.einsum("rcij,ijf->rcf", windows, weights["conv_1/kernel"][:, :, 0]) + weights["conv_1/bias"], 0
    )
    own = answer.reshape(13, 2, 13, 2, 4).max(axis=(1, 3)).reshape(-1)
    nearest = np.argsort(np.linalg.norm(kept.vectors - own, axis=1), kind="stable")[:8]
    assert rows_of(grid) == kept.rows[nearest].tolist()


def test_fates_open_exactly_their_digits(visitor: Visitor, server: Server) -> None:
    page = visitor.open("/mistakes?view=training_history&split=validation")
    epochs = [stored(RunStore(server.runs), newest(server), f"validation-{epoch:03d}") for epoch in range(1, 5)]
    right = np.array([predicted(item) == item.labels for item in epochs])
    never = epochs[0].index[~right.any(axis=0)]
    forgotten = epochs[0].index[right.any(axis=0) & ~right[-1]]
    pick(visitor, re.compile("digits that were never learned"))
    best = stored(RunStore(server.runs), newest(server), "validation-004")
    expect_digits(visitor, by_loss(best, np.isin(best.index, never)))
    pick(visitor, re.compile("digits that were forgotten"))
    expect_digits(visitor, by_loss(best, np.isin(best.index, forgotten)))
    first = int(by_loss(best, np.isin(best.index, forgotten))[0])
    visitor.digits("Digits of the selection").first.click()
    expect(page.get_by_role("heading", name=f"The life of validation digit {first}")).to_be_visible()
    open_view(visitor, "Gallery")
    expect(page.get_by_role("heading", name=re.compile("wrong digits: forgotten"))).to_be_visible()
    expect_digits(visitor, by_loss(best, np.isin(best.index, forgotten) & (predicted(best) != best.labels)))


def test_a_stroke_changes_the_answer_and_reset_brings_it_back(visitor: Visitor, predictions: Predictions) -> None:
    page = visitor.open("/mistakes?view=edit&image=3")
    shares = page.get_by_role("listitem").filter(has_text="%")
    expect(page.get_by_text(re.compile("As it is, it reads"))).to_be_visible()
    expect(shares).to_have_count(10)
    before = shares.all_inner_texts()
    canvas = page.get_by_role("img", name="Test digit 3")
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 30, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    expect(page.get_by_text(re.compile("^What the network says.*(Still|Now)", re.DOTALL))).to_be_visible()
    visitor.settle()
    wait_until(lambda: shares.all_inner_texts() != before)
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_text(re.compile("As it is, it reads"))).to_be_visible()
    visitor.settle()
    wait_until(lambda: shares.all_inner_texts() == before)


def test_turning_a_digit_asks_about_the_turned_one(visitor: Visitor) -> None:
    page = visitor.open("/mistakes?view=edit&image=3")
    slider = page.get_by_role("slider", name=re.compile("^Rotate"))
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text(re.compile("^What the network says.*(Still|Now)", re.DOTALL))).to_be_visible()
    pick(visitor, "All back")
    expect(page.get_by_text(re.compile("As it is, it reads"))).to_be_visible()


def test_what_is_exported_is_what_is_selected(visitor: Visitor, predictions: Predictions) -> None:
    page = visitor.open("/mistakes?view=export&true=9&sort=-confidence")
    wrong = np.flatnonzero((predicted(predictions) != predictions.labels) & (predictions.labels == 9))
    confidence = predictions.probabilities.max(axis=1)
    expected = wrong[np.argsort(-confidence[wrong], kind="stable")].tolist()
    files = {}
    for name in ("CSV", "PNG sheet", "Zip"):
        with page.expect_download() as started:
            page.get_by_role("button", name=name, exact=True).click()
        files[name] = Path(started.value.path()).read_bytes()
    lines = list(csv.DictReader(io.StringIO(files["CSV"].decode())))
    assert [int(line["index"]) for line in lines] == expected
    assert [float(line["confidence"]) for line in lines] == pytest.approx(confidence[expected].tolist(), rel=1e-4)
    assert {"ink", "slant", "probability_9"} <= set(lines[0])
    images = load_dataset("mnist-sample").test.images
    sheet = np.asarray(Image.open(io.BytesIO(files["PNG sheet"])))
    np.testing.assert_array_equal(sheet[:28, :28], images[expected[0]])
    with zipfile.ZipFile(io.BytesIO(files["Zip"])) as archive:
        pictures = [name for name in archive.namelist() if name.startswith("images/")]
        assert [int(name[7:12]) for name in pictures] == expected
        first = np.asarray(Image.open(io.BytesIO(archive.read(pictures[0]))))
        np.testing.assert_array_equal(first, images[expected[0]])


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("view", ["gallery", "explain", "training_history", "edit", "export"])
def test_nothing_sticks_out_sideways(visitor: Visitor, view: str, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})
    page = visitor.open(f"/mistakes?view={view}&split=validation")
    sizes = page.get_by_test_id("stMain").evaluate("element => [element.scrollWidth, element.clientWidth]")
    assert sizes[0] <= sizes[1]
