"""The training settings, each with its allowed range, label and help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mnist_core.data.augmentation import Augmentation
from mnist_core.data.dataset import N_CLASSES
from mnist_core.errors import ConfigError
from mnist_core.fields import check_fields, choice, flag, from_dict, integer, known_keys, real


class Optimizer(StrEnum):
    """Algorithm that updates the weights from the gradients."""

    SGD = "sgd"
    ADAM = "adam"
    ADAMW = "adamw"
    RMSPROP = "rmsprop"
    LION = "lion"


class Loss(StrEnum):
    """What the training minimises. Both are the cross-entropy; they differ in the form of the labels."""

    SPARSE = "sparse_categorical_crossentropy"
    CATEGORICAL = "categorical_crossentropy"


class Schedule(StrEnum):
    """How the learning rate changes over the epochs."""

    CONSTANT = "constant"
    STEP = "step"
    COSINE = "cosine"
    ONE_CYCLE = "one_cycle"


class Precision(StrEnum):
    """Number format of the computation; weights are kept in float32 in either case."""

    AUTO = "auto"
    FLOAT32 = "float32"
    MIXED_BFLOAT16 = "mixed_bfloat16"


class KeptWeights(StrEnum):
    """Which epoch counts as the best one: its weights are tested, looked into and exported."""

    BEST = "best"
    LAST = "last"


class ClassWeighting(StrEnum):
    """How the loss weights the images of each class."""

    NONE = "none"
    BALANCED = "balanced"
    CUSTOM = "custom"


MAX_CLASS_WEIGHT = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingSettings:
    """Settings of one training. A value outside its allowed range raises `ConfigError`."""

    epochs: int = integer(5, low=1, high=10_000, label="Epochs", basic=True, help="Passes over all training images.")
    batch_size: int = integer(
        128,
        low=1,
        high=100_000,
        label="Batch size",
        basic=True,
        help="Images per step. Larger batches are faster, but an epoch has fewer steps.",
    )
    optimizer: Optimizer = choice(
        Optimizer.ADAM,
        Optimizer,
        label="Optimizer",
        basic=True,
        help="Algorithm that updates the weights from the gradients. Adam is a good start.",
    )
    learning_rate: float = real(
        0.001,
        low=0.0,
        above_low=True,
        high=10.0,
        step=0.0001,
        label="Learning rate",
        basic=True,
        help="Factor of the gradient in a step. Too high: the loss jumps or is not a number. Too low: it barely falls.",
    )
    schedule: Schedule = choice(
        Schedule.CONSTANT,
        Schedule,
        label="Learning rate schedule",
        basic=True,
        help="How the learning rate changes over the epochs.",
    )
    step_epochs: int = integer(
        5, low=1, high=1000, label="Step interval (epochs)", help="For the step schedule: epochs between two drops."
    )
    step_factor: float = real(
        0.5,
        low=0.0,
        above_low=True,
        high=1.0,
        step=0.05,
        label="Step factor",
        help="For the step schedule: factor of the learning rate at each drop.",
    )
    momentum: float = real(
        0.0,
        low=0.0,
        high=1.0,
        below_high=True,
        step=0.05,
        label="Momentum",
        help="Share of the previous update that is added to each update. For SGD and RMSprop; 0.9 is usual.",
    )
    nesterov: bool = flag(False, label="Nesterov", help="Compute the gradient after the momentum update. For SGD.")
    weight_decay: float = real(
        0.0,
        low=0.0,
        high=1.0,
        step=0.0001,
        label="Weight decay",
        help="Shrinks the weights at every step. 0 is off.",
    )
    loss: Loss = choice(
        Loss.SPARSE, Loss, label="Loss", help="Cross-entropy, with labels as numbers (sparse) or one-hot (categorical)."
    )
    label_smoothing: float = real(
        0.0,
        low=0.0,
        high=0.5,
        step=0.01,
        label="Label smoothing",
        help="Share of the label that is spread over all classes; lowers the confidence of the network.",
    )
    class_weighting: ClassWeighting = choice(
        ClassWeighting.NONE,
        ClassWeighting,
        label="Class weights",
        help="Balanced gives rare classes more weight in the loss; custom takes ten numbers.",
    )
    class_weights: tuple[float, ...] = ()
    gradient_clip: float | None = real(
        None,
        low=0.0,
        above_low=True,
        high=1000.0,
        optional=True,
        label="Gradient clipping",
        help="Upper bound on the global norm of the gradient. Empty for off.",
    )
    early_stopping_patience: int | None = integer(
        None,
        low=1,
        high=1000,
        optional=True,
        label="Early stopping patience",
        help="Stop after this many epochs without a better validation accuracy. Empty for off.",
    )
    validation_fraction: float = real(
        0.1,
        low=0.01,
        high=0.5,
        step=0.01,
        label="Validation fraction",
        help="Share of the training images, the same in each class, that is held back for validation.",
    )
    kept_weights: KeptWeights = choice(
        KeptWeights.BEST,
        KeptWeights,
        label="Kept weights",
        help="Those of the epoch with the highest validation accuracy, or those of the last epoch: for a learning rate "
        "that falls to the end, or few validation images.",
    )
    augmentation: Augmentation = field(default_factory=Augmentation)
    last_augmented_epoch: int | None = integer(
        None,
        low=1,
        high=10_000,
        optional=True,
        label="Last augmented epoch",
        help="Later epochs train on the images as they are, as those that are predicted are. Empty for no end.",
    )
    precision: Precision = choice(
        Precision.FLOAT32,
        Precision,
        label="Numeric precision",
        help="mixed_bfloat16 is faster on CPUs that support it; auto takes the faster one on this machine.",
    )
    seed: int = integer(
        0,
        low=0,
        high=2**31 - 1,
        label="Seed",
        help="All randomness is derived from it: the same seed gives the same split and the same initial weights.",
    )
    deterministic: bool = flag(
        False, label="Deterministic", help="The same run gives bit-identical results on this machine. Somewhat slower."
    )

    def __post_init__(self) -> None:
        check_fields(self)
        object.__setattr__(self, "class_weights", _class_weights(self.class_weights, self.class_weighting))
        if self.nesterov and self.momentum == 0:
            raise ConfigError.invalid(
                "nesterov",
                expected="a momentum above 0 if Nesterov is on",
                received=self.momentum,
                words="Nesterov momentum needs a momentum above 0.",
            )

    @property
    def added_to_loss(self) -> tuple[str, ...]:
        """What the loss that is minimised has on top of the plain cross-entropy, in words; no other loss has it."""
        smoothing = (f"label smoothing {self.label_smoothing:g}",) if self.label_smoothing else ()
        weights = ("class weights",) if self.class_weighting is not ClassWeighting.NONE else ()
        return smoothing + weights

    @property
    def takes_momentum(self) -> bool:
        """Whether `momentum` has an effect: the optimizer has such a setting."""
        return self.optimizer in (Optimizer.SGD, Optimizer.RMSPROP)

    @property
    def has_momentum(self) -> bool:
        """Whether each update has a share of the previous one."""
        return self.takes_momentum and self.momentum > 0

    @property
    def uses_one_hot(self) -> bool:
        """Whether targets are (N, 10) rather than (N,): label smoothing needs one-hot labels."""
        return self.loss is Loss.CATEGORICAL or self.label_smoothing > 0

    @classmethod
    def from_dict(cls, data: Any, where: str = "training") -> TrainingSettings:
        """Settings from a JSON object; missing keys take their defaults, unknown keys raise `ConfigError`."""
        known = dict(known_keys(data, cls.__dataclass_fields__, where))
        if "augmentation" in known:
            known["augmentation"] = from_dict(Augmentation, known["augmentation"], f"{where}.augmentation")
        return cls(**known)


def _class_weights(value: Any, weighting: ClassWeighting) -> tuple[float, ...]:
    """Ten numbers from 0 to `MAX_CLASS_WEIGHT` for custom weights, otherwise none."""
    numbers = isinstance(value, Sequence) and all(isinstance(w, int | float) and not isinstance(w, bool) for w in value)
    weights = tuple(float(w) for w in value) if numbers else None
    wanted = (0, N_CLASSES) if weighting is not ClassWeighting.CUSTOM else (N_CLASSES,)
    if weights is None or len(weights) not in wanted or not all(0 <= w <= MAX_CLASS_WEIGHT for w in weights):
        raise ConfigError.invalid(
            "class_weights",
            expected=f"ten numbers from 0 to {MAX_CLASS_WEIGHT:g}, one for each class",
            received=value,
            words=f"Use a weight from 0 to {MAX_CLASS_WEIGHT:g} for each class.",
        )
    if weighting is ClassWeighting.CUSTOM and not any(weights):
        raise ConfigError.invalid(
            "class_weights",
            expected="at least one weight above 0",
            received=value,
            words="Use a weight above 0 for at least one class.",
        )
    return weights
