"""Hints on the Train page: a change can be opened in Design, and a hint without one has no link."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard import cached
from mnist_core.designs.links import config_from_link
from mnist_core.hints.hint import Hint
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.pages.finding import assert_sound, links, says
from tests.pages.opening import OpenPage


def test_a_hint_without_a_change_has_words_but_no_link(
    open_page: OpenPage, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RunStore(runs_folder)
    run_id = store.create(config_from_recipe("softmax-regression", dataset="mnist-sample", epochs=3))
    store.set(run_id, status="stopped")
    words = Hint(title="Only words", evidence="Seen.", chart="loss", advice="Look again.", changes={})
    change = Hint(title="A change", evidence="Seen.", chart="loss", advice="Do it.", changes={"epochs": 6})
    monkeypatch.setattr(cached, "hints", lambda _: (words, change))
    app = open_page("train", run=run_id)
    assert_sound(app)
    hints = app.get_by_key("train.hints")
    assert says(hints, "Only words", "Seen", "Look again")
    assert says(hints, "A change", "Seen", "Do it")
    ((page, choices),) = links(hints)
    assert page == "design"
    assert config_from_link(choices["design"]).training.epochs == 6
