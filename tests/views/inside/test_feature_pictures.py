"""Feature pictures through the page: their numbers, the real digits beside them, and what cannot be shown."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Dense, Flatten
from mnist_core.probing.helper.client import helper
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run
from tests.inspected_runs import of_layers, of_recipe, run_of
from tests.pages.finding import assert_sound, component, has_component, pictures, says
from tests.pages.opening import OpenPage

pytestmark = pytest.mark.slow
QUICK = {"view": "pictures", "steps": "16"}


@pytest.fixture(scope="module", autouse=True)
def without_a_process_left() -> Iterator[None]:
    yield
    helper().close()


def test_the_pictures_of_a_layer_and_the_digits_that_excite_the_open_one(
    open_page_at_rest: OpenPage, store: RunStore, sample: Dataset
) -> None:
    run_id = finished_run(store, epochs=1)
    app = open_page_at_rest("inside", run=run_id, **QUICK, pictured="output", picture="7")
    assert_sound(app)
    grid = component(app, "inside.pictures")
    assert (grid["count"], grid["selected"]) == (10, 7)
    assert pictures(app, "inside.pictures").std() > 0
    shown = pictures(app, "inside.exciting")
    assert len(shown) == 9
    logits = np.log(store.predictions(run_id, "test").probabilities[:, 7])
    rows = component(app, "inside.exciting")["ids"]
    np.testing.assert_array_equal(shown, sample.test.images[rows])
    assert np.median(logits[rows]) > np.percentile(logits, 90)
    assert says(app, 16)


def test_a_network_without_convolutions_has_units_and_classes(open_page_at_rest: OpenPage, store: RunStore) -> None:
    run_id = run_of(store, of_layers(Architecture(layers=(Flatten(), Dense(units=40)))))
    app = open_page_at_rest("inside", run=run_id, **QUICK, pictures_page="2")
    assert_sound(app)
    assert component(app, "inside.pictures")["count"] == 8


def test_without_the_data_set_only_the_digits_are_missing(open_page_at_rest: OpenPage, store: RunStore) -> None:
    run_id = run_of(store, of_recipe("lenet-5", dataset="not-there"))
    app = open_page_at_rest("inside", run=run_id, **QUICK)
    assert_sound(app)
    assert component(app, "inside.pictures")["count"] == 6
    assert not has_component(app, "inside.exciting")
    assert says(app.get_by_key("inside.picture"), "not-there")


@pytest.mark.thorough
@pytest.mark.parametrize(
    "url",
    [{"pictured": "conv_9"}, {"picture": "99999"}, {"steps": "1"}, {"blur": "nan"}, {"pictures_page": "99"}],
    ids=str,
)
def test_nonsense_in_the_link_is_ignored(open_page_at_rest: OpenPage, store: RunStore, url: dict[str, str]) -> None:
    assert_sound(open_page_at_rest("inside", run=run_of(store, of_recipe("lenet-5")), **{**QUICK, **url}))
