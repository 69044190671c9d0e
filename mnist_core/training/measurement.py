"""The result of a benchmark of a network on this machine: time per batch and memory.

Measurements are stored on disk under everything that changes the time of a batch: network, batch size, optimizer,
whether images are augmented, and the machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mnist_core.environment import onednn_stated, runs_folder
from mnist_core.errors import ConfigError
from mnist_core.fields import to_dict
from mnist_core.models.layers import layer_to_dict
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import ClassWeighting, Precision
from mnist_core.training.versions import version_of

SCHEMA = 2
"""Version of a stored measurement; one of another version is ignored."""

WORTH_SWITCHING = 0.9
"""bfloat16 must take less than this share of the time of float32, because its sums are less accurate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """The result of a benchmark of one network on one machine.

    Attributes:
        batch_seconds: time of a step by numeric precision, in steady state.
        validation_seconds: time to predict one image.
        start_seconds: from the start of the process to the first step, without loading the images.
        peak_bytes: peak memory of the process, without the images.
        layer_shares: share of the time of each layer by name, forward and backward; they add up to 1.
        is_disturbed: True if the machine was busy with other work, so that the times are too long.
    """

    batch_seconds: Mapping[str, float]
    validation_seconds: float
    start_seconds: float
    peak_bytes: int
    layer_shares: Mapping[str, float]
    is_disturbed: bool = False

    @property
    def faster(self) -> Precision:
        """The numeric precision for `auto`: float32 unless bfloat16 is clearly faster."""
        full = self.batch_seconds[Precision.FLOAT32.value]
        mixed = self.batch_seconds.get(Precision.MIXED_BFLOAT16.value)
        is_worth_it = mixed is not None and mixed < WORTH_SWITCHING * full
        return Precision.MIXED_BFLOAT16 if is_worth_it else Precision.FLOAT32

    @property
    def costliest_layer(self) -> tuple[str, float] | None:
        """Name and share of the layer that takes most time, None if it was not measured."""
        return max(self.layer_shares.items(), key=lambda item: item[1], default=None)


def may_gain_from_bfloat16() -> bool:
    """False if the CPU reports that it cannot compute in bfloat16; if it reports nothing, only a benchmark can tell."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return True
    return "flags" not in flags or "bf16" in flags


# Stored measurements -------------------------------------------------------------------------------------------------


def prices_folder(runs: Path | None = None) -> Path:
    """The folder of the measurements, in that of the runs."""
    return (runs or runs_folder()) / ".prices"


def price_key(config: ExperimentConfig) -> str:
    """The key of the measurement of this configuration: 32 hexadecimal digits."""
    settings = config.training
    decides = {
        "schema": SCHEMA,
        "layers": [layer_to_dict(layer) for layer in config.architecture.layers],
        "batch_size": settings.batch_size,
        "optimizer": settings.optimizer.value,
        "has_momentum": settings.has_momentum,
        "clips": settings.gradient_clip is not None,
        "augments": settings.augmentation.is_on,
        "adds_noise": settings.augmentation.noise > 0,
        "weighs": settings.class_weighting is not ClassWeighting.NONE,
        "deterministic": settings.deterministic,
        "uses_onednn": onednn_stated(deterministic=settings.deterministic),
        "machine": _machine(),
    }
    return hashlib.blake2b(json.dumps(decides, sort_keys=True).encode(), digest_size=16).hexdigest()


def measurement_path(folder: Path, config: ExperimentConfig) -> Path:
    """The file of the measurement of this configuration."""
    return folder / f"{price_key(config)}.json"


def load_measurement(folder: Path, config: ExperimentConfig) -> Measurement | None:
    """The stored measurement of this configuration, None if there is none that can be read."""
    try:
        return measurement_from_dict(json.loads(measurement_path(folder, config).read_bytes()))
    except (OSError, ValueError, RecursionError):
        return None


def measurement_to_dict(measurement: Measurement) -> dict[str, Any]:
    """The measurement in JSON's types, with its `schema`."""
    return {"schema": SCHEMA, **to_dict(measurement)}


def measurement_from_dict(data: Any) -> Measurement:
    """The measurement in the output of `measurement_to_dict`.

    Raises:
        ConfigError: it is of another version or not a measurement.
    """
    try:
        if data["schema"] != SCHEMA:
            raise ConfigError.invalid("schema", expected=str(SCHEMA), received=data["schema"])
        return Measurement(
            batch_seconds=_seconds(data["batch_seconds"], needs=Precision.FLOAT32.value),
            validation_seconds=float(data["validation_seconds"]),
            start_seconds=float(data["start_seconds"]),
            peak_bytes=int(data["peak_bytes"]),
            layer_shares=_seconds(data["layer_shares"]),
            is_disturbed=bool(data["is_disturbed"]),
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ConfigError(f"The measurement is damaged: missing or not valid: {error}.") from None


def _seconds(data: Mapping[str, Any], needs: str | None = None) -> dict[str, float]:
    found = {str(key): float(value) for key, value in data.items()}
    if needs is not None:
        found[needs]  # a KeyError says what is missing
    return found


@lru_cache(maxsize=1)
def _machine() -> str:
    """A text that differs between two machines, and before and after an upgrade."""
    return f"{platform.node()} {os.cpu_count()} {version_of('tensorflow')}"
