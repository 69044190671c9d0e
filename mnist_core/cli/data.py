"""`recipes` and `data`."""

from __future__ import annotations

import argparse
import dataclasses
import sys

from mnist_core.cli.output import percent, print_json, print_table
from mnist_core.data.sources.catalogue import DatasetInfo, list_datasets
from mnist_core.errors import ConfigError
from mnist_core.models.recipes import RECIPES, Recipe


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
    """Data sets on this machine, or fetch one."""
    if options.action == "fetch":
        return fetch(options)
    infos = list_datasets()
    if options.json:
        print_json([dataclasses.asdict(info) for info in infos])
    else:
        print_table(("name", "available", "train", "test", "licence", "source"), [_row(info) for info in infos])
    return 0


def fetch(options: argparse.Namespace) -> int:
    """Download a data set, with progress on standard error."""
    from mnist_core.data.sources.download import fetch_dataset

    if not options.name:
        raise ConfigError("The name is missing. Expected the name of a data set, such as `data fetch mnist`.")
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


def _row(info: DatasetInfo) -> tuple[object, ...]:
    counts = [f"{n:,}" if n is not None else "-" for n in (info.train_images, info.test_images)]
    return (info.name, "yes" if info.available else "no", *counts, info.licence, info.source)
