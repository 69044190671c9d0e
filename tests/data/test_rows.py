"""Which image stands for a class."""

from __future__ import annotations

import numpy as np

from mnist_core.data.rows import first_of_each


def test_each_label_has_its_first_place_and_an_empty_class_none() -> None:
    labels = np.array([7, 2, 2, 7, 0, 9, 2], np.uint8)
    found = first_of_each(labels)
    assert found.tolist() == [labels.tolist().index(label) for label in (0, 2, 7, 9)]
    assert found.dtype == np.int64
