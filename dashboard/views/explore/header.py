"""The context of the page Explore, and the data set that it shows."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.shared.context.bar import Context, Uses, render_context_bar
from dashboard.shared.context.digit import open_digit_of
from dashboard.shared.runs.current_dataset import current_dataset
from dashboard.shared.runs.names import dataset_title
from dashboard.shared.settings.dataset_notice import FETCH_COMMAND, SAMPLE, sizes_text
from dashboard.state.current import CurrentChoices, current
from dashboard.state.session import per_tab, visit
from dashboard.state.url_values import reset
from dashboard.views.explore.choices import ExploreChoices, ExploreView, explore
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset
from mnist_core.errors import DatasetError

FULL_MNIST = "mnist"
HAS_BOTH_SPLITS = (ExploreView.DATA_SETS, ExploreView.AUGMENTATION)
"""Views that show the same for both splits."""


def render_header() -> tuple[Context, Dataset | None]:
    """The context, and the data set to show; None after a message that says why none can be read."""
    _follow_the_digit()
    context = render_context_bar(
        "Explore",
        Uses(
            is_about_data=True,
            split=None if explore.view in HAS_BOTH_SPLITS else CurrentChoices.browsed_split,
            digit=True,
            resets=(ExploreChoices.page, ExploreChoices.selection),
        ),
    )
    return context, _dataset(current_dataset())


def _follow_the_digit() -> None:
    """Show the split of a digit that comes along from another page, once: the grid would not have it otherwise."""
    entered = per_tab("explore.entered", lambda: [1])  # the first page of a tab shows what its link says
    is_from_another = entered[0] != visit()
    entered[0] = visit()
    image = open_digit_of(current_dataset())
    if is_from_another and image is not None and image.split != current.browsed_split:
        reset(ExploreChoices.page, ExploreChoices.selection)
        current.browsed_split = image.split


def render_origin(context: Context, dataset: Dataset) -> None:
    """The images that all views show, in one line; for the sample also how to get the full data set."""
    line = f"**{escape_markdown(dataset.title)}**: {sizes_text(len(dataset.train), len(dataset.test))}"
    if dataset.name == SAMPLE:
        line += f" · {_way_to_full_mnist()}"
    run = context.run
    if run is not None and (run.dataset is None or run.dataset.sha256 != dataset.sha256):
        other = escape_markdown(dataset_title(run.config.dataset))
        line += f" · the run was trained on {other}: its predictions are not shown"
    with st.container(key="origin"):
        st.markdown(line)


def _way_to_full_mnist() -> str:
    if cached.has_dataset(FULL_MNIST):
        return "the full MNIST is here too: choose it above"
    return f"for the full MNIST, open the tab **Data sets**, or run `{FETCH_COMMAND}` in the project folder"


def _dataset(name: str) -> Dataset | None:
    """The data set of this name; if it is not on this machine the default one, after saying so."""
    if not cached.has_dataset(name):
        st.warning(
            f"The data set {escape_markdown(name)} is not on this machine. "
            "The tab Data sets lists those that are, and offers more for download."
        )
        name = cached.default_dataset()
    try:
        return cached.dataset(name)
    except DatasetError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return None
