"""Look inside: a knock-out, the server's time of each view, and what keeping the weights of epochs costs a training.

    MNIST_STUDIO_DATA=... python benchmarks/bench_inside.py [--recipe two-conv] [--pairs 5] [--only knock-out,views]

A knock-out is timed from the start to the end of the process that the dashboard starts for it, for every convolution
of the recipe. Views are the real pages, run by Streamlit's own test runner, warm. Keeping weights is measured in
pairs of trainings within this process, with and without it, in turn. The exit code is 1 if one of the limits is
exceeded.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.bench_evaluate import open_at, timed  # noqa: E402
from benchmarks.report import Figure, figure, report  # noqa: E402
from mnist_core.data.dataset import Dataset  # noqa: E402
from mnist_core.data.sources.catalogue import default_dataset_name, load_dataset  # noqa: E402
from mnist_core.files import write_arrays  # noqa: E402
from mnist_core.models.weights import weight_shapes  # noqa: E402
from mnist_core.network.muting import muteable_layers  # noqa: E402
from mnist_core.probing.helper.client import follow  # noqa: E402
from mnist_core.runs.epoch_weights import keep_epoch_weights  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402
from mnist_core.training.config import ExperimentConfig, config_from_recipe  # noqa: E402

KNOCK_OUT_LIMIT_SECONDS, VIEW_LIMIT_MS, KEEPING_LIMIT = 30.0, 200.0, 0.02
EPOCHS = 20
ROUNDS = 12
PARTS = ("knock-out", "views", "keeping")


def main() -> int:
    parser = argparse.ArgumentParser(description="Look inside: speed.")
    parser.add_argument("--recipe", default="two-conv")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--only", default=",".join(PARTS))
    options = parser.parse_args()
    os.chdir(ROOT)
    dataset, wanted = default_dataset_name(), options.only.split(",")
    figures: list[Figure] = []
    details: dict[str, Any] = {"recipe": options.recipe, "dataset": dataset}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MNIST_STUDIO_RUNS"] = folder
        store = RunStore(Path(folder))
        run_id = untrained_run(store, config_from_recipe(options.recipe, dataset=dataset, epochs=EPOCHS))
        if "knock-out" in wanted:
            details["knock_out"] = found = measure_knock_out(store, run_id)
            seconds = [item["seconds"] for item in found if item["filters"] <= 64]
            if seconds:
                limit = KNOCK_OUT_LIMIT_SECONDS
                figures.append(figure("Knock-out of a convolution", seconds, "s", at_most=limit, percentile=100))
        if "views" in wanted:
            figures += [
                figure(f"Look inside, {view}, p95", times, "ms", at_most=VIEW_LIMIT_MS, percentile=95)
                for view, times in measure_views(store, run_id).items()
            ]
        if "keeping" in wanted:
            details["keeping"] = kept = measure_keeping(store, options.recipe, dataset, options.pairs)
            lost = kept.pop("slowdowns")
            figures.append(figure("Share of its speed that keeping weights costs", lost, at_most=KEEPING_LIMIT))
    return report("inside", *figures, **details).shown()


def untrained_run(store: RunStore, config: ExperimentConfig) -> str:
    """A run that looks completed, with weights drawn at random after each of its epochs: their values take no time."""
    import numpy as np

    run_id, generator = store.create(config), np.random.default_rng(0)
    folder = store.folder(run_id)

    def drawn(name: str, shape: tuple[int, ...]) -> np.ndarray:
        values = generator.normal(0, float(np.prod(shape[:-1])) ** -0.5, shape).astype(np.float32)
        return np.square(values) if name.endswith("variance") else values

    for epoch in range(EPOCHS + 1):
        weights = {name: drawn(name, shape) for name, shape in weight_shapes(config.architecture).items()}
        keep_epoch_weights(folder, epoch, weights)
    (folder / "checkpoints").mkdir()
    meta = np.frombuffer(json.dumps({"epoch": EPOCHS}).encode(), np.uint8)
    named = {f"weight:{name.replace('/', '|')}": array for name, array in weights.items()}
    write_arrays(folder / "checkpoints" / "best.npz", {"meta": meta, **named})
    summary = {"parameters": 1, "epochs_done": EPOCHS, "best_epoch": EPOCHS}
    scaler = {"kind": config.scaling.value, "mean": 33.3, "std": 78.6}
    store.update(run_id, lambda document: document.update(status="completed", summary=summary, scaler=scaler))
    return run_id


def measure_knock_out(store: RunStore, run_id: str) -> list[dict[str, Any]]:
    """Seconds of the knock-out of every convolution, as the dashboard starts it."""
    found = []
    for layer in muteable_layers(store.get(run_id).config.architecture):
        if not layer.is_convolution:
            continue
        start = time.perf_counter()
        folder = store.folder(run_id)
        follow("knock_out", folder, layer.name, tell=lambda share, note: None, is_cancelled=lambda: False)
        found.append({"layer": layer.name, "filters": layer.n, "seconds": round(time.perf_counter() - start, 2)})
    return found


def measure_views(store: RunStore, run_id: str) -> dict[str, list[float]]:
    """Milliseconds of the server for a click in each view, after one round to warm up."""
    follow("probes", store.folder(run_id), tell=lambda share, note: None, is_cancelled=lambda: False)
    layer = next(
        item for item in reversed(muteable_layers(store.get(run_id).config.architecture)) if item.is_convolution
    )
    follow("knock_out", store.folder(run_id), layer.name, tell=lambda share, note: None, is_cancelled=lambda: False)
    app = open_at("inside", {})
    found: dict[str, list[float]] = {}
    for turn in range(ROUNDS + 1):
        for what, url in clicks(layer.name, turn):
            milliseconds = timed(app, url)
            while app.get("progress"):  # a map that is computed in the background
                time.sleep(0.1)
                timed(app, url)
            if turn > 0:
                found.setdefault(what, []).append(milliseconds)
    return found


def clicks(layer: str, turn: int) -> Iterator[tuple[str, dict[str, str]]]:
    yield "activations", {"view": "activations"}
    yield "a muted filter", {"view": "knock_out", "mute": layer, "muted": str(turn)}
    yield "change of the matrix", {"view": "knock_out", "mute": layer, "muted": str(turn), "changed": "matrix"}
    yield "the map of a layer", {"view": "representation", "image": f"test-{turn}"}
    yield "probes", {"view": "representation", "part": "probes"}
    yield "the film of a digit", {"view": "through_time", "image": "test-7", "after_epoch": str(1 + turn)}


def measure_keeping(store: RunStore, recipe: str, dataset: str, pairs: int) -> dict[str, Any]:
    """The slowdown of a training by keeping the weights of each epoch instead of its filters."""
    from mnist_core.training.trainer import Trainer

    data = load_dataset(dataset)
    limit = min(len(data.train), 12_000)  # short epochs, in which what happens once an epoch counts most
    config = ExperimentConfig.from_dict(
        {**config_from_recipe(recipe, dataset=dataset, epochs=3).to_dict(), "limit": limit}
    )
    trainer = Trainer(config, data, "float32")
    slowdowns, speeds = [], []
    for pair in range(pairs + 1):
        order: tuple[bool, bool] = (True, False) if pair % 2 else (False, True)
        speed = {is_kept: train(store, config, data, trainer, is_kept=is_kept) for is_kept in order}
        if pair:  # the first one warms up
            slowdowns.append(1 - speed[True] / speed[False])
            speeds.append({"with": round(speed[True]), "without": round(speed[False])})
    return {
        "images": limit,
        "images_per_second": speeds,
        "slowdowns": [round(slowdown, 4) for slowdown in slowdowns],
        "milliseconds_an_epoch": round(time_of_keeping(store, trainer), 2),
    }


def train(store: RunStore, config: ExperimentConfig, data: Dataset, trainer: Any, *, is_kept: bool) -> float:
    """Images per second of a training of three epochs into a run directory of its own."""
    from mnist_core.jobs.recorder import RunRecorder

    run_id = store.create(config)
    recorder = RunRecorder(store, run_id)
    recorder.set_validation(trainer.validation_rows, data.train.labels[trainer.validation_rows])
    with nothing_kept() if not is_kept else no_change():
        outcome = trainer.fit(recorder, None, store.get(run_id).adjustments)
    recorder.close()
    return float(outcome.images_per_second)


@contextmanager
def nothing_kept() -> Iterator[None]:
    """A recorder as it was before weights were kept: it stores the filters."""
    with patch("mnist_core.jobs.recorder.keep_epoch_weights", lambda *_: False):
        yield


@contextmanager
def no_change() -> Iterator[None]:
    yield


def time_of_keeping(store: RunStore, trainer: Any) -> float:
    """Median milliseconds of keeping one epoch."""
    weights = trainer.weights()
    run_id = store.run_ids()[0]
    found = []
    for epoch in range(1, 21):
        start = time.perf_counter()
        keep_epoch_weights(store.folder(run_id), epoch, weights)
        found.append(1000 * (time.perf_counter() - start))
    return statistics.median(found)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main())
