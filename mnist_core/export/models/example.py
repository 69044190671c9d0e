"""A few lines of Python that use an exported model, for whoever gets the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.export.script_network import network_lines
from mnist_core.models.architecture import Architecture

DIGITS_FILE = "digits.npy"

KERAS_BACKEND = "import keras  # pip install keras tensorflow"
ANSWER = "probabilities = np.asarray(model(inputs))  # (N, 10)"


def example(name: str, file: str, architecture: Architecture, scaler: Scaler, *, has_scaling: bool) -> str:
    """Code that reads digits, asks the model and prints the predicted labels.

    Args:
        name: of the format.
        file: name of the exported file.
        has_scaling: whether the model scales the pixels itself.
    """
    imports, uses = _EXAMPLES[name](repr(file), architecture)
    is_scaled_inside = has_scaling and name != "weights"
    lines = [
        *imports,
        "import numpy as np",
        "",
        f'digits = np.load("{DIGITS_FILE}")  # your digits: uint8 (N, 28, 28), from 0 for background to 255 for ink',
        *(_PIXELS if is_scaled_inside else _scaled(scaler)),
        *uses,
        "print(probabilities.argmax(axis=1))",
    ]
    return "\n".join(lines) + "\n"


_PIXELS = ('inputs = digits[..., None].astype("float32")  # the model scales them itself',)


def _scaled(scaler: Scaler) -> Iterator[str]:
    match scaler.kind:
        case Scaling.UNIT:
            yield 'inputs = digits[..., None].astype("float32") / 255'
        case Scaling.STANDARDISED:
            yield f'inputs = (digits[..., None].astype("float32") - {scaler.mean:.6f}) / {scaler.std:.6f}'
        case Scaling.L2_ROWS:
            yield 'lengths = np.sqrt((digits.astype("float32") ** 2).sum(axis=1, keepdims=True))'
            yield "inputs = (digits / np.maximum(lengths, 1)).astype(np.float32)[..., None]"


Parts = tuple[list[str], list[str]]
"""The imports beside numpy, and the lines from `inputs` to `probabilities`."""


def _keras(file: str, architecture: Architecture) -> Parts:
    return [KERAS_BACKEND], [f"model = keras.saving.load_model({file})", ANSWER]


def _weights(file: str, architecture: Architecture) -> Parts:
    network = [line.replace("inputs", "pixels") for line in network_lines(architecture)]
    build = ["model = keras.Model(pixels, outputs)", f"model.load_weights({file})"]
    return [KERAS_BACKEND, "from keras import layers"], [*network, *build, ANSWER]


def _saved_model(file: str, architecture: Architecture) -> Parts:
    return ["import zipfile", "import tensorflow as tf  # pip install tensorflow"], [
        f'zipfile.ZipFile({file}).extractall(".")',
        'model = tf.saved_model.load("saved_model")',
        "probabilities = model.serve(inputs).numpy()  # (N, 10)",
    ]


def _tflite(file: str, architecture: Architecture) -> Parts:
    return ["from ai_edge_litert.interpreter import Interpreter  # pip install ai-edge-litert"], [
        f"model = Interpreter({file})",
        "model.allocate_tensors()",
        'given, returned = model.get_input_details()[0]["index"], model.get_output_details()[0]["index"]',
        "probabilities = np.empty((len(inputs), 10))",
        "for i in range(len(inputs)):  # one digit at a time",
        "    model.set_tensor(given, inputs[i : i + 1])",
        "    model.invoke()",
        "    probabilities[i] = model.get_tensor(returned)[0]",
    ]


def _onnx(file: str, architecture: Architecture) -> Parts:
    return ["import onnxruntime  # pip install onnxruntime"], [
        f"model = onnxruntime.InferenceSession({file})",
        "probabilities = model.run(None, {model.get_inputs()[0].name: inputs})[0]  # (N, 10)",
    ]


_EXAMPLES: Mapping[str, Callable[[str, Architecture], Parts]] = {
    "keras": _keras,
    "weights": _weights,
    "savedmodel": _saved_model,
    "tflite": _tflite,
    "tflite-int8": _tflite,
    "onnx": _onnx,
}
