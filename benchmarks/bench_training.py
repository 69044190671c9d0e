"""The cost of recording: images per second of the worker against plain Keras, in pairs within one run.

    python benchmarks/bench_training.py [--recipes two-conv,lenet-5 | all] [--pairs 3] [--epochs 1] [--limit N]

Both train on the same number of images in float32 with oneDNN. The worker's time holds all it writes (progress,
predictions, filters, checkpoints); validation and test scoring, which plain Keras does not do, are left out of it. With
`--auto`, the worker chooses the precision itself and is compared with plain Keras in both, of which the faster counts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.report import figure, report
from benchmarks.timed_runs import ONEDNN, run_timed
from mnist_core.data.sources.catalogue import default_dataset_name, list_datasets
from mnist_core.environment import child_environment
from mnist_core.models.recipes import RECIPES

EXPECTED = 1.0
VALIDATED = 0.1
"""As the worker computes, so that the ratio is that of recording alone."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Worker against plain Keras.")
    parser.add_argument("--recipes", default="two-conv")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--limit", type=int, help="train on only this many images, a tenth of which validates")
    parser.add_argument("--auto", action="store_true")
    options = parser.parse_args()
    names = tuple(RECIPES) if options.recipes == "all" else tuple(options.recipes.split(","))
    figures = [
        figure(f"Images per second of {name}, to plain Keras", ratios(name, options), at_least=EXPECTED)
        for name in names
    ]
    return report("training", *figures, precision="auto" if options.auto else "float32").shown()


def ratios(recipe: str, options: argparse.Namespace) -> list[float]:
    """Images per second of the worker to those of plain Keras, one for each pair."""
    found = []
    for pair in range(options.pairs):
        # Alternate the order, so that a machine that slows down favours neither.
        order = (worker, plain) if pair % 2 == 0 else (plain, worker)
        rates = {measure: measure(recipe, options) for measure in order}
        found.append(rates[worker] / rates[plain])
        print(
            f"{recipe}, pair {pair + 1}: worker {rates[worker]:,.0f}, plain Keras {rates[plain]:,.0f} images/s, "
            f"ratio {found[-1]:.3f}",
            flush=True,
        )
    return found


def worker(recipe: str, options: argparse.Namespace) -> float:
    """Images per second of `python -m mnist_core train`."""
    with tempfile.TemporaryDirectory() as runs:
        command = ["-m", "mnist_core", "train", "--recipe", recipe, "--dataset", default_dataset_name(), "--json"]
        command += ["--epochs", str(options.epochs), "--precision", "auto" if options.auto else "float32"]
        command += ["--limit", str(options.limit)] if options.limit else []
        run = _json(command, {"MNIST_STUDIO_RUNS": runs})
    return float(run["summary"]["images_per_second"])


def plain(recipe: str, options: argparse.Namespace) -> float:
    """Images per second of plain Keras `fit`, in the faster precision if there is a choice."""
    script = str(ROOT / "benchmarks" / "plain_keras.py")
    command = [script, recipe, "--dataset", default_dataset_name(), "--epochs", str(options.epochs)]
    command += ["--images", str(round((1 - VALIDATED) * (options.limit or n_images())))]
    precisions = ("float32", "mixed_bfloat16") if options.auto else ("float32",)
    return max(float(run_timed(*command, "--precision", name, **ONEDNN)[0]["images_per_second"]) for name in precisions)


def n_images() -> int:
    """Training images of the data set, those that validate among them."""
    return next(found.train_images for found in list_datasets() if found.name == default_dataset_name())


def _json(arguments: list[str], extra: dict[str, str]) -> dict[str, Any]:
    environment = {**child_environment(), **extra}
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main())
