"""Predictions of a run for other data sets, stored with the run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import PredictionsError, RunError
from mnist_core.evaluation.predictions import save_predictions
from mnist_core.files import write_json
from mnist_core.network.scoring import score_split
from mnist_core.processes import Tell
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredData:
    """The scores of a run on a split of a data set that it was not trained on.

    Attributes:
        dataset, title, sha256: the data set, and its content when it was scored.
        epoch: of the weights.
        stem: name of the files in `<run>/scored/`, without their endings.
    """

    dataset: str
    title: str
    sha256: str
    split: str
    epoch: int
    images: int
    accuracy: float
    loss: float
    stem: str


def score_data(
    store: RunStore, run_id: str, dataset: str, split: str = "test", *, tell: Tell = lambda share, note: None
) -> ScoredData:
    """Score a data set with the run's best checkpoint and store the predictions, unless they are stored already.

    Raises:
        RunError: there is no such run, or it has no weights (yet).
        DatasetError: the data set is not on this machine.
    """
    run = store.get(run_id)
    data = load_dataset(dataset)
    if run.best_epoch is None:
        raise RunError(f"Run {run_id} has no weights yet: its first epoch is not finished.")
    stem = f"{data.sha256[:16]}-{split}-epoch-{run.best_epoch:03d}"
    for known in scored_data(store, run):
        if known.stem == stem:
            return known
    predictions = score_split(
        store, run_id, dataset=dataset, split=split, progress=lambda done, total: tell(done / total, data.title)
    )
    found = ScoredData(
        dataset=dataset,
        title=data.title,
        sha256=data.sha256,
        split=split,
        epoch=run.best_epoch,
        images=len(predictions),
        accuracy=predictions.accuracy,
        loss=predictions.loss,
        stem=stem,
    )
    folder = store.folder(run_id) / "scored"
    folder.mkdir(exist_ok=True)
    save_predictions(folder / f"{stem}.npz", predictions)
    write_json(folder / f"{stem}.json", asdict(found))  # last, so that only complete results are listed
    return found


def scored_data(store: RunStore, run: RunRecord) -> tuple[ScoredData, ...]:
    """All results of the present best checkpoint, by title; those that cannot be read are left out."""
    folder = store.folder(run.run_id) / "scored"
    found = [_read(path) for path in sorted(folder.glob(f"*-epoch-{run.best_epoch or 0:03d}.json"))]
    return tuple(sorted((item for item in found if item is not None), key=lambda item: (item.title, item.split)))


def scored_path(store: RunStore, run_id: str, scored: ScoredData) -> Path:
    """The file of the stored predictions."""
    return store.folder(run_id) / "scored" / f"{scored.stem}.npz"


def _read(path: Path) -> ScoredData | None:
    try:
        values = json.loads(path.read_bytes())
        found = ScoredData(**values)
        if found.stem != path.stem:
            raise PredictionsError("The file was renamed.")
    except (OSError, ValueError, TypeError, PredictionsError):
        return None
    return found
