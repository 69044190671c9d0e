"""Runs of any network with random weights, whose stored predictions are those of the forward pass in numpy."""

from __future__ import annotations

import numpy as np

from mnist_core.data.scaling import Scaling, fit_scaler
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.models.architecture import Architecture
from mnist_core.models.weights import weight_shapes
from mnist_core.network.scoring import score_images
from mnist_core.runs.checkpoints import save_best
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import TrainerState

N_DIGITS = 200


def random_run(store: RunStore, architecture: Architecture, scaling: Scaling = Scaling.UNIT) -> str:
    """A completed run of the sample, whose first test digits are scored; returns its id."""
    data = load_dataset("mnist-sample")
    run_id = store.create(
        ExperimentConfig(dataset=data.name, architecture=architecture, scaling=scaling), name="Random"
    )
    weights, scaler = random_weights(architecture), fit_scaler(scaling, data.train.images)
    (store.folder(run_id) / "checkpoints").mkdir()
    arrays = {f"weight:{name}": value for name, value in weights.items()}
    save_best(store.folder(run_id) / "checkpoints", TrainerState(arrays=arrays, epoch=1, batch=0, history=()))
    probabilities = score_images(architecture, weights, scaler, data.test.images[:N_DIGITS])
    predictions = store.folder(run_id) / "predictions"
    predictions.mkdir()
    save_predictions(predictions / "test.npz", Predictions.of_split(data.test.labels[:N_DIGITS], probabilities))
    summary = {"parameters": architecture.parameters, "epochs_done": 1, "best_epoch": 1}
    dataset = {"name": data.name, "sha256": data.sha256, "test_images": len(data.test)}
    store.update(
        run_id, lambda d: d.update(status="completed", scaler=scaler.to_dict(), summary=summary, dataset=dataset)
    )
    return run_id


def random_weights(architecture: Architecture, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights of a size at which signals neither vanish nor explode; variances are positive."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, shape in weight_shapes(architecture).items():
        fan_in = max(1, int(np.prod(shape[:-1])))
        value = rng.normal(0, (2 / fan_in) ** 0.5 if len(shape) > 1 else 0.1, shape)
        if name.endswith(("moving_variance", "gamma")):
            value = rng.uniform(0.5, 1.5, shape)
        found[name] = value.astype(np.float32)
    return found
