"""`pause` and `adjust`: requests to the worker of a run that trains."""

from __future__ import annotations

import argparse
from typing import Any

from mnist_core.cli.arguments import add_command
from mnist_core.cli.output import print_json
from mnist_core.environment import runs_folder
from mnist_core.jobs import queue
from mnist_core.jobs.adjusting import adjust_active
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import Adjustments


def add_commands(commands: Any) -> None:
    """Both commands with their options."""
    pause_parser = add_command(commands, "pause", pause, "pause a run, with a checkpoint; `resume` goes on")
    text = "change the learning rate or the number of epochs of a run while it trains"
    adjust_parser = add_command(commands, "adjust", adjust, text)
    for parser in (pause_parser, adjust_parser):
        parser.add_argument("run_id")
    adjust_parser.add_argument("--learning-rate", type=float, metavar="X", help="from the next batch on")
    adjust_parser.add_argument("--epochs", type=int, metavar="N", help="new number of total epochs")


def pause(options: argparse.Namespace) -> int:
    """Pause a run that trains."""
    store = RunStore(runs_folder())
    is_paused = queue.is_paused(store, options.run_id)
    queue.pause(store, options.run_id)
    what = "is paused already" if is_paused else "pauses with a checkpoint"
    again = f"python -m mnist_core resume {options.run_id}"
    return _show(store, options, f"Run {options.run_id} {what}. To resume it: {again}")


def adjust(options: argparse.Namespace) -> int:
    """Change a run that trains, is paused or waits."""
    store = RunStore(runs_folder())
    wanted = Adjustments(learning_rate=options.learning_rate, epochs=options.epochs)
    adjust_active(store, options.run_id, wanted)
    when = "at the next batch" if store.is_worked_on(options.run_id) else "when it starts"
    return _show(store, options, f"Run {options.run_id}: the change takes effect {when}.")


def _show(store: RunStore, options: argparse.Namespace, sentence: str) -> int:
    if options.json:
        print_json(store.get(options.run_id).document)
    else:
        print(sentence)
    return 0
