"""The import of a person's own files in a browser: what would be stored is seen first, and changed with a switch."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from mnist_core.data.sources.catalogue import load_dataset
from tests.browser.conftest import Server, Visitor, serving
from tests.browser.finding import (
    button,
    choose,
    choose_files,
    complaint,
    digits,
    expect_facts,
    field,
    keyed,
    switch,
)
from tests.data.idx_files import write_idx
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

IMAGES = "explore.import_images"
SUCCESS = "stAlertContentSuccess"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("imports")
    with serving(folder, folder / "data", port=port) as running:
        yield running


def some_digits(n: int) -> tuple[np.ndarray, np.ndarray]:
    train = load_dataset("mnist-sample").train
    return train.images[:n], train.labels[:n]


def table(page: Page) -> Locator:
    """The rows of the table of classes."""
    return keyed(page, IMAGES).locator("tbody tr")


def drafts(server: Server) -> list[str]:
    """What is left of drafts on disk."""
    return [path.name for path in server.data.glob("imported/.*")]


def places(page: Page) -> list[float]:
    """How far down the page the table, a switch and a button are, however far it is scrolled."""
    keys = (IMAGES, "explore.import_turned*", "explore.import")
    top = "part => part.getBoundingClientRect().top + document.querySelector('[data-testid=\"stMain\"]').scrollTop"
    return [round(keyed(page, key).evaluate(top)) for key in keys]


def sheet(page: Page) -> str:
    """The picture that the digits are cut from, as the browser paints it."""
    digit = keyed(page, IMAGES).locator(".strip span").first
    return str(digit.evaluate("digit => getComputedStyle(digit).backgroundImage"))


def import_as(page: Page, name: str) -> None:
    field(page, "explore.import_name*").fill(name)
    field(page, "explore.import_name*").press("Tab")
    button(page, "explore.import").click()


def test_what_would_be_stored_is_seen_before_it_is_stored(visitor: Visitor, server: Server, tmp_path: Path) -> None:
    images, labels = some_digits(100)
    np.savez(tmp_path / "My Digits.npz", images=images, labels=labels)
    others = drafts(server)
    page = visitor.open("/explore?view=data_sets")
    choose_files(page, tmp_path / "My Digits.npz")
    expect(table(page)).to_have_count(10)
    for label, row in enumerate(table(page).all()):
        expect(row.locator(".strip span")).to_have_count(min(10, int(np.sum(labels == label))))
    assert not (server.data / "imported" / "my-digits").exists()
    button(page, "explore.import").click()
    expect_facts(page.get_by_test_id(SUCCESS), "my-digits", 80, 20)
    visitor.settle()
    assert drafts(server) == others
    button(page, "explore.open_import").click()
    expect_facts(keyed(page, "origin"), "my-digits", 80, 20)
    expect(page).to_have_url(re.compile("data=my-digits"))
    expect(digits(page, "explore.grid.*")).to_have_count(80)


@pytest.mark.thorough
def test_a_switch_changes_what_is_seen_and_what_is_stored(visitor: Visitor, server: Server, tmp_path: Path) -> None:
    images, labels = some_digits(500)
    sideways = np.ascontiguousarray(images.transpose(0, 2, 1))
    parts = {"train": slice(0, 400), "t10k": slice(400, 500)}
    for name, part in parts.items():
        write_idx(tmp_path / f"{name}-images-idx3-ubyte.gz", sideways[part])
        write_idx(tmp_path / f"{name}-labels-idx1-ubyte.gz", labels[part])
    page = visitor.open("/explore?view=data_sets")
    choose_files(page, *tmp_path.glob("*ubyte.gz"))
    expect(table(page)).to_have_count(10)
    turned = field(page, "explore.import_turned*")
    expect(turned).to_be_checked()
    before, seen = sheet(page), places(page)
    switch(page, "explore.import_turned*")
    expect(turned).not_to_be_checked()
    visitor.settle()
    wait_until(lambda: sheet(page) != before)
    assert places(page) == seen
    import_as(page, "as-stored")
    expect_facts(page.get_by_test_id(SUCCESS), "as-stored", 400, 100)
    stored = load_dataset("as-stored", server.data)
    assert np.array_equal(stored.train.images, sideways[:400])
    assert np.array_equal(stored.test.images, sideways[400:])
    choose_files(page, *tmp_path.glob("*ubyte.gz"))
    expect(turned).to_be_checked()
    import_as(page, "upright")
    expect_facts(page.get_by_test_id(SUCCESS), "upright", 400, 100)
    assert np.array_equal(load_dataset("upright", server.data).train.images, images[:400])


@pytest.mark.thorough
def test_of_two_columns_that_may_be_the_labels_a_person_chooses(
    visitor: Visitor, server: Server, tmp_path: Path
) -> None:
    images, labels = some_digits(200)
    other = np.roll(labels, 1)
    heads = ["on<b>e", "two", *(f"p{i}" for i in range(784))]
    rows = np.column_stack([other, labels, images.reshape(200, -1)]).tolist()
    lines = [",".join(heads), *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "two.csv").write_text("\n".join(lines))
    visitor.page.set_viewport_size({"width": 1280, "height": 1400})  # scrolling to a list that opens would close it
    page = visitor.open("/explore?view=data_sets")
    choose_files(page, tmp_path / "two.csv")
    expect(keyed(page, "explore.import_label_column*")).to_be_visible()
    expect(table(page)).to_have_count(0)
    expect(button(page, "explore.import")).to_be_disabled()
    choose(page, "explore.import_label_column*", "two")
    expect(table(page)).to_have_count(10)
    import_as(page, "second-column")
    expect_facts(page.get_by_test_id(SUCCESS), "second-column", 160, 40)
    stored = load_dataset("second-column", server.data)
    known = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
    assert [known[image.tobytes()] for image in stored.train.images] == stored.train.labels.tolist()


@pytest.mark.thorough
def test_after_a_column_that_fails_another_one_is_chosen_without_the_file(
    visitor: Visitor, server: Server, tmp_path: Path
) -> None:
    images, labels = some_digits(200)
    wrong = np.where(labels == 4, 10, labels + 1)  # 1 to 10 without a 5: refused as labels
    heads = ["label", "digit", *(f"p{i}" for i in range(784))]
    rows = np.column_stack([labels, wrong, images.reshape(200, -1)]).tolist()
    (tmp_path / "two.csv").write_text("\n".join([",".join(heads), *(",".join(map(str, row)) for row in rows)]))
    others = drafts(server)
    visitor.page.set_viewport_size({"width": 1280, "height": 1400})
    page = visitor.open("/explore?view=data_sets")
    choose_files(page, tmp_path / "two.csv")
    expect(keyed(page, "explore.import_label_column*")).to_be_visible()
    for column in ("digit", "label"):
        visitor.settle()  # a list that opens while the page is drawn anew would close
        choose(page, "explore.import_label_column*", column)
        is_good = column == "label"
        expect(table(page)).to_have_count(10 if is_good else 0)
        expect(complaint(page).filter(has_text="two.csv")).to_have_count(0 if is_good else 1)
        expect(button(page, "explore.import")).to_be_enabled(enabled=is_good)
    assert len(drafts(server)) == len(others) + 1
    button(page, "explore.import_discard").click()
    expect(page.locator('input[type="file"]')).to_be_attached()
    wait_until(lambda: drafts(server) == others)


@pytest.mark.thorough
def test_a_file_that_is_none_is_refused_by_name_and_another_can_be_chosen(
    visitor: Visitor, server: Server, tmp_path: Path
) -> None:
    images, labels = some_digits(60)
    np.savez(tmp_path / "good.npz", images=images, labels=labels)
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04nothing")
    others = drafts(server)  # of tabs that were closed a moment ago
    page = visitor.open("/explore?view=data_sets")
    choose_files(page, tmp_path / "broken.npz")
    expect(complaint(page).filter(has_text="broken.npz")).to_be_visible()
    expect(keyed(page, "explore.reading.again")).to_have_count(0)  # the same file would fail again
    expect(page.get_by_test_id("stFileChipName")).to_have_text("broken.npz")
    assert drafts(server) == others
    page.get_by_test_id("stFileChipDeleteBtn").locator("visible=true").first.click()
    expect(complaint(page)).to_have_count(0)
    choose_files(page, tmp_path / "good.npz")
    expect(table(page)).to_have_count(10)
    button(page, "explore.import_discard").click()
    expect(page.locator('input[type="file"]')).to_be_attached()
    wait_until(lambda: drafts(server) == others)


def test_nothing_of_a_file_is_markup(visitor: Visitor, server: Server, tmp_path: Path) -> None:
    images, labels = some_digits(60)
    name = "<img src=x onerror=alert(1)> **bold** [link](x) `$y$` :red[a].npz"
    np.savez(tmp_path / name, images=images, labels=labels)
    page = visitor.open("/explore?view=data_sets")
    choose_files(page, tmp_path / name)
    expect(table(page)).to_have_count(10)
    line = page.get_by_text("onerror").first
    assert name in line.inner_text().replace("\u2060", "")  # word joiners, which keep an address from being a link
    assert page.locator("img[src='x']").count() == 0
    button(page, "explore.import_discard").click()
    expect(page.locator('input[type="file"]')).to_be_attached()


@pytest.mark.thorough
def test_the_draft_of_a_killed_server_is_gone_when_the_next_one_starts(browser: BrowserContext, tmp_path: Path) -> None:
    images, labels = some_digits(60)
    np.savez(tmp_path / "own.npz", images=images, labels=labels)
    with serving(tmp_path / "first", tmp_path / "data") as server:
        page = browser.new_page()
        page.goto(f"{server.url}/explore?view=data_sets")
        choose_files(page, tmp_path / "own.npz")
        expect(table(page)).to_have_count(10)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(20)
        page.close()
    assert drafts(server)
    with serving(tmp_path / "second", tmp_path / "data") as server:
        wait_until(lambda: drafts(server) == [])


@pytest.mark.thorough
def test_a_file_that_is_too_large_for_the_page_is_refused_beside_the_way_out(
    visitor: Visitor, server: Server, tmp_path: Path
) -> None:
    with (tmp_path / "train-images-idx3-ubyte").open("wb") as file:
        file.truncate(188_160_016)  # the images of EMNIST's digits, unpacked
    others = drafts(server)
    page = visitor.open("/explore?view=data_sets")
    choose_files(page, tmp_path / "train-images-idx3-ubyte")
    expect(page.get_by_test_id("stFileChipIconError")).to_be_visible()
    expect_facts(keyed(page, "explore.import_limit"), "make import", 128)
    visitor.settle()
    expect(table(page)).to_have_count(0)
    assert drafts(server) == others
