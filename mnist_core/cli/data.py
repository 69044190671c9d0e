"""`recipes`, `data`, `data fetch` and `data import`."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from mnist_core.cli.output import percent, print_json, print_table
from mnist_core.data.sources.catalogue import DatasetInfo, list_datasets
from mnist_core.environment import data_folder
from mnist_core.errors import DatasetError
from mnist_core.models.recipes import RECIPES, Recipe
from mnist_core.processes import limit_memory


def recipes(options: argparse.Namespace) -> int:
    """The recipes, with parameters and published accuracy."""
    if options.json:
        print_json([_described(recipe) for recipe in RECIPES.values()])
        return 0
    print_table(
        ("name", "parameters", "epochs", "batch", "published", "title"),
        [
            (r.name, f"{r.parameters:,}", r.epochs, r.batch_size, percent(r.published_test_accuracy), r.title)
            for r in RECIPES.values()
        ],
    )
    return 0


def _described(recipe: Recipe) -> dict[str, object]:
    return {
        "name": recipe.name,
        "title": recipe.title,
        "parameters": recipe.parameters,
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "published_test_accuracy": recipe.published_test_accuracy,
        "flaw": recipe.flaw,
    }


def data(options: argparse.Namespace) -> int:
    """Data sets on this machine."""
    infos = list_datasets()
    if options.json:
        print_json([dataclasses.asdict(info) for info in infos])
    else:
        print_table(("name", "available", "train", "test", "licence", "source"), [_row(info) for info in infos])
    return 0


def fetch(options: argparse.Namespace) -> int:
    """Download a data set, with progress on standard error."""
    from mnist_core.data.sources.download import fetch_dataset

    is_terminal = sys.stderr.isatty()

    def progress(done: int, total: int | None) -> None:
        if is_terminal:
            share = f" of {total / 1e6:.1f}" if total else ""
            print(f"\r{done / 1e6:.1f}{share} MB", end="", file=sys.stderr, flush=True)

    fetch_dataset(options.name, progress=progress)
    if is_terminal:
        print(file=sys.stderr)
    info = next(info for info in list_datasets() if info.name == options.name)
    if options.json:
        print_json(dataclasses.asdict(info))
    else:
        print(f"{info.title}: {info.train_images:,} training and {info.test_images:,} test images.")
    return 0


def import_files(options: argparse.Namespace) -> int:
    """Import a person's own files as a data set, by the rules of the page."""
    from mnist_core.data.imports.decisions import TEST_FRACTION, Decisions, LabelColumnError
    from mnist_core.data.imports.drafts import Labelling
    from mnist_core.data.imports.files.folders import uploads_from
    from mnist_core.data.imports.importing import import_dataset
    from mnist_core.data.imports.limits import MAX_MEMORY_BYTES
    from mnist_core.data.imports.store import suggested_name

    _check_can_be_read_again(options.paths)
    limit_memory(MAX_MEMORY_BYTES)
    name = options.name or suggested_name(options.paths[0].absolute().name, data_folder())
    fraction = TEST_FRACTION if options.test_fraction is None else options.test_fraction
    column = None if options.label_column is None else options.label_column - 1
    decisions = Decisions(turned=options.turn, inverted=options.invert, label_column=column)
    labelling = Labelling(name=name, title=options.title, source=options.source, licence=options.licence)
    try:
        made = import_dataset(uploads_from(options.paths), labelling, decisions=decisions, test_fraction=fraction)
    except LabelColumnError as error:
        raise DatasetError(f"{error} For example: --label-column {error.label_columns[0].index + 1}.") from error
    except MemoryError as error:
        raise DatasetError(f"The files need more than {MAX_MEMORY_BYTES:,} bytes of memory. Import a part.") from error
    info = next(info for info in list_datasets() if info.name == name)
    if options.json:
        print_json({**dataclasses.asdict(info), "notes": list(made.notes)})
        return 0
    print(f"{name}: {made.train_images:,} training and {made.test_images:,} test images.")
    for note in made.notes:
        print(f"- {note}")
    return 0


def _check_can_be_read_again(paths: list[Path]) -> None:
    """Refuse a pipe, of which nothing is left once its beginning has told what kind of file it is.

    Raises:
        DatasetError: something is neither a file nor a folder.
    """
    for path in paths:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise DatasetError(
                f"{path} cannot be imported. Expected a file or a folder. Received: a pipe or device, which can be "
                "read only once. Save what comes out of it as a file first."
            )


def _row(info: DatasetInfo) -> tuple[object, ...]:
    counts = [f"{n:,}" if n is not None else "-" for n in (info.train_images, info.test_images)]
    return (info.name, "yes" if info.available else "no", *counts, info.licence, info.source)
