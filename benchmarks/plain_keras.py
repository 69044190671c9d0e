"""A recipe in plain Keras: numpy arrays into `fit`, nothing recorded. The reference for `bench_training.py`.

    python benchmarks/plain_keras.py two-conv --epochs 1 [--until 0.99]

prints one JSON object with `images_per_second` of `fit` alone. With `--one-step`, it is one step on random numbers, and
the `seconds` and `cpu_seconds` are those of the whole process until then. With `--until` it trains an epoch at a time
to that test accuracy; `cpu_seconds` (user and system) are those of `fit` alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mnist_core.processes import lower_priority

if __name__ == "__main__":
    lower_priority()  # as the worker does: on a busy machine the two would not be equal otherwise

import keras
import numpy as np
import psutil

from mnist_core.data.scaling import fit_scaler
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.models.build import build_model
from mnist_core.models.recipes import RECIPES, Recipe

Pair = tuple[np.ndarray, np.ndarray]
"""Inputs and targets."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a recipe in plain Keras.")
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--images", type=int, help="use the first N training images")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--one-step", action="store_true")
    parser.add_argument("--until", type=float, metavar="X", help="train to this test accuracy, from 0 to 1")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    recipe = RECIPES[options.recipe]
    keras.config.set_dtype_policy(options.precision)
    if options.one_step:
        print(json.dumps(one_step(recipe)))
        return
    dataset = load_dataset(options.dataset)
    train = dataset.train
    images, labels = train.images[: options.images], train.labels[: options.images]
    scaler = fit_scaler(recipe.scaling, images)
    inputs = scaler.apply(images)
    targets: np.ndarray = labels.astype("int32")
    if recipe.loss == "categorical_crossentropy":
        targets = keras.utils.to_categorical(labels, 10)
    model = compiled(recipe, options.seed)
    if options.until is not None:
        tested = (scaler.apply(dataset.test.images), dataset.test.labels)
        print(json.dumps(train_until(options, model, (inputs, targets), tested)))
        return
    start = time.perf_counter()
    model.fit(inputs, targets, batch_size=recipe.batch_size, epochs=options.epochs, verbose=0)
    seconds = time.perf_counter() - start
    print(json.dumps({"images_per_second": len(images) * options.epochs / seconds, "seconds": seconds}))


def train_until(options: argparse.Namespace, model: keras.Model, trained: Pair, tested: Pair) -> dict[str, float]:
    """Train an epoch at a time, to the accuracy that is asked for on the test images or for all epochs."""
    batch_size, seconds, accuracy = RECIPES[options.recipe].batch_size, 0.0, 0.0
    for epoch in range(1, options.epochs + 1):
        start = time.process_time()
        model.fit(*trained, batch_size=batch_size, verbose=0)
        seconds += time.process_time() - start
        predicted = model.predict(tested[0], batch_size=1000, verbose=0).argmax(axis=1)
        accuracy = float((predicted == tested[1]).mean())
        print(json.dumps({"epoch": epoch, "test_accuracy": accuracy, "cpu_seconds": seconds}), flush=True)
        if accuracy >= options.until:
            break
    return {"epochs": epoch, "test_accuracy": accuracy, "cpu_seconds": seconds}


def compiled(recipe: Recipe, seed: int = 0) -> keras.Model:
    """The network of a recipe, ready to train."""
    keras.utils.set_random_seed(seed)
    model = build_model(recipe.architecture)
    model.compile(optimizer=recipe.optimizer, loss=recipe.loss, metrics=["accuracy"])
    return model


def one_step(recipe: Recipe) -> dict[str, float]:
    """Seconds from the start of this process to the end of the first step, and its CPU seconds."""
    generator = np.random.default_rng(0)
    inputs = generator.random((recipe.batch_size, 28, 28, 1), dtype=np.float32)
    targets = generator.integers(0, 10, recipe.batch_size)
    if recipe.loss == "categorical_crossentropy":
        targets = keras.utils.to_categorical(targets, 10)
    compiled(recipe).fit(inputs, targets, batch_size=recipe.batch_size, verbose=0)
    process = psutil.Process()
    return {"seconds": time.time() - process.create_time(), "cpu_seconds": sum(process.cpu_times()[:2])}


if __name__ == "__main__":
    main()
