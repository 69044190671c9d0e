"""Small `.keras` files, written by hand with json, h5py and zipfile: what an attacker has too."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

FLOAT32 = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}


def layer(class_name: str, name: str, **config: Any) -> dict[str, Any]:
    """A layer as Keras 3.15 describes it."""
    return {
        "module": "keras.layers",
        "class_name": class_name,
        "config": {"name": name, "trainable": True, "dtype": FLOAT32, **config},
        "registered_name": None,
    }


def conv(name: str = "conv2d", filters: int = 3, **config: Any) -> dict[str, Any]:
    settings = {"filters": filters, "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid", "groups": 1,
                "data_format": "channels_last", "dilation_rate": [1, 1], "activation": "relu", "use_bias": True,
                "kernel_initializer": {"class_name": "GlorotUniform"}, "kernel_regularizer": None}  # fmt: skip
    return layer("Conv2D", name, **{**settings, **config})


def dense(name: str = "dense", units: int = 10, **config: Any) -> dict[str, Any]:
    return layer("Dense", name, **{"units": units, "activation": "softmax", "use_bias": True, **config})


def input_layer(*shape: int) -> dict[str, Any]:
    sides = shape or (28, 28, 1)
    return layer("InputLayer", "input", batch_shape=[None, *sides], sparse=False, ragged=False)


def pool() -> dict[str, Any]:
    return layer("MaxPooling2D", "pool", pool_size=[2, 2], strides=[2, 2], padding="valid", data_format="channels_last")


def flatten() -> dict[str, Any]:
    return layer("Flatten", "flatten", data_format="channels_last")


def scaled() -> dict[str, Any]:
    return layer("Rescaling", "rescaling", scale=1 / 255, offset=0.0)


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "sequential", "trainable": True, "dtype": FLOAT32, "layers": list(layers)},
        "registered_name": None,
        "compile_config": {"optimizer": "adam", "loss": {"class_name": "function", "config": "whatever"}},
    }


def plain() -> dict[str, Any]:
    """A small convolutional network that is accepted."""
    return sequential(input_layer(), scaled(), conv(), pool(), flatten(), dense())


def plain_weights(filters: int = 3) -> dict[str, np.ndarray]:
    """Weights of `plain` by their paths."""
    rng = np.random.default_rng(0)
    shapes = {
        "layers/conv2d/vars/0": (3, 3, 1, filters), "layers/conv2d/vars/1": (filters,),
        "layers/dense/vars/0": (13 * 13 * filters, 10), "layers/dense/vars/1": (10,),
    }  # fmt: skip
    return {path: rng.normal(0, 0.1, shape).astype(np.float32) for path, shape in shapes.items()}


def hdf5(arrays: dict[str, np.ndarray], change: Callable[[h5py.File], None] = lambda file: None) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for path, value in arrays.items():
            file[path] = value
        change(file)
    return buffer.getvalue()


def keras_file(
    path: Path, config: Any = None, weights: bytes | None = None, *, more: dict[str, bytes] | None = None
) -> Path:
    """A `.keras` file; by default one that is accepted."""
    content = config if isinstance(config, bytes) else json.dumps(plain() if config is None else config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", content)
        archive.writestr("model.weights.h5", hdf5(plain_weights()) if weights is None else weights)
        for name, value in (more or {}).items():
            archive.writestr(name, value)
    return path
