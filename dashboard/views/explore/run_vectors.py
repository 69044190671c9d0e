"""Hidden vectors: the activations of a run's last hidden layer for the images of an embedding."""

from __future__ import annotations

import numpy as np

from dashboard import cached
from dashboard.server.background import Job
from mnist_core.data.dataset import Dataset, Float32Array, Indices, SplitName, UInt8Array
from mnist_core.data.finding.tsne import map_rows
from mnist_core.data.scaling import fit_scaler
from mnist_core.network.feature_maps import responses
from mnist_core.runs.record import RunRecord

CHUNK = 250


def has_hidden_layer(run: RunRecord) -> bool:
    """Whether the network has a hidden layer, and a checkpoint."""
    return len(run.config.architecture.rows) > 1 and run.best_epoch is not None


def last_hidden_layer(run: RunRecord) -> str:
    """Name of the last layer before the logits."""
    return run.config.architecture.rows[-2].name


def vectors_key(run: RunRecord, split: SplitName) -> tuple[str, ...]:
    """The key of the job that computes the vectors of a split."""
    return ("vectors", run.run_id, str(run.best_epoch), split)


def find_vectors(job: Job, run: RunRecord, dataset: Dataset, split: SplitName) -> tuple[Indices, Float32Array]:
    """The work of that job: rows of the images of the embedding (N,), and their hidden vectors (N, D).

    Of a layer whose output has height and width, the vector holds the peak of each channel.
    """
    rows = map_rows(dataset, split)
    images = dataset.split(split).images[rows]
    parts = []
    for start in range(0, len(images), CHUNK):
        parts.append(vectors_of(run, dataset, images[start : start + CHUNK]))
        job.tell((start + CHUNK) / len(images))
    return rows, np.concatenate(parts)


def vectors_of(run: RunRecord, dataset: Dataset, images: UInt8Array) -> Float32Array:
    """Hidden vectors of images uint8 (N, 28, 28): float32 (N, D)."""
    scaler = run.scaler or fit_scaler(run.config.scaling, dataset.train.images)
    weights = cached.weights(run.run_id)
    found = responses(run.config.architecture, weights, scaler.apply(images), last_hidden_layer(run))
    return found.peaks
