"""The cost of recording: images per second of the worker against plain Keras, in pairs within one run.

    python benchmarks/bench_training.py [--recipe two-conv] [--pairs 3] [--epochs 1]

Both train on the same number of images. The worker's time holds all it writes while training (progress, predictions,
filters, checkpoints); validation and test scoring, which plain Keras does not do, are left out of it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mnist_core.data.sources.catalogue import default_dataset_name
from mnist_core.environment import child_environment


def main() -> None:
    parser = argparse.ArgumentParser(description="Worker against plain Keras.")
    parser.add_argument("--recipe", default="two-conv")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=1)
    options = parser.parse_args()
    dataset = default_dataset_name()
    ratios = []
    for pair in range(options.pairs):
        # Alternate the order, so that a machine that slows down favours neither.
        order = (worker, plain) if pair % 2 == 0 else (plain, worker)
        found = {measure.__name__: measure(options.recipe, dataset, options.epochs) for measure in order}
        ratios.append(found["worker"] / found["plain"])
        print(
            f"pair {pair + 1}: worker {found['worker']:,.0f}, plain Keras {found['plain']:,.0f} images/s, "
            f"ratio {ratios[-1]:.3f}",
            flush=True,
        )
    print(f"{options.recipe} on {dataset}: median ratio {statistics.median(ratios):.3f} (expected at least 0.95)")


def worker(recipe: str, dataset: str, epochs: int) -> float:
    """Images per second of `python -m mnist_core train`."""
    with tempfile.TemporaryDirectory() as runs:
        command = [
            "-m",
            "mnist_core",
            "train",
            "--recipe",
            recipe,
            "--dataset",
            dataset,
            "--epochs",
            str(epochs),
            "--json",
        ]
        run = _json([*command, "--precision", "float32"], {"MNIST_STUDIO_RUNS": runs})
    return float(run["summary"]["images_per_second"])


def plain(recipe: str, dataset: str, epochs: int) -> float:
    """Images per second of plain Keras `fit`."""
    script = str(ROOT / "benchmarks" / "plain_keras.py")
    images = str(int(0.9 * (60_000 if dataset == "mnist" else 4_000)))
    command = [script, recipe, "--dataset", dataset, "--epochs", str(epochs), "--images", images]
    return float(_json(command, {})["images_per_second"])


def _json(arguments: list[str], extra: dict[str, str]) -> dict:
    environment = {**child_environment(), **extra}
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
