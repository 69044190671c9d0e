"""Look inside, what takes more than one digit: knock-out, the map of a layer, and the film of the epochs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from mnist_core.probing.knock_out import knock_out
from mnist_core.runs.store import RunStore
from tests.browser.conftest import FinishedRuns, Server, Visitor
from tests.browser.finding import button, digits, expect_facts, expect_pressed, ids, keyed, option

pytestmark = pytest.mark.browser

EPOCHS = 4


@pytest.fixture(scope="module")
def server(finished_server: Server) -> Server:
    return finished_server


@pytest.fixture(scope="module")
def run_id(finished_runs: FinishedRuns) -> str:
    return finished_runs.newer


def film(page: Page) -> Locator:
    return keyed(page, "inside.film")


def slider(page: Page) -> Locator:
    return film(page).locator('input[type="range"]')


def test_filters_are_muted_in_the_background_and_a_click_shows_the_digits_that_break(
    visitor: Visitor, server: Server, run_id: str
) -> None:
    page = visitor.open(f"/inside?run={run_id}&view=knock_out")
    button(page, "inside.mute").click()
    lines = keyed(page, "inside.muted.*").locator(".effects button")
    expect(lines).to_have_count(4)
    expect(keyed(page, "inside.muting*")).to_have_count(0)
    visitor.settle()
    found = knock_out(RunStore(server.runs), run_id, "conv_1")  # stored by now
    before = lines.nth(1).bounding_box()
    lines.nth(1).click()
    second = int(found.order[1])
    expect_facts(keyed(page, "inside.chosen"), second)
    expect_pressed(lines, 1)
    page.wait_for_url(re.compile(f"muted={second}"))
    assert lines.nth(1).bounding_box() == before
    broken = found.rows[(found.clean == found.labels) & (found.predicted[second] != found.labels)]
    shown = digits(page, "inside.changed.*")
    assert ids(shown) == broken[:60].tolist()
    expect(shown.first).to_be_in_viewport()
    shown.nth(2).click()
    expect_facts(keyed(page, "inside.changed_digit"), int(broken[2]))
    option(page, "linked.inside_changed*", 2).click()
    matrix = keyed(page, "inside.matrix_change")
    expect(matrix.locator(".confusion")).to_be_in_viewport(ratio=0.99)


@pytest.mark.thorough
def test_a_film_plays_by_itself_and_rests_in_the_link(visitor: Visitor, run_id: str) -> None:
    page = visitor.open(f"/inside?run={run_id}&view=through_time&after_epoch=1")
    expect(slider(page)).to_have_value("0")
    play = film(page).locator("button.play")
    expect(play).to_be_in_viewport()
    play.click()
    expect(slider(page)).to_have_value(str(EPOCHS - 1))
    expect(film(page).locator(".film")).not_to_have_class(re.compile("playing"))
    page.wait_for_url(re.compile(f"after_epoch={EPOCHS}"))
    visitor.settle()
    expect(slider(page)).to_have_value(str(EPOCHS - 1))


@pytest.mark.thorough
def test_a_film_is_stepped_through_with_the_keyboard(visitor: Visitor, run_id: str) -> None:
    page = visitor.open(f"/inside?run={run_id}&view=through_time&film=conv_1")
    slider(page).focus()
    expect(slider(page)).to_have_value(str(EPOCHS - 1))
    shown = film(page).locator(".verdict")
    for key, frame in (("ArrowLeft", EPOCHS - 2), ("ArrowLeft", 1), ("ArrowLeft", 0), ("ArrowRight", 1)):
        page.keyboard.press(key)
        expect(slider(page)).to_have_value(str(frame))
        expect_facts(film(page).locator(".now"), frame + 1)
    expect(shown).to_be_visible()
    page.wait_for_url(re.compile("after_epoch=2"))
    visitor.settle()
    expect(slider(page)).to_have_value("1")  # the answer of the server does not move it
    expect(slider(page)).to_be_focused()


@pytest.mark.thorough
def test_a_point_of_the_map_opens_its_digit(visitor: Visitor, run_id: str) -> None:
    page = visitor.open(f"/inside?run={run_id}&view=representation")
    points = keyed(page, "inside.map")
    expect(points.locator("canvas").first).to_be_visible()
    visitor.settle()
    box = points.locator("canvas").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile(r"image=test-\d+"))
    expect(keyed(page, "inside.chosen")).to_be_in_viewport()
