"""The networks of several runs as Keras models, in memory within a bound. Loads TensorFlow: only for the helper."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_core.data.dataset import UInt8Array
from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.errors import ConfigError
from mnist_core.models.architecture import BYTES_PER_NUMBER, Architecture
from mnist_core.models.loading import load_keras
from mnist_core.network.digest import best_weights_sha256, weights_sha256
from mnist_core.network.forward import checked_weights
from mnist_core.network.operations import Array
from mnist_core.network.scoring import scaler_of
from mnist_core.runs.store import RunStore

if TYPE_CHECKING:
    import keras

MAX_BYTES = 256_000_000
"""Of the weights of all networks in memory. The one that is asked about is kept, however large."""

OVERHEAD_BYTES = 2_000_000
"""Of a model beside its weights."""

BATCH = 256


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Network:
    """A network in Keras.

    Attributes:
        model: from scaled images to logits: its last layer has no softmax.
        sha256: of the weights; empty for random weights.
    """

    architecture: Architecture
    scaler: Scaler
    model: keras.Model
    sha256: str
    parts: dict[str, keras.Model] = field(default_factory=dict)

    @property
    def n_bytes(self) -> int:
        return BYTES_PER_NUMBER * self.architecture.parameters + OVERHEAD_BYTES

    def inputs(self, images: UInt8Array) -> Array:
        """Scaled images, float32 (N, 28, 28, 1), of images uint8 (N, 28, 28)."""
        return self.scaler.apply(images)

    def logits(self, inputs: Array) -> Array:
        """Logits, float32 (N, 10), of scaled images."""
        parts = [self.model(inputs[i : i + BATCH], training=False).numpy() for i in range(0, len(inputs), BATCH)]
        return np.concatenate(parts)

    def part(self, layer: str) -> keras.Model:
        """The model from the scaled images to the output of a layer and the logits.

        Raises:
            ConfigError: there is no such layer.
        """
        import keras

        if layer not in self.architecture.names:
            raise ConfigError.invalid("layer", expected="a layer of the network", received=layer)
        if layer not in self.parts:
            # In a list: a model of one input that is not in a list takes no list.
            outputs = [self.model.get_layer(layer).output, self.model.output]
            self.parts[layer] = keras.Model(self.model.inputs, outputs)
        return self.parts[layer]

    @contextmanager
    def without_activation(self, layer: str) -> Iterator[None]:
        """Meanwhile the layer passes on what its activation function gets: a ReLU that is 0 has no gradient."""
        import keras

        found = self.model.get_layer(layer)
        kept = found.activation
        found.activation = keras.activations.linear
        try:
            yield
        finally:
            found.activation = kept


class Networks:
    """The networks that were asked about last."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._networks: OrderedDict[tuple[Any, ...], Network] = OrderedDict()

    @property
    def n_bytes(self) -> int:
        """Of all networks in memory."""
        return sum(network.n_bytes for network in self._networks.values())

    def __len__(self) -> int:
        return len(self._networks)

    def of_run(self, folder: Path) -> Network:
        """The network of a run with its best checkpoint.

        Raises:
            RunError: there is no such run, or it has no weights (yet), or they are damaged.
        """
        store = RunStore(folder.absolute().parent)
        name = str(folder.absolute())
        if (known := self._known((name, best_weights_sha256(store.folder(folder.name))))) is not None:
            return known
        run = store.get(folder.name)
        weights = checked_weights(run.config.architecture, store.weights(folder.name, "best"))
        sha256 = weights_sha256(weights)  # of those that were read: a training may have just replaced them
        return self._keep((name, sha256), _built(run.config.architecture, scaler_of(run), weights, sha256))

    def random(self, like: Network, seed: int) -> Network:
        """The same architecture with the weights a training would start from, drawn anew from the seed."""
        key = (like.architecture, like.scaler, seed)
        if (known := self._known(key)) is not None:
            return known
        return self._keep(key, _built(like.architecture, like.scaler, None, "", seed=seed))

    def warm(self) -> None:
        """Load TensorFlow, and take the first steps, which are slow."""
        load_keras()
        import tensorflow as tf

        from mnist_core.models.layers import Conv, Flatten

        small = Architecture(layers=(Conv(filters=2), Flatten()))
        network = _built(small, Scaler(kind=Scaling.UNIT), None, "")
        inputs = tf.zeros((2, 28, 28, 1))
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            score = tf.reduce_sum(network.model(inputs, training=False))
        tape.gradient(score, inputs)

    def _known(self, key: tuple[Any, ...]) -> Network | None:
        if key in self._networks:
            self._networks.move_to_end(key)
            return self._networks[key]
        return None

    def _keep(self, key: tuple[Any, ...], network: Network) -> Network:
        self._networks[key] = network
        while len(self._networks) > 1 and self.n_bytes > self._max_bytes:
            self._networks.popitem(last=False)
        return network


def _built(
    architecture: Architecture, scaler: Scaler, weights: Mapping[str, Array] | None, sha256: str, *, seed: int = 0
) -> Network:
    load_keras()
    import keras

    from mnist_core.models.build import build_model, load_weights, without_softmax

    if weights is None:
        keras.utils.set_random_seed(seed)
    model = build_model(architecture)
    if weights is not None:
        load_weights(model, weights)
    without_softmax(model)
    return Network(architecture=architecture, scaler=scaler, model=model, sha256=sha256)
