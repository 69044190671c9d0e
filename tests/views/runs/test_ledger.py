"""The ledger opens with the two runs that are chosen or selected, and its digits can be exported."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dashboard.views.runs.choices import TITLES, RunsView
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.runs.store import RunStore
from tests.exported_files import ExportedFiles, exported_rows
from tests.finished_runs import finished_run
from tests.pages.evaluated_runs import stored
from tests.pages.finding import assert_sound, has_component, is_shown, links, numbers, setting, texts
from tests.pages.opening import OpenPage

FIGURE = "runs.ledger.figure"


def open_tab(app: Any, view: RunsView) -> Any:
    """The page after a click on one of its tabs."""
    setting(app.segmented_control, "linked.runs_view").set_value(view)
    app.run()
    assert_sound(app)
    return app


def pair(app: Any) -> tuple[str, str]:
    """The older and the newer run of the context bar."""
    return tuple(str(app.query_params[name]).strip("[]'") for name in ("with", "run"))  # type: ignore[return-value]


def select(app: Any, *run_ids: str) -> None:
    app.session_state["runs.table"] = {"picked": f"1 {' '.join(run_ids)}"}
    app.run()
    app.session_state["runs.table"] = {"picked": None}


@pytest.fixture
def four(store: RunStore) -> list[str]:
    for seed in (5, 6):
        finished_run(store, name=f"seed-{seed}", seed=seed)
    return sorted(store.run_ids())


@pytest.mark.parametrize("view", ["compare", "ensemble", "table"])
def test_its_tab_shows_the_two_runs_that_are_compared(open_page: OpenPage, four: list[str], view: str) -> None:
    app = open_page("runs", view=view, run=four[3], runs=".".join(four[:2]))
    open_tab(app, RunsView.LEDGER)
    assert is_shown(app, FIGURE)
    assert pair(app) == (four[0], four[1])


def test_its_tab_shows_the_two_runs_that_are_selected_in_the_table(open_page: OpenPage, four: list[str]) -> None:
    app = open_page("runs", run=four[3], **{"with": four[0]})
    select(app, four[1], four[2])
    open_tab(app, RunsView.LEDGER)
    assert pair(app) == (four[1], four[2])


def test_a_link_that_names_both_shows_them_whatever_is_chosen(open_page: OpenPage, four: list[str]) -> None:
    app = open_page("runs", view="ledger", run=four[3], runs=".".join(four[:2]), **{"with": four[2]})
    assert pair(app) == (four[2], four[3])
    alone = open_page("runs", view="ledger", runs=".".join(four[:2]))
    assert is_shown(alone, FIGURE)
    assert pair(alone) == (four[0], four[1])


def test_what_is_chosen_in_the_bar_afterwards_stays(open_page: OpenPage, four: list[str]) -> None:
    app = open_tab(open_page("runs", view="compare", runs=".".join(four[:2])), RunsView.LEDGER)
    setting(app.selectbox, "context.run").set_value(four[3])
    app.run()
    assert_sound(app)
    assert pair(app) == (four[0], four[3])


def test_runs_on_other_images_are_not_compared(open_page: OpenPage, store: RunStore) -> None:
    other = finished_run(store, dataset="optical-digits")
    ids = (sorted(store.run_ids())[0], other)
    app = open_tab(open_page("runs", view="compare", runs=".".join(ids)), RunsView.LEDGER)
    assert not is_shown(app, FIGURE)


def test_two_compared_runs_lead_to_their_ledger(open_page: OpenPage, four: list[str]) -> None:
    app = open_page("runs", view="compare", runs=".".join(four[1:3]))
    ((page, choices),) = links(app.get_by_key("runs.compare.verdict"))
    assert page == "runs"
    assert (choices["view"], choices["with"], choices["run"]) == ("ledger", four[1], four[2])


def test_equally_accurate_runs_are_not_said_to_differ_by_chance(open_page: OpenPage, store: RunStore) -> None:
    older, newer = sorted(store.run_ids())
    labels = stored(store, older).labels
    for run_id, wrong in ((older, range(16)), (newer, range(8, 24))):
        _answer(store, run_id, labels, wrong)
    app = open_page("runs", view="ledger", run=newer, **{"with": older})
    assert_sound(app)
    said = texts(app.get_by_key("runs.ledger.verdict"))
    assert any(16 in numbers(text) for text in said)  # 8 fixed and 8 broken
    assert not any("chance" in text or "Repeats" in text for text in said)
    _answer(store, newer, labels, range(16))
    app = open_page("runs", view="ledger", run=newer, **{"with": older})
    assert not any("chance" in text or "differ on" in text for text in texts(app.get_by_key("runs.ledger.verdict")))


def test_its_button_says_what_it_is_and_why_it_is_off(open_page: OpenPage, four: list[str]) -> None:
    app = open_page("runs")
    off = _ledger_link(app)
    select(app, *four[:2])
    on = _ledger_link(app)
    assert (off.disabled, on.disabled) == (True, False)
    assert on.help
    assert off.help.startswith(on.help)
    assert len(off.help) > len(on.help)


def test_its_digits_can_be_exported(open_page: OpenPage, store: RunStore, exported: ExportedFiles) -> None:
    older, newer = sorted(store.run_ids())
    app = open_page("runs", view="ledger", run=newer, outcome="broken", **{"with": older})
    assert_sound(app)
    assert has_component(app, "runs.ledger.digits")
    right = [(one.probabilities.argmax(axis=1) == one.labels) for one in (stored(store, older), stored(store, newer))]
    assert set(exported_rows(exported)) == set(np.flatnonzero(right[0] & ~right[1]))
    assert set(exported) == {"csv", "png", "zip"}


def _answer(store: RunStore, run_id: str, labels: np.ndarray, wrong: range) -> None:
    """Let a run be wrong on these test images and on no others."""
    predicted = labels.copy()
    predicted[list(wrong)] = (labels[list(wrong)] + 1) % 10
    sure = np.full((len(labels), 10), 0.001, dtype=np.float32)
    sure[np.arange(len(labels)), predicted] = 0.991
    save_predictions(store.folder(run_id) / "predictions" / "test.npz", Predictions.of_split(labels, sure))


def _ledger_link(app: Any) -> Any:
    """Of the buttons above the table; it has no key."""
    (link,) = (one.proto for one in app.get("page_link") if one.proto.label == TITLES[RunsView.LEDGER])
    return link
