"""The recipes: complete designs by name, each with its published result and its known flaw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mnist_core.data.scaling import Scaling
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import (
    Activate,
    Activation,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool,
    Layer,
    MaxPool,
    Residual,
)
from mnist_core.models.shapes import Padding


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A complete design.

    Attributes:
        origin: author and source.
        optimizer, learning_rate, loss, epochs, batch_size: as in the training settings, in JSON's types.
        further_settings: other training settings by name, in JSON's types.
        published_test_accuracy: from 0 to 1, None if no number was published.
        published_note: one sentence on the published result.
        flaw: one sentence on the known flaw, empty if none is known.
        assumed: True if the source does not describe the network or the training in full, and the rest was chosen here.
    """

    name: str
    title: str
    origin: str
    architecture: Architecture
    scaling: Scaling = Scaling.UNIT
    optimizer: str
    learning_rate: float
    loss: str = "categorical_crossentropy"
    epochs: int
    batch_size: int
    further_settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    published_test_accuracy: float | None = None
    published_note: str
    flaw: str = ""
    assumed: bool = False

    @property
    def parameters(self) -> int:
        """All weights of the network."""
        return self.architecture.parameters

    def training_settings(self) -> dict[str, Any]:
        """The recipe's training settings by name; all others keep their defaults."""
        names = ("optimizer", "learning_rate", "loss", "epochs", "batch_size")
        return {**{name: getattr(self, name) for name in names}, **self.further_settings}


def _stack(*layers: Layer) -> Architecture:
    return Architecture(layers=layers)


def _conv(filters: int, padding: Padding = Padding.VALID) -> Conv:
    return Conv(filters=filters, padding=padding)


def _normalised_block(first: int, second: int) -> tuple[Layer, ...]:
    """Two convolutions, normalised once and after pooling: to normalise four times the values costs a fifth more."""
    return (_conv(first), Conv(filters=second, activation=Activation.LINEAR), MaxPool(), BatchNorm(), Activate())


def _normalised_conv(filters: int, padding: Padding = Padding.VALID) -> tuple[Layer, ...]:
    return (Conv(filters=filters, padding=padding, activation=Activation.LINEAR), BatchNorm(), Activate())


def _vgg_block(filters: int) -> tuple[Layer, ...]:
    return (_conv(filters, Padding.SAME), _conv(filters, Padding.SAME), MaxPool(), Dropout(rate=0.25))


_RECIPES = (
    Recipe(
        name="three-conv",
        title="Three convolutions",
        origin="th0tmaker, Handwritten Digit Classification",
        architecture=_stack(
            *(_conv(64), MaxPool()), *(_conv(64), MaxPool()), *(_conv(64), MaxPool()), Flatten(), Dense(units=64)
        ),
        scaling=Scaling.L2_ROWS,
        optimizer="adam",
        learning_rate=0.001,
        loss="sparse_categorical_crossentropy",
        epochs=5,
        batch_size=32,
        published_test_accuracy=0.9789,
        published_note="97.89% on the test images with a loss of 0.0710, in a screenshot.",
        flaw="It scales each column of pixels to length 1 instead of dividing by 255, and fixes no seed.",
    ),
    Recipe(
        name="sgd-cnn",
        title="Two convolutions with SGD",
        origin="Known only from a README",
        architecture=_stack(_conv(32), MaxPool(), _conv(64), MaxPool(), Flatten(), Dense(units=128)),
        optimizer="sgd",
        learning_rate=0.01,
        epochs=10,
        batch_size=32,
        published_note="High accuracy is claimed, without a number.",
        flaw="Layer sizes, epochs and batch size are assumed, because the README came without code.",
        assumed=True,
    ),
    Recipe(
        name="dropout-cnn",
        title="Two convolutions with dropout",
        origin="baksho, deep-learning-projects",
        architecture=_stack(
            *(_conv(32), MaxPool(), _conv(64), MaxPool(), Flatten()),
            *(Dense(units=128), Dropout(rate=0.2), Dense(units=64), Dropout(rate=0.3)),
        ),
        optimizer="adam",
        learning_rate=0.001,
        epochs=10,
        batch_size=64,
        published_test_accuracy=0.9907,
        published_note="99.07% on the test images with a loss of 0.0333, in a notebook.",
        flaw="It validates on the test images, fixes no seed, and its README states a loss ten times too high.",
    ),
    Recipe(
        name="two-conv",
        title="Two padded convolutions",
        origin="EmmaSHANG0625, main_CNN.py",
        architecture=_stack(
            *(_conv(32, Padding.SAME), MaxPool(), _conv(64, Padding.SAME), MaxPool(), Flatten(), Dense(units=128))
        ),
        optimizer="adam",
        learning_rate=0.001,
        epochs=20,
        batch_size=128,
        published_test_accuracy=0.9907,
        published_note="99.07% on the test images, in a README.",
        flaw="It validates on the test images, fixes no seed, and saves its model over that of the dense network.",
    ),
    Recipe(
        name="deep-mlp",
        title="Dense network, 128 and 64",
        origin="EmmaSHANG0625, first model",
        architecture=_stack(Flatten(), Dense(units=128), Dense(units=64)),
        optimizer="adam",
        learning_rate=0.001,
        epochs=20,
        batch_size=128,
        published_test_accuracy=0.9823,
        published_note="98.23% on the test images, in a README.",
        flaw="Its README describes 128 and 64 units, its script has 1,024 and 512 and validates on the test images.",
    ),
    Recipe(
        name="standardised-mlp",
        title="Dense network on standardised pixels",
        origin="eshansurendra",
        architecture=_stack(Flatten(), Dense(units=128), Dense(units=128)),
        scaling=Scaling.STANDARDISED,
        optimizer="sgd",
        learning_rate=0.01,
        epochs=25,
        batch_size=32,
        published_test_accuracy=0.9770,
        published_note="97.70% on the test images with a loss of 0.0835, in a notebook.",
        flaw="It takes mean and standard deviation from the test images, and its log starts at 99%: the weights were "
        "trained before.",
    ),
    Recipe(
        name="softmax-regression",
        title="Softmax regression",
        origin="eshansurendra, the single neuron with 784 features",
        architecture=_stack(Flatten()),
        optimizer="sgd",
        learning_rate=0.01,
        epochs=10,
        batch_size=32,
        published_note="No result was published.",
        flaw="It cannot recognise shapes: each pixel counts independently of its neighbours.",
    ),
    Recipe(
        name="lenet-5",
        title="LeNet-5",
        origin="LeCun, Bottou, Bengio and Haffner 1998, Gradient-based learning applied to document recognition",
        architecture=_stack(
            *(Conv(filters=6, kernel_size=5, padding=Padding.SAME, activation=Activation.TANH), AveragePool()),
            *(Conv(filters=16, kernel_size=5, activation=Activation.TANH), AveragePool(), Flatten()),
            *(Dense(units=120, activation=Activation.TANH), Dense(units=84, activation=Activation.TANH)),
        ),
        optimizer="adam",
        learning_rate=0.001,
        epochs=20,
        batch_size=64,
        published_test_accuracy=0.9905,
        published_note="99.05% on the test images, in the paper: an error rate of 0.95% after 20 epochs.",
        flaw="Simplified: full connections, average pooling, softmax and Adam instead of the paper's partial "
        "connections, trained pooling, radial basis outputs and second-order method.",
        assumed=True,
    ),
    Recipe(
        name="mini-vgg",
        title="Small VGG",
        origin="Named as future work by baksho; after Simonyan and Zisserman 2014, sized for digits here",
        architecture=_stack(*_vgg_block(32), *_vgg_block(64), Flatten(), Dense(units=128), Dropout(rate=0.5)),
        optimizer="adam",
        learning_rate=0.001,
        epochs=12,
        batch_size=128,
        published_note="Only the idea was published, without a result.",
        flaw="Layer sizes and training are chosen here, and it needs four times the multiply-adds of two-conv.",
        assumed=True,
    ),
    Recipe(
        name="mini-resnet",
        title="Small ResNet",
        origin="Named as future work by baksho; after He, Zhang, Ren and Sun 2015, sized for digits here",
        architecture=_stack(
            *_normalised_conv(16, Padding.SAME),
            *(
                Residual(filters=16),
                MaxPool(),
                Residual(filters=32),
                MaxPool(),
                Residual(filters=64),
                GlobalAveragePool(),
            ),
        ),
        optimizer="adam",
        learning_rate=0.001,
        epochs=12,
        batch_size=128,
        published_note="Only the idea was published, without a result.",
        flaw="Layer sizes and training are chosen here, and batch normalisation is slow on a CPU.",
        assumed=True,
    ),
    Recipe(
        name="speedrun",
        title="99% in the least CPU time",
        origin="MNIST Studio",
        architecture=_stack(
            *(Conv(filters=40, kernel_size=5, stride=2), MaxPool(), _conv(80), Flatten(), Dense(units=96)),
        ),
        optimizer="adam",
        learning_rate=0.008,
        loss="sparse_categorical_crossentropy",
        epochs=2,
        batch_size=128,
        further_settings={"schedule": "one_cycle", "precision": "auto"},
        published_note="Published nowhere else. Measured by its authors: 99.02% to 99.26% on the test images with five "
        "seeds.",
        flaw="Tuned for two epochs on the full MNIST: more epochs or fewer images need another learning rate.",
    ),
    Recipe(
        name="champion",
        title="The most accurate in ten CPU minutes",
        origin="MNIST Studio",
        architecture=_stack(
            *(*_normalised_block(32, 32), *_normalised_block(64, 96), *_normalised_conv(192)),
            *(Flatten(), Dropout(rate=0.4)),
        ),
        optimizer="adam",
        learning_rate=0.006,
        loss="sparse_categorical_crossentropy",
        epochs=15,
        batch_size=128,
        further_settings={
            "schedule": "one_cycle",
            "precision": "auto",
            "label_smoothing": 0.05,
            "validation_fraction": 0.02,
            "kept_weights": "last",
            "augmentation": {"rotation_degrees": 15, "shift_pixels": 2, "scale_fraction": 0.15, "shear_degrees": 15},
            "last_augmented_epoch": 13,
        },
        published_note="Published nowhere else. Measured by its authors: 99.69% to 99.74% on the test images with "
        "five seeds.",
        flaw="Tuned for fifteen epochs on the full MNIST, which take nine CPU minutes on a processor with bfloat16 "
        "instructions, and twenty or more without them.",
    ),
)

RECIPES: Mapping[str, Recipe] = {recipe.name: recipe for recipe in _RECIPES}
