"""`rename`, `tag`, `note`, `star`, `archive`, and the bin: `delete`, `restore` and `empty-bin`."""

from __future__ import annotations

import argparse

from mnist_core.cli.output import print_json
from mnist_core.environment import runs_folder
from mnist_core.runs import bin as bins
from mnist_core.runs import marks
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from mnist_core.words import counted


def rename(options: argparse.Namespace) -> int:
    """Name a run."""
    run = marks.rename(_store(), options.run_id, options.name)
    return _show(options, run, f"Run {run.run_id} is called {run.title}.")


def tag(options: argparse.Namespace) -> int:
    """Add tags to a run, or remove them."""
    change = {"remove" if options.remove else "add": options.tags}
    run = marks.tag(_store(), options.run_id, **change)
    return _show(options, run, f"Tags of run {run.run_id}: {', '.join(run.tags) or 'none'}.")


def note(options: argparse.Namespace) -> int:
    """Replace the note on a run."""
    run = marks.set_note(_store(), options.run_id, options.text)
    return _show(options, run, f"The note on run {run.run_id} is {'saved' if run.note else 'removed'}.")


def star(options: argparse.Namespace) -> int:
    """Mark a run with a star, or take it away."""
    run = marks.star(_store(), options.run_id, is_starred=not options.off)
    return _show(options, run, f"Run {run.run_id} has {'a star' if run.is_starred else 'no star'}.")


def archive(options: argparse.Namespace) -> int:
    """Hide a run where runs are chosen, or show it again."""
    run = marks.archive(_store(), options.run_id, is_archived=not options.off)
    return _show(options, run, f"Run {run.run_id} is {'' if run.is_archived else 'not '}archived.")


def delete(options: argparse.Namespace) -> int:
    """Move runs into the bin, all or none."""
    store, run_ids = _store(), list(dict.fromkeys(options.run_ids))
    for run_id in run_ids:
        bins.check_can_be_deleted(store, run_id)
    for run_id in run_ids:
        bins.delete(store, run_id)
    if options.json:
        print_json({"deleted": run_ids})
    else:
        back = " ".join(run_ids)
        print(f"{counted(len(run_ids), 'run is', 'runs are')} in the bin. To undo: python -m mnist_core restore {back}")
    return 0


def restore(options: argparse.Namespace) -> int:
    """Move runs from the bin back to the others, all or none."""
    store, run_ids = _store(), list(dict.fromkeys(options.run_ids))
    for run_id in run_ids:
        bins.check_can_be_restored(store, run_id)
    for run_id in run_ids:
        bins.restore(store, run_id)
    if options.json:
        print_json({"restored": run_ids})
    else:
        print(f"{counted(len(run_ids), 'run is', 'runs are')} restored.")
    return 0


def empty_bin(options: argparse.Namespace) -> int:
    """Remove all deleted runs and searches for good."""
    store = _store()
    n_searches = len(bins.deleted_studies(store))
    n_runs = bins.empty(store)
    if options.json:
        print_json({"removed": n_runs, "removed_searches": n_searches})
    else:
        print(f"{counted(n_runs, 'run')} and {counted(n_searches, 'search', 'searches')} are removed for good.")
    return 0


def _store() -> RunStore:
    return RunStore(runs_folder())


def _show(options: argparse.Namespace, run: RunRecord, sentence: str) -> int:
    if options.json:
        print_json(run.document)
    else:
        print(sentence)
    return 0
