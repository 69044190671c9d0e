"""The table of pages: files, titles, addresses. The only place that names them."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.settings import ROOT

PAGES_FOLDER = ROOT / "pages"


@dataclass(frozen=True, kw_only=True, slots=True)
class PageSpec:
    """One page: `pages/<name>.py`, at `/<name>` (the first one at `/` only)."""

    name: str
    title: str
    icon: str
    help: str  # what a person does there, in a sentence


PAGES = (
    PageSpec(name="home", title="Home", icon=":material/home:", help="Where things stand, and what to do next."),
    PageSpec(
        name="explore", title="Explore", icon=":material/grid_view:", help="Look at the digits a network is to learn."
    ),
    PageSpec(
        name="design",
        title="Design",
        icon=":material/schema:",
        help="Pick a recipe, change its layers, set the training.",
    ),
    PageSpec(
        name="train", title="Train", icon=":material/model_training:", help="Watch a network learn; stop or resume it."
    ),
    PageSpec(
        name="evaluate", title="Evaluate", icon=":material/fact_check:", help="See how good it is, digit by digit."
    ),
    PageSpec(name="mistakes", title="Mistakes", icon=":material/rule:", help="Go through the digits it reads wrongly."),
    PageSpec(
        name="inside",
        title="Look inside",
        icon=":material/visibility:",
        help="See its filters and what they respond to.",
    ),
    PageSpec(name="draw", title="Draw", icon=":material/draw:", help="Draw a digit and have it read."),
    PageSpec(name="runs", title="Runs", icon=":material/table_rows:", help="Find, compare and tidy up runs."),
    PageSpec(name="tune", title="Tune", icon=":material/tune:", help="Let the machine search for better settings."),
)


def available_specs() -> tuple[PageSpec, ...]:
    """The pages that are there, in the order of the table."""
    return tuple(spec for spec in PAGES if (PAGES_FOLDER / f"{spec.name}.py").is_file())


def available_pages() -> list[st.Page]:
    """What `st.navigation` needs; the first is the default, and answers at `/` only."""
    return [page_of(spec) for spec in available_specs()]


def page_named(name: str) -> st.Page | None:
    """The page called `name`, to link or switch to; None if it is not there.

    Raises:
        KeyError: no page of the table is called so.
    """
    spec = {spec.name: spec for spec in PAGES}[name]
    return page_of(spec) if spec in available_specs() else None


def page_of(spec: PageSpec) -> st.Page:
    """The page of one line of the table."""
    # An absolute path, so that it does not matter from which folder the server was started.
    file = PAGES_FOLDER / f"{spec.name}.py"
    is_first = spec is PAGES[0]
    return st.Page(file, title=spec.title, icon=spec.icon, url_path=spec.name, default=is_first, help=spec.help)
