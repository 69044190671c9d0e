"""How each data quality issue is found: duplicates, outliers, and suspect labels, each with a sentence about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.shared.context.digit import image_words
from dashboard.shared.context.mistakes_links import render_review_link
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.job_progress import job_result
from dashboard.shared.linked_choice import linked_select
from dashboard.state.current import JudgedSplit, current
from dashboard.views.explore.choices import ExploreChoices
from dashboard.views.explore.run_columns import chosen_run
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.finding.duplicates import NEAR
from mnist_core.data.finding.issues import Issue, IssueFinding, Quality
from mnist_core.data.finding.outliers import MIN_IMAGES, N_COMPONENTS, outlier_scores
from mnist_core.data.finding.quality import (
    find_exact_duplicates,
    find_near_duplicates,
    find_outliers,
    find_suspect_labels,
)
from mnist_core.data.image_ref import ImageRef
from mnist_core.shares import shown_probability
from mnist_core.words import counted, word_for


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What was found, in words.

    Attributes:
        issue: the images, and the values they were found by.
        caption: short, for below a single image or before several.
        detail: a few words more, beside several.
        note: all of it in a sentence, for the tooltip.
    """

    issue: IssueFinding
    caption: str
    note: str
    detail: str = ""

    @property
    def images(self) -> tuple[ImageRef, ...]:
        return self.issue.images


def _near(dataset: Dataset, bar: DeltaGenerator) -> Sequence[Finding] | None:
    with bar:
        label = _label_box(dataset, "Show pairs in which one or both images have this label, in both splits.")
    found: Quality | None = job_result(
        ("near", dataset.sha256, label),
        lambda job: find_near_duplicates(dataset, label=label, progress=job.tell),
        title="Comparing all pairs of images",
        name="explore.near",
    )
    if found is None:
        return None
    st.caption(_pairs_words(found, None if label is None else escape_markdown(dataset.class_names[label])))
    return [_pair(dataset, number, pair) for number, pair in enumerate(found.findings, 1)]


def _pairs_words(found: Quality, label: str | None) -> str:
    limit = f"below {NEAR} full pixels"
    if not found.n_found and label is None:
        return f"No two images have a pixel distance {limit}."
    if not found.n_found:
        return f"No image with the label {label} has a pixel distance {limit} to another image."
    which = "" if label is None else f", one or both with the label {label}"
    order = "different labels first, then the closest" + (" of each label in turn" if label is None else "")
    return (
        f"{_pairs_count(found)} of images{which}, with a pixel distance {limit}: {order}. "
        f"Across the splits: {found.n_across_splits:,}. With different labels: {found.n_different_labels:,}."
    )


def _pairs_count(found: Quality) -> str:
    """How many there are, and how many of them are shown."""
    n = len(found.findings)
    all_of_them = f"{'' if found.is_complete else 'at least '}{counted(found.n_found, 'pair')}"
    return f"The first {n:,} of {all_of_them}" if found.n_found > n else all_of_them


def _pair(dataset: Dataset, number: int, pair: IssueFinding) -> Finding:
    first, second = (_words(dataset, image) for image in pair.images)
    distance = pair.values["distance"]
    return Finding(
        issue=pair,
        caption=_labels(dataset, pair.images),
        detail=f"distance {distance:.2f}{', one in training, one in test' if pair.crosses_splits else ''}",
        note=f"Pair {number}, distance {distance:.2f} full pixels: {first}; {second}",
    )


def _labels(dataset: Dataset, images: Sequence[ImageRef]) -> str:
    """The labels of duplicates: one if they agree, "4 / 9" if they do not."""
    labels = sorted({int(dataset.split(image.split).labels[image.row]) for image in images})
    return " / ".join(dataset.class_names[label] for label in labels)


def _exact(dataset: Dataset, bar: DeltaGenerator) -> Sequence[Finding] | None:
    found: Quality | None = job_result(
        ("exact", dataset.sha256),
        lambda job: find_exact_duplicates(dataset),
        title="Searching for exact duplicates",
        name="explore.exact",
    )
    if found is None:
        return None
    if not found.n_found:
        st.caption("No image is in this data set more than once, pixel by pixel.")
        return []
    st.caption(
        f"{counted(found.n_identical, 'image')} in {counted(found.n_found, 'group')} of identical images. "
        f"Across the splits: {found.n_across_splits:,}.{_listed_words(found)}"
    )
    return [_group(dataset, number, group) for number, group in enumerate(found.findings, 1)]


def _listed_words(found: Quality) -> str:
    """The sentence on a list that shows only some; empty if it shows all."""
    n = len(found.findings)
    return f" The first {n:,} are shown." if found.n_found > n else ""


def _group(dataset: Dataset, number: int, group: IssueFinding) -> Finding:
    return Finding(
        issue=group,
        caption=_labels(dataset, group.images),
        detail=f"{len(group.images)} images{', in training and test' if group.crosses_splits else ''}",
        note=f"Group {number}: {'; '.join(_words(dataset, image) for image in group.images)}",
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
    found = find_outliers(dataset, split, scores, label=label)
    st.caption(
        "Highest outlier score first. The score is the Mahalanobis distance to the class mean, with the variances of "
        f"the first {N_COMPONENTS} principal components of the class and one common variance for all other directions. "
        f"It is scaled so that about 1 is typical.{_unscored_words(found)}"
    )
    return [_outlier(dataset, item) for item in found.findings]


def _unscored_words(found: Quality) -> str:
    """The sentence on images without an outlier score; empty if all have one."""
    if not found.n_without_score:
        return ""
    n = found.n_without_score
    return (
        f" {counted(n, 'image is', 'images are')} left out: {word_for(n, 'its class has', 'their classes have')} fewer "
        f"than {MIN_IMAGES}."
    )


def _outlier(dataset: Dataset, found: IssueFinding) -> Finding:
    score = found.values["outlier_score"]
    note = f"{_words(dataset, found.images[0])}, outlier score {score:.2f}"
    return Finding(issue=found, caption=f"{score:.1f}", note=note)


def _suspects(dataset: Dataset, bar: DeltaGenerator) -> Sequence[Finding] | None:
    view = chosen_run(dataset, SplitName.TRAIN)
    if view is None:
        _render_no_run(is_chosen=current.run is not None)
        return None
    found = find_suspect_labels(view.predictions)
    if not found.n_found:
        st.caption(f"None of the {found.n_images:,} validation images of the run has a suspect label.")
        return []
    st.caption(
        f"{found.n_found:,} of the {found.n_images:,} validation images of {escape_markdown(view.run.title)} have a "
        "suspect label, least probable first: label → suggested label. The run was not trained on these images."
        f"{_listed_words(found)}"
    )
    render_review_link(view.run.run_id, JudgedSplit.VALIDATION, label="Review these labels")
    return [_suspect(dataset, item) for item in found.findings]


def _suspect(dataset: Dataset, found: IssueFinding) -> Finding:
    image, suggested = found.images[0], dataset.class_names[int(found.values["suggested_label"])]
    own = shown_probability(found.values["label_probability"])
    return Finding(
        issue=found,
        caption=f"{dataset.class_names[dataset.train.labels[image.row]]}→{suggested}",
        note=f"{_words(dataset, image)}. Probability of this label {own}, suggested label {suggested}",
    )


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
    Issue.EXACT_DUPLICATES: _exact,
    Issue.OUTLIERS: _outliers,
    Issue.SUSPECT_LABELS: _suspects,
}
