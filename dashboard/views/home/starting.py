"""Starting a training from Home: an ordinary run in the ordinary queue."""

from __future__ import annotations

from dashboard.shared.notices import told_as_notice
from dashboard.shared.runs.whose import own_store
from dashboard.state.current import current
from mnist_core.training.config import ExperimentConfig


def start_run(config: ExperimentConfig, name: str) -> None:
    """A callback: queue a run, once for a double click, so that the page that follows shows it."""
    from mnist_core.jobs.queue import submit  # loads psutil, which the first page does without
    from mnist_core.runs.store import ACTIVE

    store = own_store()
    same = next((run for run in store.find(ACTIVE) if run.config == config), None)
    if same is not None:
        current.run = same.run_id
        return
    with told_as_notice():
        current.run = submit(store, config, name=name)
