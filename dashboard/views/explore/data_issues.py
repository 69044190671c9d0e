"""How each data quality issue is found: duplicates, outliers, and suspect labels, each with a sentence about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.server.background import Job
from dashboard.shared.context.digit import image_words
from dashboard.shared.context.mistakes_links import render_review_link
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.job_progress import job_result
from dashboard.shared.linked_choice import linked_select
from dashboard.state.current import JudgedSplit, current
from dashboard.views.explore.choices import ExploreChoices, Issue
from dashboard.views.explore.run_columns import chosen_run
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.finding.duplicates import NEAR, DuplicatePair, exact_duplicates, near_duplicates
from mnist_core.data.finding.outliers import N_COMPONENTS, outlier_scores, outliers
from mnist_core.data.finding.suspect_labels import suspect_labels
from mnist_core.data.image_ref import ImageRef
from mnist_core.shares import shown_probability

N_LISTED = 200
WHOLE = 0.8  # the share of the work that comparing all images with each other is


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Images with an issue: one, or those that are duplicates of each other.

    Attributes:
        caption: short, for below a single image or before several.
        detail: a few words more, beside several.
        note: all of it in a sentence, for the tooltip.
        values: the numbers behind it, for an exported table; every finding of an issue has the same names.
    """

    images: tuple[ImageRef, ...]
    caption: str
    note: str
    detail: str = ""
    values: Mapping[str, float | int] = field(default_factory=dict)


def _near(dataset: Dataset, bar: DeltaGenerator) -> Sequence[Finding] | None:
    with bar:
        label = _label_box(dataset, "Search among the images with this label, in both splits.")
    pairs: tuple[DuplicatePair, ...] | None = job_result(
        ("near", dataset.sha256, label),
        lambda job: _near_pairs(dataset, label, job),
        title="Comparing all pairs of images",
        name="explore.near",
    )
    if pairs is None:
        return None
    crossing = sum(pair.crosses_splits for pair in pairs)
    differing = sum(not pair.has_same_label for pair in pairs)
    among = "" if label is None else f" with the label {escape_markdown(dataset.class_names[label])}"
    order = "different labels first, then the closest of each label in turn" if label is None else "closest first"
    st.caption(_pairs_words(len(pairs), crossing, differing, among, order))
    return [_pair(dataset, number, pair) for number, pair in enumerate(pairs, 1)]


def _near_pairs(dataset: Dataset, label: int | None, job: Job) -> tuple[DuplicatePair, ...]:
    """The closest pairs with a label; for all, pairs with different labels, then those of each label in turn.

    The closest pairs of all are nearly all ones.
    """
    if label is not None:
        return near_duplicates(dataset, labels=(label,), limit=N_LISTED, progress=job.tell)
    closest = near_duplicates(dataset, limit=N_LISTED, progress=lambda share: job.tell(WHOLE * share))
    differing = [pair for pair in closest if not pair.has_same_label]
    counts = np.bincount(np.concatenate([dataset.train.labels, dataset.test.labels]))
    of_each = []
    for done, found in enumerate(np.flatnonzero(counts > 1).tolist(), 1):
        of_each.append(near_duplicates(dataset, labels=(found,), limit=N_LISTED))
        job.tell(WHOLE + (1 - WHOLE) * done / len(counts))
    turns = [pair for turn in zip_longest(*of_each) for pair in turn if pair is not None]
    return tuple([*differing, *turns][:N_LISTED])


def _pairs_words(n: int, crossing: int, differing: int, among: str, order: str) -> str:
    if not n:
        return f"No two images{among} have a pixel distance below {NEAR} full pixels."
    pairs = "1 pair" if n == 1 else f"The {n:,} closest pairs" if n == N_LISTED and among else f"{n:,} pairs"
    return (
        f"{pairs} of images{among}, with a pixel distance below {NEAR} full pixels: {order}. "
        f"Across the splits: {crossing:,}. With different labels: {differing:,}."
    )


def _pair(dataset: Dataset, number: int, pair: DuplicatePair) -> Finding:
    first, second = (_words(dataset, image) for image in (pair.first, pair.second))
    return Finding(
        images=(pair.first, pair.second),
        caption=_labels(dataset, (pair.first, pair.second)),
        detail=f"distance {pair.distance:.2f}{', one in training, one in test' if pair.crosses_splits else ''}",
        note=f"Pair {number}, distance {pair.distance:.2f} full pixels: {first}; {second}",
        values={"distance": pair.distance},
    )


def _labels(dataset: Dataset, images: Sequence[ImageRef]) -> str:
    """The labels of duplicates: one if they agree, "4 / 9" if they do not."""
    labels = sorted({int(dataset.split(image.split).labels[image.row]) for image in images})
    return " / ".join(dataset.class_names[label] for label in labels)


def _exact(dataset: Dataset, bar: DeltaGenerator) -> Sequence[Finding] | None:
    groups: tuple[tuple[ImageRef, ...], ...] | None = job_result(
        ("exact", dataset.sha256),
        lambda job: exact_duplicates(dataset),
        title="Searching for exact duplicates",
        name="explore.exact",
    )
    if groups is None:
        return None
    n = sum(len(group) for group in groups)
    if not n:
        st.caption("No image is in this data set more than once, pixel by pixel.")
        return []
    crossing = sum(len({image.split for image in group}) > 1 for group in groups)
    st.caption(
        f"{n:,} images in {len(groups):,} {'group' if len(groups) == 1 else 'groups'} of identical images. "
        f"Across the splits: {crossing:,}.{_listed_words(len(groups), N_LISTED)}"
    )
    return [_group(dataset, number, group) for number, group in enumerate(groups[:N_LISTED], 1)]


def _listed_words(n: int, limit: int) -> str:
    """The sentence on a list that shows only some; empty if it shows all."""
    return f" The first {limit:,} are shown." if n > limit else ""


def _group(dataset: Dataset, number: int, group: tuple[ImageRef, ...]) -> Finding:
    return Finding(
        images=group,
        caption=_labels(dataset, group),
        detail=f"{len(group)} images{', in training and test' if len({image.split for image in group}) > 1 else ''}",
        note=f"Group {number}: {'; '.join(_words(dataset, image) for image in group)}",
    )


def _outliers(dataset: Dataset, bar: DeltaGenerator) -> Sequence[Finding] | None:
    split = current.browsed_split
    with bar:
        label = _label_box(dataset, "Show the outliers of this class only.")
    scores = job_result(
        ("outliers", dataset.sha256, split),
        lambda job: outlier_scores(dataset.split(split)),
        title="Computing outlier scores",
        name="explore.outliers",
    )
    if scores is None:
        return None
    st.caption(
        "Highest outlier score first. The score is the Mahalanobis distance to the class mean, with the variances of "
        f"the first {N_COMPONENTS} principal components of the class and one common variance for all other directions. "
        "It is scaled so that about 1 is typical."
    )
    rows = outliers(dataset.split(split), scores, label=label, limit=N_LISTED)
    refs = [ImageRef(split=split, row=int(row)) for row in rows]
    return [
        Finding(
            images=(image,),
            caption=f"{score:.1f}",
            note=f"{_words(dataset, image)}, outlier score {score:.2f}",
            values={"outlier_score": score},
        )
        for image, score in zip(refs, scores[rows].tolist(), strict=True)
    ]


def _suspects(dataset: Dataset, bar: DeltaGenerator) -> Sequence[Finding] | None:
    view = chosen_run(dataset, SplitName.TRAIN)
    if view is None:
        _render_no_run(is_chosen=current.run is not None)
        return None
    stored = view.predictions
    found = suspect_labels(stored.labels, stored.probabilities)
    if not len(found):
        st.caption(f"None of the {len(stored):,} validation images of the run has a suspect label.")
        return []
    st.caption(
        f"{len(found):,} of the {len(stored):,} validation images of {escape_markdown(view.run.title)} have a suspect "
        "label, least probable first: label → suggested label. The run was not trained on these images."
        f"{_listed_words(len(found), N_LISTED)}"
    )
    render_review_link(view.run.run_id, JudgedSplit.VALIDATION, label="Review these labels")
    rows = stored.index[found.positions].tolist()[:N_LISTED]
    return [
        Finding(
            images=((image := ImageRef(split=SplitName.TRAIN, row=row)),),
            caption=f"{dataset.class_names[dataset.train.labels[row]]}→{dataset.class_names[suggested]}",
            note=f"{_words(dataset, image)}. Probability of this label {shown_probability(own)}, suggested label "
            f"{dataset.class_names[suggested]}",
            values={"label_probability": own, "suggested_label": suggested},
        )
        for row, own, suggested in zip(rows, found.self_confidence.tolist(), found.suggested.tolist(), strict=False)
    ]


def _render_no_run(*, is_chosen: bool) -> None:
    if is_chosen:
        st.info("This run has no validation predictions for this data set. Choose another run.")
        return
    render_empty_state(
        "Choose a run",
        "Suspect labels are found with the predictions of a run for its validation images. "
        "Choose a run above, or train one on this data set.",
        page="design",
        link="Design a network",
        icon="flag",
    )


def _label_box(dataset: Dataset, help: str) -> int | None:
    label: int | None = linked_select(
        "Label",
        (None, *range(dataset.n_classes)),
        choice=ExploreChoices.issue_label,
        words=lambda label: "All" if label is None else dataset.class_names[label],
        width=130,
        resets=(ExploreChoices.finding,),
        help=help,
    )
    return label


def _words(dataset: Dataset, image: ImageRef) -> str:
    label = dataset.split(image.split).labels[image.row]
    return f"Label {dataset.class_names[label]}, {image_words(image.split, image.row)}"


FINDERS: Mapping[Issue, Callable[[Dataset, DeltaGenerator], Sequence[Finding] | None]] = {
    Issue.NEAR_DUPLICATES: _near,
    Issue.EXACT_COPIES: _exact,
    Issue.OUTLIERS: _outliers,
    Issue.SUSPECT_LABELS: _suspects,
}
