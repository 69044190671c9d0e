"""Links to the page Mistakes."""

from __future__ import annotations

import streamlit as st

from dashboard.navigation import page_named
from dashboard.shared.context.digit import digit_address, judged_split_of
from dashboard.state.current import JudgedSplit
from dashboard.state.session import BY_WHOLE_LINK
from mnist_core.data.image_ref import ImageRef


def render_gallery_link(run_id: str, split: JudgedSplit, *, label: str, epoch: int | None = None) -> None:
    """A link to the misclassified digits of a split, all of them; after an epoch if it is not the best one."""
    address = _gallery(run_id, split, epoch)
    _render_link(address, label=label, icon=":material/rule:")


def render_difference_links(
    run_id: str, split: JudgedSplit, other_id: str, *, only_here: str, only_there: str, epoch: int | None = None
) -> None:
    """Links to the digits that only one of two runs gets right; after an epoch of the run if it is not the best one.

    Args:
        only_here: label of the link to the digits that only the run gets right, which starts with their number.
        only_there: the same for those that only the other run gets right.
    """
    address = {**_gallery(run_id, split, epoch), "with": other_id}
    _render_link({**address, "which": "all", "there": "only_wrong"}, label=only_here)
    _render_link({**address, "there": "correct"}, label=only_there)


def render_explain_link(
    run_id: str, dataset: str, image: ImageRef, *, label: str = "Explain this digit", help: str | None = None
) -> None:
    """A link to the explanation of one image of a data set, as a run predicts it."""
    split = judged_split_of(image.split)
    address = {"run": run_id, "split": split.value, "view": "explain", **digit_address(dataset, image)}
    _render_link(address, label=label, icon=":material/troubleshoot:", help=help)


def render_review_link(run_id: str, split: JudgedSplit, *, label: str, epoch: int | None = None) -> None:
    """A link to the review of the suspect labels of a split; after an epoch if it is not the best one."""
    address = {**_gallery(run_id, split, epoch), "view": "labels"}
    _render_link(address, label=label, icon=":material/label:")


def _gallery(run_id: str, split: JudgedSplit, epoch: int | None) -> dict[str, str]:
    of_epoch = {} if epoch is None else {"epoch": str(epoch)}
    return {"run": run_id, "split": split.value, "view": "gallery", **of_epoch, **BY_WHOLE_LINK}


def _render_link(address: dict[str, str], *, label: str, icon: str | None = None, help: str | None = None) -> None:
    target = page_named("mistakes")
    if target is not None:
        st.page_link(target, label=label, icon=icon, query_params=address, help=help)
