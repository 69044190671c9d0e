"""Data quality: duplicates, outliers, and suspect labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dashboard.shared.context.digit import close_digit, image_words
from dashboard.shared.linked_choice import linked_segments
from dashboard.shared.measures import measures_of
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.url_values import reset
from dashboard.views.explore.choices import ISSUE_WORDS, ExploreChoices, explore
from dashboard.views.explore.data_issues import FINDERS, Finding
from dashboard.views.explore.digit_detail import image_title, render_digit_detail
from dashboard.views.explore.export import render_findings_export
from dashboard.views.explore.image_link import open_image, opened_image
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.pair_list import Pair, pair_list
from mnist_core.data.dataset import Dataset, UInt8Array
from mnist_core.data.finding.issues import Issue
from mnist_core.data.image_ref import ImageRef

ISSUES = {
    Issue.NEAR_DUPLICATES: "Near-duplicates",
    Issue.EXACT_DUPLICATES: "Exact duplicates",
    Issue.OUTLIERS: "Outliers",
    Issue.SUSPECT_LABELS: "Suspect labels",
}
WIDTHS = (5, 3)
PAIR_WIDTH, PAIR_CELL = 250, 52
N_BESIDE = 6
"""Of a group of identical images, how many are shown in its line."""


def render_data_quality(dataset: Dataset) -> None:
    """The choice of the issue, what was found, and the images that were clicked."""
    question, answer = question_and_answer(*WIDTHS)
    with question:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            issue = linked_segments(
                "Issue",
                tuple(ISSUES),
                choice=ExploreChoices.issue,
                words=ISSUES.__getitem__,
                resets=(ExploreChoices.finding,),
                help="Duplicates: images that occur more than once, exactly or nearly; leakage if across the splits. "
                "Outliers: images far from the others of their class. Suspect labels: a run gives another label high "
                "confidence.",
                wrap=True,
            )
            bar = st.container(horizontal=True, vertical_alignment="bottom")
        found = FINDERS[issue](dataset, bar)
        if found:
            _render_findings(dataset, issue, found)
            render_findings_export(dataset, issue, [item.issue for item in found])
    image = opened_image(dataset)
    title = "" if image is None else image_title(dataset, image)
    with answer_panel(answer, name="explore", title=title, is_open=image is not None, on_close=_close):
        if image is not None:
            _render_group(dataset, found or (), image)
            render_digit_detail(dataset, opened_image(dataset) or image, measures_of(dataset, name="explore.measuring"))
        elif found:
            st.caption(":material/touch_app: Click an image or a pair for details.")


def _close() -> None:
    close_digit()
    reset(ExploreChoices.finding)


def _render_findings(dataset: Dataset, issue: Issue, found: Sequence[Finding]) -> None:
    """Duplicates line by line with what they are duplicates of, single images in a grid."""
    has_groups = any(len(item.images) > 1 for item in found)
    picked = _render_groups(dataset, issue, found) if has_groups else _render_grid(dataset, issue, found)
    if picked is not None:
        first = found[picked].images[0]
        open_image(first.split, first.row)
        explore.finding = picked if has_groups else None


def _render_groups(dataset: Dataset, issue: Issue, found: Sequence[Finding]) -> int | None:
    return pair_list(
        [
            Pair(
                title=item.caption,
                detail=item.detail,
                note=item.note,
                examples=_images(dataset, item.images[:N_BESIDE]),
            )
            for item in found
        ],
        key=f"explore.odd.{ISSUE_WORDS[issue]}.{hash(tuple(item.images for item in found))}",
        label=ISSUES[issue],
        selected=explore.finding,
        cell=PAIR_CELL,
        width=PAIR_WIDTH,
    )


def _render_grid(dataset: Dataset, issue: Issue, found: Sequence[Finding]) -> int | None:
    images = [item.images[0] for item in found]
    return digit_grid(
        _images(dataset, images),
        [item.caption for item in found],
        key=f"explore.odd.{ISSUE_WORDS[issue]}.{hash(tuple(images))}",
        label=ISSUES[issue],
        notes=[item.note for item in found],
        show_captions=True,
        selected=next((i for i, image in enumerate(images) if image == opened_image(dataset)), None),
    )


def _render_group(dataset: Dataset, found: Sequence[Finding], opened: ImageRef) -> None:
    """The images of the pair or group that was clicked, to choose the one in detail."""
    number = explore.finding
    if number is None or number >= len(found) or opened not in found[number].images:
        return
    images = found[number].images
    picked = digit_grid(
        _images(dataset, images),
        [image_words(image.split, image.row).replace(" image ", "\n") for image in images],
        key=f"explore.group.{number}",
        label="Duplicates",
        show_captions=True,
        selected=images.index(opened),
        cell=84,
    )
    if picked is not None:
        open_image(images[picked].split, images[picked].row)
        st.rerun()  # the title above is drawn already


def _images(dataset: Dataset, images: Sequence[ImageRef]) -> UInt8Array:
    return np.stack([dataset.split(image.split).images[image.row] for image in images])
