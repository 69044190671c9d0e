"""The lists below a run say nothing that contradicts what is above them."""

from __future__ import annotations

from pathlib import Path

from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run
from tests.pages.finding import assert_sound, says
from tests.pages.opening import OpenPage


def test_the_epochs_of_the_run_that_is_shown_are_counted_once_while_it_trains(
    open_page: OpenPage, running: str, runs_folder: Path
) -> None:
    """Its progress above is seconds newer."""
    store = RunStore(runs_folder)
    finished_run(store, name="Other", epochs=3)
    app = open_page("train", run=running)
    assert_sound(app)
    recent = app.get_by_key("train.recent")
    assert says(recent, "Overfitted")
    assert not says(recent, "Overfitted", store.get(running).epochs)
    labels = [link.proto.label for link in recent.get("page_link")]
    assert any("3 of 3" in label for label in labels)
    store.set(running, status="completed")
    done = open_page("train", run=running).get_by_key("train.recent")
    assert says(done, "Overfitted", store.get(running).epochs)
