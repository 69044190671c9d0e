"""Duplicates, outliers and suspect labels, and that the sentences about them are true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

from mnist_core.data.finding.issues import MAX_LISTED
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.data.splitting import split_training
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run
from tests.imported_sets import save_imported
from tests.pages.finding import assert_sound, component, has_component, numbers, pair_pictures
from tests.pages.opening import OpenPage


def test_an_image_and_its_copy_are_found(
    open_page_at_rest: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    sample = load_dataset("mnist-sample", folder)
    about = {"name": "twins", "title": "Twins", "source": "test", "licence": "none"}
    save_imported(folder, about, sample.train.take(range(50)), sample.train.take([7, 60, 61]))
    app = open_page_at_rest("explore", data="twins", view="data_quality", odd="exact")
    assert_sound(app)
    assert [2, 1, 1] in [numbers(caption.value) for caption in app.caption]  # images, groups, across both splits
    [pair] = pair_pictures(app, "explore.odd.exact")
    assert [image.tobytes() for image in pair] == 2 * [sample.train.images[7].tobytes()]


def test_near_duplicates_are_counted_as_the_sentence_says(open_page_at_rest: OpenPage) -> None:
    """By all distances of the ones from all images, as scipy has them."""
    sample = load_dataset("mnist-sample")
    labels = np.concatenate([sample.train.labels, sample.test.labels])
    images = np.concatenate([sample.train.images, sample.test.images]).reshape(-1, 784) / 255
    ones, is_test = np.flatnonzero(labels == 1), np.arange(len(images)) >= len(sample.train)
    distances = cdist(images[ones], images)
    app = open_page_at_rest("explore", view="data_quality", odd="near", odd_label="1")
    assert_sound(app)
    [sentence] = [caption.value for caption in app.caption if "full pixels" in caption.value]
    n_shown, n, label, limit, crossing, differing = numbers(sentence)
    first, second = np.nonzero(distances < limit)
    is_counted = (labels[second] != 1) | (ones[first] < second)  # each pair once
    first, second = first[is_counted], second[is_counted]
    assert (label, differing) == (1, (labels[second] != 1).sum())
    assert n == len(first) > n_shown == MAX_LISTED
    assert crossing == (is_test[ones[first]] != is_test[second]).sum()
    shown = [numbers(detail)[0] for _, detail, *_ in component(app, "explore.odd.near")["pairs"]]
    assert differing == 0
    assert shown == pytest.approx(np.sort(distances[first, second])[:MAX_LISTED], abs=0.006)


def test_images_without_near_duplicates_are_said_to_have_none(open_page_at_rest: OpenPage) -> None:
    sample = load_dataset("mnist-sample")
    labels = np.concatenate([sample.train.labels, sample.test.labels])
    images = np.concatenate([sample.train.images, sample.test.images]).reshape(-1, 784) / 255
    app = open_page_at_rest("explore", view="data_quality", odd="near", odd_label="4")
    [sentence] = [caption.value for caption in app.caption if "full pixels" in caption.value]
    label, limit = numbers(sentence)
    assert label == 4
    fours = images[labels == 4]
    assert min(pdist(fours).min(), cdist(fours, images[labels != 4]).min()) >= limit


def test_a_set_without_copies_is_said_to_have_none(open_page_at_rest: OpenPage) -> None:
    sample = load_dataset("mnist-sample")
    images = np.concatenate([sample.train.images, sample.test.images]).reshape(-1, 784)
    assert len(np.unique(images, axis=0)) == len(images)
    app = open_page_at_rest("explore", view="data_quality", odd="exact")
    assert_sound(app)
    assert not has_component(app, "explore.odd.exact")


def test_the_outlier_score_is_what_its_sentence_says(open_page_at_rest: OpenPage) -> None:
    """A Mahalanobis distance with as many variances as the sentence names, by numpy's singular values."""
    test = load_dataset("mnist-sample").test
    app = open_page_at_rest("explore", view="data_quality", odd="outliers", odd_label="3", split="test")
    assert_sound(app)
    [sentence] = [caption.value for caption in app.caption if "Mahalanobis" in caption.value]
    n_components, typical = map(int, numbers(sentence))
    threes = test.images[test.labels == 3].reshape(-1, 784) / 255
    centred = threes - threes.mean(axis=0)
    _, lengths, axes = np.linalg.svd(centred, full_matrices=False)
    variances = lengths**2 / (len(threes) - 1)
    variances[n_components:] = variances[n_components:].sum() / (784 - n_components)
    squares = ((centred @ axes.T) ** 2 / variances).sum(axis=1)
    expected = np.sort(np.sqrt(squares))[::-1]
    shown = np.array([float(caption) for caption in component(app, "explore.odd.outliers")["captions"]])
    assert len(shown) == len(threes)
    assert np.median(shown) == pytest.approx(typical, abs=0.2)
    assert shown == pytest.approx(expected * np.median(shown) / np.median(expected), abs=0.1)


def test_images_without_an_outlier_score_are_said_to_be_left_out(
    open_page_at_rest: OpenPage, empty_data_folder: Path
) -> None:
    sample = load_dataset("mnist-sample")
    twos, threes = (np.flatnonzero(sample.train.labels == label) for label in (2, 3))
    about = {"name": "few", "title": "Few", "source": "test", "licence": "none"}
    save_imported(empty_data_folder, about, sample.train.take([*twos[:30], *threes[:3]]), sample.test)
    app = open_page_at_rest("explore", data="few", view="data_quality", odd="outliers", split="train")
    assert_sound(app)
    [sentence] = [caption.value for caption in app.caption if "Mahalanobis" in caption.value]
    assert numbers(sentence)[2:] == [3, 5]  # so many, of a class of fewer than five
    assert component(app, "explore.odd.outliers")["count"] == 30


def test_suspect_labels_are_counted_on_images_the_run_has_not_seen(
    open_page_at_rest: OpenPage, runs_folder: Path
) -> None:
    store = RunStore(runs_folder)
    run_id = finished_run(store)
    stored = store.predictions(run_id, "validation")
    app = open_page_at_rest("explore", view="data_quality", odd="suspects", run=run_id)
    assert_sound(app)
    [sentence] = [caption.value for caption in app.caption if "suspect" in caption.value]
    usual = [stored.probabilities[stored.labels == k, k].mean() for k in range(10)]
    n_suspect = 0
    for label, own in zip(stored.labels, stored.probabilities, strict=True):
        likely = [k for k in range(10) if own[k] >= usual[k]]
        n_suspect += bool(likely) and max(likely, key=lambda k: own[k]) != label
    assert 0 < n_suspect <= MAX_LISTED
    assert numbers(sentence)[:2] == [n_suspect, len(stored.labels)]
    assert component(app, "explore.odd.suspects")["count"] == n_suspect
    trained, _ = split_training(load_dataset("mnist-sample").train.labels, fraction=0.2, seed=0)
    assert not set(stored.index.tolist()) & set(trained.tolist())
