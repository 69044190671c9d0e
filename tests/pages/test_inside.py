"""Look inside in every state that a run and its data can be in."""

from __future__ import annotations

import os

import numpy as np
import pytest

from dashboard.state.url_kinds import UrlImage
from mnist_core.data.image_ref import Drawing
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.files import write_arrays
from mnist_core.models.recipes import RECIPES
from mnist_core.runs.store import RunStore
from tests.inspected_runs import of_recipe, run_of, score
from tests.pages.finding import assert_sound, component, components, has_component, is_shown, links, says, texts
from tests.pages.opening import OpenPage


@pytest.fixture
def store(runs_folder) -> RunStore:
    return RunStore(runs_folder)


def test_without_runs_it_leads_to_where_one_is_made(open_page: OpenPage) -> None:
    app = open_page("inside")
    assert_sound(app)
    assert links(app.get_by_key("empty_state")) == [("", {}), ("design", {})]


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_can_be_looked_into(open_page: OpenPage, store: RunStore, recipe: str) -> None:
    app = open_page("inside", run=run_of(store, of_recipe(recipe)), label="7")
    assert_sound(app)
    assert component(app, "inside.probabilities")["roles"][7] in ("true", "correct")
    for row in RECIPES[recipe].architecture.rows[:-1]:
        assert says(app, row.name)


def test_a_run_without_weights_says_what_to_wait_for(open_page: OpenPage, store: RunStore) -> None:
    run_id = store.create(of_recipe("lenet-5"))
    waiting = open_page("inside", run=run_id).get_by_key("empty_state")
    store.set(run_id, status="failed", error="The disk is **full**.")
    failed = open_page("inside", run=run_id).get_by_key("empty_state")
    assert links(waiting) == links(failed) == [("train", {})]
    assert texts(waiting) != texts(failed)
    assert any(r"\*\*full\*\*" in text.value for text in failed.markdown)


@pytest.mark.parametrize("damage", ["cut", "other shapes"])
def test_damaged_weights_are_explained(open_page: OpenPage, store: RunStore, damage: str) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    best = store.folder(run_id) / "checkpoints" / "best.npz"
    if damage == "cut":
        os.truncate(best, 1000)
    else:
        best.write_bytes((store.folder(run_of(store, of_recipe("deep-mlp"))) / "checkpoints" / "best.npz").read_bytes())
    app = open_page("inside", run=run_id)
    assert_sound(app)
    assert links(app.get_by_key("empty_state")) == [("train", {})]
    assert components(app) == {}


def test_weights_that_are_not_numbers_are_explained(open_page: OpenPage, store: RunStore) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    assert len(open_page("inside", run=run_id).warning) == 0
    best = store.folder(run_id) / "checkpoints" / "best.npz"
    with np.load(best) as stored:
        arrays = {name: stored[name].copy() for name in stored.files}
    arrays["weight:conv_1|kernel"][0, 0, 0, 0] = np.nan
    write_arrays(best, arrays)
    for view in ("activations", "filters"):
        app = open_page("inside", run=run_id, view=view)
        assert_sound(app)
        assert len(app.warning) == 1


def test_without_the_data_set_the_filters_can_be_seen(open_page: OpenPage, store: RunStore) -> None:
    run_id = run_of(store, of_recipe("lenet-5", dataset="not-there"))
    app = open_page("inside", run=run_id)
    assert_sound(app)
    assert says(app.get_by_key("empty_state"), "not-there")
    app = open_page("inside", run=run_id, view="filters")
    assert not is_shown(app, "empty_state")
    assert component(app, "inside.filters")["count"] == 6


def test_of_a_data_set_that_has_changed_it_is_not_said_which_digits_are_wrong(
    open_page: OpenPage, store: RunStore
) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    store.set(run_id, dataset={"name": "mnist-sample", "sha256": "0" * 64})
    app = open_page("inside", run=run_id)
    assert_sound(app)
    assert any(load_dataset("mnist-sample").title in caption for caption in app.caption.values)
    assert len(app.segmented_control(key="linked.inside_which").options) == 1
    assert has_component(app, "inside.digits")


@pytest.mark.parametrize(
    "url",
    [
        *({"image": "99999999"}, {"image": "-1"}, {"image": "1000"}, {"page": "9999"}, {"label": "x"}, {"which": "x"}),
        *({"channel": "conv_1-99999"}, {"channel": "../x-1"}, {"channel": "conv_9-0"}, {"view": "x"}),
        *({"view": "filters", "layer": "../x"}, {"view": "filters", "filter": "99999"}),
    ],
    ids=str,
)
def test_nonsense_in_the_link_is_ignored(open_page: OpenPage, store: RunStore, url: dict[str, str]) -> None:
    assert_sound(open_page("inside", run=run_of(store, of_recipe("lenet-5")), **url))


@pytest.mark.parametrize("view", ["activations", "attribution", "through_time"])
def test_a_drawing_goes_through_the_network_until_another_digit_is_opened(
    open_page: OpenPage, store: RunStore, view: str
) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    address = UrlImage().write(Drawing(load_dataset("mnist-sample").test.images[7].tobytes()))
    app = open_page("inside", run=run_id, view=view, image=address)
    assert_sound(app)
    assert app.query_params["image"] == address
    if view != "activations":
        return
    roles = component(app, "inside.probabilities")["roles"]
    stored = component(open_page("inside", run=run_id, view=view, image="test-7"), "inside.probabilities")
    assert roles.index("predicted") == next(i for i, role in enumerate(stored["roles"]) if role != "true" and role)
    grid = next(key for key in components(app) if key.startswith("inside.digits."))
    app.session_state[grid] = {"picked": 3}
    app.run()
    assert app.query_params["image"] == "test-3"
    assert {"true", "correct"} & set(component(app, "inside.probabilities")["roles"])


@pytest.mark.parametrize("page", ["explore", "evaluate", "mistakes", "draw"])
def test_other_pages_open_with_a_drawing_too(open_page: OpenPage, store: RunStore, page: str) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    score(store, run_id, load_dataset("mnist-sample"), wrong=[3])
    address = UrlImage().write(Drawing(bytes(range(196)) * 4))
    app = open_page(page, run=run_id, image=address)
    assert_sound(app)
    assert app.query_params["image"] == address
    assert [name for name, query in links(app) if query.get("image") == address] == ["inside", "draw"]
