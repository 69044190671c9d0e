"""`mistakes`: the misclassified digits of a run, as on the page Mistakes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from mnist_core.cli.arguments import add_command, integer
from mnist_core.cli.output import print_json, print_table
from mnist_core.cli.predicted import (
    N_SHOWN,
    Predicted,
    add_predicted,
    add_rows,
    checked_csv,
    predicted,
    records,
    write_csv,
)
from mnist_core.data.dataset import N_CLASSES
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.evaluation.mistakes import SORTS, MistakeSort
from mnist_core.evaluation.predictions import IndexArray
from mnist_core.runs.predicted_images import measures_of_predictions, mistake_positions
from mnist_core.shares import shown_probability
from mnist_core.words import counted

if TYPE_CHECKING:
    import pandas as pd


def add_commands(commands: Any) -> None:
    """The command with its options."""
    parser = add_command(commands, "mistakes", mistakes, "list the misclassified digits of a run")
    add_predicted(parser)
    parser.add_argument(
        "--sort", choices=[*SORTS, *MEASURES], default=MistakeSort.LOSS.value, metavar="FIELD",
        help=f"sort by this, the highest first: {', '.join(SORTS)}, or a handwriting measure such as slant; "
        "default: %(default)s",
    )  # fmt: skip
    parser.add_argument("--ascending", action="store_true", help="the lowest first")
    for name in ("true", "predicted"):
        parser.add_argument(
            f"--{name}", type=integer(0, N_CLASSES - 1), action="append", default=[], metavar="D",
            help=f"only digits with this {name} label; may be repeated",
        )  # fmt: skip
    add_rows(parser, csv="all columns, with the handwriting measures,")


def mistakes(options: argparse.Namespace) -> int:
    """The misclassified digits that the options ask for, in the order of the page."""
    n, path, shown = options.n, checked_csv(options), predicted(options)
    needs_measures = options.sort in MEASURES or options.json or path is not None
    measures = measures_of_predictions(shown.run, shown.predictions, shown.split) if needs_measures else None
    positions = mistake_positions(
        shown.run, shown.predictions, measures, sort=options.sort, descending=not options.ascending,
        true_labels=tuple(options.true), predicted_labels=tuple(options.predicted),
    )  # fmt: skip
    listed = positions if n is None else positions[:n]
    if path is not None:
        write_csv(path, _frame(shown, listed, measures), options)
    if options.json:
        frame = _frame(shown, listed, measures)
        document = {**shown.document, "wrong": int((~shown.predictions.correct).sum()), "found": len(positions)}
        print_json({**document, "mistakes": records(frame.drop(columns="is_correct"))})
    else:
        _print(shown, options, positions, listed[:N_SHOWN] if n is None else listed)
    return 0


def _frame(shown: Predicted, positions: IndexArray, measures: Measures | None) -> pd.DataFrame:
    from mnist_core.evaluation.export import selection_frame

    table = None if measures is None else measures.to_frame()
    return selection_frame(shown.predictions, positions, measures=table)


def _print(shown: Predicted, options: argparse.Namespace, positions: IndexArray, listed: IndexArray) -> None:
    names, part = shown.class_names, shown.predictions.take(listed)
    labels = [f"{word} {' or '.join(names[label] for label in sorted(set(given)))}"
              for word, given in (("true", options.true), ("predicted", options.predicted)) if given]  # fmt: skip
    which = f", {', '.join(labels)}" if labels else ""
    order = f"{'lowest' if options.ascending else 'highest'} {options.sort} first"
    print(f"{shown.run.title}: {len(positions):,} of {shown.words} misclassified{which}; {order}")
    rows = zip(part.index, part.labels, part.predicted, part.confidence, part.margin, part.losses, strict=True)
    print_table(
        ("row", "true", "predicted", "confidence", "margin", "loss"),
        [
            (row, names[true], names[guess], shown_probability(float(confidence)), f"{margin:.4f}", f"{loss:.4f}")
            for row, true, guess, confidence, margin, loss in rows
        ],
    )
    if len(listed) < len(positions):
        print(f"{counted(len(listed), 'is', 'are')} listed; -n N lists more.")
