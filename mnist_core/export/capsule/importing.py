"""Makes a run of a capsule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import IncomingError
from mnist_core.export.capsule.checking import dataset_differences, file_differences
from mnist_core.export.capsule.reading import Capsule, read_capsule
from mnist_core.export.capsule.scoring import (
    ROUNDED_TOLERANCE,
    check_digits,
    dataset_names,
    epoch_differences,
    largest_difference,
    predictions_of_best,
    rescored,
    sampled,
    weight_differences,
)
from mnist_core.export.incoming.storing import store_imported
from mnist_core.runs.record import FOREIGN
from mnist_core.runs.store import RunStore

N_SCORED, N_SCORED_OF_EPOCH = 300, 20
"""Digits that are scored again before a run is stored: `verify` scores all of them."""
MAX_DIFFERENCES = 3
"""So many are named in the notes; `verify` names all."""


def import_capsule(
    store: RunStore, path: Path, title: str = "", *, name: str = "", hear: Callable[[str], None] = lambda note: None
) -> str:
    """Store the run in a capsule, under a new id, which is returned; with another name if one is given.

    Args:
        hear: called with sentences on what a person should know of its results.

    Raises:
        IncomingError: the capsule is not accepted, or its predictions do not follow from its weights: every page of
            such a run would mix the results of two networks.
        RunError: the folder of runs cannot be written.
    """
    title = title or path.name
    capsule = read_capsule(path, title)
    for note in _notes(capsule, title):  # all of them before anything is stored
        hear(note)
    source = {"kind": "capsule", "run_id": capsule.run.run_id}
    if capsule.run.is_foreign:
        source["of"] = FOREIGN
    return store_imported(
        store,
        replace(capsule.run, name=name or capsule.run.name),
        weights=capsule.weights,
        source=source,
        history=capsule.history,
        test=capsule.test,
        validation=capsule.validation,
        epoch_weights=capsule.epoch_weights,
    )


def _notes(capsule: Capsule, title: str) -> Iterator[str]:
    """What a person should know of the results in a capsule before they are believed.

    Raises:
        IncomingError: its predictions do not follow from its weights.
    """
    differences, of_best, names = file_differences(capsule), predictions_of_best(capsule), dataset_names(capsule)
    if of_best is not None and names:
        dataset, (split, predictions) = load_dataset(names[0]), of_best
        check_digits(dataset, split, predictions, title)
        sample = sampled(predictions, N_SCORED)
        again = rescored(capsule, dataset, split, sample)
        if (largest := largest_difference(sample, again)) > ROUNDED_TOLERANCE:  # more than any processor explains
            raise IncomingError(
                f"The predictions in {title} do not follow from its weights: one of the two was changed. Scored again: "
                f"{len(sample):,} {split} digits. Expected probabilities that differ by at most {ROUNDED_TOLERANCE:g}. "
                f"Received: a difference of {largest:.2g}."
            )
        differences += weight_differences(capsule, split, sample, again)
        differences += dataset_differences(capsule, dataset)
        differences += epoch_differences(capsule, dataset, N_SCORED_OF_EPOCH)
    elif of_best is not None:
        yield (
            f"The data set {capsule.run.config.dataset} of the capsule is not on this machine, so that the results "
            "could not be checked."
        )
    for item in differences[:MAX_DIFFERENCES]:
        yield f"Not as it should be: {item.what}. Stored: {item.stored}. Expected: {item.found}."
    if len(differences) > MAX_DIFFERENCES:
        yield f"{len(differences) - MAX_DIFFERENCES:,} more results are not as they should be: verify the capsule."
