"""The way of a newcomer: no runs, one click, ten digits that change, a result, a suggested change, a verdict."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.navigation import available_specs
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.first_network import FIRST_NETWORK
from tests.browser.conftest import Server, Visitor
from tests.browser.finding import button, digits, expect_facts, ids, keyed, links, numbers
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TRAINING_SECONDS = 240  # of a small network on a busy machine

READ_DIGITS = """all => all.map((button) => {
  const box = button.getBoundingClientRect();
  return [`image ${button.dataset.id} at ${box.x}, ${box.y}`, button.querySelector(".caption").innerText];
})"""


@pytest.mark.thorough
def test_a_newcomer_trains_watches_and_compares(visitor: Visitor, server: Server) -> None:
    page, store = visitor.open("/"), RunStore(server.runs)
    button(page, "home.start").click()
    first = watch(page, store)
    assert first.config == FIRST_NETWORK
    see_what_is_wrong(page, store, first)
    visitor.settle()
    button(page, "home.try").click()
    wait_until(lambda: len(store.list()) == 2)
    wait_until(lambda: store.list()[0].status is RunStatus.COMPLETED, seconds=TRAINING_SECONDS)
    expect_facts(keyed(page, "home.verdict"), *changed_digits(store, first.run_id, store.list()[0].run_id))
    page.reload()  # whoever comes back finds the same
    expect_facts(keyed(page, "home.verdict"), *changed_digits(store, first.run_id, store.list()[0].run_id))


def watch(page: Page, store: RunStore) -> RunRecord:
    """The same ten digits are there all the time, at the same place, and what is said of them changes."""
    watched = digits(page, "home.watched.*")
    expect(watched).to_have_count(10)
    seen, places = set(), set()

    def has_ended() -> bool:
        found = watched.evaluate_all(READ_DIGITS)  # in one go: the page goes on to the result by itself
        if len(found) == 10:
            seen.add(tuple(caption for _, caption in found))
            places.add(tuple(place for place, _ in found))
        return store.list()[0].status.is_finished

    wait_until(has_ended, seconds=TRAINING_SECONDS)
    run = store.list()[0]
    assert run.status is RunStatus.COMPLETED
    assert len(seen) >= 3  # none yet, and at least two epochs
    assert len(places) == 1  # nothing has jumped
    return run


def see_what_is_wrong(page: Page, store: RunStore, run: RunRecord) -> None:
    truth = store.predictions(run.run_id, "test")
    n_wrong = int((truth.probabilities.argmax(axis=1) != truth.labels).sum())
    expect_facts(keyed(page, "home.score"), 1000, f"{100 - n_wrong / 10:.2f}%")
    expect_facts(keyed(page, "home.n_wrong"), n_wrong)
    wrong = digits(page, "home.wrong.*")
    opened = keyed(page, "home.opened")
    expect(links(opened, "mistakes").first).to_have_attribute("href", re.compile(rf"image=test-{ids(wrong)[0]}\b"))
    wrong.nth(1).click()
    expect(links(opened, "mistakes").first).to_have_attribute("href", re.compile(rf"image=test-{ids(wrong)[1]}\b"))


def changed_digits(store: RunStore, before: str, after: str) -> tuple[int, int]:
    """How many test images are fixed, and how many broken, counted from the stored predictions."""
    was, now = (
        one.probabilities.argmax(axis=1) == one.labels for one in (store.predictions(before), store.predictions(after))
    )
    return int((~was & now).sum()), int((was & ~now).sum())


def test_a_stroke_is_predicted_and_an_empty_pad_is_not(visitor: Visitor) -> None:
    page = visitor.open("/")
    pad, answer = keyed(page, "home.pad").locator("canvas"), keyed(page, "home.answer")
    expect(pad).to_be_visible()
    assert numbers(keyed(page, "home.answer.bars").locator(".share").first.inner_text()) == []
    draw_a_line(page, pad)
    bars = keyed(page, "home.answer.bars").locator(".share")
    wait_until(lambda: all(numbers(text) for text in bars.all_inner_texts()))
    visitor.settle()  # answers come while the pen still moves
    shares = [numbers(text)[0] for text in bars.all_inner_texts()]
    assert int(np.argmax(shares)) == 1
    expect_facts(answer, 1, max(shares))
    keyed(page, "home.pad").locator('[data-action="clear"]').click()
    wait_until(lambda: not any(numbers(text) for text in bars.all_inner_texts()))


def draw_a_line(page: Page, pad: Locator) -> None:
    """Down the left half of the pad, far from where MNIST has its digits."""
    box = pad.bounding_box()
    assert box is not None
    x = box["x"] + box["width"] * 0.25
    page.mouse.move(x, box["y"] + box["height"] * 0.15)
    page.mouse.down()
    page.mouse.move(x + 2, box["y"] + box["height"] * 0.7, steps=8)
    page.mouse.up()


def test_a_card_is_a_link_from_edge_to_edge(visitor: Visitor) -> None:
    page = visitor.open("/")
    cards = [keyed(page, f"link_card.home.{spec.name}") for spec in available_specs()[1:]]
    for card in cards:
        expect(link_of(card)).to_have_count(1)
    cards[0].scroll_into_view_if_needed()
    box = cards[0].bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    page.wait_for_url(re.compile(rf"/{available_specs()[1].name}\b"))


def test_a_card_is_reached_and_followed_by_keyboard(visitor: Visitor) -> None:
    page = visitor.open("/")
    name = available_specs()[1].name
    link = link_of(keyed(page, f"link_card.home.{name}"))
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    outline = link.evaluate("link => getComputedStyle(link, '::after').outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/{name}\b"))


def link_of(card: Locator) -> Locator:
    """With a tooltip there are two, of which one is shown."""
    return card.locator("a").filter(visible=True)
