"""What a training will cost stands before it is started."""

from __future__ import annotations

import json
from pathlib import Path

from mnist_core.training.measurement import measurement_path, prices_folder
from tests.pages.finding import figures, says
from tests.pages.opening import OpenPage
from tests.views.design.drafts import TWO_CONV


def test_a_measured_price_stands_beside_start(open_page: OpenPage, runs_folder: Path) -> None:
    folder = prices_folder(runs_folder)
    folder.mkdir(parents=True)
    document = {
        "schema": 1,
        "batch_seconds": {"float32": 0.1},
        "validation_seconds": 0.0001,
        "start_seconds": 5.0,
        "peak_bytes": 700_000_000,
        "layer_shares": {"conv_2": 0.75, "output": 0.25},
        "is_disturbed": False,
    }
    measurement_path(folder, TWO_CONV).write_text(json.dumps(document))
    app = open_page("design")
    epoch, total, memory, costliest = figures(app.get_by_key("design.price_figures"))
    assert epoch == "2.9 s"  # 29 batches of 128 and 400 images to validate
    assert total == "64 s"
    assert memory == "728 MB"
    assert ("conv_2" in costliest, "75%" in costliest) == (True, True)
    assert says(app, 421_642, 20, "64 s")  # the line beside Start: parameters, epochs, seconds
