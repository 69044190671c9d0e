"""The stored predictions that a command is about, the options that choose them, and tables of them as CSV."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_core.cli.arguments import integer
from mnist_core.data.sources.known import class_names_of
from mnist_core.environment import runs_folder
from mnist_core.errors import ConfigError, ExportError, PredictionsError
from mnist_core.evaluation.predictions import Predictions
from mnist_core.files import write_bytes
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from mnist_core.words import counted

if TYPE_CHECKING:
    import pandas as pd

N_SHOWN = 20
"""Rows of a table on the terminal, unless another number is asked for."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Predicted:
    """The predictions of a run for one of its splits, after an epoch."""

    store: RunStore
    run: RunRecord
    split: str
    epoch: int | None
    predictions: Predictions

    @property
    def class_names(self) -> tuple[str, ...]:
        return class_names_of(self.run.config.dataset)

    @property
    def words(self) -> str:
        """Which images: "1,000 test images of mnist-sample after epoch 4"."""
        after = f" after epoch {self.epoch}" if self.epoch else ""
        return f"{counted(len(self.predictions), f'{self.split} image')} of {self.run.config.dataset}{after}"

    @property
    def document(self) -> dict[str, Any]:
        """The same in JSON's types."""
        return {
            "run_id": self.run.run_id,
            "dataset": self.run.config.dataset,
            "split": self.split,
            "epoch": self.epoch,
            "images": len(self.predictions),
        }


def add_predicted(parser: argparse.ArgumentParser) -> None:
    """The run, its split and the epoch."""
    parser.add_argument("run_id")
    parser.add_argument("--split", choices=["test", "validation"], default="test")
    parser.add_argument("--epoch", type=int, metavar="N", help="validation images after this epoch; default: the best")


def predicted(options: argparse.Namespace) -> Predicted:
    """The predictions that the options choose.

    Raises:
        RunError: there is no such run.
        ConfigError: an epoch is named for the test images, which are scored once.
        PredictionsError: there are none, or they have no digits.
    """
    store = RunStore(runs_folder())
    run = store.get(options.run_id)
    if options.epoch is not None and options.split == "test":
        raise ConfigError("Test images are scored once, so they have no epoch. Expected --split validation.")
    epoch = run.best_epoch if options.epoch is None else options.epoch  # read once: a run that trains goes on
    try:
        found = store.predictions(run.run_id, options.split, None if options.split == "test" else epoch)
    except PredictionsError as error:
        raise PredictionsError(f"Run {run.run_id} has no {options.split} predictions to show. {error}") from None
    check_has_digits(found, run.run_id, options.split)
    return Predicted(store=store, run=run, split=options.split, epoch=epoch, predictions=found)


def check_has_digits(predictions: Predictions, run_id: str, split: str) -> None:
    """Whether there is anything to show.

    Raises:
        PredictionsError: there are no digits.
    """
    if len(predictions) == 0:
        raise PredictionsError(f"The {split} predictions of run {run_id} have no digits. Expected at least 1.")


def add_rows(parser: argparse.ArgumentParser, *, csv: str) -> None:
    """How many rows, and a file for them; `csv` says what is in it."""
    parser.add_argument(
        "-n", type=integer(1), metavar="N", help=f"list the first N; default: {N_SHOWN}, with --json or --csv all"
    )
    add_csv(parser, csv=csv)


def add_csv(parser: argparse.ArgumentParser, *, csv: str) -> None:
    """A file for the rows."""
    parser.add_argument("--csv", type=Path, metavar="FILE", help=f"write {csv} to this file")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def checked_csv(options: argparse.Namespace) -> Path | None:
    """The file in the options, if there is one; looked at before anything is computed for it.

    Raises:
        ExportError: it is there already, does not end in .csv, or its folder is not there.
    """
    from mnist_core.export.output import output_path

    if options.csv is None:
        return None
    if options.csv.expanduser().is_dir():
        raise ExportError(f"{options.csv} is a folder. Expected a file.")
    return output_path(options.csv, ending=".csv", suggested="", overwrite=options.overwrite)


def write_csv(path: Path | None, frame: pd.DataFrame, options: argparse.Namespace) -> None:
    """Write the table, if a file is wanted, safe to open in a spreadsheet; before anything else is printed.

    Raises:
        ExportError: it cannot be written.
    """
    if path is None:
        return
    from mnist_core.evaluation.export import selection_csv

    try:
        write_bytes(path, selection_csv(frame))
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}.") from None
    if not options.json:
        print(f"{path}: {counted(len(frame), 'row')}")


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table in JSON's types; None where a value is missing or not a number."""
    found: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", double_precision=15))
    return found
