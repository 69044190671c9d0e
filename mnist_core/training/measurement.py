"""What a short trial of a network on this machine has shown: how long a batch takes, and how much memory.

Measurements are kept on disk under all that changes the speed of a batch: network, batch size, the kind of
optimizer, whether digits are distorted on the way, and the machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mnist_core.environment import runs_folder
from mnist_core.errors import ConfigError
from mnist_core.fields import to_dict
from mnist_core.models.layers import layer_to_dict
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import ClassWeighting, Precision

SCHEMA = 1
"""Version of a stored measurement; one of another version is as good as none."""

WORTH_SWITCHING = 0.9
"""bfloat16 must take less than this share of float32's time: it costs some accuracy of the sums."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """What a trial of one network found on one machine.

    Attributes:
        batch_seconds: time of a weight update by precision, in steady state.
        validation_seconds: time to predict one image.
        start_seconds: from starting the process to the first weight update, loading of the images left out.
        peak_bytes: most memory the process held, that of the images left out.
        layer_shares: share of the time of each layer, by its name, forward and backward; they add up to 1.
        is_disturbed: True if other work went on beside it, so that the times are too long.
    """

    batch_seconds: Mapping[str, float]
    validation_seconds: float
    start_seconds: float
    peak_bytes: int
    layer_shares: Mapping[str, float]
    is_disturbed: bool = False

    @property
    def faster(self) -> Precision:
        """The precision to choose where the person leaves it open; float32 unless bfloat16 is clearly faster."""
        full = self.batch_seconds[Precision.FLOAT32.value]
        mixed = self.batch_seconds.get(Precision.MIXED_BFLOAT16.value)
        is_worth_it = mixed is not None and mixed < WORTH_SWITCHING * full
        return Precision.MIXED_BFLOAT16 if is_worth_it else Precision.FLOAT32

    @property
    def costliest_layer(self) -> tuple[str, float] | None:
        """Name and share of the layer that takes most of the time, None if that was not measured."""
        return max(self.layer_shares.items(), key=lambda item: item[1], default=None)


def may_gain_from_bfloat16() -> bool:
    """False if the processor says that it cannot compute in bfloat16; where it says nothing, a trial tells."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return True
    return "flags" not in flags or "bf16" in flags


# Kept measurements ---------------------------------------------------------------------------------------------------


def prices_folder(runs: Path | None = None) -> Path:
    """Where measurements are kept: beside the runs."""
    return (runs or runs_folder()) / ".prices"


def price_key(config: ExperimentConfig) -> str:
    """The name under which the measurement of this experiment is kept: 32 hexadecimal digits."""
    settings = config.training
    decides = {
        "schema": SCHEMA,
        "layers": [layer_to_dict(layer) for layer in config.architecture.layers],
        "batch_size": settings.batch_size,
        "optimizer": settings.optimizer.value,
        "has_momentum": settings.momentum > 0,
        "clips": settings.gradient_clip is not None,
        "augments": settings.augmentation.is_on,
        "adds_noise": settings.augmentation.noise > 0,
        "weighs": settings.class_weighting is not ClassWeighting.NONE,
        "deterministic": settings.deterministic,
        "machine": _machine(),
    }
    return hashlib.blake2b(json.dumps(decides, sort_keys=True).encode(), digest_size=16).hexdigest()


def measurement_path(folder: Path, config: ExperimentConfig) -> Path:
    """The file of the measurement of this experiment."""
    return folder / f"{price_key(config)}.json"


def load_measurement(folder: Path, config: ExperimentConfig) -> Measurement | None:
    """The kept measurement of this experiment, None if there is none that can be read."""
    try:
        return measurement_from_dict(json.loads(measurement_path(folder, config).read_bytes()))
    except (OSError, ValueError, RecursionError):
        return None


def measurement_to_dict(measurement: Measurement) -> dict[str, Any]:
    """The measurement in JSON's types, with its `schema`."""
    return {"schema": SCHEMA, **to_dict(measurement)}


def measurement_from_dict(data: Any) -> Measurement:
    """The measurement that `measurement_to_dict` gave.

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
        raise ConfigError(f"The measurement lacks or distorts {error}.") from None


def _seconds(data: Mapping[str, Any], needs: str | None = None) -> dict[str, float]:
    found = {str(key): float(value) for key, value in data.items()}
    if needs is not None:
        found[needs]  # a KeyError says what is missing
    return found


@lru_cache(maxsize=1)
def _machine() -> str:
    """What measurements of two machines, or before and after an upgrade, must not share."""
    try:
        engine = version("tensorflow")
    except PackageNotFoundError:
        engine = ""
    return f"{platform.node()} {os.cpu_count()} {engine}"
