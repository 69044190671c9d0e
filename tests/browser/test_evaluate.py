"""From a number to its digits in a real browser: shown is what the stored predictions say, whatever lies between."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from mnist_core.data.measures.stored import compute_measures
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.weak_slices import weak_slices
from tests.browser.conftest import FinishedRuns, Server, Visitor
from tests.browser.finding import (
    button,
    cell,
    choose,
    digits,
    expander_with,
    expect_facts,
    field,
    figure,
    icon,
    keyed,
    number,
    numbers,
    option,
    switch,
)
from tests.browser.galleries import PAGE_SIZE, by_loss, expect_rows, gallery, of_run, predicted
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ROW = "tr:has(button)"
"""A line of a table of numbers from which digits can be opened."""


@pytest.fixture(scope="module")
def server(finished_server: Server) -> Server:
    return finished_server


@pytest.fixture
def predictions(finished_runs: FinishedRuns) -> Predictions:
    return of_run(finished_runs, finished_runs.newer)


def open_evaluate(visitor: Visitor, runs: FinishedRuns, query: str = "") -> Page:
    return visitor.open(f"/evaluate?run={runs.newer}{query and '&'}{query}")


def expect_digits(visitor: Visitor, expected: Iterable[int]) -> None:
    expect_rows(visitor, gallery(visitor.page, "evaluate"), expected)


def pick(visitor: Visitor, place: Locator) -> None:
    place.click()
    visitor.settle()


def expect_chosen(page: Page, n: int, *labels: int) -> None:
    """The heading of the digits says how many there are, and of which labels."""
    expect_facts(keyed(page, "evaluate.chosen"), n, *labels)


@pytest.mark.thorough
def test_every_cell_row_and_column_opens_exactly_its_digits(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_evaluate(visitor, finished_runs, "view=confusion")
    answers = predicted(predictions)
    wrong = [
        (int(true), int(answer)) for true, answer in {*zip(predictions.labels, answers, strict=True)} if true != answer
    ]
    for true, answer in [*sorted(wrong)[:4], (6, 6)]:
        expected = by_loss(predictions, (predictions.labels == true) & (answers == answer))
        expect(cell(page, true, answer)).to_have_text(str(len(expected)))
        pick(visitor, cell(page, true, answer))
        expect_chosen(page, len(expected), true, answer)
        expect_digits(visitor, expected)
    expected = by_loss(predictions, predictions.labels == 3)
    pick(visitor, cell(page, 3, None))
    expect_chosen(page, len(expected), 3)
    expect_digits(visitor, expected)
    expected = by_loss(predictions, answers == 8)
    pick(visitor, cell(page, None, 8))
    expect_chosen(page, len(expected), 8)
    expect_digits(visitor, expected)


def test_a_digit_says_which_it_is_and_how_it_was_read(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_evaluate(visitor, finished_runs, "view=confusion&cell=9-4")
    first = gallery(page, "evaluate").first
    row = by_loss(predictions, (predictions.labels == 9) & (predicted(predictions) == 4))[0]
    position = int(np.flatnonzero(predictions.index == row)[0])
    for fact in (row, 9, 4):
        expect(first).to_have_attribute("aria-label", number(fact))
    confidence = f"{100 * float(predictions.probabilities[position].max()):.2f}%"
    expect(first).to_have_attribute("aria-label", re.compile(re.escape(confidence)))


@pytest.mark.thorough
def test_only_mistakes_leaves_right_digits_out_of_a_row(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_evaluate(visitor, finished_runs, "view=confusion")
    switch(page, "linked.evaluate_only")
    page.wait_for_url(re.compile("only=wrong"))
    visitor.settle()
    expect(cell(page, 3, 3)).to_be_disabled()
    pick(visitor, cell(page, 3, None))
    expected = by_loss(predictions, (predictions.labels == 3) & (predicted(predictions) != 3))
    expect_chosen(page, len(expected), 3)
    expect_digits(visitor, expected)


@pytest.mark.thorough
def test_the_matrix_is_walked_and_picked_by_keyboard(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_evaluate(visitor, finished_runs, "view=confusion&cell=4-8")
    cell(page, 4, 8).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("cell=4-9"))
    expected = by_loss(predictions, (predictions.labels == 4) & (predicted(predictions) == 9))
    expect_chosen(page, len(expected), 4, 9)
    expect_digits(visitor, expected)


@pytest.mark.thorough
def test_a_cell_survives_other_views_another_page_a_reload_and_a_link(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_evaluate(visitor, finished_runs, "view=confusion")
    pick(visitor, cell(page, 9, 4))
    expected = by_loss(predictions, (predictions.labels == 9) & (predicted(predictions) == 4))
    expect_digits(visitor, expected)
    visitor.open_view("evaluate", "calibration")
    visitor.go_to("mistakes")
    option(page, "linked.mistakes_true", 7).click()
    page.wait_for_url(re.compile("true=7"))
    visitor.go_to("evaluate")
    visitor.open_view("evaluate", "confusion")
    expect_digits(visitor, expected)
    page.reload()
    visitor.settle()
    expect_digits(visitor, expected)
    link = page.url.removeprefix(visitor.server.url)
    assert "cell=9-4" in link
    visitor.open("/")
    visitor.open(link)
    expect_digits(visitor, expected)


@pytest.mark.thorough
def test_another_run_and_another_split_change_the_digits_not_the_cell(
    visitor: Visitor, finished_runs: FinishedRuns
) -> None:
    page = open_evaluate(visitor, finished_runs, "view=confusion&cell=9-4")
    older = finished_runs.older
    choose(page, "context.run*", "Older")
    page.wait_for_url(re.compile(f"run={older}"))
    visitor.settle()
    other = of_run(finished_runs, older)
    expect_digits(visitor, by_loss(other, (other.labels == 9) & (predicted(other) == 4)))
    choose(page, "linked.judged_split*", 1)
    page.wait_for_url(re.compile("split=validation"))
    held = of_run(finished_runs, older, "validation-004")
    expect_facts(keyed(page, "origin"), len(held), 4)
    expect_digits(visitor, by_loss(held, (held.labels == 9) & (predicted(held) == 4)))


@pytest.mark.thorough
def test_a_most_confused_pair_opens_its_cell(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_evaluate(visitor, finished_runs, "view=confusion")
    pair = keyed(page, "evaluate.pairs").get_by_role("button").nth(2)
    true, answer = map(int, numbers(pair.locator(".title").inner_text()))
    count = int(numbers(pair.locator(".detail").inner_text())[0])
    for fact in (true, answer, count):  # is spoken too
        expect(pair).to_have_attribute("aria-label", number(fact))
    pick(visitor, pair)
    expected = by_loss(predictions, (predictions.labels == true) & (predicted(predictions) == answer))
    assert len(expected) == count
    expect_digits(visitor, expected)
    expect(cell(page, true, answer)).to_have_attribute("aria-pressed", "true")


@pytest.mark.thorough
def test_precision_and_recall_open_the_mistakes_behind_them(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_evaluate(visitor, finished_runs)
    answers = predicted(predictions)
    precision, recall, support, n_predicted = 1, 2, 4, 5  # columns of the table
    pick(visitor, figure(page, "evaluate.classes", 5, recall))
    expect_digits(visitor, by_loss(predictions, (predictions.labels == 5) & (answers != 5)))
    pick(visitor, figure(page, "evaluate.classes", 5, precision))
    expect_digits(visitor, by_loss(predictions, (predictions.labels != 5) & (answers == 5)))
    pick(visitor, figure(page, "evaluate.classes", 0, support))
    expect_digits(visitor, by_loss(predictions, predictions.labels == 0))
    pick(visitor, figure(page, "evaluate.classes", 0, n_predicted))
    expect_digits(visitor, by_loss(predictions, answers == 0))


@pytest.mark.thorough
def test_a_bin_of_confidence_opens_its_digits(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_evaluate(visitor, finished_runs, "view=calibration&bins=10")
    confidence = predictions.probabilities.max(axis=1).astype(np.float64)
    rising = np.argsort(confidence, kind="stable")
    lines = keyed(page, "evaluate.bins_table").locator(ROW)
    expect(lines.last).to_be_visible()
    ranges = [numbers(text) for text in lines.locator("td:first-child").all_inner_texts()]
    for low, high in ((60, 70), (90, 100)):
        pick(visitor, lines.nth(ranges.index([low, high])).get_by_role("button"))
        expect_digits(visitor, rising[(confidence[rising] > low / 100) & (confidence[rising] <= high / 100)])


@pytest.mark.thorough
def test_the_epoch_slider_moves_the_digits_of_a_cell(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = open_evaluate(visitor, finished_runs, "view=by_epoch&cell=9-4&epoch=1")
    for epoch in (1, 2, 3):
        expect(field(page, "evaluate.epoch")).to_have_attribute("aria-valuetext", str(epoch))
        held = of_run(finished_runs, finished_runs.newer, f"validation-{epoch:03d}")
        expect_digits(visitor, by_loss(held, (held.labels == 9) & (predicted(held) == 4)))
        expect(cell(page, 9, 9, key="evaluate.time_matrix")).to_have_text(
            str(((held.labels == 9) & (predicted(held) == 9)).sum())
        )
        field(page, "evaluate.epoch").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_url(re.compile(f"epoch={epoch + 1}"))
        visitor.settle()


@pytest.mark.thorough
def test_play_goes_through_the_epochs_and_stops_at_the_last(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = open_evaluate(visitor, finished_runs, "view=by_epoch&epoch=4")
    visitor.wait_until_drawn()  # a browser that is busy with charts would see nothing of it
    play, slider = button(page, "evaluate.play"), field(page, "evaluate.epoch")
    play.click()
    expect(icon(play)).to_have_text("stop")
    expect(slider).not_to_have_attribute("aria-valuetext", "4")  # it begins anew
    seen: list[int] = []

    def has_ended() -> bool:
        epoch = int(slider.get_attribute("aria-valuetext") or 0)
        if not seen or seen[-1] != epoch:
            seen.append(epoch)
        return icon(play).inner_text() == "play_arrow" and epoch == 4

    wait_until(has_ended, seconds=60)
    assert seen == sorted(seen)
    assert seen[0] < 4


def open_first_range(page: Page) -> list[float]:
    """Open the digits of the lowest range in the table below the chart; returns its ends and how many there are."""
    table = keyed(page, "evaluate.measure_bins")
    expander_with(page, table).click()
    line = table.locator(ROW).first
    expect(line).to_be_visible()
    low, high = numbers(line.locator("td").first.inner_text())
    [count] = numbers(line.get_by_role("button").inner_text())
    line.get_by_role("button").click()
    page.wait_for_url(re.compile("bin=0"))
    return [low, high, count]


@pytest.mark.thorough
def test_a_range_of_a_measure_opens_its_digits(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_evaluate(visitor, finished_runs, "view=handwriting&measure=slant")
    slant = compute_measures(load_dataset("mnist-sample")).test.column("slant").astype(np.float64)
    low, high, n = open_first_range(page)
    visitor.settle()
    count = int(n)
    assert {low, high, n} <= set(numbers(keyed(page, "evaluate.chosen").inner_text()))
    rows = np.argsort(slant, kind="stable")[:count]  # a tenth of the digits, from the lowest on
    assert low == pytest.approx(slant[rows].min(), rel=1e-3)
    assert high == pytest.approx(slant[np.argsort(slant)[count]], rel=1e-3)
    expect_digits(visitor, by_loss(predictions, np.sort(rows)))


@pytest.mark.thorough
def test_a_weak_group_opens_its_digits(visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions) -> None:
    page = open_evaluate(visitor, finished_runs, "view=handwriting")
    first = keyed(page, "evaluate.groups").get_by_role("button").first
    count = int(numbers(first.inner_text())[0])
    groups = weak_slices(predictions, compute_measures(load_dataset("mnist-sample")).test.to_frame())
    assert len(groups[0].positions) == count
    first.click()
    expect_digits(visitor, by_loss(predictions, groups[0].positions))


@pytest.mark.thorough
def test_a_range_takes_the_place_of_an_open_group_and_a_group_that_of_a_range(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_evaluate(visitor, finished_runs, "view=handwriting&group=0")
    group = weak_slices(predictions, compute_measures(load_dataset("mnist-sample")).test.to_frame())[0]
    n_opened = int(open_first_range(page)[2])
    expect_facts(keyed(page, "evaluate.chosen"), n_opened)
    expect(keyed(page, "evaluate.digits.*")).to_have_count(1)
    expect(gallery(page, "evaluate")).to_have_count(min(n_opened, PAGE_SIZE))
    assert "group=" not in page.url
    keyed(page, "evaluate.groups").get_by_role("button").first.click()
    page.wait_for_url(lambda url: "group=0" in url and "bin=" not in url)
    expect(keyed(page, "evaluate.chosen")).to_have_count(1)
    expect_facts(keyed(page, "evaluate.chosen"), group.confirmation.n)
    expect_digits(visitor, by_loss(predictions, group.positions))


@pytest.mark.parametrize("choice", ["view=confusion&line=true-9", "view=by_epoch&epoch=2&line=missed-9"])
@pytest.mark.thorough
def test_a_selection_is_exported_as_it_is_shown(visitor: Visitor, finished_runs: FinishedRuns, choice: str) -> None:
    page = open_evaluate(visitor, finished_runs, choice)
    visitor.wait_until_drawn()  # the box closes when something above it grows
    button(page, "evaluate.export.open").click()
    with page.expect_download() as started:
        button(page, "evaluate.export.csv").dispatch_event("click")
    lines = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_bytes().decode())))
    is_late = "by_epoch" in choice
    said = of_run(finished_runs, finished_runs.newer, "validation-002" if is_late else "test")
    wanted = (said.labels == 9) & (predicted(said) != 9 if is_late else True)
    assert ("epoch-2" in started.value.suggested_filename) == is_late
    assert [int(line["index"]) for line in lines] == by_loss(said, wanted)
    assert [int(line["predicted"]) for line in lines] == [
        int(predicted(said)[np.flatnonzero(said.index == int(line["index"]))[0]]) for line in lines
    ]


@pytest.mark.parametrize(
    ("view", "table", "column"),
    [
        ("scores", "evaluate.classes", 5),
        pytest.param("handwriting", "evaluate.groups", 3, marks=pytest.mark.thorough),
    ],
)
def test_on_a_phone_a_table_shows_every_number_that_opens_digits(
    visitor: Visitor, finished_runs: FinishedRuns, *, view: str, table: str, column: int
) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    page = open_evaluate(visitor, finished_runs, f"view={view}")
    box = figure(page, table, 0, column).bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390


@pytest.mark.thorough
def test_a_point_of_a_robustness_curve_shows_the_digits_that_are_wrong_there(
    visitor: Visitor, finished_runs: FinishedRuns
) -> None:
    page = open_evaluate(visitor, finished_runs, "view=robustness&corruption=rotation&strength=5")
    folder = finished_runs.folder / "runs" / finished_runs.newer / "robustness"
    with np.load(next(folder.glob("*.npz"))) as arrays:
        answers, labels, rows = arrays["predicted"][0, 4], arrays["labels"], arrays["rows"]
    expected = rows[answers != labels]
    expect_facts(keyed(page, "evaluate.corrupted_title"), len(expected), len(rows))
    expect_rows(visitor, digits(page, "evaluate.corrupted.*"), expected, size=60)


@pytest.mark.thorough
def test_other_data_is_scored_in_the_background_and_kept(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = open_evaluate(visitor, finished_runs, "view=other_data")
    optical = load_dataset("optical-digits")
    choose(page, "evaluate.other_data", optical.title)
    visitor.settle()
    button(page, "evaluate.score").click()
    expect(keyed(page, "evaluate.scored")).to_contain_text(optical.title)
    kept = next((finished_runs.folder / "runs" / finished_runs.newer / "scored").glob("*.npz"))
    with np.load(kept) as arrays:
        other = Predictions(**{name: arrays[name] for name in ("index", "labels", "probabilities")})
    np.testing.assert_array_equal(other.labels, optical.test.labels)
    n_wrong = int((predicted(other) != other.labels).sum())
    wrong = page.get_by_test_id("stMetricValue").filter(has_text=number(n_wrong)).filter(has_text=number(len(other)))
    expect(wrong).to_be_visible()
    pick(visitor, cell(page, 2, None, key="evaluate.other_matrix"))
    expect_digits(visitor, by_loss(other, other.labels == 2))


GROUND = """() => getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor"""


@pytest.mark.parametrize(
    ("view", "key"),
    [("by_epoch", "evaluate.epochs"), ("calibration", "evaluate.reliability")],
)
@pytest.mark.thorough
def test_a_chart_that_is_downloaded_in_the_dark_has_the_ground_of_the_page(
    visitor: Visitor, finished_runs: FinishedRuns, view: str, key: str
) -> None:
    visitor.page.emulate_media(color_scheme="dark")
    page = open_evaluate(visitor, finished_runs, f"view={view}")
    chart = keyed(page, key).locator(".js-plotly-plot")
    chart.scroll_into_view_if_needed()
    chart.hover()
    with page.expect_download() as started:
        chart.locator(".modebar-btn").first.click()
    with Image.open(started.value.path()) as file:
        picture = np.array(file.convert("RGBA"))
    edges = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    ground = [int(number) for number in numbers(page.evaluate(GROUND))]
    assert ground != [255, 255, 255]
    assert (edges == [*ground, 255]).all()
