"""Results of long analyses of a run, as they are stored with it: the jobs of `mnist_core.probing.run_job`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from dashboard import cached
from mnist_core.data.dataset import Dataset

if TYPE_CHECKING:  # these load scikit-learn and scipy, which a view may never need
    from mnist_core.network.film import Film
    from mnist_core.probing.knock_out_result import KnockOut, MutedTo
    from mnist_core.probing.probes import Probes
    from mnist_core.runs.record import RunRecord


def weights_digest(run: RunRecord) -> str:
    """SHA-256 of the weights of the best checkpoint.

    Raises:
        RunError: the run has no weights (yet), or they are damaged.
    """
    from mnist_core.network.digest import best_weights_sha256

    return best_weights_sha256(cached.run_store().folder(run.run_id))


def knock_out(run: RunRecord, dataset: Dataset, layer: str, muted_to: MutedTo) -> KnockOut | None:
    """The knock-out of a layer as far as it is computed; None if it was not begun.

    Raises:
        RunError: the run has no weights (yet), or they are damaged.
        ConfigError: the network has no such layer.
    """
    from mnist_core.probing.knock_out_result import knock_out_path, read_knock_out

    store, digest = cached.run_store(), weights_digest(run)
    path = knock_out_path(store, run, digest, layer, muted_to)
    if not path.is_file():
        return None
    found: KnockOut | None = cached.kept_large(
        "knock-out",
        str(path),
        cached.changed(path),
        make=lambda: read_knock_out(store, run, digest, layer, muted_to),
    )
    return found if found is not None and found.dataset_sha256 == dataset.sha256 else None


def probes(run: RunRecord, dataset: Dataset) -> Probes | None:
    """The probes of all layers as far as they are trained; None if that was not begun.

    Raises:
        RunError: the run has no weights (yet), or they are damaged.
    """
    from mnist_core.probing.probes import probes_path, read_probes

    store, digest = cached.run_store(), weights_digest(run)
    path = probes_path(store, run, digest)
    if not path.is_file():
        return None
    key = (str(path), cached.changed(path))
    found: Probes | None = cached.kept("probes", *key, make=lambda: read_probes(store, run, digest))
    return found if found is not None and found.dataset_sha256 == dataset.sha256 else None


def filters_film(run: RunRecord, epochs: tuple[int, ...], layer: str) -> Film:
    """The film of the filters of a convolution over these epochs, of a run that has kept nothing else of them.

    Raises:
        RunError: the filters of an epoch are not there any more, or damaged.
    """
    from mnist_core.network.film import film

    store = cached.run_store()
    changes = tuple(cached.changed(store.filters_path(run.run_id, epoch)) for epoch in epochs)

    def make() -> Film:
        kernels = {epoch: store.filters(run.run_id, epoch) for epoch in epochs}
        by_epoch = {
            epoch: {f"{name}/kernel": kernel for name, kernel in found.items()} for epoch, found in kernels.items()
        }
        return film(run.config.architecture, by_epoch, None, layer)

    return cached.kept_large("film of filters", str(store.root), run.run_id, epochs, changes, layer, make=make)


def film(run: RunRecord, epochs: tuple[int, ...], inputs: np.ndarray | None, layer: str) -> Film:
    """The film of a layer over these epochs, whose weights are kept.

    Args:
        inputs: the scaled digit, float32 (1, 28, 28, 1), or None.

    Raises:
        RunError: the weights of an epoch are not there any more, or damaged.
    """
    from mnist_core.network.film import film

    store = cached.run_store()
    changes = tuple(cached.changed(store.epoch_weights_path(run.run_id, epoch)) for epoch in epochs)
    digit = "" if inputs is None else hashlib.blake2b(inputs.tobytes(), digest_size=16).hexdigest()
    return cached.kept_large(
        "film",
        str(store.root),
        run.run_id,
        epochs,
        changes,
        digit,
        layer,
        make=lambda: film(
            run.config.architecture,
            {epoch: cached.epoch_weights(run.run_id, epoch) for epoch in epochs},
            inputs,
            layer,
        ),
    )
