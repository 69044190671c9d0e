"""Look inside with a mouse and a keyboard, and what is really painted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from dashboard.colours import SIGNED
from mnist_core.data.dataset import Dataset
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.network.feature_maps import feature_maps, responses
from mnist_core.runs.store import RunStore
from tests.browser.conftest import Server, Visitor, serving
from tests.inspected_runs import UNIT, of_recipe, run_of, score

pytestmark = pytest.mark.browser

PIXEL = "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("inside"), sample_data_folder) as running:
        yield running


@pytest.fixture(scope="module")
def sample(server: Server) -> Dataset:
    return load_dataset("mnist-sample", server.data)


@pytest.fixture(scope="module")
def run_id(server: Server, sample: Dataset) -> str:
    """LeNet with random weights that read everything right but for three digits."""
    store = RunStore(server.runs)
    run_id = run_of(store, of_recipe("lenet-5"))
    score(store, run_id, sample, wrong=[500, 3, 77])
    return run_id


def maps(visitor: Visitor, layer: str) -> Locator:
    return visitor.page.get_by_role("group", name=f"Activations of {layer}").locator("button")


def rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def test_a_digit_is_chosen_by_a_click_and_restored_by_the_link(visitor: Visitor, run_id: str) -> None:
    page = visitor.open(f"/inside?run={run_id}&which=wrong")
    expect(page.get_by_text("Test digit 500")).to_be_visible()  # the surest mistake
    digits = visitor.digits("Digits to choose from")
    expect(digits).to_have_count(3)
    digits.nth(2).click()
    expect(page.get_by_text("Test digit 77")).to_be_visible()
    page.wait_for_url(re.compile("image=77"))
    expect(digits.nth(2)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("radio", name="Right", exact=True).click()
    visitor.settle()
    digits.nth(4).click()
    expect(page.get_by_text("Test digit 5", exact=True)).to_be_visible()
    page.reload()
    visitor.settle()
    expect(page.get_by_text("Test digit 5", exact=True)).to_be_visible()
    expect(digits.nth(4)).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_map_is_painted_with_what_the_layer_computes(
    browser: Browser, server: Server, sample: Dataset, run_id: str, scheme
) -> None:
    store = RunStore(server.runs)
    run = store.get(run_id)
    image = UNIT.apply(sample.test.images[77:78])
    found = {layer.layer: layer for layer in feature_maps(run.config.architecture, store.weights(run_id), image)}
    context = browser.new_context(color_scheme=scheme)
    visitor = Visitor(context.new_page(), server)
    visitor.open(f"/inside?run={run_id}&image=77")
    layer = found["conv_2"]
    tile = maps(visitor, "conv_2").nth(3)
    expect(tile).to_have_attribute("aria-label", re.compile(f"^map {layer.order[3]},"))
    values = layer.values[..., layer.order[3]]
    y, x = np.unravel_index(np.abs(values).argmax(), values.shape)
    negative, zero, positive = (np.array(rgb(colour)) for colour in SIGNED[scheme])
    share = float(values[y, x]) / layer.limit
    wanted = zero + abs(share) * ((positive if share > 0 else negative) - zero)
    painted = tile.locator("canvas").evaluate(PIXEL, [int(x), int(y)])
    assert np.abs(np.array(painted) - wanted).max() <= 1
    context.close()
    assert visitor.problems == []


def test_pointing_at_a_map_tells_the_value(visitor: Visitor, run_id: str) -> None:
    page = visitor.open(f"/inside?run={run_id}")
    tile = maps(visitor, "conv_1").first.locator("canvas")
    tile.hover(position={"x": 1, "y": 1})
    note = page.locator(".note.shown")
    expect(note).to_have_text(re.compile(r"^map \d+, mean size [\d.]+ · row 0, column 0: −?[\d.]+$"))


def test_a_map_opens_its_filter_and_the_digits_it_answers_to_most(
    visitor: Visitor, server: Server, sample: Dataset, run_id: str
) -> None:
    store = RunStore(server.runs)
    architecture, weights = store.get(run_id).config.architecture, store.weights(run_id)
    page = visitor.open(f"/inside?run={run_id}")
    tile = maps(visitor, "conv_2").nth(1)
    channel = int(str(tile.text_content()))
    tile.click()
    expect(page.get_by_text(f"Map {channel} of conv_2")).to_be_visible()
    expect(page.get_by_role("group", name=f"Filter {channel} of conv_2").locator("button")).to_have_count(6)
    strongest = visitor.digits("Digits with the strongest answer")
    expect(strongest).to_have_count(18)
    found = responses(architecture, weights, UNIT.apply(sample.test.images[:1000]), "conv_2")
    rows = found.strongest_images(channel, 18)
    names = strongest.evaluate_all("all => all.map((button) => button.getAttribute('aria-label'))")
    assert [int(re.findall(r"\d+", name)[0]) for name in names] == rows.tolist()
    strongest.nth(1).click()
    page.wait_for_url(re.compile(rf"image={rows[1]}\b"))
    expect(page.get_by_text(f"Test digit {rows[1]}", exact=True)).to_be_visible()
    expect(page.get_by_text(f"Map {channel} of conv_2")).to_be_visible()  # the map stays open for the other digit
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text(f"Map {channel} of conv_2")).to_have_count(0)


def test_filters_are_walked_through_with_the_keyboard(visitor: Visitor, run_id: str) -> None:
    page = visitor.open(f"/inside?run={run_id}&view=filters&layer=conv_2/kernel")
    filters = page.get_by_role("group", name="Filters of conv_2").locator("button")
    expect(filters).to_have_count(16)
    assert filters.evaluate_all("all => all.filter((b) => b.tabIndex === 0).length") == 1
    filters.first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("Filter 2", exact=True)).to_be_visible()
    page.wait_for_url(re.compile("filter=2"))
    expect(filters.nth(2)).to_have_attribute("aria-pressed", "true")
    windows = page.get_by_role("group", name="Windows of filter 2").locator("button")
    expect(windows).to_have_count(6)
