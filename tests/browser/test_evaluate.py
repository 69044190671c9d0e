"""From a number to its digits in a real browser: shown is what the stored predictions say, whatever lies between."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from mnist_core.data.measures.stored import compute_measures
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.weak_slices import weak_slices
from mnist_core.probing.robustness import measure_robustness
from mnist_core.runs.store import RunStore
from tests.browser.conftest import Server, Visitor, serving
from tests.finished_runs import finished_run
from tests.pages.evaluated_runs import stored
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path) -> Iterator[Server]:
    """A dashboard with two finished runs on the sample, one of which had its robustness measured."""
    folder = tmp_path_factory.mktemp("evaluated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_STUDIO_DATA", str(sample_data_folder))
        store = RunStore(folder / "runs")
        finished_run(store, name="Older", seed=1)
        measure_robustness(store, finished_run(store, name="Newer", seed=0), names=("rotation", "noise"))
    with serving(folder, sample_data_folder) as running:
        yield running


@pytest.fixture
def predictions(server: Server) -> Predictions:
    return stored(RunStore(server.runs), newest(server))


def newest(server: Server) -> str:
    return RunStore(server.runs).run_ids()[0]


def gallery(page: Page) -> Locator:
    return page.get_by_role("group", name="Digits of the selection").locator("button")


def rows_of(grid: Locator) -> list[int]:
    """Row numbers of the digits in a grid, as they are spoken, in their order."""
    names = grid.evaluate_all("buttons => buttons.map((button) => button.getAttribute('aria-label'))")
    return [int(re.search(r"digit (\d+)", name)[1]) for name in names]  # type: ignore[index]


def expect_digits(visitor: Visitor, expected: Iterable[int], *, grid: Locator | None = None, size: int = 120) -> None:
    """The digits on all pages of a grid are exactly these, in this order; waits until the browser has drawn them."""
    wanted = [int(row) for row in expected]
    shown = gallery(visitor.page) if grid is None else grid
    for start in range(0, len(wanted), size):
        if start:
            visitor.page.get_by_role("button", name="Next page").click()
        part = wanted[start : start + size]
        expect(shown).to_have_count(len(part))
        first = re.compile(rf"digit {part[0]}\b")
        expect(shown.first).to_have_attribute("aria-label", first)
        visitor.settle()
        assert rows_of(shown) == part


def by_loss(predictions: Predictions, chosen: np.ndarray) -> list[int]:
    """Row numbers of the chosen digits (a mask or positions), the highest loss first."""
    positions = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
    true = predictions.probabilities[positions, predictions.labels[positions]]
    return predictions.index[positions[np.argsort(true, kind="stable")]].tolist()


def pick(visitor: Visitor, name: str | re.Pattern[str]) -> None:
    visitor.page.get_by_role("button", name=name).first.click()
    visitor.settle()


def open_view(visitor: Visitor, name: str) -> None:
    visitor.page.get_by_role("radio", name=name).or_(visitor.page.get_by_role("button", name=name)).first.click()
    visitor.settle()


def choose_run(visitor: Visitor, name: str) -> None:
    page = visitor.page
    page.get_by_role("combobox", name="Run").click()
    page.get_by_role("option", name=re.compile(name)).click()
    visitor.settle()


def predicted(predictions: Predictions) -> np.ndarray:
    return predictions.probabilities.argmax(axis=1)


def test_every_cell_row_and_column_opens_exactly_its_digits(visitor: Visitor, predictions: Predictions) -> None:
    page = visitor.open("/evaluate?view=confusion")
    answers = predicted(predictions)
    wrong = [
        (int(true), int(answer)) for true, answer in {*zip(predictions.labels, answers, strict=True)} if true != answer
    ]
    for true, answer in [*sorted(wrong)[:4], (6, 6)]:
        pick(visitor, re.compile(rf"^true {true}, predicted {answer}:"))
        expect(page.get_by_role("heading", name=re.compile(rf"true {true}, predicted {answer}$"))).to_be_visible()
        expect_digits(visitor, by_loss(predictions, (predictions.labels == true) & (answers == answer)))
    pick(visitor, re.compile("^all true 3:"))
    expect(page.get_by_role("heading", name=re.compile("digits: true 3$"))).to_be_visible()
    expect_digits(visitor, by_loss(predictions, predictions.labels == 3))
    pick(visitor, re.compile("^all predicted 8:"))
    expect(page.get_by_role("heading", name=re.compile("digits: predicted 8$"))).to_be_visible()
    expect_digits(visitor, by_loss(predictions, answers == 8))


def test_only_mistakes_leaves_right_digits_out_of_a_row(visitor: Visitor, predictions: Predictions) -> None:
    page = visitor.open("/evaluate?view=confusion")
    page.get_by_text("Only mistakes").click()
    visitor.settle()
    expect(page.get_by_role("button", name=re.compile("^true 3, predicted 3:"))).to_be_disabled()
    pick(visitor, re.compile("^all true 3:"))
    expect(page.get_by_role("heading", name=re.compile("true 3, wrong ones only"))).to_be_visible()
    expect_digits(visitor, by_loss(predictions, (predictions.labels == 3) & (predicted(predictions) != 3)))


def test_the_matrix_is_walked_and_picked_by_keyboard(visitor: Visitor, predictions: Predictions) -> None:
    page = visitor.open("/evaluate?view=confusion&cell=4-8")
    page.get_by_role("button", name=re.compile("^true 4, predicted 8:")).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    visitor.settle()
    expect(page.get_by_role("heading", name=re.compile("true 4, predicted 9$"))).to_be_visible()
    expect_digits(visitor, by_loss(predictions, (predictions.labels == 4) & (predicted(predictions) == 9)))


def test_a_cell_survives_other_views_another_page_a_reload_and_a_link(
    visitor: Visitor, predictions: Predictions
) -> None:
    page = visitor.open("/evaluate?view=confusion")
    pick(visitor, re.compile("^true 9, predicted 4:"))
    expected = by_loss(predictions, (predictions.labels == 9) & (predicted(predictions) == 4))
    expect_digits(visitor, expected)
    open_view(visitor, "Calibration")
    visitor.go_to("Mistakes")
    page.get_by_role("toolbar", name="True label").get_by_text("7", exact=True).click()
    visitor.settle()
    visitor.go_to("Evaluate")
    open_view(visitor, "Confusion")
    expect_digits(visitor, expected)
    page.reload()
    visitor.settle()
    expect_digits(visitor, expected)
    link = page.url.removeprefix(visitor.server.url)
    assert "cell=9-4" in link
    visitor.open("/")
    visitor.open(link)
    expect_digits(visitor, expected)


def test_another_run_and_another_split_change_the_digits_not_the_cell(visitor: Visitor, server: Server) -> None:
    page = visitor.open("/evaluate?view=confusion&cell=9-4")
    older = RunStore(server.runs).run_ids()[1]
    choose_run(visitor, "Older")
    other = stored(RunStore(server.runs), older)
    expect_digits(visitor, by_loss(other, (other.labels == 9) & (predicted(other) == 4)))
    open_view(visitor, "Validation")
    held = stored(RunStore(server.runs), older, "validation-004")
    expect(page.get_by_text(re.compile("800 validation digits")).first).to_be_visible()
    expect_digits(visitor, by_loss(held, (held.labels == 9) & (predicted(held) == 4)))


def test_a_most_confused_pair_opens_its_cell(visitor: Visitor, predictions: Predictions) -> None:
    page = visitor.open("/evaluate?view=confusion")
    pair = page.get_by_role("group", name=re.compile("Most confused pairs")).get_by_role("button").nth(2)
    match = re.search(r"true (\d), predicted (\d): show (\d+)", pair.get_attribute("aria-label") or "")
    assert match
    true, answer, count = map(int, match.groups())
    pair.click()
    visitor.settle()
    expected = by_loss(predictions, (predictions.labels == true) & (predicted(predictions) == answer))
    assert len(expected) == count
    expect_digits(visitor, expected)
    expect(
        page.get_by_role("button", name=re.compile(rf"^true {true}, predicted {answer}: \d+ digits;"))
    ).to_have_attribute("aria-pressed", "true")


def test_precision_and_recall_open_the_mistakes_behind_them(visitor: Visitor, predictions: Predictions) -> None:
    visitor.open("/evaluate")
    answers = predicted(predictions)
    pick(visitor, re.compile("^Recall of 5:"))
    expect_digits(visitor, by_loss(predictions, (predictions.labels == 5) & (answers != 5)))
    pick(visitor, re.compile("^Precision of 5:"))
    expect_digits(visitor, by_loss(predictions, (predictions.labels != 5) & (answers == 5)))
    pick(visitor, "Show all digits with true label 0")
    expect_digits(visitor, by_loss(predictions, predictions.labels == 0))
    pick(visitor, "Show all digits predicted as 0")
    expect_digits(visitor, by_loss(predictions, answers == 0))


def test_a_bin_of_confidence_opens_its_digits(visitor: Visitor, predictions: Predictions) -> None:
    visitor.open("/evaluate?view=calibration&bins=10")
    confidence = predictions.probabilities.max(axis=1).astype(np.float64)
    rising = np.argsort(confidence, kind="stable")
    pick(visitor, re.compile("with confidence 60.0% to 70.0%"))
    expect_digits(visitor, rising[(confidence[rising] > 0.6) & (confidence[rising] <= 0.7)])
    pick(visitor, re.compile("with confidence 90.0% to 100.0%"))
    expect_digits(visitor, rising[confidence[rising] > 0.9])


def test_the_epoch_slider_moves_the_digits_of_a_cell(visitor: Visitor, server: Server) -> None:
    page = visitor.open("/evaluate?view=time&cell=9-4&epoch=1")
    for epoch in (1, 2, 3):
        expect(page.get_by_text(re.compile(f"800 validation digits after epoch {epoch}"))).to_be_visible()
        held = stored(RunStore(server.runs), newest(server), f"validation-{epoch:03d}")
        expect_digits(visitor, by_loss(held, (held.labels == 9) & (predicted(held) == 4)))
        page.get_by_role("slider", name="After epoch").focus()
        page.keyboard.press("ArrowRight")
        visitor.settle()


def test_play_goes_through_the_epochs_and_stops_at_the_last(visitor: Visitor) -> None:
    page = visitor.open("/evaluate?view=time&epoch=4")
    page.get_by_role("button", name="Play").click()
    line = page.get_by_text(re.compile(r"800 validation digits after epoch \d"))
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    seen: list[int] = []

    def has_ended() -> bool:
        epoch = int(line.inner_text().split("epoch ")[1][0])
        if not seen or seen[-1] != epoch:
            seen.append(epoch)
        return page.get_by_role("button", name="Play").is_visible() and epoch == 4

    wait_until(has_ended, seconds=60)
    assert seen == sorted(seen)
    assert seen[0] < 4


def test_a_range_of_a_measure_opens_its_digits(visitor: Visitor, predictions: Predictions) -> None:
    page = visitor.open("/evaluate?view=handwriting&measure=slant")
    slant = compute_measures(load_dataset("mnist-sample")).test.column("slant").astype(np.float64)
    page.get_by_text("As a table").click()
    page.get_by_role("button", name=re.compile("^Show these")).first.click()
    visitor.settle()
    heading = page.get_by_text(re.compile(r"digits, slant")).first.inner_text()
    low, high = (float(text) for text in re.findall(r"(-?[\d.]+) to (-?[\d.]+)", heading)[0])
    count = int(re.search(r"([\d,]+) digits", heading)[1])  # type: ignore[index]
    rows = np.argsort(slant, kind="stable")[:count]  # a tenth of the digits, from the lowest on
    assert low == pytest.approx(slant[rows].min(), rel=1e-3)
    assert high == pytest.approx(slant[np.argsort(slant)[count]], rel=1e-3)
    expect_digits(visitor, by_loss(predictions, np.sort(rows)))


def test_a_weak_group_opens_its_digits(visitor: Visitor, predictions: Predictions) -> None:
    page = visitor.open("/evaluate?view=handwriting")
    first = page.get_by_role("button", name=re.compile(r"^Show the \d+ digits: ")).first
    count = int(re.search(r"Show the (\d+) digits", first.get_attribute("aria-label") or "")[1])  # type: ignore[index]
    groups = weak_slices(predictions, compute_measures(load_dataset("mnist-sample")).test.to_frame())
    assert len(groups[0].positions) == count
    first.click()
    expect_digits(visitor, by_loss(predictions, groups[0].positions))


def test_a_range_takes_the_place_of_an_open_group_and_a_group_that_of_a_range(visitor: Visitor) -> None:
    page = visitor.open("/evaluate?view=handwriting&group=0")
    page.get_by_text("As a table").click()
    page.get_by_role("button", name=re.compile("^Show these")).first.click()
    expect(page.get_by_text(re.compile(r"digits, ink .* wrong$"))).to_be_visible()
    expect(page.get_by_text("confirmed on the other half: ")).to_have_count(0)
    expect(page.get_by_role("group", name="Digits of the selection")).to_have_count(1)
    page.get_by_role("button", name=re.compile(r"^Show the \d+ digits: ")).first.click()
    expect(page.get_by_text("confirmed on the other half: ")).to_be_visible()
    expect(page.get_by_text(re.compile(r"digits, ink .* wrong$"))).to_have_count(0)


@pytest.mark.parametrize("choice", ["view=confusion&line=true-9", "view=time&epoch=2&line=missed-9"])
def test_a_selection_is_taken_away_as_it_is_shown(visitor: Visitor, server: Server, choice: str) -> None:
    page = visitor.open(f"/evaluate?{choice}")
    button = page.get_by_role("button", name="Take away")
    # In the middle of the window: the box stays where it opened, also when what is above it grows a little later.
    button.evaluate("button => button.scrollIntoView({ block: 'center' })")
    button.click()
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV", exact=True).dispatch_event("click")
    lines = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_bytes().decode())))
    is_late = "time" in choice
    said = stored(RunStore(server.runs), newest(server), "validation-002" if is_late else "test")
    wanted = (said.labels == 9) & (predicted(said) != 9 if is_late else True)
    assert ("epoch-2" in started.value.suggested_filename) == is_late
    assert [int(line["index"]) for line in lines] == by_loss(said, wanted)
    assert [int(line["predicted"]) for line in lines] == [
        int(predicted(said)[np.flatnonzero(said.index == int(line["index"]))[0]]) for line in lines
    ]


@pytest.mark.parametrize(
    ("view", "name"), [("handwriting", r"^Show the \d+ digits: "), ("scores", r"^Show all digits predicted as 0")]
)
def test_on_a_phone_a_table_shows_every_number_that_opens_digits(visitor: Visitor, view: str, name: str) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    page = visitor.open(f"/evaluate?view={view}")
    box = page.get_by_role("button", name=re.compile(name)).first.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390


def test_a_point_of_a_robustness_curve_shows_the_digits_that_are_wrong_there(visitor: Visitor, server: Server) -> None:
    page = visitor.open("/evaluate?view=robustness&corruption=rotation&strength=5")
    with np.load(next((server.runs / newest(server) / "robustness").glob("*.npz"))) as arrays:
        answers, labels, rows = arrays["predicted"][0, 4], arrays["labels"], arrays["rows"]
    expected = rows[answers != labels]
    expect(page.get_by_text(f"{len(expected)} of 1,000 digits are wrong")).to_be_visible()
    grid = page.get_by_role("group", name=re.compile("^Digits that are wrong")).locator("button")
    expect_digits(visitor, expected, grid=grid, size=60)


def test_other_data_is_scored_in_the_background_and_kept(visitor: Visitor, server: Server) -> None:
    page = visitor.open("/evaluate?view=other")
    page.get_by_role("combobox", name="Data set").click()
    page.get_by_role("option", name=re.compile("Optical")).click()
    visitor.settle()
    page.get_by_role("button", name="Score", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("Optical"))).to_be_visible()
    kept = next((server.runs / newest(server) / "scored").glob("*.npz"))
    with np.load(kept) as arrays:
        other = Predictions(**{name: arrays[name] for name in ("index", "labels", "probabilities")})
    np.testing.assert_array_equal(other.labels, load_dataset("optical-digits").test.labels)
    expect(page.get_by_text(f"{(predicted(other) != other.labels).sum()} of {len(other)}").first).to_be_visible()
    pick(visitor, re.compile("^all true 2:"))
    expect_digits(visitor, by_loss(other, other.labels == 2))


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("view", ["scores", "confusion", "calibration", "time", "handwriting", "robustness", "other"])
def test_nothing_sticks_out_sideways(visitor: Visitor, view: str, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})
    page = visitor.open(f"/evaluate?view={view}&cell=9-4")
    sizes = page.get_by_test_id("stMain").evaluate("element => [element.scrollWidth, element.clientWidth]")
    assert sizes[0] <= sizes[1]
