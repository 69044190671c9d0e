"""Commands and their options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mnist_core import __version__
from mnist_core.cli import (
    adjusting,
    classroom,
    cluster,
    comparing,
    data,
    evaluating,
    exporting,
    hints,
    labels,
    marking,
    mistakes,
    quality,
    runs,
    training,
    tuning,
)
from mnist_core.cli.arguments import Parser, add_command
from mnist_core.jobs.cluster.address import DEFAULT_PORT
from mnist_core.tuning.finals import DEFAULT_SEEDS


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; `options.command` is the function to call."""
    parser = Parser(prog="python -m mnist_core", description="MNIST Studio on the command line.")
    parser.add_argument("--version", action="version", version=f"MNIST Studio {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    add_command(commands, "recipes", data.recipes, "list the recipes, with parameters and published accuracy")
    _add_data(commands)
    _add_training(commands)
    _add_runs(commands)
    adjusting.add_commands(commands)
    evaluating.add_commands(commands)
    mistakes.add_commands(commands)
    hints.add_commands(commands)
    labels.add_commands(commands)
    quality.add_commands(commands)
    _add_comparing(commands)
    _add_marking(commands)
    _add_cluster(commands)
    _add_class(commands)
    _add_exporting(commands)
    _add_tuning(commands)
    return parser


def _add_data(commands: Any) -> None:
    parser = add_command(commands, "data", data.data, "list the data sets; with a command, download or import one")
    actions = parser.add_subparsers(metavar="COMMAND", parser_class=Parser)
    fetch = add_command(actions, "fetch", data.fetch, "download a data set, and verify it", is_nested=True)
    fetch.add_argument("name", help="name of the data set")
    files = add_command(
        actions, "import", data.import_files, "import your own files or folders as a data set", is_nested=True
    )
    files.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file or folder")
    files.add_argument("--name", default="", help="name of the data set; default: from the name of the first file")
    files.add_argument("--title", default="", metavar="TEXT", help="shown on the pages")
    files.add_argument("--source", default="", metavar="TEXT", help="origin of the images; default: names of the files")
    files.add_argument("--licence", default="", metavar="TEXT", help="terms of use")
    files.add_argument(
        "--test-fraction", type=float, metavar="X", help="share that becomes the test split, if none is given"
    )
    files.add_argument("--label-column", type=int, metavar="N", help="column of a table that holds the labels, from 1")
    files.add_argument(
        "--turn", action=argparse.BooleanOptionalAction, help="swap rows and columns; default: as the digits show"
    )
    files.add_argument(
        "--invert", action=argparse.BooleanOptionalAction, help="make light dark; default: as the images show"
    )


def _add_training(commands: Any) -> None:
    train = add_command(commands, "train", training.train, "train a recipe or a configuration")
    train.add_argument("--recipe", help="name of a recipe, see `recipes`")
    train.add_argument("--config", type=Path, metavar="FILE", help="configuration as JSON")
    train.add_argument(
        "--dataset",
        metavar="NAME",
        help="name of the data set; default: mnist if it is on this machine, else mnist-sample",
    )
    train.add_argument("--epochs", type=int, metavar="N")
    train.add_argument("--batch-size", type=int, metavar="N")
    train.add_argument("--learning-rate", type=float, metavar="X")
    train.add_argument("--seed", type=int, metavar="S")
    train.add_argument("--precision", metavar="NAME", help="auto, float32 or mixed_bfloat16")
    train.add_argument(
        "--deterministic", action="store_true", default=None, help="bit-identical results on this machine"
    )
    train.add_argument("--limit", type=int, metavar="N", help="use only this many training images")
    train.add_argument("--name", default="", metavar="TEXT", help="name of the run")
    resume = add_command(commands, "resume", training.resume, "resume a run from its last checkpoint")
    resume.add_argument("run_id")
    resume.add_argument("--epochs", type=int, metavar="N", help="new number of total epochs")
    stop = add_command(commands, "stop", training.stop, "stop a run, with a checkpoint, or cancel a queued one")
    stop.add_argument("run_id")


def _add_runs(commands: Any) -> None:
    listed = add_command(commands, "runs", runs.runs, "list the runs")
    listed.add_argument(
        "--filter", action="append", default=[], metavar="FILTER",
        help="only these runs: recipe=two-conv, status=completed, tag=best, ...; may be repeated",
    )  # fmt: skip
    listed.add_argument("--sort", default="created", metavar="FIELD", help="sort by this field, the highest first")
    listed.add_argument("--ascending", action="store_true", help="the lowest first")
    listed.add_argument("--deleted", action="store_true", help="list the bin instead")
    show = add_command(commands, "show", runs.show, "show configuration, history and scores of a run")
    show.add_argument("run_id")
    evaluate = add_command(commands, "evaluate", runs.evaluate, "show accuracy, loss and confusion matrix of a run")
    evaluate.add_argument("run_id")
    evaluate.add_argument("--dataset", metavar="NAME", help="name of another data set with ten classes")
    evaluate.add_argument("--split", choices=["test", "train", "validation"], default="test")


def _add_comparing(commands: Any) -> None:
    compare = add_command(commands, "compare", comparing.compare, "compare two runs on the test images")
    compare.add_argument("run_a", metavar="RUN_A")
    compare.add_argument("run_b", metavar="RUN_B")
    ensemble = add_command(
        commands, "ensemble", comparing.ensemble, "score the average of several runs on the test images"
    )
    ensemble.add_argument("run_ids", nargs="+", metavar="RUN_ID", help="two runs or more")


def _add_marking(commands: Any) -> None:
    rename = add_command(commands, "rename", marking.rename, "name a run")
    tag = add_command(commands, "tag", marking.tag, "add tags to a run")
    note = add_command(commands, "note", marking.note, "replace the note on a run")
    star = add_command(commands, "star", marking.star, "mark a run with a star")
    archive = add_command(commands, "archive", marking.archive, "hide a run where runs are chosen")
    for parser in (rename, tag, note, star, archive):
        parser.add_argument("run_id")
    rename.add_argument("name", may_be_empty=True, help="the new name; empty for the recipe and what differs from it")
    tag.add_argument("tags", nargs="+", metavar="TAG")
    tag.add_argument("--remove", action="store_true", help="remove the tags instead")
    note.add_argument("text", may_be_empty=True, help="the note; empty for none")
    star.add_argument("--off", action="store_true", help="take the star away")
    archive.add_argument("--off", action="store_true", help="show the run again")
    delete = add_command(commands, "delete", marking.delete, "move runs into the bin")
    restore = add_command(commands, "restore", marking.restore, "move runs from the bin back")
    for parser in (delete, restore):
        parser.add_argument("run_ids", nargs="+", metavar="RUN_ID")
    add_command(commands, "empty-bin", marking.empty_bin, "remove all deleted runs and searches for good")


def _add_cluster(commands: Any) -> None:
    parser = add_command(
        commands, "cluster", cluster.cluster, "show the cluster that trains; with a command, start one"
    )
    actions = parser.add_subparsers(metavar="COMMAND", parser_class=Parser)
    keys = add_command(actions, "keys", cluster.keys, "make the keys for a cluster of several machines", is_nested=True)
    keys.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the keys")
    scheduler = add_command(actions, "scheduler", cluster.scheduler, "start a scheduler, and stay", is_nested=True)
    scheduler.add_argument("--host", default="127.0.0.1", help="address of this machine for the workers")
    scheduler.add_argument(
        "--port", type=int, default=DEFAULT_PORT, metavar="N", help=f"default: {DEFAULT_PORT}; 0 for any free one"
    )
    worker = add_command(
        actions, "worker", cluster.worker, "let this machine train for a scheduler, and stay", is_nested=True
    )
    worker.add_argument("address", nargs="?", help="address of the scheduler, or its file")
    worker.add_argument("--places", type=int, default=1, metavar="N", help="runs at the same time; default: 1")
    worker.add_argument("--name", default="", metavar="TEXT", help="name of the worker; default: its address")
    for command in (scheduler, worker):
        command.add_argument("--keys", type=Path, metavar="DIR", help="folder of keys, needed for other machines")
    scheduler.add_argument("--file", type=Path, metavar="PATH", help="file to write the address into")


def _add_class(commands: Any) -> None:
    parser = add_command(
        commands, "class", classroom.show, "make a class that a dashboard is served to, and change who is in it"
    )
    actions = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    create = add_command(actions, "create", classroom.create, "make a class with its first teacher", is_nested=True)
    add = add_command(actions, "add", classroom.add, "add people to a class, all or none", is_nested=True)
    code = add_command(
        actions, "code", classroom.new_code, "give a person a new code, and sign them out", is_nested=True
    )
    remove = add_command(
        actions, "remove", classroom.remove, "take a person out of a class; their runs stay", is_nested=True
    )
    listed = add_command(actions, "list", classroom.show, "list the people of a class", is_nested=True)
    for command in (create, add, code, remove, listed):
        command.add_argument("folder", type=Path, metavar="FOLDER", help="folder of the class")
    create.add_argument("--title", required=True, metavar="TEXT", help="title of the class")
    create.add_argument("--teacher", required=True, metavar="NAME", help="name of the first teacher")
    add.add_argument("names", nargs="+", metavar="NAME", help="name that a person signs in with")
    add.add_argument("--teacher", action="store_true", help="add them as teachers")
    for command in (code, remove):
        command.add_argument("name", metavar="NAME")


def _add_exporting(commands: Any) -> None:
    exporting.add_options(
        add_command(commands, "export", exporting.export, "write a run as a file that works elsewhere"),
        add_command(commands, "verify", exporting.verify, "compute the results of a run capsule again, and compare"),
        add_command(
            commands, "import", exporting.import_run, "store a run capsule or a Keras model from elsewhere as a run"
        ),
    )


def _add_tuning(commands: Any) -> None:
    tune = add_command(commands, "tune", tuning.tune, "search for better settings, or go on with a search")
    tune.add_argument("study", metavar="STUDY", help="name of the search")
    tune.add_argument("--recipe", metavar="NAME", help="the design to begin with, see `recipes`")
    tune.add_argument("--space", type=Path, metavar="FILE", help="ranges and lists as JSON; default: around the recipe")
    tune.add_argument("--dataset", metavar="NAME", help="name of the data set, for a recipe; default: as in `train`")
    tune.add_argument("--epochs", type=int, metavar="N", help="epochs of every trial, for a recipe")
    tune.add_argument("--limit", type=int, metavar="N", help="use only this many training images, for a recipe")
    tune.add_argument("--trials", type=int, metavar="N", help="end after so many trials")
    tune.add_argument("--minutes", type=float, metavar="M", help="end after so many minutes")
    tune.add_argument("--workers", type=int, metavar="N", help="trials in training at the same time")
    tune.add_argument("--method", metavar="NAME", help="tpe, random or grid")
    tune.add_argument("--pruning", metavar="NAME", help="off, median or halving")
    tune.add_argument("--cost", metavar="NAME", help="also minimise parameters, multiply_adds or seconds")
    tune.add_argument("--seed", type=int, metavar="S", help="seed of the search")
    tune.add_argument("--finalists", type=int, metavar="K", help="then train the best K again with other seeds")
    tune.add_argument("--seeds", type=int, metavar="N", default=DEFAULT_SEEDS, help="so many; default: %(default)s")
    tune.add_argument(
        "--storage", metavar="URL", help="PostgreSQL database for several machines; default: MNIST_STUDIO_STUDIES"
    )
    binned = tune.add_mutually_exclusive_group()
    binned.add_argument("--delete", action="store_true", help="move the study into the bin; its runs stay")
    binned.add_argument("--restore", action="store_true", help="move the study back, with the runs that went with it")
    tune.add_argument("--with-runs", action="store_true", help="with --delete: move its runs into the bin too")
