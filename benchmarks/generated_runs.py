"""Run directories as ten thousand trainings would leave them, made in seconds: no network is trained.

    python benchmarks/generated_runs.py FOLDER [--runs 10000]

Settings, scores and names vary as in a search over recipes, learning rates, batch sizes and seeds. Each has `run.json`
and a journal with the epochs; there are no predictions and no weights.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mnist_core.training.config import config_from_recipe  # noqa: E402

RECIPES = ("two-conv", "lenet-5", "dropout-cnn", "softmax-regression", "deep-mlp", "three-conv")
DATASETS = (("mnist", "a" * 64, 10_000), ("mnist-sample", "b" * 64, 1000), ("fashion-mnist", "c" * 64, 10_000))
TAGS = ("best", "baseline", "wide", "check again", "for the talk")
START = 1_760_000_000
MINUTE = 60


def generate(folder: Path, n_runs: int, *, seed: int = 0) -> None:
    """Write `n_runs` run directories into `folder`, which need not exist."""
    chance = random.Random(seed)
    configs = {name: config_from_recipe(name, dataset="mnist").to_dict() for name in RECIPES}
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(n_runs):
        document, events = _run(chance, configs, number)
        run = folder / document["run_id"]
        run.mkdir()
        (run / "run.json").write_text(json.dumps(document, indent=1))
        (run / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))


def _run(chance: random.Random, configs: dict[str, Any], number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    recipe, (dataset, sha256, n_test) = chance.choice(RECIPES), chance.choices(DATASETS, (6, 3, 1))[0]
    base = configs[recipe]
    training = base["training"] | {
        "epochs": chance.choice((3, 5, 10, 20)),
        "batch_size": chance.choice((32, 64, 128, 256)),
        "learning_rate": chance.choice((0.0003, 0.001, 0.003, round(10 ** chance.uniform(-4, -1), 5))),
        "seed": chance.randrange(5),
    }
    created = START + number * MINUTE
    run_id = time.strftime("%Y%m%d-%H%M%S-", time.gmtime(created)) + f"{number % 16**6:06x}"
    status = chance.choices(("completed", "stopped", "failed", "interrupted"), (90, 5, 3, 2))[0]
    curve = _curve(chance, training["epochs"] if status == "completed" else chance.randrange(training["epochs"]))
    best = max(range(len(curve)), key=curve.__getitem__) + 1 if curve else None
    accuracy = curve[best - 1] if best else None
    test = round((accuracy or 0) * n_test * chance.uniform(0.995, 1.0)) / n_test if status == "completed" else None
    document = {
        "schema": 1,
        "run_id": run_id,
        "name": f"Attempt {number}" if chance.random() < 0.3 else "",
        "status": status,
        "created_at": created,
        "finished_at": created + 50,
        "attempt": 1,
        "config": {**base, "dataset": dataset, "training": training},
        "dataset": {"name": dataset, "sha256": sha256, "train_images": 9 * n_test // 2,
                    "validation_images": n_test // 2, "test_images": n_test},
        "summary": {"parameters": 100_000 + RECIPES.index(recipe), "epochs_done": len(curve), "best_epoch": best,
                    "validation_accuracy": accuracy, "validation_loss": 1 - accuracy if accuracy else None,
                    "test_accuracy": test, "test_loss": 1 - test if test else None,
                    "train_seconds": chance.uniform(10, 900), "images_per_second": chance.uniform(500, 9000)},
        "error": None,
        "tags": chance.sample(TAGS, chance.choice((0, 0, 0, 1, 2))),
        "starred": chance.random() < 0.02,
    }  # fmt: skip
    return document, [_event(created, place, value) for place, value in enumerate(curve, start=1)]


def _curve(chance: random.Random, epochs: int) -> list[float]:
    top, speed = chance.uniform(0.95, 0.995), chance.uniform(0.3, 2)
    return [round(top - 0.3 * 2.0 ** (-speed * epoch) + chance.uniform(-0.002, 0.002), 4) for epoch in range(epochs)]


def _event(created: float, epoch: int, accuracy: float) -> dict[str, Any]:
    return {
        "seq": epoch, "event": "epoch", "time": created + epoch, "epoch": epoch, "loss": 1 - accuracy,
        "accuracy": accuracy, "val_loss": 1 - accuracy, "val_accuracy": accuracy, "learning_rate": 0.001,
        "seconds": 1.0, "images_per_second": 1000.0,
    }  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Generated run directories.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=10_000)
    options = parser.parse_args()
    generate(options.folder, options.runs)
