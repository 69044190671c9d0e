"""The classes and what they look like."""

from __future__ import annotations

import numpy as np

from mnist_core.data.sources.catalogue import load_dataset
from tests.pages.finding import assert_sound, says
from tests.pages.opening import OpenPage


def test_the_most_and_the_least_frequent_class_are_counted(open_page_at_rest: OpenPage) -> None:
    app = open_page_at_rest("explore", view="classes")
    assert_sound(app)
    labels = np.concatenate([load_dataset("mnist-sample").split(name).labels for name in ("train", "test")])
    counts = np.bincount(labels)
    assert says(app, int(counts.argmax()), int(counts.max()), int(counts.argmin()), int(counts.min()))
