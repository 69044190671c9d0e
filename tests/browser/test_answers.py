"""What a click shows is on screen without scrolling, and nothing that was there before moves under the finger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import WINDOW, FinishedRuns, Server, Visitor, serving
from tests.browser.finding import button, cell, choose, digits, field, figure, keyed, option, switch, tiles
from tests.browser.fitting import PHONE
from tests.browser.slowness import slow_browser, slow_server
from tests.thorough import some_of
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]

MOST_SHIFT = 5
SEEN = 30
"""Of an answer, how many pixels must be on screen."""

Finder = Callable[[Page], Locator]

EVALUATE, MISTAKES, EXPLORE, INSIDE = "/evaluate?run={run}", "/mistakes?run={run}", "/explore?", "/inside?run={run}"
PLACES: dict[str, tuple[str, Finder, str]] = {
    "class": (EVALUATE, lambda page: figure(page, "evaluate.classes", 5, 2), "evaluate.card"),
    "cell": (EVALUATE + "&view=confusion", lambda page: cell(page, 9, 4), "evaluate.card"),
    "pair": (
        EVALUATE + "&view=confusion",
        lambda page: keyed(page, "evaluate.pairs").get_by_role("button").nth(2),
        "evaluate.card",
    ),
    "bin": (
        EVALUATE + "&view=calibration",
        lambda page: keyed(page, "evaluate.bins_table").get_by_role("table").get_by_role("button").last,
        "evaluate.card",
    ),
    "epoch": (
        EVALUATE + "&view=by_epoch",
        lambda page: cell(page, 7, 1, key="evaluate.time_matrix"),
        "evaluate.chosen",
    ),
    "weak group": (
        EVALUATE + "&view=handwriting",
        lambda page: keyed(page, "evaluate.groups").get_by_role("button").first,
        "evaluate.card",
    ),
    "corruption": (
        EVALUATE + "&view=robustness",
        lambda page: keyed(page, "evaluate.corruptions").get_by_role("button").nth(1),
        "evaluate.corrupted_row.*",
    ),
    "grid": (EXPLORE, lambda page: digits(page, "explore.grid.*").nth(30), "explore.chosen"),
    "duplicates": (
        EXPLORE + "view=data_quality",
        lambda page: keyed(page, "explore.odd*").get_by_role("button").nth(2),
        "explore.group.*",
    ),
    "gallery": (MISTAKES, lambda page: digits(page, "mistakes.digits.*").nth(8), "mistakes.card"),
    "category": (
        MISTAKES + "&view=training_history&split=validation",
        lambda page: figure(page, "mistakes.fates", 1, 1),
        "mistakes.history",
    ),
    "feature map": (INSIDE, lambda page: tiles(page, "inside.maps.conv_1").nth(2), "inside.computation"),
    "filter": (
        INSIDE + "&view=filters",
        lambda page: tiles(page, "inside.filters.*").nth(3),
        "inside.windows",
    ),
}


@pytest.fixture(scope="module")
def server(finished_server: Server) -> Server:
    return finished_server


def press(place: Locator) -> float:
    """Click in the middle, as a person does; returns how far down on screen it was."""
    place.scroll_into_view_if_needed()
    before = place.bounding_box()
    assert before is not None
    place.page.mouse.click(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    return before["y"]


def expect_on_screen(answer: Locator, height: int) -> None:
    wait_until(lambda: answer.bounding_box() is not None)  # it may just be drawn anew
    box = answer.bounding_box()
    assert box is not None
    assert min(box["y"] + box["height"], height) - max(box["y"], 0) >= min(SEEN, box["height"])


def see_the_answer(visitor: Visitor, runs: FinishedRuns, kind: str, height: int) -> Page:
    """Click the thing: its answer is on screen, and the thing has not moved."""
    address, find, answer = PLACES[kind]
    page = visitor.open(address.format(run=runs.newer))
    place = find(page)
    place.wait_for()
    visitor.settle()  # a grid that is drawn anew has other digits, which this test is not about
    visitor.wait_until_drawn()
    before = press(place)
    expect(keyed(page, answer).first).to_be_visible()
    visitor.settle()
    expect_on_screen(keyed(page, answer).first, height)
    after = place.bounding_box()
    assert after is not None
    assert abs(after["y"] - before) <= MOST_SHIFT
    return page


@pytest.mark.parametrize("kind", some_of(PLACES, always=("grid",)))
def test_the_answer_is_on_screen_and_nothing_moves(visitor: Visitor, finished_runs: FinishedRuns, kind: str) -> None:
    page = see_the_answer(visitor, finished_runs, kind, WINDOW["height"])
    inner = page.evaluate(
        "() => [...document.querySelectorAll('[class*=\"-side_panel_\"] *')].filter((e) => "
        "['auto', 'scroll'].includes(getComputedStyle(e).overflowY) && e.scrollHeight > e.clientHeight + 1).length"
    )
    assert inner == 0, "a scroll box in a scroll box"


@pytest.mark.parametrize("kind", some_of(("cell", "grid", "gallery", "feature map"), always=("grid",)))
def test_on_a_phone_the_answer_comes_up_from_below_and_can_be_closed(
    visitor: Visitor, finished_runs: FinishedRuns, kind: str
) -> None:
    visitor.page.set_viewport_size(PHONE)
    page = see_the_answer(visitor, finished_runs, kind, PHONE["height"])
    name = PLACES[kind][0][1:].partition("?")[0]
    keyed(page, f"{name}.close").get_by_role("button").click()
    expect(keyed(page, f"{name}.side_panel_open")).to_have_count(0)


@pytest.mark.thorough
def test_on_a_phone_another_view_opens_with_the_sheet_folded(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    visitor.page.set_viewport_size(PHONE)
    page = see_the_answer(visitor, finished_runs, "grid", PHONE["height"])
    visitor.open_view("explore", "data_quality")
    expect(keyed(page, "explore.chosen")).to_be_visible()  # still open, but
    expect(keyed(page, "explore.title_folded")).to_be_visible()
    box = keyed(page, "explore.side_panel_open").bounding_box()
    assert box is not None
    assert box["height"] < 80
    button(page, "explore.fold_sheet").click()
    expect(keyed(page, "explore.title_unfolded")).to_be_visible()
    button(page, "explore.fold_sheet").click()
    expect(keyed(page, "explore.title_folded")).to_be_visible()
    keyed(page, "explore.odd*").get_by_role("button").nth(2).click()
    expect(keyed(page, "explore.title_unfolded")).to_be_visible()


@pytest.mark.thorough
def test_on_a_wide_screen_there_is_nothing_to_fold(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = see_the_answer(visitor, finished_runs, "grid", WINDOW["height"])
    expect(keyed(page, "explore.fold_sheet")).to_be_hidden()


# No click is lost ----------------------------------------------------------------------------------------------------


HELD = {
    "class": (EVALUATE, "evaluate.classes", "line=missed-3", "line=missed-5"),
    "cell": (EVALUATE + "&view=confusion", "evaluate.matrix", "cell=3-5", "cell=9-4"),
}


@pytest.mark.parametrize("kind", HELD)
@pytest.mark.thorough
def test_a_press_that_is_held_while_the_page_is_drawn_anew_is_a_click(
    visitor: Visitor, finished_runs: FinishedRuns, kind: str
) -> None:
    address, _, first_choice, second_choice = HELD[kind]
    page = visitor.open(address.format(run=finished_runs.newer))
    first = figure(page, "evaluate.classes", 3, 2) if kind == "class" else cell(page, 3, 5)
    second = figure(page, "evaluate.classes", 5, 2) if kind == "class" else cell(page, 9, 4)
    second.scroll_into_view_if_needed()
    visitor.wait_until_drawn()
    box = second.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    first.dispatch_event("click")  # the page is drawn anew between press and release
    page.wait_for_url(lambda url: first_choice in url)
    visitor.settle()
    page.mouse.up()
    page.wait_for_url(lambda url: second_choice in url)


def test_two_clicks_one_upon_the_other_both_count(
    visitor: Visitor, finished_runs: FinishedRuns, server: Server
) -> None:
    page = visitor.open(f"/evaluate?run={finished_runs.newer}&view=confusion")
    for true, predicted in ((9, 4), (3, 5), (2, 1)):
        is_on = field(page, "linked.evaluate_only*").is_checked()
        with slow_server(server):
            cell(page, true, predicted).dispatch_event("click")
            option(page, "linked.evaluate_rates*", 1 if true != 3 else 2).dispatch_event("click")
            page.wait_for_timeout(30)  # the rerun for the first two has begun and is interrupted
            switch(page, "linked.evaluate_only*")
            page.wait_for_url(lambda url, on=is_on: ("only=" in url) != on)
            page.wait_for_url(lambda url, pair=f"cell={true}-{predicted}": pair in url)
        visitor.settle()


MOMENTS = (0, 200, 300, 700, 1_100, 1_500)
"""Milliseconds after the thing to click has appeared."""
EARLY = {
    "cell": ("/evaluate?run={run}&view=confusion", lambda page: cell(page, 9, 4), "cell=9-4"),
    "gallery": ("/mistakes?run={run}", lambda page: digits(page, "mistakes.digits.*").nth(8), "image="),
    "grid": ("/explore?split=test", lambda page: digits(page, "explore.grid.*").nth(8), "image=test-8"),
}


@pytest.mark.parametrize("kind", EARLY)
@pytest.mark.thorough
def test_under_load_every_click_counts_from_the_moment_there_is_something_to_click(
    visitor: Visitor, finished_runs: FinishedRuns, server: Server, kind: str
) -> None:
    address, find, choice = EARLY[kind]
    page = visitor.page
    visitor.open(address.format(run=finished_runs.newer))  # what the browser keeps, a person has by now
    with slow_server(server), slow_browser(page):
        for moment in MOMENTS:
            page.goto("about:blank")
            page.goto(server.url + address.format(run=finished_runs.newer), wait_until="commit")
            place = find(page)
            place.wait_for()
            page.wait_for_timeout(moment)
            press(place)
            page.wait_for_url(lambda url: choice in url)
    visitor.settle()


@pytest.mark.parametrize("kind", ["grid", "gallery"])
@pytest.mark.thorough
def test_on_the_first_page_of_a_server_the_digit_that_is_clicked_is_opened(
    browser: BrowserContext, finished_runs: FinishedRuns, tmp_path: Path, kind: str
) -> None:
    """Then measures are computed and pages loaded, and what comes late must not move or replace what is there."""
    address, find, choice = EARLY[kind]
    page = browser.pages[0]
    with serving(finished_runs.folder, tmp_path) as fresh:  # without measures from earlier
        visitor = Visitor(page, fresh)
        page.goto(fresh.url + address.format(run=finished_runs.newer), wait_until="commit")
        place = find(page)
        place.wait_for()
        place.evaluate("button => { button.isTheSame = true }")
        page.wait_for_timeout(200)
        before = press(place)
        page.wait_for_url(lambda url: choice in url)
        wait_until(lambda: any(tmp_path.rglob("measures-*.npz")), seconds=60)
        expect(page.get_by_test_id("stProgress")).to_have_count(0)
        visitor.settle()
        expect(place).to_have_attribute("aria-pressed", "true")
        box = place.bounding_box()
        assert box is not None
        assert abs(box["y"] - before) <= MOST_SHIFT
        assert place.evaluate("button => button.isTheSame")
        visitor.leave()


# The bar --------------------------------------------------------------------------------------------------------------

BELOW_THE_BAR: dict[str, tuple[str, Finder]] = {
    kind: (address, find)
    for kind, (address, find, _) in PLACES.items()
    if kind in ("class", "cell", "bin", "gallery", "feature map")
}


@pytest.mark.parametrize("kind", some_of(BELOW_THE_BAR, always=("class",)))
def test_nothing_moves_when_a_run_to_compare_with_is_chosen(
    visitor: Visitor, finished_runs: FinishedRuns, kind: str
) -> None:
    address, find = BELOW_THE_BAR[kind]
    page = visitor.open(address.format(run=finished_runs.newer))
    place = find(page)
    place.wait_for()
    visitor.wait_until_drawn()
    before = place.bounding_box()
    choose(page, "context.compared*", 1)
    page.wait_for_url("**with=*")
    visitor.settle()
    visitor.wait_until_drawn()
    after = place.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) <= MOST_SHIFT
