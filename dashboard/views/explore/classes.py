"""Statistics of the classes: mean images, balance, pixel values, the difference of two classes, and of the splits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dashboard.charts.classes import class_balance_figure, class_difference_figure, pixel_histogram_figure
from dashboard.server.background import Job
from dashboard.shared.context.digit import SPLIT_WORDS
from dashboard.shared.job_progress import job_result
from dashboard.state.current import current
from dashboard.state.session import widget_key, widget_value
from dashboard.state.url_values import reset
from dashboard.views.explore.choices import ExploreChoices, explore
from dashboard.widgets.chart import chart
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import N_CLASSES, Dataset, SplitName
from mnist_core.shares import shown_share
from mnist_core.words import listed

if TYPE_CHECKING:  # loads a second's worth of statistics, which the other views do without
    from mnist_core.data.measures.class_statistics import ClassStatistics, Counts, SplitComparison

CELL = 84
DEFAULT_PAIR = (4, 9)
SMALLEST_SCALE = 10.0  # of 255: so that noise does not look like a difference
SIGNIFICANCE = 0.05
EQUAL_POINTS = 1e-9  # what arithmetic may add to a difference of 0
PAIR_BOXES = {
    "First": "The class whose mean image the other one is subtracted from.",
    "Second": "The class whose mean image is subtracted.",
}
"""The boxes of the two classes, with their help."""
PAIR_KEYS = ("explore.first_class", "explore.second_class")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ClassFacts:
    """What the view shows: class statistics and pixel values of both splits, and their comparison."""

    statistics: dict[str, ClassStatistics]
    pixels: dict[str, Counts]
    comparison: SplitComparison


def render_classes(dataset: Dataset) -> None:
    """The whole view; a progress bar the first time."""
    split = current.browsed_split
    facts: ClassFacts | None = job_result(
        ("classes", dataset.sha256),
        lambda job: _find_facts(dataset, job),
        title="Computing class statistics",
        name="explore.classes",
    )
    if facts is None:
        return
    statistics = facts.statistics[split]
    _render_means(dataset, split, statistics)
    balance, pixels = st.columns(2, gap="large")
    with balance:
        _render_balance(dataset, facts)
    with pixels:
        _render_pixels(dataset, facts)
    difference, splits = st.columns(2, gap="large")
    with difference:
        _render_difference(dataset, statistics)
    with splits:
        _render_split_comparison(dataset, facts.comparison)


def _find_facts(dataset: Dataset, job: Job) -> ClassFacts:
    from mnist_core.data.measures.class_statistics import class_statistics, compare_splits, pixel_histogram

    statistics = {name.value: class_statistics(dataset.split(name)) for name in SplitName}
    job.tell(0.5)
    pixels = {name.value: pixel_histogram(dataset.split(name).images) for name in SplitName}
    job.tell(0.8)
    return ClassFacts(statistics=statistics, pixels=pixels, comparison=compare_splits(dataset))


def _render_means(dataset: Dataset, split: SplitName, statistics: ClassStatistics) -> None:
    words = SPLIT_WORDS[split]
    st.subheader("Mean image per class", anchor=False)
    st.caption(f"The mean of the {words} images of a class. Click one to browse its class.")
    names = list(dataset.class_names)
    notes = [f"Mean of the {n:,} {words} images of {name}" for n, name in zip(statistics.counts, names, strict=True)]
    means = statistics.means.round().astype(np.uint8)
    picked = [
        digit_grid(means, names, key="explore.means", label="Mean images", show_captions=True, notes=notes, cell=CELL)
    ]
    highest = float(statistics.deviations.max()) or 1.0
    st.caption(
        "Standard deviation of each pixel within the class. Black pixels do not vary; white is the largest deviation, "
        f"{highest:.0f} of 255."
    )
    deviations = (statistics.deviations * (255 / highest)).round().astype(np.uint8)
    notes = [f"Deviation image of {name}" for name in names]
    picked.append(
        digit_grid(deviations, names, key="explore.deviations", label="Deviation images", notes=notes, cell=CELL)
    )
    for label in picked:
        if label is not None:
            show_only(label)


def show_only(label: int) -> None:
    """Open the grid, filtered by one label."""
    reset(ExploreChoices.where, ExploreChoices.selection, ExploreChoices.page, ExploreChoices.view)
    explore.labels = (label,)
    st.rerun()


def _render_balance(dataset: Dataset, facts: ClassFacts) -> None:
    st.subheader(
        "Class balance", anchor=False, help="In training, frequent classes count more, unless classes are weighted."
    )
    counts = {name: statistics.counts for name, statistics in facts.statistics.items()}
    figure = class_balance_figure(counts, class_names=dataset.class_names)
    chart(
        figure,
        key="explore.balance",
        name=f"{dataset.name} class balance",
        alt="Share of each class by split",
    )
    total = counts[SplitName.TRAIN] + counts[SplitName.TEST]
    if all(len(set(part.tolist())) == 1 for part in counts.values()):
        each = listed([f"{part[0]:,} {SPLIT_WORDS[SplitName(name)]}" for name, part in counts.items()])
        st.caption(f"Balanced: {each} images of each class.")
        return
    most, least = int(total.argmax()), int(total.argmin())
    st.caption(
        f"Most frequent: {escape_markdown(dataset.class_names[most])} ({total[most]:,}). "
        f"Least frequent: {escape_markdown(dataset.class_names[least])} ({total[least]:,})."
    )


def _render_pixels(dataset: Dataset, facts: ClassFacts) -> None:
    st.subheader("Pixel values", anchor=False, help="How many pixels are background, grey edges and full ink.")
    chart(
        pixel_histogram_figure(facts.pixels),
        key="explore.pixel_histogram",
        name=f"{dataset.name} pixel values",
        alt="Share of pixels by pixel value, by split",
    )
    train = facts.pixels[SplitName.TRAIN]
    parts = (train[0], train[1:255].sum(), train[255])
    background, grey, full = (shown_share(float(part / train.sum())) for part in parts)
    st.caption(f"{background} of the training pixels are background, {grey} are grey, {full} are full ink.")


def _render_difference(dataset: Dataset, statistics: ClassStatistics) -> None:
    st.subheader("Difference of two classes", anchor=False, help="First mean image minus second, pixel by pixel.")
    first, second = explore.classes or DEFAULT_PAIR
    keys = tuple(widget_key(key, label) for key, label in zip(PAIR_KEYS, (first, second), strict=True))
    with st.container(horizontal=True):
        for key, label, (title, help) in zip(keys, (first, second), PAIR_BOXES.items(), strict=True):
            st.selectbox(
                title,
                range(N_CLASSES),
                index=label,
                format_func=dataset.class_names.__getitem__,
                key=key,
                on_change=_take_pair,
                args=keys,
                help=help,
            )
    difference = statistics.difference(first, second)
    figure = class_difference_figure(
        difference,
        first=dataset.class_names[first],
        second=dataset.class_names[second],
        limit=max(float(np.abs(difference).max()), SMALLEST_SCALE),
    )
    chart(
        figure,
        key="explore.difference",
        name=f"{dataset.name} {dataset.class_names[first]} minus {dataset.class_names[second]}",
        alt="Difference of the mean images of two classes",
    )


def _take_pair(*keys: str) -> None:
    pair = tuple(widget_value(key) for key in keys)
    if all(isinstance(label, int) and 0 <= label < N_CLASSES for label in pair):
        explore.classes = None if pair == DEFAULT_PAIR else pair


def _render_split_comparison(dataset: Dataset, comparison: SplitComparison) -> None:
    st.subheader(
        "Training and test images",
        anchor=False,
        help="If the splits differ, test scores are no estimate for images like the training images.",
    )
    st.markdown(_balance_words(comparison))
    with st.container(horizontal=True):
        for name, words in SPLIT_WORDS.items():
            st.metric(
                f"Mean pixel value, {words}",
                f"{comparison.mean_pixel[name]:.2f}",
                f"SD {comparison.pixel_deviation[name]:.1f}",
                delta_color="off",
                delta_arrow="off",
                help="Mean and standard deviation (SD) of all pixel values, which are 0 to 255.",
            )
    largest = float(np.abs(comparison.mean_difference).max()) or 1.0
    st.caption(f"Mean test image minus mean training image. Largest difference of a pixel: {largest:.1f} of 255.")
    figure = class_difference_figure(
        comparison.mean_difference, first="test", second="training", limit=largest, height=260
    )
    chart(
        figure,
        key="explore.splits",
        name=f"{dataset.name} test minus training",
        alt="Mean test image minus mean training image",
    )


def _balance_words(comparison: SplitComparison) -> str:
    gap = float((comparison.shares["train"] - comparison.shares["test"]).abs().max())
    if comparison.p_value is None:
        return "The class balance of the splits cannot be compared."
    if gap <= EQUAL_POINTS:
        return "Each class has the same share of both splits."
    verdict = "consistent with random sampling" if comparison.p_value >= SIGNIFICANCE else "a significant difference"
    return (
        f"Between the splits, class shares differ by at most {gap:.2f} points: {verdict} "
        f"(chi-squared test, p = {comparison.p_value:.2g})."
    )
