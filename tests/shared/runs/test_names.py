"""Runs of one title are told apart by the seed wherever they are listed; labels are built by hand here."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.shared.runs.names import distinct_titles, run_labels, short_labels
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.finished_runs import finished_run
from tests.pages.evaluated_runs import store
from tests.pages.finding import assert_sound, component, texts
from tests.pages.opening import OpenPage

__all__ = ["store"]


@pytest.fixture
def twins(store: RunStore) -> list[str]:
    """The ids of two runs of one name, seeds 5 and 6, the oldest first."""
    return [finished_run(store, name="Twin", seed=seed) for seed in (5, 6)]


def waiting(store: RunStore, name: str, *seeds: int) -> list[RunRecord]:
    config = [config_from_recipe("softmax-regression", dataset="mnist-sample", seed=seed) for seed in seeds]
    return [store.get(store.create(one, name=name)) for one in config]


def test_a_label_has_the_seed_before_the_score_where_titles_are_the_same(store: RunStore) -> None:
    same, (other,) = waiting(store, "Net", 1, 2), waiting(store, "Other", 1)
    first, second, alone = run_labels([*same, other]).values()
    assert first.startswith("Net · seed 1 · queued · ")
    assert second.startswith("Net · seed 2 · queued · ")
    assert alone.startswith("Other · queued · ")


def test_where_the_seed_is_the_same_too_the_end_of_the_id_tells_apart(store: RunStore) -> None:
    found = waiting(store, "Net", 1, 1, 2)
    ends = [run.run_id[-6:] for run in found]
    expected = [f"Net · seed 1 · {ends[0]}", f"Net · seed 1 · {ends[1]}", "Net · seed 2"]
    assert list(short_labels(found)) == expected
    assert list(distinct_titles(found).values()) == expected
    assert [label.partition(" · queued")[0] for label in run_labels(found).values()] == expected
    assert list(short_labels(found[:2])) == [f"Net · {end}" for end in ends[:2]]  # a seed that all have says nothing


def test_titles_that_are_the_same_once_they_are_cut_are_told_apart(store: RunStore) -> None:
    long = "A name that is much longer than a legend"
    (first,), (second,) = waiting(store, f"{long} one", 1), waiting(store, f"{long} two", 2)
    assert [label.endswith(f"seed {seed}") for seed, label in enumerate(short_labels((first, second)), 1)] == [True] * 2
    assert list(distinct_titles((first, second)).values()) == [first.title, second.title]


def test_the_boxes_of_the_bar_name_the_seed(open_page: OpenPage, twins: list[str]) -> None:
    app = open_page("evaluate", run=twins[1], **{"with": twins[0]})
    assert_sound(app)
    assert _label_of(app, "context.run").startswith("Twin · seed 6 · ")
    assert _label_of(app, "context.compared").startswith("Twin · seed 5 · ")  # of several others it is the only twin


def test_the_chips_and_the_ledger_name_the_seed(open_page: OpenPage, twins: list[str]) -> None:
    app = open_page("runs", view="compare", runs=".".join(twins))
    (box,) = (one for one in app.multiselect if str(one.key).startswith("linked.runs_chosen"))
    assert [label.partition(" · ")[2][:6] for label in box.options if label.startswith("Twin")] == ["seed 5", "seed 6"]
    app = open_page("runs", view="ledger", run=twins[1], **{"with": twins[0]})
    labels = [metric.label for metric in app.get_by_key("runs.ledger.verdict").get("metric")]
    assert [("seed 5" in label, "seed 6" in label) for label in labels[:2]] == [(True, False), (False, True)]


def test_home_names_the_seed(open_page_at_rest: OpenPage, twins: list[str]) -> None:
    app = open_page_at_rest("home")
    assert_sound(app)
    listed = [link.proto.label for link in app.get_by_key("home.recent").get("page_link")]
    assert [label for label in listed if "Twin" in label] == ["Twin · seed 6", "Twin · seed 5"]
    labels = [metric.label for metric in app.get_by_key("home.verdict").get("metric")]
    assert [("seed 5" in label, "seed 6" in label) for label in labels] == [(True, False), (False, True)]


def test_the_other_runs_of_a_digit_name_the_seed(open_page: OpenPage, store: RunStore, twins: list[str]) -> None:
    app = open_page("mistakes", view="explain", run=twins[1], image="test-3")
    assert_sound(app)
    rows = [row[0][0] for row in component(app, "mistakes.others")["rows"]]
    assert sum("Twin · seed 5" in str(row) for row in rows) == 1, texts(app)


def _label_of(app: AppTest, key: str) -> str:
    """The label that the chosen run has in a box."""
    (box,) = (one for one in app.selectbox if one.key == key)
    return str(box.options[box.index])
