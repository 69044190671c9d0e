"""The classes and what they look like."""

from __future__ import annotations

import numpy as np

from mnist_core.data.sources.catalogue import load_dataset
from tests.pages.finding import assert_sound, says
from tests.pages.opening import OpenPage


def test_a_balanced_set_is_said_to_be_balanced(open_page_at_rest: OpenPage) -> None:
    app = open_page_at_rest("explore", view="classes")
    assert_sound(app)
    train, test = (set(np.bincount(load_dataset("mnist-sample").split(name).labels)) for name in ("train", "test"))
    assert len(train) == len(test) == 1
    assert says(app, "Balanced", int(train.pop()), int(test.pop()))
