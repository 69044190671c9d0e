"""Makes a run of a Keras model from elsewhere, or of weights for a network that is given: scored, and stored."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from mnist_core.data.dataset import Dataset
from mnist_core.data.scaling import Scaler, Scaling, fit_scaler
from mnist_core.data.splitting import stratified_parts
from mnist_core.errors import ConfigError, IncomingError
from mnist_core.evaluation.predictions import FloatArray, LabelArray, Predictions
from mnist_core.export.incoming.archive import Archive
from mnist_core.export.incoming.hdf5 import read_hdf5
from mnist_core.export.incoming.imported import AUTO, PIXELS, Imported
from mnist_core.export.incoming.keras_model import ForeignNetwork, parse_model, places_in_order
from mnist_core.export.incoming.storing import store_imported
from mnist_core.models.architecture import Architecture
from mnist_core.models.weights import weight_shapes
from mnist_core.network.forward import Weights
from mnist_core.network.scoring import score_images
from mnist_core.processes import Tell
from mnist_core.runs.record import FOREIGN, RunDataset, RunRecord, RunStatus, RunSummary
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.cross_entropy import mean_cross_entropy
from mnist_core.training.settings import TrainingSettings

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
LIMITS: Mapping[str, int] = {r"config\.json": 1 << 20, r"metadata\.json": 1 << 16, r"model\.weights\.h5": 256 << 20}
"""Members of a `.keras` file, and the most bytes that each may unpack to."""

N_TRIED = 300
"""Training digits by which the scaling is found that a model expects."""

TAG = "imported"
HALF = 127.5


def import_model(
    store: RunStore, path: Path, title: str, dataset: Dataset, *, name: str, pixels: str, tell: Tell
) -> Imported:
    """Store the network in a `.keras` file as a run.

    Args:
        pixels: one of `PIXELS`, or `AUTO` to find out; counts only if the model does not scale pixels itself.

    Raises:
        IncomingError: the file is not accepted; the message names the layer or the array.
        RunError: the folder of runs cannot be written.
    """
    with Archive(path, title, LIMITS) as archive, tempfile.TemporaryDirectory(prefix="mnist-studio-") as place:
        network = parse_model(archive.read(CONFIG))
        if WEIGHTS not in archive.names:
            raise IncomingError(f"{title} contains no weights.")
        unpacked = Path(place) / "weights.h5"
        unpacked.write_bytes(archive.read(WEIGHTS))
        weights = read_hdf5(unpacked, title, network.places, weight_shapes(network.architecture))
    return _store(store, network, weights, dataset, title=title, name=name, pixels=pixels, tell=tell)


def import_weights(
    store: RunStore,
    path: Path,
    title: str,
    dataset: Dataset,
    *,
    config: ExperimentConfig,
    name: str,
    pixels: str,
    tell: Tell,
) -> Imported:
    """Store the weights in a `.weights.h5` file as a run with the network of `config`.

    Args:
        pixels: one of `PIXELS`, or `AUTO` for the scaling of `config`.

    Raises:
        IncomingError: the file is not accepted, or its arrays do not fit the network.
        ConfigError: the network cannot be built.
        RunError: the folder of runs cannot be written.
    """
    config.validate()
    architecture = config.architecture
    network = ForeignNetwork(architecture=architecture, scaler=None, places=places_in_order(architecture), notes=())
    weights = read_hdf5(path, title, network.places, weight_shapes(architecture))
    if pixels == AUTO:
        scaler = _scaler_of(config, dataset)
        note = f"The weights expect {PIXELS[config.scaling.value]}, as the configuration of their network says."
        network = replace(network, scaler=scaler, notes=(note,))
    return _store(store, network, weights, dataset, title=title, name=name, pixels=pixels, tell=tell)


def _store(
    store: RunStore, network: ForeignNetwork, weights: Weights, dataset: Dataset, *, title: str, name: str, pixels: str,
    tell: Tell,
) -> Imported:  # fmt: skip
    scaler, notes = network.scaler, list(network.notes)
    if scaler is None:
        scaler, note = _scaler(network.architecture, weights, dataset, pixels)
        notes.append(note)
    probabilities = score_images(
        network.architecture,
        weights,
        scaler,
        dataset.test.images,
        progress=lambda done, all: tell(done / all, "scoring"),
    )
    test = Predictions.of_split(dataset.test.labels, probabilities)
    run = RunRecord(
        run_id="",
        name=name or title,
        status=RunStatus.COMPLETED,
        config=ExperimentConfig(
            dataset=dataset.name,
            scaling=scaler.kind,
            architecture=network.architecture,
            training=TrainingSettings(epochs=1),
        ),
        summary=RunSummary(
            parameters=network.architecture.parameters,
            epochs_done=1,
            best_epoch=1,
            test_accuracy=test.accuracy,
            test_loss=test.loss,
        ),
        dataset=RunDataset(name=dataset.name, sha256=dataset.sha256, test_images=len(dataset.test)),
        scaler=scaler,
        tags=(TAG,),
        note="\n".join((f"Imported from {title}.", *notes)),
    )
    run_id = store_imported(store, run, weights=weights, source={"kind": FOREIGN, "file": title}, test=test)
    return Imported(run_id=run_id, notes=tuple(notes))


def _scalers(dataset: Dataset) -> Mapping[str, Scaler]:
    """What a model may expect, by the names of `PIXELS`."""
    return {
        "unit": Scaler(kind=Scaling.UNIT),
        "pixels": Scaler(kind=Scaling.STANDARDISED, mean=0.0, std=1.0),
        "signed": Scaler(kind=Scaling.STANDARDISED, mean=HALF, std=HALF),
        "standardised": fit_scaler(Scaling.STANDARDISED, dataset.train.images),
        "l2_rows": Scaler(kind=Scaling.L2_ROWS),
    }


def _scaler_of(config: ExperimentConfig, dataset: Dataset) -> Scaler:
    """The scaling of `config`, fitted to the images that it trains on; on another data set, to all training images."""
    rows = config.split(dataset.train.labels)[0] if config.dataset == dataset.name else None
    return fit_scaler(config.scaling, dataset.train.images, rows)


def _scaler(architecture: Architecture, weights: Weights, dataset: Dataset, pixels: str) -> tuple[Scaler, str]:
    """The scaling that a model expects, as asked or as the digits show, with a sentence on it."""
    known = _scalers(dataset)
    if pixels in known:
        return known[pixels], f"The model expects {PIXELS[pixels]}, as chosen."
    if pixels != AUTO:
        raise ConfigError.invalid("pixels", expected=", ".join((AUTO, *known)), received=pixels)
    labels = dataset.train.labels
    rows = stratified_parts(labels, min(N_TRIED, len(labels)), seed=0)[0]
    images = dataset.train.images[rows]
    losses = {
        name: _loss(score_images(architecture, weights, scaler, images), labels[rows]) for name, scaler in known.items()
    }
    best, second = sorted(losses, key=lambda name: losses[name])[:2]  # among equals the first
    return known[best], (
        f"The file does not say how pixels are scaled. Taken: {PIXELS[best]}, with a cross-entropy of "
        f"{losses[best]:.3g} on {len(rows):,} training digits; {losses[second]:.3g} with the next best."
    )


def _loss(probabilities: FloatArray, labels: LabelArray) -> float:
    """Mean cross-entropy: inputs 255 times too large hardly change which class wins, but how sure the network is."""
    return mean_cross_entropy(np.nan_to_num(probabilities[np.arange(len(labels)), labels]))
