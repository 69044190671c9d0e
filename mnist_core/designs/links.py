"""Converts a design to a short text for a link and back.

The text comes from the address bar and is not trusted: its length, its unpacked size and its content are checked. It
starts with the version of its format, so that old links open in later versions.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

from mnist_core.errors import ConfigError
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import TrainingSettings

MAX_LINK_LENGTH = 4_000
"""Longest accepted text; the largest network allowed takes about 1,500 characters."""

MAX_UNPACKED_BYTES = 100_000

VERSION = "1"

# What most designs have in common, so that a link has to hold only the rest. Never change it: existing links would no
# longer open. A new one needs a new VERSION, and this one has to stay for old links.
_DICTIONARY = (
    b'{"kind":"separable_conv","filters":16,"kernel_size":5,"stride":2,"padding":"same","activation":"leaky_relu"},'
    b'{"kind":"global_average_pool"},{"kind":"average_pool","size":2},{"kind":"residual","filters":32},'
    b'{"kind":"activation","function":"relu"},{"kind":"batch_norm"},{"kind":"dropout","rate":0.25},"linear""tanh""gelu"'
    b'"fashion-mnist""mnist-sample""standardised""l2_rows""mixed_bfloat16""auto""balanced""custom""rmsprop""adamw""lion"'
    b'"sgd","learning_rate":0.01,"schedule":"one_cycle""cosine""step""categorical_crossentropy"'
    b'{"schema":1,"dataset":"mnist","recipe":"two-conv","limit":null,"scaling":"unit","architecture":{"layers":['
    b'{"kind":"conv","filters":32,"kernel_size":3,"stride":1,"padding":"valid","activation":"relu"},'
    b'{"kind":"max_pool","size":2},{"kind":"conv","filters":64,"kernel_size":3,"stride":1,"padding":"same",'
    b'"activation":"relu"},{"kind":"max_pool","size":2},{"kind":"flatten"},{"kind":"dense","units":128,'
    b'"activation":"relu"}]},"training":{"epochs":10,"batch_size":128,"optimizer":"adam","learning_rate":0.001,'
    b'"schedule":"constant","step_epochs":5,"step_factor":0.5,"momentum":0.0,"nesterov":false,"weight_decay":0.0,'
    b'"loss":"sparse_categorical_crossentropy","label_smoothing":0.0,"class_weighting":"none","class_weights":[],'
    b'"gradient_clip":null,"early_stopping_patience":null,"validation_fraction":0.1,"augmentation":{'
    b'"rotation_degrees":0.0,"shift_pixels":0.0,"scale_fraction":0.0,"shear_degrees":0.0,"noise":0.0},'
    b'"precision":"float32","seed":0,"deterministic":false}}'
)

DEFAULTS = TrainingSettings()
LATER_SETTINGS = ("last_augmented_epoch", "kept_weights")
"""Settings that came after the dictionary: most designs do not have them, and their links need not say so."""

_BROKEN = "The design in the link cannot be read. Expected a complete link from this page."


def config_to_link(config: ExperimentConfig) -> str:
    """The design as letters, digits, `-` and `_`; 100 to 160 characters for a recipe."""
    document = json.dumps(_without_later_defaults(config.to_dict()), allow_nan=False, separators=(",", ":")).encode()
    packer = zlib.compressobj(9, zdict=_DICTIONARY)
    packed = packer.compress(document) + packer.flush()
    return VERSION + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def config_from_link(text: str) -> ExperimentConfig:
    """The design in the output of `config_to_link`.

    Raises:
        ConfigError: too long, cut off, of a later version, or not a design; the message names the field.
    """
    if len(text) > MAX_LINK_LENGTH:
        raise ConfigError(
            f"The design in the link is too long. Expected at most {MAX_LINK_LENGTH:,} characters. "
            f"Received: {len(text):,}."
        )
    if text[:1] != VERSION:
        later = f"The design in the link has version {text[:1]}. Expected version {VERSION}."
        raise ConfigError(later if text[:1].isdigit() else _BROKEN)
    return ExperimentConfig.from_json(_unpacked(text[1:]))


def _without_later_defaults(design: dict[str, Any]) -> dict[str, Any]:
    """The design without the settings that the dictionary does not know, where they have their defaults."""
    later = {name: getattr(DEFAULTS, name) for name in LATER_SETTINGS}
    training = {name: value for name, value in design["training"].items() if name not in later or value != later[name]}
    return {**design, "training": training}


def _unpacked(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text, re.ASCII):
        raise ConfigError(_BROKEN)
    unpacker = zlib.decompressobj(zdict=_DICTIONARY)
    try:
        document = unpacker.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), MAX_UNPACKED_BYTES)
    except (ValueError, zlib.error):
        raise ConfigError(_BROKEN) from None
    if not unpacker.eof:  # cut off, or its unpacked size is too large
        raise ConfigError(_BROKEN)
    return document
