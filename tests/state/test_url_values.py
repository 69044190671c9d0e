from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.state.current import JudgedSplit, current
from dashboard.state.packing import packed
from dashboard.state.session import BY_LINK
from dashboard.state.url_kinds import (
    Order,
    UrlEnum,
    UrlFlag,
    UrlImage,
    UrlInt,
    UrlLabels,
    UrlName,
    UrlOrder,
    UrlPair,
    UrlText,
    UrlTexts,
)
from dashboard.state.url_line import Line, LineKind, UrlLine
from dashboard.state.url_ranges import UrlRanges
from dashboard.state.url_selection import Selection, UrlSelection
from dashboard.state.url_values import Choices, UrlValue
from dashboard.views.draw.choices import UrlNetworks
from dashboard.views.evaluate.choices import evaluate
from dashboard.views.explore.choices import Draws, UrlDraws
from dashboard.views.inside.choices import Channel, UrlChannel
from mnist_core.data.augmentation import Augmentation
from mnist_core.data.dataset import SplitName
from mnist_core.data.finding.selection import Range
from mnist_core.data.image_ref import Drawing, ImageRef

RUN = "20260102-030405-abcdef"


def show_evaluate() -> None:
    """What the frame does for the page Evaluate, and what the page sees."""
    import streamlit as st

    from dashboard.choices import restore_choices
    from dashboard.state.current import current
    from dashboard.views.evaluate.choices import evaluate

    restore_choices("evaluate")
    st.text(f"run {current.run} cell {evaluate.cell} page {evaluate.page}")
    if st.button("pick"):
        current.run = "20260102-030405-abcdef"
        evaluate.cell = (4, 9)
    if st.button("forget"):
        current.run = None
    if st.button("first page"):
        evaluate.page = 1


def opened(**url: str) -> AppTest:
    app = AppTest.from_function(show_evaluate)
    for name, value in url.items():
        app.query_params[name] = value
    return app.run()


WRITTEN = (
    (UrlInt(0, 9), "7", 7),
    (UrlInt(-3, 9), "-3", -3),
    (UrlEnum(SplitName, default=SplitName.TRAIN), "test", SplitName.TEST),
    (UrlFlag("wrong"), "wrong", True),
    (UrlName(("ink", "slant")), "ink", "ink"),
    (UrlText(r"[0-9]+-[a-f]+"), "12-ab", "12-ab"),
    (UrlTexts(r"[a-f-]+"), "a-b.c", ("a-b", "c")),
    (UrlPair(0, 9), "4-9", (4, 9)),
    (UrlLabels(), "479", (4, 7, 9)),
    (UrlOrder(Order("row")), "-ink", Order("ink", descending=True)),
    (UrlRanges(), "ink:50~120,slant:~-5", (Range(name="ink", low=50, high=120), Range(name="slant", high=-5))),
    (UrlLine(), "missed-4", Line(LineKind.MISSED, 4)),
    (UrlImage(), "train-1234", ImageRef(split=SplitName.TRAIN, row=1234)),
    (UrlChannel(), "conv_1-7", Channel("conv_1", 7)),
    (UrlSelection(), f"3f0c9d21-test.{packed(bytes([129]))}", Selection(bytes([129]), "3f0c9d21-test")),
    (UrlNetworks(), f"bundled.{RUN}", ("bundled", RUN)),
    (UrlNetworks(), "none", ()),
    (UrlDraws(), "rotation_degrees:10,seed:3", Draws(settings=Augmentation(rotation_degrees=10), seed=3)),
)


@pytest.mark.parametrize(("kind", "text", "value"), WRITTEN, ids=[type(row[0]).__name__ for row in WRITTEN])
def test_a_value_is_read_as_it_is_written(kind: UrlValue, text: str, value: object) -> None:
    assert kind.parse(text) == value
    assert kind.write(value) == text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (UrlInt(0, 9), "10"),
        (UrlInt(0, 9), "7.0"),
        (UrlInt(0, 9), " 7"),
        (UrlInt(0, 9), "٧"),
        (UrlInt(0, 10**9), "1_000"),
        (UrlInt(0, 9), "9" * 5000),
        (UrlEnum(SplitName, default=SplitName.TRAIN), "Test"),
        (UrlFlag("wrong"), "true"),
        (UrlName(("ink", "slant")), "weight"),
        (UrlText(r"[0-9]+-[a-f]+"), "12-ab/../x"),
        (UrlText(r"[0-9]+-[a-f]+"), "12-ab\n"),
        (UrlTexts(r"[a-f-]+"), "a..b"),
        (UrlTexts(r"[a-f-]+"), "a./etc"),
        (UrlTexts(r"[a-f-]", max_items=2), "a.b.c"),
        (UrlPair(0, 9), "4-10"),
        (UrlPair(0, 9), "4"),
        (UrlLabels(), "4a"),
        (UrlOrder(Order("row")), "ink;drop"),
        (UrlLine(), "missed-10"),
        (UrlLine(), "found-1"),
        (UrlImage(), "train-x"),
        (UrlImage(), "drawn-AAAA"),
        (UrlImage(), f"drawn-{packed(bytes(783))}"),
        (UrlImage(), f"drawn-{packed(bytes(10_000_000))[:1_000]}"),
        (UrlSelection(), "not base64!"),
        (UrlSelection(), "AAAA"),
        (UrlSelection(), f"3f0c9d21-all.{packed(bytes([129]))}"),
        (UrlChannel(), "conv_1"),
        (UrlNetworks(), "bundled.bundled"),
        (UrlNetworks(), "../x"),
        (UrlNetworks(), ".".join(f"2026010{i}-030405-abcdef" for i in range(6))),
    ],
)
def test_a_value_in_another_form_is_refused(kind: UrlValue, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (nobody reads the message: the value is dropped)
        kind.parse(text)


@pytest.mark.parametrize("seed", [None, 0])
def test_a_drawing_fits_into_a_link_pixel_by_pixel(seed: int | None) -> None:
    digit = np.zeros((28, 28), np.uint8)
    if seed is not None:  # the worst that can be drawn
        digit[:] = np.random.default_rng(seed).integers(0, 256, digit.shape)
    text = UrlImage().write(Drawing(digit.tobytes()))
    assert len(text) <= UrlImage.max_length
    found = UrlImage().parse(text)
    assert isinstance(found, Drawing)
    np.testing.assert_array_equal(found.image, digit)


def test_a_pick_that_unpacks_to_too_much_is_refused() -> None:
    bomb = UrlSelection().write(Selection(bytes(10_000_000)))
    with pytest.raises(ValueError):  # noqa: PT011
        UrlSelection().parse(bomb[:900])


@pytest.mark.parametrize("text", ["ink", "ink:x~2,slant:nan~", ":::", "ink:1~2~3"])
def test_ranges_leave_out_what_is_none(text: str) -> None:
    assert all(item.low is None or item.low == item.low for item in UrlRanges().parse(text))


def test_a_link_restores_the_view() -> None:
    app = opened(run=RUN, cell="4-9")
    assert app.text[0].value == f"run {RUN} cell (4, 9) page 1"


@pytest.mark.parametrize("value", ["../../etc", "<script>", "", "x" * 100_000])
def test_a_bad_link_is_cleaned(value: str) -> None:
    app = opened(run=value)
    assert not app.exception
    assert app.text[0].value == "run None cell None page 1"
    assert "run" not in app.query_params


def test_a_choice_is_put_into_the_url() -> None:
    app = opened()
    app.button[0].click().run()
    assert app.query_params["run"] in (RUN, [RUN])
    assert app.query_params["cell"] in ("4-9", ["4-9"])


def test_a_choice_outlives_a_page_switch_which_empties_the_url() -> None:
    app = opened(run=RUN)
    app.query_params.clear()
    app.run()
    assert app.text[0].value == f"run {RUN} cell None page 1"
    assert app.query_params["run"] in (RUN, [RUN])


OTHER = "20260102-030405-000000"


def follow_link(app: AppTest, **url: str) -> None:
    """Click a link on the page to the same page with these choices."""
    app.query_params.clear()
    for name, value in {**url, **BY_LINK}.items():
        app.query_params[name] = value
    app.run()


def test_a_link_to_the_same_page_goes_before_what_is_remembered() -> None:
    app = opened(run=RUN)
    follow_link(app, run=OTHER)
    assert app.text[0].value == f"run {OTHER} cell None page 1"
    assert set(BY_LINK) & set(app.query_params) == set()


def test_a_click_with_the_url_from_before_a_choice_does_not_undo_it() -> None:
    app = opened(run=OTHER)
    app.button[0].click().run()
    for _ in range(3):  # the browser has still not heard of it
        app.query_params.clear()
        app.query_params["run"] = OTHER
        app.run()
        assert app.text[0].value == f"run {RUN} cell (4, 9) page 1"
        assert app.query_params["run"] in (RUN, [RUN])


def test_a_choice_taken_back_stays_so_after_a_click_from_before() -> None:
    app = opened(run=RUN)
    app.button[1].click().run()
    app.query_params["run"] = RUN
    app.run()
    assert app.text[0].value == "run None cell None page 1"
    assert "run" not in app.query_params


def test_a_click_from_before_the_answer_to_a_link_does_not_undo_a_choice() -> None:
    app = opened(run=RUN)
    follow_link(app, run=OTHER)
    app.button[0].click()
    follow_link(app, run=OTHER)  # the choice, with the URL of the link
    follow_link(app, run=OTHER)  # one more click with it
    assert app.text[0].value == f"run {RUN} cell (4, 9) page 1"


def test_a_link_can_be_followed_again() -> None:
    app = opened(run=RUN)
    follow_link(app, run=OTHER)
    app.button[0].click().run()
    follow_link(app, run=OTHER)
    assert app.text[0].value == f"run {OTHER} cell (4, 9) page 1"


def test_a_choice_can_be_taken_back() -> None:
    app = opened(run=RUN)
    app.button[1].click().run()
    app.run()
    assert app.text[0].value == "run None cell None page 1"
    assert "run" not in app.query_params


def test_a_default_is_not_in_the_url() -> None:
    app = opened(page="3")
    assert (app.text[0].value, app.query_params["page"]) == ("run None cell None page 3", "3")
    app.button[2].click().run()
    app.run()
    assert app.text[0].value == "run None cell None page 1"
    assert "page" not in app.query_params


def test_a_value_that_could_not_be_read_back_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid value for `cell`"):
        evaluate.cell = (4, 10)


def test_a_misspelt_choice_is_an_error() -> None:
    with pytest.raises(AttributeError):
        current.rum = RUN  # type: ignore[attr-defined]


def test_choices_know_their_page_and_are_named_after_it() -> None:
    class PageChoices(Choices, page="somewhere"):
        split = UrlEnum(JudgedSplit, default=JudgedSplit.TEST)

    assert PageChoices.split.pages == ("somewhere",)
    assert PageChoices.split.name == "somewhere_split"
    assert PageChoices.split.param == "split"
