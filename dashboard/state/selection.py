"""What one browser tab has chosen. The only module that touches `st.session_state` and the URL.

Only ids and selections live here, never models, arrays or jobs. To add one, write one line into `Selection`:

    class Selection:
        shown_epoch = UrlInt(1, 1000, pages=("evaluate",), param="epoch")

and use it as an attribute; None means that nothing is chosen:

    selection.shown_epoch = 3

While one of its `pages` is open, a choice is in the URL as `?param=value`, so that the link restores the view; the tab
remembers it when the person goes to another page and comes back. What stands in the URL is never trusted: a value that
does not parse is dropped.

A widget that is itself the choice needs nothing from here: `bind="query-params"` puts its value into the URL and
`persist_state="session"` keeps it across pages. Its key then must not be one of the names in `Selection`.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.state.session import visit
from dashboard.state.url_values import UrlChoice, UrlInt, UrlPair, UrlText, UrlValue

MAX_ROW = 9_999_999  # rows of a split; whether this one exists is for the page to say


class Selection:
    """Every choice that a link restores, on one screen."""

    __slots__ = ()  # a misspelt choice is an error, not a new attribute

    run = UrlText(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}", pages=("explore", "train", "evaluate", "mistakes", "inside"))
    explore_data = UrlText(r"[^/\\\x00-\x1f]{1,80}", pages=("explore",), param="data")
    explore_view = UrlText(r"[a-z]{1,20}", pages=("explore",), param="view")
    explore_split = UrlChoice(("train", "test"), pages=("explore",), param="split")
    explore_labels = UrlText(r"[0-9]{1,10}", pages=("explore",), param="labels")
    explore_sort = UrlText(r"-?[a-z_]{1,40}", pages=("explore",), param="sort")
    explore_where = UrlText(r"[a-z_0-9:.~,-]+", pages=("explore",), param="where", max_length=900)
    explore_chosen = UrlText(r"[A-Za-z0-9_-]+", pages=("explore",), param="chosen", max_length=900)
    explore_size = UrlInt(1, 1_000, pages=("explore",), param="size")
    explore_page = UrlInt(1, MAX_ROW, pages=("explore",), param="page")
    explore_image = UrlText(r"(train|test)-[0-9]{1,7}", pages=("explore",), param="image")
    explore_near = UrlChoice(("pixels", "network"), pages=("explore",), param="near")
    explore_classes = UrlPair(0, 9, pages=("explore",), param="classes")
    explore_measure = UrlText(r"[a-z_]{1,40}", pages=("explore",), param="measure")
    explore_x = UrlText(r"[a-z_]{1,40}", pages=("explore",), param="x")
    explore_y = UrlText(r"[a-z_]{1,40}", pages=("explore",), param="y")
    explore_map = UrlText(r"[a-z_]{1,20}", pages=("explore",), param="map")
    explore_colour = UrlText(r"[a-z_]{1,40}", pages=("explore",), param="colour")
    explore_oddity = UrlText(r"[a-z_]{1,20}", pages=("explore",), param="odd")
    explore_odd_label = UrlText(r"[0-9]|all", pages=("explore",), param="odd_label")
    explore_scaling = UrlText(r"[a-z0-9_]{1,20}", pages=("explore",), param="scaling")
    explore_augmentation = UrlText(r"[a-z_0-9:.,]+", pages=("explore",), param="augment", max_length=200)
    judged_split = UrlChoice(("test", "validation"), pages=("evaluate", "mistakes"), param="split")
    evaluate_view = UrlText(r"[a-z]{1,20}", pages=("evaluate",), param="view")
    evaluate_cell = UrlPair(0, 9, pages=("evaluate",), param="cell")
    evaluate_line = UrlText(r"(true|predicted|missed|false)-[0-9]", pages=("evaluate",), param="line")
    evaluate_rates = UrlChoice(("true", "predicted"), pages=("evaluate",), param="rates")
    evaluate_only = UrlChoice(("wrong",), pages=("evaluate",), param="only")
    evaluate_page = UrlInt(1, MAX_ROW, pages=("evaluate",), param="page")
    evaluate_image = UrlInt(0, MAX_ROW, pages=("evaluate",), param="image")
    evaluate_epoch = UrlInt(1, 100_000, pages=("evaluate",), param="epoch")
    evaluate_curve = UrlChoice(("roc", "precision"), pages=("evaluate",), param="curve")
    evaluate_bins = UrlInt(2, 100, pages=("evaluate",), param="bins")
    evaluate_measure = UrlText(r"[a-z_]{1,40}", pages=("evaluate",), param="measure")
    evaluate_bin = UrlInt(0, 99, pages=("evaluate",), param="bin")
    evaluate_group = UrlInt(0, 99, pages=("evaluate",), param="group")
    evaluate_corruption = UrlText(r"[a-z_]{1,40}", pages=("evaluate",), param="corruption")
    evaluate_strength = UrlInt(0, 20, pages=("evaluate",), param="strength")
    evaluate_data = UrlText(r"[^/\\\x00-\x1f]{1,80}", pages=("evaluate",), param="data")
    mistakes_view = UrlText(r"[a-z]{1,20}", pages=("mistakes",), param="view")
    mistakes_image = UrlInt(0, MAX_ROW, pages=("mistakes",), param="image")
    mistakes_page = UrlInt(1, MAX_ROW, pages=("mistakes",), param="page")
    mistakes_true = UrlText(r"[0-9]{1,10}", pages=("mistakes",), param="true")
    mistakes_predicted = UrlText(r"[0-9]{1,10}", pages=("mistakes",), param="predicted")
    mistakes_sort = UrlText(r"-?[a-z_]{1,40}", pages=("mistakes",), param="sort")
    mistakes_which = UrlChoice(("all",), pages=("mistakes",), param="which")
    mistakes_operation = UrlText(r"[a-z]{1,20}", pages=("mistakes",), param="operation")
    mistakes_fate = UrlText(r"[a-z-]{1,20}", pages=("mistakes",), param="fate")
    mistakes_range = UrlText(r"[a-z_]{1,40}:-?[0-9.]{1,12}~-?[0-9.]{1,12}", pages=("mistakes",), param="range")
    inside_view = UrlChoice(("activations", "filters"), pages=("inside",), param="view")
    inside_layer = UrlText(r"[a-z0-9_/]{1,60}", pages=("inside",), param="layer")
    inside_which = UrlChoice(("wrong", "right"), pages=("inside",), param="which")
    inside_label = UrlText(r"[0-9]", pages=("inside",), param="label")
    inside_page = UrlInt(1, MAX_ROW, pages=("inside",), param="page")
    inside_image = UrlInt(0, MAX_ROW, pages=("inside",), param="image")
    inside_maps = UrlChoice(("all",), pages=("inside",), param="maps")
    inside_channel = UrlText(r"[a-z_0-9]{1,60}-[0-9]{1,5}", pages=("inside",), param="channel")
    inside_order = UrlChoice(("strength",), pages=("inside",), param="order")
    inside_scale = UrlChoice(("network",), pages=("inside",), param="scale")
    inside_filter = UrlInt(0, 99_999, pages=("inside",), param="filter")


selection = Selection()


def choices_of(page: str) -> tuple[UrlValue[Any], ...]:
    """The choices that the URL of a page carries."""
    return tuple(item for item in vars(Selection).values() if isinstance(item, UrlValue) and page in item.pages)


def restore_selection(page: str) -> None:
    """Take the choices of `page` from the URL, or put the remembered ones back into it."""
    if st.session_state.get("tab.page") != page:
        st.session_state["tab.page"] = page
        st.session_state["tab.visits"] = visit() + 1
        for choice in choices_of(page):
            choice.forget_late()
    for choice in choices_of(page):
        choice.restore()
