from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import stats

from mnist_core.data.dataset import Dataset
from mnist_core.data.measures.handwriting import mean_images, stroke_width, symmetry
from mnist_core.data.measures.measuring import measure
from mnist_core.data.measures.registry import MEASURES, Measures, ranks_within_class
from mnist_core.errors import ConfigError


def test_an_empty_and_a_full_image_have_finite_measures():
    images = np.stack([np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8)])
    table = measure(images, np.array([0, 1], np.uint8), np.zeros((10, 28, 28), np.float32)).to_frame()
    assert np.isfinite(table.to_numpy()).all()
    assert table["ink"].tolist() == [0, 784]
    assert table["loops"].tolist() == [0, 0]
    assert table["height"].tolist() == [0, 28]
    assert table["centroid_x"].tolist() == [13.5, 13.5]
    assert table["horizontal_symmetry"].tolist() == [0, 1]


def test_the_table_has_every_measure_in_every_form(sample: Dataset):
    split = sample.test
    means = mean_images(sample.train.images, sample.train.labels)
    told: list[float] = []
    measures = measure(split.images, split.labels, means, progress=told.append)
    assert told[-1] == 1
    frame = measures.to_frame()
    assert list(frame.columns) == list(MEASURES)
    assert len(frame) == len(measures) == 1000
    for name in MEASURES:
        np.testing.assert_array_equal(frame[name], measures.column(name))
        assert measures.row(7)[name] == measures.column(name)[7]
    np.testing.assert_allclose(measures.column("stroke_width"), stroke_width(split.images), rtol=1e-6)
    np.testing.assert_allclose(measures.column("vertical_symmetry"), symmetry(split.images, axis=1), rtol=1e-6)
    with pytest.raises(ValueError, match="read-only"):
        measures.values[0, 0] = 1


def test_results_do_not_depend_on_chunks(sample: Dataset):
    means = mean_images(sample.train.images, sample.train.labels)
    whole = measure(sample.train.images, sample.train.labels, means).values
    one = measure(sample.train.images[2999:3000], sample.train.labels[2999:3000], means).values
    np.testing.assert_array_equal(whole[2999], one[0])


def test_ranks_within_the_class_are_those_of_scipy(sample: Dataset):
    split = sample.test
    measures = measure(split.images, split.labels, mean_images(split.images, split.labels))
    ranks = ranks_within_class(measures, split.labels, 5)
    same = split.labels == split.labels[5]
    for name, rank in ranks.items():
        values = measures.column(name)
        expected = stats.percentileofscore(values[same], values[5], kind="mean") / 100
        assert rank == pytest.approx(expected)


def test_an_unknown_measure_names_the_known_ones(sample: Dataset):
    measures = Measures(values=np.zeros((2, len(MEASURES)), np.float32))
    with pytest.raises(ConfigError, match="Expected one of: ink, stroke_width, .* Received: 'loss'"):
        measures.column("loss")


def test_seventy_thousand_images_take_less_than_a_minute(full_mnist: Dataset):
    means = mean_images(full_mnist.train.images, full_mnist.train.labels)
    started = time.process_time()
    measures = measure(full_mnist.test.images, full_mnist.test.labels, means)
    assert 7 * (time.process_time() - started) < 60
    assert measures.column("slant").mean() > 0  # most people write leaning to the right
