"""`hints`: what the curves of a run hint at, as on the page Train."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from mnist_core.cli.arguments import add_command
from mnist_core.cli.output import print_json
from mnist_core.environment import runs_folder
from mnist_core.fields import to_dict
from mnist_core.runs.store import RunStore
from mnist_core.words import counted

if TYPE_CHECKING:
    from mnist_core.hints.hint import Hint


def add_commands(commands: Any) -> None:
    """The command with its options."""
    text = "show hints on the settings of a run, with the numbers they were read from"
    add_command(commands, "hints", hints, text).add_argument("run_id")


def hints(options: argparse.Namespace) -> int:
    """The hints for a run, the most important first; while it trains, those that are certain already."""
    from mnist_core.hints.of_run import run_hints  # loads the forward pass

    store = RunStore(runs_folder())
    run, found = store.get(options.run_id), run_hints(store, options.run_id)
    if options.json:
        print_json({"run_id": run.run_id, "status": run.status.value, "hints": [_document(hint) for hint in found]})
        return 0
    epochs = len(store.history(run.run_id))
    print(f"{run.title} after {counted(epochs, 'epoch')}: {run.status}")
    for number, hint in enumerate(found, 1):
        print(f"{number}. {hint.title}. {hint.evidence}\n   {hint.advice}")
    if not found:
        print("No hints." if epochs else "No hints: no epoch is finished.")
    return 0


def _document(hint: Hint) -> dict[str, Any]:
    """A hint in JSON's types; `changes` are training settings by their names in a configuration."""
    document = to_dict(hint)
    return {
        name: document[name] for name in ("kind", "title", "evidence", "advice", "changes", "epoch", "layer", "unit")
    }
