"""Loads an exported file in the program that it is meant for. Only for the process that exports.

The file was written by this very process a moment ago; files from elsewhere are never loaded like this.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnist_core.models.architecture import Architecture
from mnist_core.network.operations import Array


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A loaded file.

    Attributes:
        runtime: the program and its version.
        answer: class probabilities, float32 (N, 10), of inputs float32 (N, 28, 28, 1).
    """

    runtime: str
    answer: Callable[[Array], Array]


Load = Callable[[Path, Architecture], Loaded]


def _keras(path: Path, architecture: Architecture) -> Loaded:
    import keras

    return _of_keras(keras.saving.load_model(path, compile=False))


def _weights(path: Path, architecture: Architecture) -> Loaded:
    from mnist_core.models.build import build_model

    model = build_model(architecture)
    model.load_weights(path)
    return _of_keras(model)


def _of_keras(model: Any) -> Loaded:
    import keras

    return Loaded(runtime=f"Keras {keras.__version__}", answer=lambda inputs: np.asarray(model(inputs, training=False)))


def _saved_model(path: Path, architecture: Architecture) -> Loaded:
    import tensorflow as tf

    folder = path.with_name("unpacked")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    loaded = tf.saved_model.load(str(next(folder.iterdir())))
    return Loaded(
        runtime=f"TensorFlow {tf.__version__}", answer=lambda inputs: np.asarray(loaded.serve(tf.constant(inputs)))
    )


def _tflite(path: Path, architecture: Architecture) -> Loaded:
    runtime, interpreter_class = _interpreter()
    interpreter = interpreter_class(model_path=str(path))
    interpreter.allocate_tensors()
    (given,), (returned,) = interpreter.get_input_details(), interpreter.get_output_details()

    def answer(inputs: Array) -> Array:
        rows = []
        for row in inputs:  # it takes one digit at a time
            interpreter.set_tensor(given["index"], row[np.newaxis])
            interpreter.invoke()
            rows.append(interpreter.get_tensor(returned["index"])[0])
        return np.stack(rows)

    return Loaded(runtime=runtime, answer=answer)


def _interpreter() -> tuple[str, Any]:
    """LiteRT, or what TensorFlow has of it if it is not installed by itself."""
    from importlib.metadata import version

    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow as tf

        return f"TensorFlow Lite {tf.__version__}", tf.lite.Interpreter
    return f"LiteRT {version('ai-edge-litert')}", Interpreter


def _onnx(path: Path, architecture: Architecture) -> Loaded:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return Loaded(
        runtime=f"ONNX Runtime {onnxruntime.__version__}", answer=lambda inputs: session.run(None, {name: inputs})[0]
    )


RUNTIMES: Mapping[str, Load] = {
    "keras": _keras,
    "weights": _weights,
    "savedmodel": _saved_model,
    "tflite": _tflite,
    "tflite-int8": _tflite,
    "onnx": _onnx,
}
