"""The issues of a data set as they are listed, and the progress that is told on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset, Split, SplitName, content_sha256
from mnist_core.data.finding import duplicates, quality
from mnist_core.data.finding.quality import find_exact_duplicates, find_issue, find_near_duplicates
from mnist_core.data.image_ref import ImageRef
from mnist_core.errors import ConfigError, DatasetError


def made(train: Split, test: Split) -> Dataset:
    return Dataset(
        name="x", title="X", source="s", licence="l", sha256=content_sha256(train, test), train=train, test=test
    )


@pytest.fixture
def threefold(sample: Dataset) -> Dataset:
    """200 images; train row 5 is train row 60 too, with another label, and test row 2."""
    images, labels = sample.train.images[:150].copy(), sample.train.labels[:150].copy()
    images[60], labels[60] = images[5], (labels[5] + 1) % 10
    others = sample.test.images[:50].copy()
    others[2] = images[5]
    return made(Split(images=images, labels=labels), Split(images=others, labels=sample.test.labels[:50]))


def test_the_images_of_all_groups_are_counted(threefold: Dataset) -> None:
    found = find_exact_duplicates(threefold)
    assert (found.n_found, found.n_identical, found.n_across_splits, found.n_images) == (1, 3, 1, 200)
    (group,) = found.findings
    assert group.crosses_splits
    assert {(image.split.value, image.row) for image in group.images} == {("train", 5), ("train", 60), ("test", 2)}


def test_pairs_with_different_labels_come_first(threefold: Dataset) -> None:
    found = find_near_duplicates(threefold)
    labels = [{int(threefold.split(image.split).labels[image.row]) for image in item.images} for item in found.findings]
    assert [len(both) for both in labels] == sorted((len(both) for both in labels), reverse=True)
    assert found.n_different_labels == sum(len(both) > 1 for both in labels) > 0
    crossing = [len({image.split for image in item.images}) > 1 for item in found.findings]
    assert [item.crosses_splits for item in found.findings] == crossing
    assert found.n_across_splits == sum(crossing) > 0
    pair = (ImageRef(split=SplitName.TRAIN, row=5), ImageRef(split=SplitName.TRAIN, row=60))
    assert pair in [item.images for item in found.findings]


def near_and_confused(sample: Dataset) -> Dataset:
    """40 near-equal pairs of zeros, and a seven whose copy is called a nine, a little farther apart than they."""
    zeros = sample.train.images[sample.train.labels == 0][:40]
    seven = sample.train.images[sample.train.labels == 7][:1]
    near, confused = zeros.copy(), seven.copy()
    near[:, 0, 0], confused[:, 0, 0] = 50, 250
    labels = np.array([0] * 40 + [7], np.uint8)
    return made(
        Split(images=np.concatenate([zeros, seven]), labels=labels),
        Split(images=np.concatenate([near, confused]), labels=np.where(labels == 7, 9, labels).astype(np.uint8)),
    )


@pytest.mark.parametrize("label", [None, 7, 9, np.int64(7)])
def test_a_pair_with_different_labels_is_found_behind_closer_ones(
    sample: Dataset, monkeypatch: pytest.MonkeyPatch, label: int | None
) -> None:
    monkeypatch.setattr(quality, "MAX_LISTED", 5)
    dataset = near_and_confused(sample)
    found = find_issue(dataset, "near-duplicates", label=label)
    images = [ImageRef(split=SplitName.TRAIN, row=40), ImageRef(split=SplitName.TEST, row=40)]
    assert list(found.findings[0].images) == images
    assert found.findings[0].values["distance"] == pytest.approx(250 / 255)
    n = 41 if label is None else 1
    assert (found.n_found, found.n_across_splits, found.n_different_labels) == (n, n, 1)
    assert len(found.findings) == min(n, 5)


@pytest.mark.parametrize("label", [None, 1])
def test_progress_is_told_after_every_part_of_the_work(
    sample: Dataset, monkeypatch: pytest.MonkeyPatch, label: int | None
) -> None:
    monkeypatch.setattr(duplicates, "TILE", 64)
    small = made(sample.train.take(range(600)), sample.test.take(range(100)))
    told: list[float] = []
    find_near_duplicates(small, label=label, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    assert max(np.diff(told)) < (0.03 if label is None else 0.15)


def test_images_of_small_classes_are_no_outliers(sample: Dataset) -> None:
    twos, threes = (np.flatnonzero(sample.train.labels == label) for label in (2, 3))
    few = made(sample.train.take([*twos[:30], *threes[:4]]), sample.test)
    found = find_issue(few, "outliers")
    assert (found.n_images, found.n_found, found.n_without_score) == (34, 30, 4)
    assert sorted(item.images[0].row for item in found.findings) == list(range(30))
    assert find_issue(few, "outliers", label=3).findings == ()


def test_a_label_of_a_single_image_has_no_pairs(sample: Dataset) -> None:
    first = [int(np.flatnonzero(sample.train.labels == label)[0]) for label in range(10)]
    single = made(sample.train.take(first), sample.test.take(np.flatnonzero(sample.test.labels == 0)[:2]))
    assert find_near_duplicates(single, label=7).findings == ()
    assert len(find_near_duplicates(single).findings) <= 3


def test_what_does_not_exist_is_not_looked_for(sample: Dataset) -> None:
    with pytest.raises(DatasetError, match="validation"):
        find_issue(sample, "outliers", split="validation")
    with pytest.raises(ConfigError, match="beauty"):
        find_issue(sample, "beauty")
    with pytest.raises(ConfigError, match="0 to 9"):
        find_issue(sample, "near-duplicates", label=10)
    with pytest.raises(ConfigError, match="run"):
        find_issue(sample, "suspect-labels")


@pytest.mark.parametrize(
    ("issue", "given"),
    [
        ("exact-duplicates", {"label": 3}),
        ("exact-duplicates", {"split": "test"}),
        ("near-duplicates", {"split": "train"}),
        ("near-duplicates", {"label": 3.0}),
        ("suspect-labels", {"label": 3}),
        ("outliers", {"judged": object()}),
        ("outliers", {"label": True}),
    ],
)
def test_what_has_no_effect_is_refused(sample: Dataset, issue: str, given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="Expected"):
        find_issue(sample, issue, **given)
