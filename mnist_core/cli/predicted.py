"""The stored predictions that a command is about, the options that choose them, and tables of them as CSV."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
        return f"{len(self.predictions):,} {self.split} images of {self.run.config.dataset}{after}"

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
        PredictionsError: there are none.
    """
    store = RunStore(runs_folder())
    run = store.get(options.run_id)
    if options.epoch is not None and options.split == "test":
        raise ConfigError("Test images are scored once, so they have no epoch. Expected --split validation.")
    try:
        found = store.predictions(run.run_id, options.split, options.epoch)
    except PredictionsError as error:
        raise PredictionsError(f"Run {run.run_id} has no {options.split} predictions to show. {error}") from None
    epoch = options.epoch or run.best_epoch
    return Predicted(store=store, run=run, split=options.split, epoch=epoch, predictions=found)


def add_rows(parser: argparse.ArgumentParser, *, csv: str) -> None:
    """How many rows, and a file for them; `csv` says what is in it."""
    parser.add_argument(
        "-n", type=int, metavar="N", help=f"list the first N; default: {N_SHOWN}, with --json or --csv all"
    )
    add_csv(parser, csv=csv)


def add_csv(parser: argparse.ArgumentParser, *, csv: str) -> None:
    """A file for the rows."""
    parser.add_argument("--csv", type=Path, metavar="FILE", help=f"write {csv} to this file")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def checked_rows(options: argparse.Namespace) -> int | None:
    """The number of rows in the options; None for all.

    Raises:
        ConfigError: it is below 1.
    """
    if options.n is not None and options.n < 1:
        raise ConfigError.invalid("n", expected="an integer from 1", received=options.n)
    n: int | None = options.n
    return n


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
    """Write the table, if a file is wanted, safe to open in a spreadsheet."""
    if path is None:
        return
    from mnist_core.evaluation.export import selection_csv

    write_bytes(path, selection_csv(frame))
    if not options.json:
        print(f"{path}: {counted(len(frame), 'row')}")


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table in JSON's types; None where a value is missing or not a number."""
    found: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", double_precision=15))
    return found
