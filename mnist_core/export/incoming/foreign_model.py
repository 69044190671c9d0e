"""Makes a run of a Keras model from elsewhere, or of weights for a network that is given: scored, and stored."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mnist_core.data.dataset import Dataset
from mnist_core.data.scaling import Scaler, fit_scaler
from mnist_core.errors import IncomingError
from mnist_core.evaluation.predictions import Predictions
from mnist_core.export.incoming.archive import Archive
from mnist_core.export.incoming.hdf5 import read_hdf5
from mnist_core.export.incoming.imported import AUTO, PIXELS, Imported
from mnist_core.export.incoming.keras_model import ForeignNetwork, parse_model, places_in_order
from mnist_core.export.incoming.pixel_scale import is_guessing, scaler_for
from mnist_core.export.incoming.storing import store_imported
from mnist_core.models.weights import weight_shapes
from mnist_core.network.forward import Weights
from mnist_core.network.scoring import score_images
from mnist_core.processes import Tell
from mnist_core.runs.record import FOREIGN, RunDataset, RunRecord, RunStatus, RunSummary
from mnist_core.runs.store import RunStore
from mnist_core.shares import shown_share
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import TrainingSettings

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
LIMITS: Mapping[str, int] = {r"config\.json": 1 << 20, r"metadata\.json": 1 << 16, r"model\.weights\.h5": 256 << 20}
"""Members of a `.keras` file, and the most bytes that each may unpack to."""

TAG = "imported"


def import_model(
    store: RunStore, path: Path, title: str, dataset: Dataset, *, name: str, pixels: str, tell: Tell
) -> Imported:
    """Store the network in a `.keras` file as a run.

    Args:
        pixels: one of `PIXELS`, or `AUTO` to find out; counts only if the model does not scale pixels itself.

    Raises:
        IncomingError: the file is not accepted; the message names the layer or the array. Or no known scale of the
            pixels fits the model.
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
        scaler, note = scaler_for(network.architecture, weights, dataset, pixels, title)
        notes.append(note)
    probabilities = score_images(
        network.architecture,
        weights,
        scaler,
        dataset.test.images,
        progress=lambda done, all: tell(done / all, "scoring"),
    )
    test = Predictions.of_split(dataset.test.labels, probabilities)
    if is_guessing(test):
        notes.append(
            f"Only {shown_share(test.accuracy)} of the test digits of {dataset.name} are correct, no more than by "
            "guessing: the model may expect other pixel values, or be for other images."
        )
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


def _scaler_of(config: ExperimentConfig, dataset: Dataset) -> Scaler:
    """The scaling of `config`, fitted to the images that it trains on; on another data set, to all training images."""
    rows = config.split(dataset.train.labels)[0] if config.dataset == dataset.name else None
    return fit_scaler(config.scaling, dataset.train.images, rows)
