from __future__ import annotations

import numpy as np

from dashboard.charts.comparison import ledger_figure
from mnist_core.evaluation.comparison import compare
from mnist_core.evaluation.predictions import Predictions


def test_fixed_goes_up_and_broken_down_for_each_label():
    labels = np.array([1, 1, 1, 4, 4, 7])
    first = Predictions.of_split(labels, np.eye(10)[[1, 2, 2, 4, 4, 1]])
    second = Predictions.of_split(labels, np.eye(10)[[1, 1, 1, 4, 9, 1]])
    fixed, broken = ledger_figure(compare(first, second)).data
    assert list(fixed.y) == [0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
    assert list(broken.y) == [0, 0, 0, 0, -1, 0, 0, 0, 0, 0]
    assert broken.meta["columns"]["Images"] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]  # of the download
    assert (fixed.name, broken.name) == ("Fixed: 2", "Broken: 1")
