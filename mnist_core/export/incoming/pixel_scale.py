"""How a model expects pixels that does not scale them itself: found by the training digits that it classifies right.

How sure the network is says little about it: larger inputs make it surer, so that one which was trained too shortly
has a lower cross-entropy with pixels that are too large.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from mnist_core.data.dataset import N_CLASSES, Dataset, UInt8Array
from mnist_core.data.scaling import Scaler, Scaling, fit_scaler
from mnist_core.data.splitting import stratified_parts
from mnist_core.errors import ConfigError, IncomingError
from mnist_core.evaluation.calibration import fit_temperature, with_temperature
from mnist_core.evaluation.comparison import compare
from mnist_core.evaluation.predictions import FloatArray, LabelArray, Predictions
from mnist_core.evaluation.significance import UNLIKELY
from mnist_core.export.incoming.imported import AUTO, PIXELS
from mnist_core.models.architecture import Architecture
from mnist_core.network.forward import Weights
from mnist_core.network.scoring import score_images
from mnist_core.shares import shown_share

HALF = 127.5
DARKEST = 255
USUAL = "unit"

FEWEST, MOST = 300, 2_000
MULTIPLY_ADDS = 20_000_000_000
"""Training digits that are tried with each scale: as many as take about so many multiply-adds, a second or two."""

DOUBTFUL = 0.5
"""With less than this share of correct digits, a model may have been trained on dark digits on a light ground."""

STANDARD_ERRORS = 2.0
"""A smaller difference of two shares, or of two mean losses, counts as none."""
CHANCE_STANDARD_ERRORS = 3.0
"""So far above the share of the commonest label lies what guessing does not reach."""


def known_scalers(dataset: Dataset) -> Mapping[str, Scaler]:
    """What a model may expect, by the names of `PIXELS`."""
    return {
        "unit": Scaler(kind=Scaling.UNIT),
        "pixels": Scaler(kind=Scaling.STANDARDISED, mean=0.0, std=1.0),
        "signed": Scaler(kind=Scaling.STANDARDISED, mean=HALF, std=HALF),
        "standardised": fit_scaler(Scaling.STANDARDISED, dataset.train.images),
        "l2_rows": Scaler(kind=Scaling.L2_ROWS),
    }


def scaler_for(
    architecture: Architecture, weights: Weights, dataset: Dataset, pixels: str, title: str
) -> tuple[Scaler, str]:
    """The scaler that a model expects, as asked or as the digits show, with a sentence on it.

    Args:
        pixels: one of `PIXELS`, or `AUTO`.
        title: the name of the file in messages.

    Raises:
        ConfigError: `pixels` is something else.
        IncomingError: the scale is to be found, and with none the model is better than guessing.
    """
    known = known_scalers(dataset)
    if pixels in known:
        return known[pixels], f"The model expects {PIXELS[pixels]}, as chosen."
    if pixels != AUTO:
        raise ConfigError.invalid("pixels", expected=", ".join((AUTO, *known)), received=pixels)
    rows = _rows_to_try(architecture, dataset.train.labels)
    images, labels = dataset.train.images[rows], dataset.train.labels[rows]
    tried = {name: _tried(architecture, weights, scaler, images, labels) for name, scaler in known.items()}
    best = likeliest(tried)
    if tried[best].accuracy < DOUBTFUL:
        inverted = {
            name: _tried(architecture, weights, scaler, DARKEST - images, labels) for name, scaler in known.items()
        }
        _check_ground(tried[best], inverted, title)
    _check_fit(best, tried[best], title, dataset.name)
    second = max((name for name in tried if name != best), key=lambda name: tried[name].accuracy)
    return known[best], (
        f"The file does not say how pixels are scaled. Taken: {PIXELS[best]}, with which "
        f"{_share(tried[best])} of {len(rows):,} training digits are correct; with {PIXELS[second]}, "
        f"{_share(tried[second])}{'' if second not in near(tried) else ', too close to tell by that alone'}."
    )


def likeliest(tried: Mapping[str, Predictions]) -> str:
    """The scale that a model most likely expects, from its predictions of the same digits with each.

    That with the most correct digits. Scales are near it if they have fewer by at most two standard errors of the share
    among 300 digits, however many were tried: a network that was trained too shortly can gain a few digits where large
    pixels drown its biases. Of the near ones that with the lowest cross-entropy is taken, after each has got its own
    temperature, so that being sure is no merit; and where the usual one is as good within two standard errors, that.
    """
    losses = {name: _calibrated_losses(tried[name]) for name in near(tried)}
    lowest = min(losses, key=lambda name: losses[name].mean())  # among equals the first
    is_usual = USUAL in losses and _is_close(losses[USUAL] - losses[lowest])
    return USUAL if is_usual else lowest


def near(tried: Mapping[str, Predictions]) -> tuple[str, ...]:
    """The scales with the most correct digits, and with hardly fewer: two standard errors of a share among `FEWEST`."""
    shares = {name: predictions.accuracy for name, predictions in tried.items()}
    most = max(shares.values())
    margin = STANDARD_ERRORS * math.sqrt(most * (1 - most) / FEWEST)
    return tuple(name for name, share in shares.items() if share >= most - margin)


def is_guessing(predictions: Predictions) -> bool:
    """Whether no more digits are correct than if all were given the commonest label, within three standard errors."""
    n = len(predictions)
    share = float(np.bincount(predictions.labels, minlength=N_CLASSES).max()) / max(1, n)
    reached = n * share + CHANCE_STANDARD_ERRORS * math.sqrt(n * share * (1 - share))
    return int(predictions.correct.sum()) <= reached


def _rows_to_try(architecture: Architecture, labels: LabelArray) -> np.ndarray:
    n = min(MOST, max(FEWEST, MULTIPLY_ADDS // max(1, architecture.multiply_adds)), len(labels))
    return stratified_parts(labels, n, seed=0)[0]


def _tried(
    architecture: Architecture, weights: Weights, scaler: Scaler, images: UInt8Array, labels: LabelArray
) -> Predictions:
    """The predictions with a scale; where a network overflows with it, those of one that knows nothing."""
    with np.errstate(all="ignore"):
        probabilities = score_images(architecture, weights, scaler, images)
    probabilities[~np.isfinite(probabilities).all(axis=1)] = 1 / N_CLASSES
    return Predictions.of_split(labels, probabilities)


def _calibrated_losses(predictions: Predictions) -> FloatArray:
    return with_temperature(predictions, fit_temperature(predictions).value).losses


def _is_close(differences: FloatArray) -> bool:
    """Whether the mean of paired differences may be 0."""
    error = float(differences.std()) / math.sqrt(max(1, len(differences)))
    return abs(float(differences.mean())) <= STANDARD_ERRORS * error


def _check_ground(best: Predictions, inverted: Mapping[str, Predictions], title: str) -> None:
    """Refuse a model that is clearly better on dark digits: no scaler of ours inverts pixels."""
    name = max(inverted, key=lambda name: inverted[name].accuracy)
    found = inverted[name]
    if found.accuracy > best.accuracy and compare(best, found).p_value < UNLIKELY and not is_guessing(found):
        raise IncomingError(
            f"{title} seems to expect dark digits on a light ground: {_share(found)} of {len(found):,} training digits "
            f"are correct when their pixels are inverted, {_share(best)} as they are. Expected a model for light "
            "digits on a dark ground. To import it as it is, choose its pixel values (--pixels)."
        )


def _check_fit(name: str, best: Predictions, title: str, dataset: str) -> None:
    if is_guessing(best):
        raise IncomingError(
            f"No known scale of the pixels fits {title}. Expected one with which it is better than guessing. Received: "
            f"{_share(best)} of {len(best):,} training digits of {dataset} correct with the best, {PIXELS[name]}. "
            "Choose the data set that it was trained on (--dataset), or its pixel values (--pixels)."
        )


def _share(predictions: Predictions) -> str:
    return shown_share(predictions.accuracy)
