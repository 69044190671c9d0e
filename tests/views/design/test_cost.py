"""What a training will cost stands before it is started."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from mnist_core.designs.links import config_to_link
from mnist_core.runs.store import RunStore
from mnist_core.training.measurement import SCHEMA, measurement_path, prices_folder
from tests.finished_runs import finished_run
from tests.pages.finding import figures, says
from tests.pages.opening import OpenPage
from tests.views.design.drafts import TWO_CONV

MEASURED = {
    "schema": SCHEMA,
    "batch_seconds": {"float32": 0.1},
    "validation_seconds": 0.0001,
    "start_seconds": 5.0,
    "peak_bytes": 700_000_000,
    "layer_shares": {"conv_2": 0.75, "output": 0.25},
    "is_disturbed": False,
}


def test_a_measured_price_stands_beside_start(open_page: OpenPage, runs_folder: Path) -> None:
    folder = prices_folder(runs_folder)
    folder.mkdir(parents=True)
    measurement_path(folder, TWO_CONV).write_text(json.dumps(MEASURED))
    app = open_page("design")
    epoch, total, memory, heaviest, slowest = figures(app.get_by_key("design.price_figures"))
    assert epoch == "2.9 s"  # 29 batches of 128 and 400 images to validate
    assert total == "64 s"
    assert memory == "703 MB"  # 700 MB and 4,000 images of 784 bytes
    assert ("conv_2" in slowest, "75.00%" in slowest) == (True, True)
    share = max(row.multiply_adds for row in TWO_CONV.architecture.rows) / TWO_CONV.architecture.multiply_adds
    assert f"{share:.2%}" in heaviest
    assert says(app, 421_642, 20, "64 s")  # the line beside Start: parameters, epochs, seconds


def test_a_benchmark_does_not_change_what_a_figure_means(open_page: OpenPage, runs_folder: Path) -> None:
    before = open_page("design").get_by_key("design.price_figures").get("metric")
    folder = prices_folder(runs_folder)
    folder.mkdir(parents=True, exist_ok=True)
    measurement_path(folder, TWO_CONV).write_text(json.dumps(MEASURED))
    metrics = open_page("design").get_by_key("design.price_figures").get("metric")
    after = {metric.label: metric.value for metric in metrics}
    assert before[3].value == after[before[3].label]
    assert len(after) == len(before) + 1


def test_a_design_that_was_just_run_has_a_time(open_page: OpenPage, runs_folder: Path, sample_only: None) -> None:
    """Without any benchmark, from the times between the ends of its epochs."""
    store = RunStore(runs_folder)
    run_id = finished_run(store, name="Last one", epochs=3)
    journal = store.folder(run_id) / "events.jsonl"
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    for event in events:
        if event["event"] == "epoch":
            event.update(time=100 + 4.0 * event["epoch"], seconds=3.5)
    journal.write_text("".join(json.dumps(event) + "\n" for event in events))
    config = store.get(run_id).config
    longer = replace(config, training=replace(config.training, epochs=10))
    app = open_page("design", design=config_to_link(longer))
    assert figures(app.get_by_key("design.price_figures"))[:2] == ["4.0 s", "40 s"]
    assert says(app.get_by_key("design.price_source"), "Last one", 2)  # whose epochs, and how many were timed
