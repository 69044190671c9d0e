"""Look inside with a mouse and a keyboard, and what is really painted."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from dashboard.colours import SIGNED
from mnist_core.data.dataset import Dataset
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.network.feature_maps import feature_maps, responses
from mnist_core.runs.store import RunStore
from tests.browser.conftest import WRONG, FinishedRuns, Server, Visitor
from tests.browser.finding import (
    button,
    digits,
    expect_facts,
    expect_pressed,
    ids,
    keyed,
    number,
    numbers,
    option,
    switch,
    tiles,
)
from tests.inspected_runs import UNIT
from tests.thorough import some_of

pytestmark = pytest.mark.browser

PIXEL = "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3)"


@pytest.fixture(scope="module")
def server(finished_server: Server) -> Server:
    return finished_server


@pytest.fixture(scope="module")
def sample(server: Server) -> Dataset:
    return load_dataset("mnist-sample", server.data)


@pytest.fixture(scope="module")
def run_id(finished_runs: FinishedRuns) -> str:
    """LeNet with random weights that read everything right but for three digits."""
    return finished_runs.lenet


def maps(visitor: Visitor, layer: str) -> Locator:
    return tiles(visitor.page, f"inside.maps.{layer}")


def offered_digits(page: Page) -> Locator:
    """The digits to choose from, behind their button."""
    button(page, "inside.other_digits").click()
    return digits(page, "inside.digits.*")


def expect_digit(page: Page, row: int) -> None:
    """The digit that goes through the network is this row of the test split: on the page and in the link."""
    expect_facts(keyed(page, "inside.digit"), row)


def rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def test_a_digit_is_chosen_by_a_click_and_restored_by_the_link(visitor: Visitor, run_id: str) -> None:
    page = visitor.open(f"/inside?run={run_id}&which=wrong")
    expect_digit(page, WRONG[0])  # the surest mistake
    offered = offered_digits(page)
    expect(offered).to_have_count(3)
    offered.nth(2).click()
    expect_digit(page, WRONG[2])
    page.wait_for_url(re.compile(f"image=test-{WRONG[2]}"))
    expect_pressed(offered, 2)
    option(page, "linked.inside_which", 2).click()
    page.wait_for_url(re.compile("which=right"))
    visitor.settle()
    offered.nth(4).click()
    expect_digit(page, 5)  # row 3 is a wrong one
    page.reload()
    visitor.settle()
    expect_digit(page, 5)
    expect_pressed(offered_digits(page), 4)


@pytest.mark.parametrize("scheme", some_of(("light", "dark"), always=("dark",)))
def test_a_map_is_painted_with_what_the_layer_computes(
    browser: BrowserContext, server: Server, sample: Dataset, run_id: str, scheme
) -> None:
    store = RunStore(server.runs)
    run = store.get(run_id)
    image = UNIT.apply(sample.test.images[77:78])
    found = {layer.layer: layer for layer in feature_maps(run.config.architecture, store.weights(run_id), image)}
    visitor = Visitor(browser.new_page(), server)
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.open(f"/inside?run={run_id}&image=77")
    layer = found["conv_2"]
    tile = maps(visitor, "conv_2").nth(3)
    expect(tile).to_have_attribute("aria-label", number(3))
    values = layer.values[..., 3]
    y, x = np.unravel_index(np.abs(values).argmax(), values.shape)
    negative, zero, positive = (np.array(rgb(colour)) for colour in SIGNED[scheme])
    share = float(values[y, x]) / layer.limit
    wanted = zero + abs(share) * ((positive if share > 0 else negative) - zero)
    painted = tile.locator("canvas").evaluate(PIXEL, [int(x), int(y)])
    assert np.abs(np.array(painted) - wanted).max() <= 1
    visitor.page.close()
    assert visitor.problems == []


@pytest.mark.thorough
def test_pointing_at_a_map_tells_the_value(visitor: Visitor, server: Server, sample: Dataset, run_id: str) -> None:
    store = RunStore(server.runs)
    image = UNIT.apply(sample.test.images[77:78])
    found = feature_maps(store.get(run_id).config.architecture, store.weights(run_id), image)
    layer = next(layer for layer in found if layer.layer == "conv_1")
    channel = 0  # they stand in their order in the layer
    value = float(layer.values[0, 0, channel])
    page = visitor.open(f"/inside?run={run_id}&image=77")
    tile = maps(visitor, "conv_1").first.locator("canvas")
    tile.hover(position={"x": 1, "y": 1})
    note = page.locator(".note.shown")
    expect_facts(note, 0, channel)
    assert numbers(note.inner_text())[-1] == pytest.approx(value, rel=0.01, abs=0.01)


@pytest.mark.thorough
def test_a_map_opens_its_computation_and_the_digits_it_answers_to_most(
    visitor: Visitor, server: Server, sample: Dataset, run_id: str
) -> None:
    store = RunStore(server.runs)
    architecture, weights = store.get(run_id).config.architecture, store.weights(run_id)
    page = visitor.open(f"/inside?run={run_id}")
    tile = maps(visitor, "conv_2").nth(1)
    channel = int(str(tile.text_content()))
    tile.click()
    expect_facts(keyed(page, "inside.chosen"), channel, "conv_2")
    switch(page, "linked.inside_top*")
    strongest = digits(page, "inside.strongest.*")
    expect(strongest).to_have_count(9)
    found = responses(architecture, weights, UNIT.apply(sample.test.images[:1000]), "conv_2")
    rows = found.strongest_images(channel, 9)
    assert ids(strongest) == rows.tolist()
    expect(strongest.first).to_have_attribute("aria-label", number(int(rows[0])))
    strongest.nth(1).click()
    page.wait_for_url(re.compile(rf"image=test-{rows[1]}\b"))
    expect_digit(page, int(rows[1]))
    expect_facts(keyed(page, "inside.chosen"), channel, "conv_2")  # the map stays open for the other digit
    button(page, "inside.close").click()
    expect(keyed(page, "inside.chosen")).to_have_count(0)


def point_at(box: Locator, row: int, column: int, side: int) -> None:
    size = box.bounding_box()
    assert size is not None
    box.hover(position={"x": (column + 0.5) * size["width"] / side, "y": (row + 0.5) * size["height"] / side})


@pytest.mark.thorough
def test_hovering_and_arrow_keys_show_the_sum_behind_a_pixel(
    visitor: Visitor, server: Server, sample: Dataset, run_id: str
) -> None:
    store = RunStore(server.runs)
    image = UNIT.apply(sample.test.images[77:78])
    found = feature_maps(store.get(run_id).config.architecture, store.weights(run_id), image)
    layer = next(layer for layer in found if layer.layer == "conv_2")
    side, values = layer.values.shape[0], layer.values[..., 3]
    page = visitor.open(f"/inside?run={run_id}&image=77&channel=conv_2-3&pixel=4-6")
    shown = keyed(page, "inside.computation").locator(".computation")
    place, result = shown.locator(".way span"), shown.locator(".ledger .result")
    expect_facts(place, 4, 6)
    box = shown.locator(".output .box")
    address = page.url
    point_at(box, 1, 2, side)
    expect_facts(place, 1, 2)
    assert numbers(result.inner_text())[-1] == pytest.approx(float(values[1, 2]), abs=0.0006)
    assert page.url == address  # the server was not asked
    page.mouse.move(2, 2)
    expect_facts(place, 4, 6)
    box.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect_facts(place, 5, 7)
    assert numbers(result.inner_text())[-1] == pytest.approx(float(values[5, 7]), abs=0.0006)
    page.wait_for_url(re.compile("pixel=5-7"))
    visitor.settle()
    expect_facts(place, 5, 7)


@pytest.mark.thorough
def test_the_way_through_the_layers_is_walked_with_buttons_and_keys(visitor: Visitor, run_id: str) -> None:
    page = visitor.open(f"/inside?run={run_id}&image=77&channel=conv_2-3&pixel=4-6")
    shown = keyed(page, "inside.computation").locator(".computation")
    shown.locator(".forward").click()
    page.wait_for_url(re.compile("channel=average_pool_2-3"))
    visitor.settle()
    shown.locator(".output .box").focus()
    page.keyboard.press("PageUp")
    page.wait_for_url(re.compile("channel=conv_2-3"))
    visitor.settle()
    shown.locator(".back").click()
    page.wait_for_url(re.compile("channel=average_pool_1-"))


@pytest.mark.thorough
def test_filters_are_walked_through_with_the_keyboard(visitor: Visitor, run_id: str) -> None:
    page = visitor.open(f"/inside?run={run_id}&view=filters&layer=conv_2/kernel")
    filters = tiles(page, "inside.filters.*")
    expect(filters).to_have_count(16)
    assert filters.evaluate_all("all => all.filter((b) => b.tabIndex === 0).length") == 1
    filters.first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(re.compile("filter=2"))
    expect_facts(keyed(page, "inside.chosen"), 2)
    expect_pressed(filters, 2)
    expect(tiles(page, "inside.windows")).to_have_count(6)
