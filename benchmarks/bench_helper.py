"""The helper: how long attribution takes through it, against a bare loop in Keras, and what it costs a training.

    MNIST_STUDIO_DATA=... python benchmarks/bench_helper.py [--recipe two-conv] [--digits 12] [--pairs 4]

The bare loop is a process with the model and a `GradientTape`, which computes the same four maps for the same digits
with as many threads, and nothing around them. Then trainings run in pairs, one with the helper idle and one while it
computes feature pictures without a pause. The exit code is 1 if the helper is slower than 500 ms a digit, or a
training loses more than 5%.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from benchmarks.report import figure, report  # noqa: E402
from mnist_core.data.sources.catalogue import default_dataset_name, load_dataset  # noqa: E402
from mnist_core.environment import child_environment  # noqa: E402
from mnist_core.errors import RunError  # noqa: E402
from mnist_core.probing.attribution import QUESTION, asked_attribution, read_attribution  # noqa: E402
from mnist_core.probing.feature_pictures import (  # noqa: E402
    PICTURES,
    PictureSettings,
    asked_pictures,
    pictured_layers,
    read_pictures,
)
from mnist_core.probing.helper.answers import ask  # noqa: E402
from mnist_core.probing.helper.client import few_threads, helper  # noqa: E402
from mnist_core.probing.helper.messages import What  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402

LIMIT_MS, TRAINING_LIMIT = 500.0, 0.05
STEPS, PATCH, STRIDE = 64, 5, 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="two-conv")
    parser.add_argument("--digits", type=int, default=12)
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--bare", type=Path, help="run the bare loop on this run directory (used by the script itself)")
    options = parser.parse_args()
    if options.bare is not None:
        print(json.dumps(bare_loop(options.bare, options.digits)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MNIST_STUDIO_RUNS"] = folder
        store = RunStore(Path(folder))
        run_id = trained(store, options.recipe)["run_id"]
        latencies = measure_latencies(store, run_id, options.digits)
        command = [sys.executable, __file__, "--bare", str(store.folder(run_id)), "--digits", str(options.digits)]
        bare = json.loads(
            subprocess.run(
                command, env=child_environment(**few_threads()), capture_output=True, text=True, check=True
            ).stdout
        )
        rates = measure_trainings(store, run_id, options.recipe, options.pairs)
        helper().close()
    lost = [1 - busy / idle for idle, busy in rates]
    return report(
        "helper",
        figure("Attribution of a digit", latencies["warm_ms"], "ms", at_most=LIMIT_MS),
        figure("The same, to a bare loop in Keras", latencies["warm_ms"] / bare["ms"]),
        figure("Share of its speed that a training loses to a busy helper", lost, at_most=TRAINING_LIMIT),
        recipe=options.recipe,
        **latencies,
    ).shown()


def trained(store: RunStore, recipe: str) -> dict:
    """`run.json` of a run of one epoch."""
    command = [sys.executable, "-m", "mnist_core", "train", "--recipe", recipe, "--epochs", "1", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=child_environment(), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measure_latencies(store: RunStore, run_id: str, n: int) -> dict[str, float]:
    """Milliseconds: from a cold start, warm, with random weights, and of an answer that is stored."""
    digits = load_dataset(default_dataset_name()).test.images

    def timed(row: int, seed: int | None = None) -> float:
        began = time.perf_counter()
        ask(store, run_id, QUESTION, asked_attribution(digits[row], 3, 8, seed=seed), read_attribution)
        return 1000 * (time.perf_counter() - began)

    cold = timed(0)
    timed(0, seed=0)
    warm = [timed(row) for row in range(1, n + 1)]
    random = [timed(row, seed=0) for row in range(1, n + 1)]
    stored = [timed(row) for row in range(1, n + 1)]
    return {
        "cold_ms": round(cold),
        "warm_ms": round(statistics.median(warm)),
        "warm_slowest_ms": round(max(warm)),
        "random_ms": round(statistics.median(random)),
        "stored_ms": round(statistics.median(stored), 1),
    }


def measure_trainings(store: RunStore, run_id: str, recipe: str, pairs: int) -> list[tuple[float, float]]:
    """Images per second of trainings with the helper idle and busy, in pairs."""
    rates = []
    for pair in range(pairs):
        found = {}
        for is_busy in (False, True) if pair % 2 == 0 else (True, False):
            over = threading.Event()
            thread = threading.Thread(target=keep_busy, args=(store, run_id, over, 1000 * pair))
            if is_busy:
                thread.start()
            found[is_busy] = trained(store, recipe)["summary"]["images_per_second"]
            over.set()
            if is_busy:
                thread.join()
            print(f"{'busy' if is_busy else 'idle'}: {found[is_busy]:,.0f} images/s", file=sys.stderr)
        rates.append((found[False], found[True]))
    return rates


def keep_busy(store: RunStore, run_id: str, over: threading.Event, seed: int) -> None:
    """Ask for feature pictures, each time with another seed, until it is over."""
    row = pictured_layers(store.get(run_id).config.architecture)[0]
    while not over.is_set():
        seed += 1
        asked = asked_pictures(row.name, range(min(32, row.output_shape[-1])), PictureSettings(seed=seed))
        try:
            ask(store, run_id, PICTURES, asked, read_pictures, what=What.PICTURES, is_cancelled=over.is_set)
        except RunError:
            return


def bare_loop(folder: Path, n: int) -> dict[str, float]:
    """Milliseconds a digit for the same four maps, with nothing but Keras."""
    import keras
    import tensorflow as tf

    from mnist_core.models.build import build_model

    store = RunStore(folder.parent)
    run = store.get(folder.name)
    model = build_model(run.config.architecture)
    weights = store.weights(folder.name)
    for variable in model.weights:
        variable.assign(weights["/".join(variable.path.split("/")[-2:])])
    model.get_layer("output").activation = keras.activations.linear
    last = [row.name for row in run.config.architecture.rows if row.kind in ("conv", "separable_conv", "residual")][-1]
    both = keras.Model(model.inputs, [model.get_layer(last).output, model.output])
    assert run.scaler is not None
    digits = run.scaler.apply(load_dataset(default_dataset_name()).test.images[: n + 1])

    def gradient(inputs):
        inputs = tf.constant(inputs)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            logits = model(inputs)
            total = tf.reduce_sum(logits[:, 3] - logits[:, 8])
        return tape.gradient(total, inputs).numpy()

    def maps(digit):
        gradient(digit)
        shares = (np.arange(STEPS, dtype=np.float32).reshape(-1, 1, 1, 1) + 0.5) / STEPS
        (gradient(shares * digit).mean(axis=0) * digit).sum()
        with tf.GradientTape() as tape:
            features, logits = both([tf.constant(digit)])
            score = logits[0, 3] - logits[0, 8]
        tape.gradient(score, features).numpy()
        covered = [digit[0].copy() for _ in range(16 * 16)]
        for i, image in enumerate(covered):
            row, column = STRIDE * (i // 16) - 4, STRIDE * (i % 16) - 4
            image[max(0, row) : row + PATCH, max(0, column) : column + PATCH] = 0
        model(np.stack(covered)).numpy()

    maps(digits[:1])
    times = []
    for i in range(1, n + 1):
        began = time.perf_counter()
        maps(digits[i : i + 1])
        times.append(1000 * (time.perf_counter() - began))
    return {"ms": statistics.median(times)}


if __name__ == "__main__":
    sys.exit(main())
