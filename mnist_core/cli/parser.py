"""Commands and their options."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NoReturn

from mnist_core import __version__
from mnist_core.cli import data, runs, training


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage block."""

    def error(self, message: str) -> NoReturn:
        print(f"{message[:1].upper()}{message[1:]}. See `{self.prog} --help`.", file=sys.stderr)
        raise SystemExit(2)


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; `options.command` is the function to call."""
    parser = Parser(prog="python -m mnist_core", description="MNIST Studio on the command line.")
    parser.add_argument("--version", action="version", version=f"MNIST Studio {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    _add(commands, "recipes", data.recipes, "the recipes, with parameters and published accuracy")
    data_parser = _add(commands, "data", data.data, "data sets on this machine, and `data fetch NAME`")
    data_parser.add_argument("action", nargs="?", choices=["fetch"], help="download a data set")
    data_parser.add_argument("name", nargs="?", help="the data set to fetch")
    _add_training(commands)
    _add_runs(commands)
    return parser


def _add_training(commands: Any) -> None:
    train = _add(commands, "train", training.train, "train a recipe or a stored configuration")
    train.add_argument("--recipe", help="name of a recipe, see `recipes`")
    train.add_argument("--config", type=Path, metavar="FILE", help="a configuration as JSON")
    train.add_argument("--dataset", metavar="NAME", help="default: mnist if it is here, else mnist-sample")
    train.add_argument("--epochs", type=int, metavar="N")
    train.add_argument("--batch-size", type=int, metavar="N")
    train.add_argument("--learning-rate", type=float, metavar="X")
    train.add_argument("--seed", type=int, metavar="S")
    train.add_argument("--precision", metavar="NAME", help="auto, float32 or mixed_bfloat16")
    train.add_argument("--deterministic", action="store_true", default=None, help="repeat bit for bit on this machine")
    train.add_argument("--limit", type=int, metavar="N", help="use only this many training images")
    train.add_argument("--name", default="", metavar="TEXT", help="a name for the run")
    resume = _add(commands, "resume", training.resume, "go on with a run")
    resume.add_argument("run_id")
    resume.add_argument("--epochs", type=int, metavar="N", help="train to this many epochs in all")
    stop = _add(commands, "stop", training.stop, "stop a run; it saves a checkpoint first")
    stop.add_argument("run_id")


def _add_runs(commands: Any) -> None:
    _add(commands, "runs", runs.runs, "the run table")
    show = _add(commands, "show", runs.show, "one run: configuration, history, scores")
    show.add_argument("run_id")
    evaluate = _add(commands, "evaluate", runs.evaluate, "accuracy, loss and confusion matrix of a run")
    evaluate.add_argument("run_id")
    evaluate.add_argument("--dataset", metavar="NAME", help="another data set with ten classes")
    evaluate.add_argument("--split", choices=["test", "train", "validation"], default="test")


def _add(commands: Any, name: str, command: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text[:1].upper() + text[1:] + "."
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command)
    return parser
