"""All known data sets: source, licence and sizes, with buttons to open, download or delete them."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.server.background import Job, jobs
from dashboard.settings import data_folder
from dashboard.shared.errors import explain_errors
from dashboard.shared.job_progress import render_job
from dashboard.shared.notices import leave_notice, show_notices
from dashboard.shared.runs.current_dataset import current_dataset
from dashboard.shared.settings.dataset_notice import sizes_text
from dashboard.state.current import CurrentChoices, current
from dashboard.state.url_values import reset
from dashboard.views.explore.choices import ExploreChoices
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.imports.store import imported_sources, remove_imported
from mnist_core.data.sources.catalogue import DatasetInfo
from mnist_core.data.sources.download import Download, downloads, fetch_dataset
from mnist_core.data.sources.fetching import Fetch
from mnist_core.errors import DatasetError

MIN_CARD_WIDTH = 420


def render_data_sets() -> None:
    """A card for each data set."""
    show_notices()
    st.subheader("Data sets", anchor=False)
    st.caption(
        f"Stored in {escape_markdown(str(data_folder()))}. "
        "Data sets with the same SHA-256 have exactly the same images and labels."
    )
    offers = downloads()
    imported = {source.name for source in imported_sources(data_folder())}
    with st.grid(min_column_width=MIN_CARD_WIDTH):
        for info in cached.datasets():
            with st.container(border=True, gap="xsmall", height="stretch"):
                _render_card(info, offers.get(info.name), is_imported=info.name in imported)


def _render_card(info: DatasetInfo, offer: Download | None, *, is_imported: bool) -> None:
    _render_heading(info)
    st.caption(f"Source: {escape_markdown(info.source)}. Licence: {escape_markdown(info.licence)}.")
    if info.train_images:
        st.markdown(sizes_text(info.train_images, info.test_images))
    if info.sha256:
        st.caption(f"SHA-256 `{info.sha256}`")
    if info.problem:
        st.warning(escape_markdown(info.problem), icon=":material/error:")
    with st.container(horizontal=True):
        if info.available:
            st.button(
                "Explore", key=f"explore.open.{info.name}", on_click=_open, args=(info.name,),
                icon=":material/grid_view:", help="Show this data set in the other tabs.",
            )  # fmt: skip
        elif offer is not None:
            _render_download(info, offer)
        if is_imported:
            _render_removal(info)


def _render_heading(info: DatasetInfo) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape_markdown(info.title)}**")
        if info.name == current_dataset():
            st.badge("Open", color="blue")
        elif not info.available:
            st.badge("Not on this machine", color="gray")


def _open(name: str) -> None:
    reset(ExploreChoices.view)
    current.data = name


def _render_download(info: DatasetInfo, offer: Download) -> None:
    key = ("fetch", info.name)
    if render_job(
        key, title=f"Downloading {info.title}", name=f"explore.fetch.{info.name}", can_cancel=True,
        again=lambda: _start_download(info.name),
    ):  # fmt: skip
        return
    st.button(
        f"Download ({offer.n_bytes / 1e6:.0f} MB)", key=f"explore.download.{info.name}", icon=":material/download:",
        on_click=_start_download, args=(info.name,), type="primary",
        help=f"From {offer.url}. The checksum is verified; a damaged or cancelled download is discarded.",
    )  # fmt: skip


@explain_errors()
def _start_download(name: str) -> None:
    def work(job: Job) -> None:
        def tell(done: int, total: int | None) -> None:
            size = f" of {total / 1e6:.1f}" if total else ""
            job.tell(done / total if total else None, f"{done / 1e6:.1f}{size} MB")

        fetch_dataset(name, fetch=Fetch(progress=tell, is_cancelled=job.is_cancelled))
        cached.forget_datasets()

    key = ("fetch", name)
    jobs().forget(key)
    jobs().start(key, work)


def _render_removal(info: DatasetInfo) -> None:
    with st.popover("Delete", icon=":material/delete:", help="Delete this imported data set from this machine."):
        st.markdown(f"Delete **{escape_markdown(info.title)}**? This cannot be undone. Its runs are kept.")
        st.button("Delete", key=f"explore.remove.{info.name}", on_click=_remove, args=(info.name,), type="primary")


def _remove(name: str) -> None:
    try:
        remove_imported(data_folder(), name)
        leave_notice(f"{name} was deleted.")
    except (DatasetError, OSError) as error:
        leave_notice(f"{name} could not be deleted: {error}", is_error=True)
    if current.data == name:
        reset(CurrentChoices.data)
    cached.forget_datasets()
