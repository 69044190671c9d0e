"""`runs`, `show` and `evaluate`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from mnist_core.cli.output import percent, print_json, print_table
from mnist_core.cli.predicted import check_has_digits
from mnist_core.data.dataset import DIGITS
from mnist_core.environment import runs_folder
from mnist_core.errors import ConfigError
from mnist_core.evaluation.confusion import ConfusionMatrix
from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.bin import bin_of
from mnist_core.runs.query import RunQuery, checked_sort, parse_filter
from mnist_core.runs.record import readable
from mnist_core.runs.store import RunStore
from mnist_core.words import counted, listed


def runs(options: argparse.Namespace) -> int:
    """List the runs, the newest first unless another order is asked for."""
    store = _store()
    if options.deleted:
        store = bin_of(store)
    query = RunQuery(
        conditions=tuple(parse_filter(text) for text in options.filter),
        sort=checked_sort(options.sort),
        is_descending=not options.ascending,
    )
    if options.json:
        print_json([run.document for run in store.find(query)])
        for damaged in store.damaged():
            print(f"Run {damaged.run_id} is damaged and left out: {damaged.reason}", file=sys.stderr)
    else:
        _print_rows(store, query)
    if store.index.notice:
        print(store.index.notice, file=sys.stderr)
    return 0


def _print_rows(store: RunStore, query: RunQuery) -> None:
    """The table from the index alone: no run is read for it."""
    rows = [
        (
            row.run_id,
            row.status,
            row.title,
            row.dataset,
            f"{row.epochs_done}/{row.epochs}",
            percent(row.validation_accuracy),
            percent(row.test_accuracy),
            " ".join(("★" if row.is_starred else "", *row.tags)).strip(),
        )
        for row in store.index.rows(query)
    ]
    print_table(("run", "status", "name", "data", "epochs", "validation", "test", "tags"), rows)
    for damaged in store.damaged():
        print(f"{damaged.run_id}  damaged: {damaged.reason}")


def show(options: argparse.Namespace) -> int:
    """Show configuration, history and scores of a run."""
    store = _store()
    run = store.get(options.run_id)
    if options.json:
        print_json(run.document)
        return 0
    summary = run.summary
    print(f"{run.title} ({run.run_id}): {run.status}")
    if run.error:
        print(run.error)
    print(f"Data set {run.config.dataset}, {summary.parameters:,} parameters, best epoch {summary.best_epoch or '-'}")
    n = f" of {counted(run.dataset.test_images, 'image')}" if run.dataset and run.dataset.test_images else ""
    print(
        f"Validation accuracy {percent(summary.validation_accuracy)}, test accuracy {percent(summary.test_accuracy)}{n}"
    )
    rows = [
        (
            m.epoch,
            f"{m.loss:.4f}",
            percent(m.accuracy),
            f"{m.val_loss:.4f}",
            percent(m.val_accuracy),
            f"{m.seconds:.1f}",
        )
        for m in store.history(run.run_id)
    ]
    print_table(
        ("epoch", "training loss", "training accuracy", "validation loss", "validation accuracy", "seconds"), rows
    )
    if added := run.config.training.added_to_loss:
        print(f"The training loss is with {listed(added)}, the others are without.")
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Show accuracy, loss and confusion matrix of a run on a split of a data set."""
    store = _store()
    predictions = _predictions(store, options)
    check_has_digits(predictions, options.run_id, options.split)
    confusion = ConfusionMatrix.from_predictions(predictions)
    result: dict[str, Any] = {
        "run_id": options.run_id,
        "dataset": options.dataset or store.get(options.run_id).config.dataset,
        "split": options.split,
        "images": len(predictions),
        "accuracy": predictions.accuracy,
        "loss": predictions.loss,
        "confusion_matrix": confusion.counts.tolist(),
    }
    if options.json:
        print_json(result)
        return 0
    print(
        f"Accuracy {percent(predictions.accuracy)}, loss {predictions.loss:.4f} on "
        f"{counted(len(predictions), f'{options.split} image')} of {result['dataset']}"
    )
    print("Confusion matrix (rows: true labels, columns: predicted labels):")
    print_table(("", *DIGITS), [(label, *row) for label, row in enumerate(result["confusion_matrix"])])
    return 0


def _store() -> RunStore:
    """The runs of this machine; a folder that is not there yet has none.

    Raises:
        ConfigError: something else than a folder has its name, which would look like a folder without runs.
    """
    root = runs_folder()
    if root.exists() and not root.is_dir():
        raise ConfigError(f"MNIST_STUDIO_RUNS cannot be used. Expected a folder. Received: {readable(str(root))}.")
    return RunStore(root)


def _predictions(store: RunStore, options: argparse.Namespace) -> Predictions:
    """The stored predictions if there are any, otherwise new ones with the best checkpoint."""
    from mnist_core.network.scoring import score_split

    run = store.get(options.run_id)
    is_own = options.dataset in (None, run.config.dataset)
    if options.split == "validation":
        if not is_own:
            raise ConfigError("Only the data set of the run has a validation split. Choose the split test or train.")
        return store.predictions(run.run_id, "validation")
    if is_own and options.split == "test" and store.predictions_path(run.run_id, "test").exists():
        return store.predictions(run.run_id, "test")
    return score_split(store, run.run_id, dataset=options.dataset or run.config.dataset, split=options.split)
