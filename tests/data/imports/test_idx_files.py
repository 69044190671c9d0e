from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.data.imports.idx_files import read_idx_uploads
from mnist_core.data.imports.uploads import Upload
from mnist_core.errors import DatasetError


def idx(name: str, array: np.ndarray, *, packed: bool = False) -> Upload:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    data = header + array.astype(np.uint8).tobytes()
    return Upload(name=name, data=gzip.compress(data) if packed else data)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_pair_is_read_in_either_order(packed: bool, order: tuple[int, int], sample: Dataset):
    files = [idx("img", sample.test.images, packed=packed), idx("lab", sample.test.labels, packed=packed)]
    reading = read_idx_uploads([files[i] for i in order])
    assert np.array_equal(reading.images.images, sample.test.images)
    assert np.array_equal(reading.images.labels, sample.test.labels)
    assert reading.test is None
    assert reading.notes == ()


def test_four_files_keep_their_test_split(sample: Dataset):
    files = [
        idx("t10k-labels-idx1-ubyte", sample.test.labels),
        idx("train-images-idx3-ubyte", sample.train.images),
        idx("t10k-images-idx3-ubyte", sample.test.images),
        idx("train-labels-idx1-ubyte", sample.train.labels),
    ]
    reading = read_idx_uploads(files)
    assert np.array_equal(reading.images.labels, sample.train.labels)
    assert reading.test is not None
    assert np.array_equal(reading.test.images, sample.test.images)


IMAGES, LABELS = idx("a", np.full((3, 28, 28), 9)), idx("b", np.arange(3))


@pytest.mark.parametrize(
    ("uploads", "sentence"),
    [
        ([IMAGES], "come in pairs.*Received: a"),
        ([IMAGES, LABELS, LABELS], "come in pairs"),
        ([IMAGES, IMAGES], "are not a pair"),
        ([LABELS, idx("c", np.arange(3))], "b and c are not a pair"),
        ([idx("a", np.zeros((4, 28, 28))), LABELS], "a has 4 images but b has 3 labels"),
        ([IMAGES, idx("b", np.array([1, 10, 3]))], r"in b is not a digit. Expected 0 to 9. Received: 10 \(row 2\)"),
        ([IMAGES, LABELS, IMAGES, LABELS], "Expected t10k or test in the names of two"),
        ([idx("a", np.zeros((0, 28, 28))), idx("b", np.zeros(0))], "no images in a"),
        ([IMAGES, Upload(name="b", data=LABELS.data[:-1])], "b is cut off"),
    ],
)
def test_files_that_do_not_fit_are_refused_with_the_reason(uploads: list[Upload], sentence: str):
    with pytest.raises(DatasetError, match=sentence):
        read_idx_uploads(uploads)


def test_two_files_of_the_same_name_are_still_two_files(sample: Dataset):
    reading = read_idx_uploads([idx("file", sample.test.images), idx("file", sample.test.labels)])
    assert len(reading.images) == 1000
