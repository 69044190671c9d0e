"""The design of a tab, without a browser: what the layer editor sends, undo, links, presses on Start."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.views.design import draft as drafts
from dashboard.views.design.draft import MAX_STEPS_BACK, Draft, is_recipe_as_published
from mnist_core.designs.links import config_to_link
from mnist_core.errors import RunError
from mnist_core.fields import specs_of
from mnist_core.models.layers import LAYERS, Conv, Dropout, MaxPool, Padding
from mnist_core.training.config import config_from_recipe
from tests.pages.finding import numbers

RECIPE = config_from_recipe("dropout-cnn", dataset="mnist-sample")


class Browser:
    """The layer editor's side: holds the rows and sends all of them at each edit."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.seq = draft.answered
        self.load()

    def load(self) -> None:
        layers = zip(self.draft.now.layer_ids, self.draft.config.architecture.layers, strict=True)
        self.revision = self.draft.revision
        self.rows: list[dict[str, Any]] = [
            {
                "id": name,
                "kind": layer.kind,
                "fields": {field: drafts.text_of(getattr(layer, field)) for field in specs_of(type(layer))},
            }
            for name, layer in layers
        ]

    def send(self) -> None:
        self.seq += 1
        self.draft.take_layers({"revision": self.revision, "seq": self.seq, "layers": self.rows})

    def type(self, row: int, field: str, text: Any) -> None:
        self.rows[row]["fields"][field] = text
        self.send()


@pytest.fixture
def draft() -> Draft:
    return Draft(RECIPE)


@pytest.fixture
def browser(draft: Draft) -> Browser:
    return Browser(draft)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that drafts see; a test moves it."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def first(draft: Draft) -> Conv:
    layer = draft.config.architecture.layers[0]
    assert isinstance(layer, Conv)
    return layer


def test_what_is_typed_is_in_the_design(draft: Draft, browser: Browser) -> None:
    browser.type(0, "filters", "48")
    browser.type(0, "padding", "same")
    assert first(draft) == Conv(filters=48, padding=Padding.SAME)
    assert draft.field_problems == ()


@pytest.mark.parametrize(
    "text", ["", " ", "abc", "-3", "0", "1e9", "nan", "inf", "3.5", "3;4", "9" * 500, None, [], {}, True]
)
def test_text_that_is_no_number_keeps_the_old_one(draft: Draft, browser: Browser, text: Any) -> None:
    browser.type(0, "filters", text)
    assert first(draft).filters == 32
    if text is not None:
        (problem,) = draft.field_problems
        assert (problem.layer_id, problem.field) == (browser.rows[0]["id"], "filters")
        assert {1, 1024} <= set(numbers(problem.sentence))  # what may be


def test_a_bad_field_does_not_hold_up_the_others(draft: Draft, browser: Browser) -> None:
    browser.rows[0]["fields"]["filters"] = "many"
    browser.type(0, "kernel_size", "5")
    assert first(draft) == Conv(filters=32, kernel_size=5)


@pytest.mark.parametrize("text", ["48", "48.0", " 48 ", "4.8e1"])
def test_numbers_may_be_written_in_many_ways(draft: Draft, browser: Browser, text: str) -> None:
    browser.type(0, "filters", text)
    assert first(draft).filters == 48


def test_a_comma_is_a_decimal_point(draft: Draft, browser: Browser) -> None:
    row = next(i for i, item in enumerate(browser.rows) if item["kind"] == "dropout")
    browser.type(row, "rate", "0,4")
    layer = draft.config.architecture.layers[row]
    assert isinstance(layer, Dropout)
    assert layer.rate == 0.4


def test_layers_are_added_moved_and_removed(draft: Draft, browser: Browser) -> None:
    browser.rows.insert(1, {"id": "b1", "kind": "batch_norm", "fields": {}})
    browser.send()
    browser.rows.append(browser.rows.pop(0))
    browser.send()
    del browser.rows[1]
    browser.send()
    kinds = [layer.kind for layer in draft.config.architecture.layers]
    assert kinds == ["batch_norm", "conv", "max_pool", "flatten", "dense", "dropout", "dense", "dropout", "conv"]
    assert draft.now.layer_ids == tuple(row["id"] for row in browser.rows)
    assert draft.config.architecture.problem is not None


def test_undo_and_redo_go_through_every_change(draft: Draft, browser: Browser, clock: list[float]) -> None:
    for filters in ("8", "16", "24"):
        clock[0] += 10
        browser.type(0, "filters", filters)
    seen = [first(draft).filters]
    while draft.can_undo:
        draft.undo()
        seen.append(first(draft).filters)
    assert seen == [24, 16, 8, 32]
    while draft.can_redo:
        draft.redo()
    assert first(draft).filters == 24


def test_typing_on_in_a_field_is_one_step(draft: Draft, browser: Browser, clock: list[float]) -> None:
    for text in ("1", "12", "128"):
        clock[0] += 0.3
        browser.type(0, "filters", text)
    draft.undo()
    assert draft.config == RECIPE
    assert not draft.can_undo


def test_typing_in_another_field_is_another_step(draft: Draft, browser: Browser, clock: list[float]) -> None:
    browser.type(0, "filters", "8")
    browser.type(2, "filters", "16")
    draft.undo()
    assert first(draft).filters == 8


def test_undo_leads_back_over_a_loaded_recipe(draft: Draft, browser: Browser) -> None:
    browser.type(0, "filters", "8")
    edited = draft.config
    draft.load(config_from_recipe("lenet-5", dataset="mnist-sample"))
    draft.undo()
    assert draft.config == edited


def test_an_edit_made_before_a_load_was_seen_is_dropped(draft: Draft, browser: Browser) -> None:
    loaded = config_from_recipe("lenet-5", dataset="mnist-sample")
    draft.load(loaded)
    browser.type(0, "filters", "8")
    assert draft.config == loaded
    assert draft.answered == browser.seq
    browser.load()
    browser.type(0, "filters", "8")
    assert first(draft).filters == 8


def test_the_same_message_counts_once(draft: Draft, browser: Browser) -> None:
    browser.type(0, "filters", "8")
    draft.undo()
    draft.take_layers({"revision": browser.revision, "seq": browser.seq, "layers": browser.rows})
    assert draft.config == RECIPE


def test_memory_of_the_past_is_bounded(draft: Draft, browser: Browser, clock: list[float]) -> None:
    for number in range(MAX_STEPS_BACK + 50):
        clock[0] += 10
        browser.type(0, "filters", str(number % 100 + 1))
    steps = 0
    while draft.can_undo:
        draft.undo()
        steps += 1
    assert steps == MAX_STEPS_BACK


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
near_messages = st.fixed_dictionaries(
    {
        "revision": st.just(1) | json_values,
        "seq": st.integers(1, 5) | json_values,
        "layers": st.lists(
            st.fixed_dictionaries(
                {
                    "id": st.sampled_from(["s1", "s2", "b1"]) | json_values,
                    "kind": st.sampled_from(list(LAYERS)) | json_values,
                    "fields": st.dictionaries(
                        st.sampled_from(["filters", "padding", "size", "rate", "units", "x"]), json_values, max_size=4
                    )
                    | json_values,
                }
            ),
            max_size=4,
        )
        | json_values,
    }
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # how fast is a matter of the machine
@given(st.lists(near_messages | json_values, max_size=4))
def test_whatever_a_browser_sends_the_design_stays_sound(messages: list[Any]) -> None:
    draft = Draft(RECIPE)
    for message in messages:
        draft.take_layers(message)
        assert len(draft.now.layer_ids) == len(draft.config.architecture.layers)
        assert len(set(draft.now.layer_ids)) == len(draft.now.layer_ids)
        assert draft.config.from_dict(draft.config.to_dict()) == draft.config


def test_a_flood_of_layers_is_not_looked_at(draft: Draft, browser: Browser) -> None:
    browser.rows = [{"id": f"b{i}", "kind": "max_pool", "fields": {}} for i in range(5000)]
    browser.send()
    assert draft.config == RECIPE


def test_a_setting_that_cannot_be_is_a_sentence_and_changes_nothing(draft: Draft) -> None:
    draft.set_training(epochs=0)
    assert {1, 10_000} <= set(numbers(str(draft.problem_at("epochs"))))  # what may be
    assert draft.problem_at("seed") is None
    assert draft.config == RECIPE
    draft.set_training(epochs=3)
    assert draft.problem is None
    assert draft.config.training.epochs == 3


def test_a_setting_raises_no_revision_so_that_typing_in_the_layers_goes_on(draft: Draft, browser: Browser) -> None:
    draft.set_training(epochs=3)
    draft.set_augmentation(noise=0.1)
    browser.type(0, "filters", "8")
    assert first(draft).filters == 8
    assert draft.config.training.augmentation.noise == 0.1


def test_a_link_is_taken_over_once_in_a_visit(draft: Draft, browser: Browser) -> None:
    other = config_from_recipe("lenet-5", dataset="mnist-sample")
    draft.arrive(1, config_to_link(other))
    assert draft.config == other
    draft.set_training(epochs=2)
    draft.arrive(1, config_to_link(other))
    assert draft.config.training.epochs == 2


def test_a_link_to_an_earlier_design_leads_there_again(draft: Draft, clock: list[float]) -> None:
    draft.arrive(1, None)
    draft.set_training(epochs=2)
    clock[0] += 60
    draft.arrive(2, config_to_link(RECIPE))
    assert draft.config == RECIPE


def test_an_address_that_lags_behind_does_not_undo_the_last_edit(draft: Draft, clock: list[float]) -> None:
    draft.arrive(1, None)
    draft.set_training(epochs=2)
    clock[0] += 0.5
    draft.arrive(2, config_to_link(RECIPE))
    assert draft.config.training.epochs == 2


def test_a_broken_link_is_a_sentence_and_changes_nothing(draft: Draft) -> None:
    draft.arrive(1, "1nonsense")
    assert draft.problem_at("link") is not None
    assert draft.problem_at("saved") is None
    assert draft.config == RECIPE


def test_twenty_presses_make_one_run(draft: Draft, clock: list[float]) -> None:
    made: list[str] = []

    def make() -> str:
        made.append(f"run {len(made)}")
        return made[-1]

    for _ in range(20):
        clock[0] += 1.0
        assert draft.started("name", make) == "run 0"
    clock[0] += 60
    assert draft.started("name", make) == "run 1"


def test_another_design_is_another_run(draft: Draft) -> None:
    runs = iter("ab")
    assert draft.started("", lambda: next(runs)) == "a"
    draft.set_training(seed=1)
    assert draft.started("", lambda: next(runs)) == "b"


def test_a_run_that_could_not_be_made_is_tried_again(draft: Draft) -> None:
    def fail() -> str:
        raise RunError("The disk is full.")

    with pytest.raises(RunError, match="full"):
        draft.started("", fail)
    assert draft.started("", lambda: "run") == "run"


def test_a_recipe_is_as_published_on_any_data(draft: Draft, browser: Browser) -> None:
    assert is_recipe_as_published(draft.config)
    draft.set(dataset="mnist", limit=500)
    assert is_recipe_as_published(draft.config)
    browser.type(1, "size", "3")
    assert draft.config.architecture.layers[1] == MaxPool(size=3)
    assert not is_recipe_as_published(draft.config)
