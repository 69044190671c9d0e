"""An estimate of the memory that a training takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mnist_core.errors import ConfigError
from mnist_core.models.architecture import INPUT_SHAPE, Architecture, Limit
from mnist_core.models.shapes import size_of

FRAMEWORK_BYTES = 850_000_000
"""TensorFlow, Keras and a compiled training step, measured with networks whose own share is small."""

MEMORY_LIMIT = Limit(
    value=60,
    reason="Share of the free memory, in %: the rest is for the dashboard, the data and the error of the estimate.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryEstimate:
    """Peak memory of a training process in bytes, by use."""

    framework_bytes: int
    weight_bytes: int
    activation_bytes: int
    data_bytes: int

    @property
    def total_bytes(self) -> int:
        """The sum of all parts."""
        return self.framework_bytes + self.weight_bytes + self.activation_bytes + self.data_bytes


def training_memory(
    architecture: Architecture,
    batch_size: int,
    *,
    optimizer_copies: int = 2,
    is_bfloat16: bool = False,
    images: int = 0,
) -> MemoryEstimate:
    """The memory of one training process; within a third of the measured memory for networks as large as the recipes.

    Args:
        optimizer_copies: numbers the optimizer stores for each weight: 2 for Adam, 0 for plain SGD.
        is_bfloat16: True for mixed bfloat16, which halves the activations; weights stay float32.
        images: training and validation images in memory, each as bytes and as float32.
    """
    per_weight = 4 * (2 + optimizer_copies)  # the weight, its gradient, the optimizer's
    per_image = architecture.activation_bytes // (2 if is_bfloat16 else 1)
    return MemoryEstimate(
        framework_bytes=FRAMEWORK_BYTES,
        weight_bytes=architecture.parameters * per_weight,
        activation_bytes=2 * batch_size * per_image,  # the activations and their gradients
        data_bytes=5 * images * size_of(INPUT_SHAPE),
    )


def memory_problem(estimate: MemoryEstimate, free_bytes: int) -> ConfigError | None:
    """Why a training should not be started with this much free memory, None if it may be."""
    allowed = free_bytes * MEMORY_LIMIT.value // 100
    if estimate.total_bytes <= allowed:
        return None
    parts: dict[str, Any] = {
        "activations": (estimate.activation_bytes, "choose a smaller batch or pool earlier"),
        "weights": (estimate.weight_bytes, "make the largest layer smaller"),
        "data": (estimate.data_bytes, "train on fewer images"),
        "TensorFlow itself": (estimate.framework_bytes, "close other programs"),
    }
    largest = max(parts, key=lambda name: parts[name][0])
    return ConfigError(
        f"The training would take too much memory, most of it for {largest}: {parts[largest][1]}. Expected at most "
        f"{_shown(allowed)}, {MEMORY_LIMIT.value}% of the free memory. Received: {_shown(estimate.total_bytes)}."
    )


def _shown(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
