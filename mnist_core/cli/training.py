"""`train`, `resume` and `stop`: a worker in the foreground, with its progress on the terminal."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from typing import Any

from mnist_core.cli.output import percent, print_json, read_file
from mnist_core.data.sources.catalogue import default_dataset_name, require_dataset
from mnist_core.environment import runs_folder
from mnist_core.errors import ConfigError, RunError
from mnist_core.jobs import queue
from mnist_core.jobs.control import request_stop
from mnist_core.processes import Process
from mnist_core.runs.events import Event, EventRead, read_events
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig, config_from_recipe, config_with
from mnist_core.training.progress import Adjustments

POLL_SECONDS = 0.2

OVERRIDES = ("epochs", "batch_size", "learning_rate", "seed", "precision", "deterministic")


def train(options: argparse.Namespace) -> int:
    """Train in the foreground; Ctrl-C stops the run with a checkpoint."""
    config = experiment(options)
    require_dataset(config.dataset)
    store = RunStore(runs_folder())
    run_id, worker = queue.submit_now(store, config, name=options.name)
    say(options, f"Run {run_id} on {config.dataset}")
    return watch(store, run_id, worker, options)


def resume(options: argparse.Namespace) -> int:
    """Resume a run in the foreground."""
    store = RunStore(runs_folder())
    earlier = read_events(store.folder(options.run_id) / "events.jsonl")
    worker = queue.resume_now(store, options.run_id, Adjustments(epochs=options.epochs))
    if worker is not None:
        return watch(store, options.run_id, worker, options, earlier=earlier)
    say(options, f"Run {options.run_id} resumes.")  # with its own worker; its status may still be paused
    if options.json:
        print_json(store.get(options.run_id).document)
    return 0


def stop(options: argparse.Namespace) -> int:
    """Stop a run, or cancel a queued one."""
    store = RunStore(runs_folder())
    sentence = queue.stop(store, options.run_id)
    if options.json:
        print_json(store.get(options.run_id).document)
    else:
        print(sentence)
    return 0


def experiment(options: argparse.Namespace) -> ExperimentConfig:
    """The configuration in the options.

    Raises:
        ConfigError: neither or both of --recipe and --config, or a value outside its allowed range.
    """
    if (options.recipe is None) == (options.config is None):
        raise ConfigError("`train` needs either --recipe NAME or --config FILE.")
    overrides = {name: getattr(options, name) for name in OVERRIDES}
    if options.recipe is not None:
        dataset = options.dataset or default_dataset_name()
        return config_from_recipe(options.recipe, dataset=dataset, limit=options.limit, **overrides)
    config = ExperimentConfig.from_json(read_file(options.config))
    return config_with(config, dataset=options.dataset, limit=options.limit, **overrides)


def watch(
    store: RunStore, run_id: str, worker: Process, options: argparse.Namespace, *, earlier: EventRead | None = None
) -> int:
    """Print the progress of a worker until it ends; the first Ctrl-C asks it to stop.

    Args:
        earlier: the journal as it was before the worker started; its events are not printed.

    Raises:
        RunError: the run failed, or its worker died.
    """
    folder = store.folder(run_id)
    read, known = earlier, marks(earlier)

    def interrupt(*_: Any) -> None:
        request_stop(folder)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        say(options, "Stopping after a checkpoint. Press Ctrl-C again to quit without waiting.")

    signal.signal(signal.SIGINT, interrupt)
    while True:
        is_over = worker.poll() is not None
        read = read_events(folder / "events.jsonl", read)
        for event in read.events:
            if mark(event) not in known:
                show_event(event, options)
        if is_over:
            return finish(store, run_id, options)
        time.sleep(POLL_SECONDS)


def marks(read: EventRead | None) -> frozenset[tuple[int, str]]:
    """The marks of the events of a read, to recognise them even if the journal is rewritten.

    A worker that removes lost epochs from the journal counts on from the rest, so `seq` alone would confuse new events
    with earlier ones.
    """
    return frozenset(mark(event) for event in read.events) if read else frozenset()


def mark(event: Event) -> tuple[int, str]:
    """Number and time of an event."""
    return event["seq"], str(event.get("time"))


def finish(store: RunStore, run_id: str, options: argparse.Namespace) -> int:
    """Print how a run has ended.

    Raises:
        RunError: it failed, or its worker died.
    """
    run = store.get(run_id)
    if run.status in (RunStatus.FAILED, RunStatus.INTERRUPTED):
        raise_failure(run.error, run.status, run_id)
    if options.json:
        print_json(run.document)
    elif run.status is RunStatus.COMPLETED:
        of = f" of {run.dataset.test_images:,} {run.dataset.name} images" if run.dataset else ""
        accuracy = percent(run.summary.test_accuracy)
        print(f"Test accuracy {accuracy}{of}, best epoch {run.summary.best_epoch}. Run {run_id}")
    elif run.status in (RunStatus.STOPPED, RunStatus.PAUSED):
        print(
            f"Run {run_id} is {run.status} after {run.summary.epochs_done} of {run.epochs} epochs. "
            f"To resume it: python -m mnist_core resume {run_id}"
        )
    return 0


def raise_failure(error: str | None, status: RunStatus, run_id: str) -> None:
    """Turn a failed run into the command's error."""
    raise RunError(error or f"Run {run_id} is {status}. Resume it from its last checkpoint with `resume {run_id}`.")


def show_event(event: dict[str, Any], options: argparse.Namespace) -> None:
    """One line for an event, on the terminal only."""
    if event["event"] == "epoch":
        say(
            options,
            f"epoch {event['epoch']}: training loss {event['loss']:.4f}, accuracy {percent(event['accuracy'])}, "
            f"validation {percent(event['val_accuracy'])}, {event['seconds']:.1f} s",
        )
    elif event["event"] == "batch" and sys.stderr.isatty() and not options.json:
        print(
            f"\repoch {event['epoch']}/{event['epochs']} batch {event['batch']}/{event['batches']} ",
            end="",
            file=sys.stderr,
        )
    elif event["event"] == "note" and sys.stderr.isatty():
        say(options, event["text"])


def say(options: argparse.Namespace, text: str) -> None:
    """Print a line of progress, but not to standard output with --json, which is for the document."""
    print(text, file=sys.stderr if options.json else sys.stdout, flush=True)
