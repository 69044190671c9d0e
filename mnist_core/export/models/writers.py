"""Writes a Keras model in every format. Loads TensorFlow: only for the process that exports."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mnist_core.network.operations import Array

SAVED_MODEL = "saved_model"
"""The folder in a zip of a SavedModel."""

Write = Callable[[keras.Model, Path, Array], None]
"""Writes a model; the last argument are inputs, float32 (N, 28, 28, 1), that show the range of its values."""


def _keras(model: keras.Model, path: Path, samples: Array) -> None:
    model.save(path)


def _weights(model: keras.Model, path: Path, samples: Array) -> None:
    model.save_weights(path)


def _saved_model(model: keras.Model, path: Path, samples: Array) -> None:
    folder = _saved(model, path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, f"{SAVED_MODEL}/{file.relative_to(folder)}")


def _tflite(model: keras.Model, path: Path, samples: Array) -> None:
    path.write_bytes(_converter(model, path).convert())


def _tflite_int8(model: keras.Model, path: Path, samples: Array) -> None:
    import tensorflow as tf

    def digits() -> Iterator[list[Array]]:
        yield from ([sample[np.newaxis]] for sample in samples)

    converter = _converter(model, path)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = digits
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    path.write_bytes(converter.convert())


def _onnx(model: keras.Model, path: Path, samples: Array) -> None:
    model(samples[:1], training=False)  # Keras asks that a model was called once
    model.export(str(path), format="onnx", verbose=False)


def _saved(model: keras.Model, path: Path) -> Path:
    folder = path.with_name(SAVED_MODEL)
    model.export(folder, verbose=False)
    return folder


def _converter(model: keras.Model, path: Path) -> Any:
    import tensorflow as tf

    return tf.lite.TFLiteConverter.from_saved_model(str(_saved(model, path)))


WRITERS: Mapping[str, Write] = {
    "keras": _keras,
    "weights": _weights,
    "savedmodel": _saved_model,
    "tflite": _tflite,
    "tflite-int8": _tflite_int8,
    "onnx": _onnx,
}

CONVERTED = frozenset(("savedmodel", "tflite", "tflite-int8", "onnx"))
"""Formats that Keras does not read again."""
