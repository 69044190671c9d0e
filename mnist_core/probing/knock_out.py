"""Knock-out: each filter of a layer of a run is muted in turn, and thousands of test digits are predicted again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Dataset, UInt8Array
from mnist_core.data.scaling import Scaler
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ConfigError, RunError
from mnist_core.network.digest import weights_sha256
from mnist_core.network.forward import images_at_once
from mnist_core.network.muting import MutedNetwork
from mnist_core.network.operations import Array
from mnist_core.network.scoring import scaler_of
from mnist_core.network.single_thread import single_threaded
from mnist_core.probing.knock_out_result import (
    KnockOut,
    MutedTo,
    knock_out_path,
    muteable,
    read_knock_out,
    write_knock_out,
)
from mnist_core.probing.robustness import digit_rows
from mnist_core.processes import Tell
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

N_THREADS = 2
SMALLEST_PART = 16
"""Digits that go through the network together: fewer would make Python the slowest part."""

STORE_SECONDS = 1.0
"""Time between two stored partial results."""


def knock_out(
    store: RunStore,
    run_id: str,
    layer: str,
    muted_to: str = MutedTo.ZERO,
    *,
    tell: Tell = lambda share, note: None,
) -> KnockOut:
    """The knock-out of one layer of a run's best checkpoint, computed now or read from the run.

    What is found is stored about every second, to be shown meanwhile and not to be repeated after a cancel.

    Raises:
        RunError: there is no such run, or it has no weights (yet), or they are not numbers.
        ConfigError: the network has no such layer, or `muted_to` is unknown.
        DatasetError: its data set is not on this machine.
    """
    run = store.get(run_id)
    if muted_to not in tuple(MutedTo):
        raise ConfigError.invalid("muted_to", expected="one of " + ", ".join(MutedTo), received=muted_to)
    dataset, weights = load_dataset(run.config.dataset), store.weights(run_id)
    digest = weights_sha256(weights)
    found = read_knock_out(store, run, digest, layer, MutedTo(muted_to))
    if found is None or found.dataset_sha256 != dataset.sha256:
        found = _nothing_yet(run, dataset, digest, layer, MutedTo(muted_to))
    if found.is_complete:
        return found
    if any(not np.isfinite(weight).all() for weight in weights.values()):
        raise RunError("Some weights of this run are not numbers: its training diverged. Train it again.")
    path = knock_out_path(store, run, digest, layer, found.muted_to)
    path.parent.mkdir(exist_ok=True)
    stored = time.monotonic()
    for found in _continued(run, dataset, weights, found, tell):  # noqa: B020 - it goes on from itself
        if found.is_complete or time.monotonic() - stored > STORE_SECONDS:
            write_knock_out(path, found)
            stored = time.monotonic()
    return found


def rows_in_turn(dataset: Dataset) -> NDArray[np.int64]:
    """Row numbers of the test digits, in the order in which they are predicted: a part of them is a fair sample."""
    return np.random.default_rng(0).permutation(digit_rows(dataset))


def _nothing_yet(run: RunRecord, dataset: Dataset, digest: str, layer: str, muted_to: MutedTo) -> KnockOut:
    return KnockOut(
        layer=layer,
        muted_to=muted_to,
        dataset_sha256=dataset.sha256,
        weights_sha256=digest,
        n_digits=len(rows_in_turn(dataset)),
        rows=np.empty(0, np.int64),
        labels=np.empty(0, np.uint8),
        clean=np.empty(0, np.uint8),
        predicted=np.empty((muteable(run, layer).n, 0), np.uint8),
    )


def _continued(
    run: RunRecord, dataset: Dataset, weights: dict[str, np.ndarray], found: KnockOut, tell: Tell
) -> Iterator[KnockOut]:
    """`found` with more and more digits."""
    network = MutedNetwork(run.config.architecture, weights, found.layer)
    scaler, rows, n_filters = scaler_of(run), rows_in_turn(dataset), len(found.predicted)
    size = max(SMALLEST_PART, images_at_once(run.config.architecture))
    todo = rows[~np.isin(rows, found.rows)]
    parts = [todo[start : start + size] for start in range(0, len(todo), size)]
    with single_threaded():  # the two threads share the work by digits, which is faster than by rows of a product
        values = np.zeros(n_filters)
        if found.muted_to is MutedTo.MEAN:
            tell(0.0, "Mean of each filter")
            values = _means(network, scaler, dataset, rows, size)
        pool = ThreadPoolExecutor(N_THREADS)
        try:
            work = pool.map(lambda part: _answers(network, scaler, dataset.test.images[part], values), parts)
            for part, labels in zip(parts, work, strict=True):
                found = _with(found, dataset, part, labels)
                tell(len(found.rows) / len(rows), f"{len(found.rows):,} of {len(rows):,} digits")
                yield found
        finally:
            pool.shutdown(cancel_futures=True)


def _answers(network: MutedNetwork, scaler: Scaler, images: UInt8Array, values: NDArray[np.float64]) -> UInt8Array:
    """Predicted labels (1 + F, N): of the network as it is, then with each filter muted."""
    state = network.before(scaler.apply(images))
    muted: list[int | None] = [None, *range(len(values))]
    probabilities = [network.after(state, i, 0.0 if i is None else float(values[i])) for i in muted]
    labels: UInt8Array = np.stack(probabilities).argmax(axis=2).astype(np.uint8)
    return labels


def _means(
    network: MutedNetwork, scaler: Scaler, dataset: Dataset, rows: NDArray[np.int64], size: int
) -> NDArray[np.float64]:
    """The mean output of each filter over all positions of the digits, (F,)."""
    sums: list[Array] = []
    for start in range(0, len(rows), size):
        outputs = network.outputs(scaler.apply(dataset.test.images[rows[start : start + size]]))
        sums.append(outputs.reshape(len(outputs), -1, outputs.shape[-1]).mean(axis=1, dtype=np.float64))
    means: NDArray[np.float64] = np.concatenate(sums).mean(axis=0)
    return means


def _with(found: KnockOut, dataset: Dataset, rows: NDArray[np.int64], labels: UInt8Array) -> KnockOut:
    """`found` and more digits, of which `labels` (1 + F, K) are predicted."""
    joined = np.concatenate([found.rows, rows])
    order = np.argsort(joined)
    return replace(
        found,
        rows=joined[order],
        labels=dataset.test.labels[joined[order]],
        clean=np.concatenate([found.clean, labels[0]])[order],
        predicted=np.concatenate([found.predicted, labels[1:]], axis=1)[:, order],
    )
