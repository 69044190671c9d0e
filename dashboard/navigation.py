"""The table of pages: files, titles, addresses. The only place that names them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard.settings import ROOT, class_folder

PAGES_FOLDER = ROOT / "pages"
CLASS_PAGE = "classroom"
"""Only there when a class is served."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PageSpec:
    """One page: `pages/<name>.py`, at `/<name>` (the first one at `/` only)."""

    name: str
    title: str
    icon: str
    help: str  # one sentence on what a person does there
    terms: tuple[str, ...]  # the sections of docs/glossary.md whose terms it uses


PAGES = (
    PageSpec(
        name="home",
        title="Home",
        icon=":material/home:",
        help="See recent runs and next steps.",
        terms=("Evaluation", "Training"),
    ),
    PageSpec(
        name="explore",
        title="Explore",
        icon=":material/grid_view:",
        help="Browse the training and test images.",
        terms=("Data",),
    ),
    PageSpec(
        name="design",
        title="Design",
        icon=":material/schema:",
        help="Start from a recipe, edit its layers and the training settings.",
        terms=("Network", "Training"),
    ),
    PageSpec(
        name="train",
        title="Train",
        icon=":material/model_training:",
        help="Watch a training; pause, stop, adjust or resume it.",
        terms=("Training",),
    ),
    PageSpec(
        name="evaluate",
        title="Evaluate",
        icon=":material/fact_check:",
        help="Assess a network: accuracy, confusion matrix, calibration, robustness.",
        terms=("Evaluation",),
    ),
    PageSpec(
        name="mistakes",
        title="Mistakes",
        icon=":material/rule:",
        help="Review misclassified digits.",
        terms=("Evaluation", "Inside the network"),
    ),
    PageSpec(
        name="inside",
        title="Look inside",
        icon=":material/visibility:",
        help="View the activations and filters of a network.",
        terms=("Inside the network", "Network"),
    ),
    PageSpec(
        name="draw",
        title="Draw",
        icon=":material/draw:",
        help="Draw a digit and see its predicted label.",
        terms=("Data", "Inside the network"),
    ),
    PageSpec(
        name="runs",
        title="Runs",
        icon=":material/table_rows:",
        help="Find, compare and delete runs.",
        terms=("Runs and files", "Evaluation"),
    ),
    PageSpec(
        name="tune",
        title="Tune",
        icon=":material/tune:",
        help="Search for better settings.",
        terms=("Runs and files", "Training"),
    ),
    PageSpec(
        name="export",
        title="Export",
        icon=":material/ios_share:",
        help="Export a model, a run or a report; import a run or a model.",
        terms=("Runs and files",),
    ),
    PageSpec(
        name="learn",
        title="Learn",
        icon=":material/school:",
        help="Take a lesson inside the real pages.",
        terms=("Learning", "Training", "Evaluation"),
    ),
    PageSpec(
        name=CLASS_PAGE,
        title="Class",
        icon=":material/groups:",
        help="See assignments and how far everybody has come.",
        terms=("Class", "Evaluation"),
    ),
)


def available_specs() -> tuple[PageSpec, ...]:
    """The pages that this server has, in the order of the table."""
    return tuple(spec for spec in PAGES if _is_there(spec))


def available_pages() -> list[st.Page]:
    """What `st.navigation` takes; the first page is the default, and is at `/` only."""
    return [page_of(spec) for spec in available_specs()]


def page_named(name: str) -> st.Page | None:
    """The page called `name`, to link or switch to; None if this server does not have it.

    Raises:
        KeyError: the table has no page of that name.
    """
    spec = {spec.name: spec for spec in PAGES}[name]
    return page_of(spec) if _is_there(spec) else None


def terms_of(page: st.Page) -> tuple[str, ...]:
    """The sections of the glossary whose terms a page uses."""
    return next(spec.terms for spec in PAGES if spec.name == name_of(page))


def name_of(page: st.Page) -> str:
    """The name of a page in the table; Streamlit has an empty address for the first one."""
    return page.url_path or PAGES[0].name


def page_of(spec: PageSpec) -> st.Page:
    """The Streamlit page of one row of the table."""
    is_first = spec is PAGES[0]
    return st.Page(
        _file_of(spec), title=spec.title, icon=spec.icon, url_path=spec.name, default=is_first, help=spec.help
    )


def _is_there(spec: PageSpec) -> bool:
    return _file_of(spec).is_file() and (spec.name != CLASS_PAGE or class_folder() is not None)


def _file_of(spec: PageSpec) -> Path:
    """An absolute path: the server may have been started in any folder."""
    return PAGES_FOLDER / f"{spec.name}.py"
