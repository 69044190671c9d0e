"""The hints for a run, as the page Train shows them: while it trains and after it has ended."""

from __future__ import annotations

from dataclasses import replace

from mnist_core.errors import RunCorruptedError
from mnist_core.hints.evidence import collect_evidence
from mnist_core.hints.hint import Hint, HintEvidence
from mnist_core.hints.live import LiveHint, live_hints
from mnist_core.hints.rules import hints
from mnist_core.runs.predicted_images import dataset_of_run
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from mnist_core.words import counted


def run_hints(store: RunStore, run_id: str) -> tuple[Hint, ...]:
    """The hints for a run, the most important first.

    While it trains, only those that are certain already: their advice and changes are what can be adjusted at once.

    Raises:
        RunError: there is no such run, or files of it are damaged.
    """
    run = store.get(run_id)
    if run.status.is_finished and run.summary.epochs_done and not store.history(run_id):
        raise RunCorruptedError(
            f"Run {run_id} has no hints: its events.jsonl cannot be read. Expected metrics of "
            f"{counted(run.summary.epochs_done, 'epoch')}. Received: none."
        )
    return _live(store, run) if run.status.is_active else hints(collect_evidence(store, run, dataset_of_run(run)))


def _live(store: RunStore, run: RunRecord) -> tuple[Hint, ...]:
    evidence = HintEvidence(config=run.config_in_force, history=store.history(run.run_id), n_validation=0)
    return tuple(_as_hint(found) for found in live_hints(evidence))


def _as_hint(found: LiveHint) -> Hint:
    wanted = found.adjustments
    values = {} if wanted is None else {"learning_rate": wanted.learning_rate, "epochs": wanted.epochs}
    changes = {name: value for name, value in values.items() if value is not None}
    return replace(found.hint, advice=found.advice, changes=changes)
