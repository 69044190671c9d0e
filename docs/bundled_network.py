"""Trains the network that comes with the product: `python docs/bundled_network.py`.

It trains on the full MNIST, as any other run does, in a temporary folder, rounds the weights of the best checkpoint to
half precision, scores exactly these on the test images, and writes `mnist_core/network/bundled.npz`. It takes about ten
minutes on two cores.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.files import write_arrays
from mnist_core.jobs import queue
from mnist_core.network.bundled import FILE, META
from mnist_core.network.scoring import scaler_of, score_images
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from tests.waiting import wait_until

DATASET = "mnist"
TRAINING_SECONDS = 7_200
CONFIG: ExperimentConfig = config_from_recipe(
    "lenet-5",
    dataset=DATASET,
    epochs=15,
    batch_size=128,
    learning_rate=0.002,
    schedule="cosine",
    # A person draws with a mouse: more turned, larger and smaller than those who filled in forms.
    augmentation={"rotation_degrees": 12.0, "scale_fraction": 0.1, "shear_degrees": 10.0, "shift_pixels": 1.0},
)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        run_id = store.create(CONFIG)
        queue.enqueue(store, run_id)
        wait_until(lambda: store.get(run_id).status.is_finished, seconds=TRAINING_SECONDS)
        run = store.get(run_id)
        if run.status is not RunStatus.COMPLETED:
            raise SystemExit(f"The training did not end well. Its status is {run.status}. {run.error or ''}")
        rounded = {name: array.astype(np.float16) for name, array in store.weights(run_id).items()}
        dataset = load_dataset(DATASET)
        probabilities = score_images(CONFIG.architecture, rounded, scaler_of(run), dataset.test.images)
        assert run.dataset is not None
        meta: dict[str, Any] = {
            "config": CONFIG.to_dict(),
            "scaler": scaler_of(run).to_dict(),
            "dataset": dataset.title,
            "train_images": run.dataset.train_images,
            "test_images": len(dataset.test),
            "epoch": run.best_epoch,
            "test_accuracy": float((probabilities.argmax(axis=1) == dataset.test.labels).mean()),
            "script": str(Path(__file__).relative_to(ROOT)),
        }
    text = np.frombuffer(json.dumps(meta, allow_nan=False).encode(), np.uint8)
    write_arrays(FILE, {META: text, **{name.replace("/", "|"): array for name, array in rounded.items()}})
    print(f"{meta['script']}: {FILE.stat().st_size / 1000:.0f} kB, test accuracy {meta['test_accuracy']:.2%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
