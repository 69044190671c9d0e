"""The map of a layer and the probes on the page."""

from __future__ import annotations

import base64
from dataclasses import replace

import numpy as np
import pytest

from dashboard.server.background import jobs
from dashboard.state.url_selection import UrlSelection, selection_of
from dashboard.views.inside import layer_map
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.network.forward import activations
from mnist_core.probing import probes
from mnist_core.probing.probes import measure_probes
from mnist_core.runs.store import RunStore
from tests.finished_runs import UNIT, finished_run
from tests.inspected_runs import of_recipe, run_of
from tests.pages.finding import assert_sound, component, figure, has_component, pictures, says, texts
from tests.pages.opening import OpenPage

VIEW = {"view": "representation"}


@pytest.fixture
def run_id(store: RunStore, sample: Dataset) -> str:
    return finished_run(store, epochs=1)


def points(data: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(data["points"]), "<f4").reshape(-1, 2)


def test_the_points_are_the_principal_components_of_the_layer(
    open_page_at_rest: OpenPage, store: RunStore, sample: Dataset, run_id: str
) -> None:
    app = open_page_at_rest("inside", of_layer="max_pool_1", **VIEW)
    assert_sound(app)
    x = UNIT.apply(sample.test.images)
    pooled = activations(store.get(run_id).config.architecture, store.weights(run_id), x, layers=["max_pool_1"])
    vectors = pooled["max_pool_1"].reshape(len(x), -1)
    centred = (vectors - vectors.mean(axis=0)).astype(np.float64)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    expected = centred @ axes[:2].T
    found = points(component(app, "inside.map"))
    for axis in (0, 1):
        assert abs(np.corrcoef(found[:, axis], expected[:, axis])[0, 1]) > 0.9999


def test_all_test_digits_are_not_called_a_sample(
    open_page_at_rest: OpenPage, sample: Dataset, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = []
    for most in (len(sample.test) + 1, len(sample.test), len(sample.test) - 1):
        monkeypatch.setattr(layer_map, "MAX_DIGITS", most)
        jobs.cache_clear()
        app = open_page_at_rest("inside", of_layer="conv_1", **VIEW)
        words.append([text for text in texts(app) if "conv_1" in text])
    assert words[0] == words[1]
    assert words[0] != words[2]


def test_colours_say_which_digits_are_wrong(
    open_page_at_rest: OpenPage, store: RunStore, sample: Dataset, run_id: str
) -> None:
    app = open_page_at_rest("inside", colour="correct", **VIEW)
    colours = np.frombuffer(base64.b64decode(component(app, "inside.map")["colours"]), np.uint8)
    np.testing.assert_array_equal(colours == 0, store.predictions(run_id, "test").correct)


def test_a_lasso_shows_its_digits_and_a_click_opens_one(
    open_page_at_rest: OpenPage, sample: Dataset, run_id: str
) -> None:
    selection = selection_of(np.array([3, 77, 500]), np.arange(len(sample.test)), sample, SplitName.TEST)
    app = open_page_at_rest("inside", chosen=UrlSelection().write(selection), **VIEW)
    assert_sound(app)
    assert component(app, "inside.lassoed")["ids"] == [3, 77, 500]
    np.testing.assert_array_equal(pictures(app, "inside.lassoed"), sample.test.images[[3, 77, 500]])
    elsewhere = replace(selection, source=f"{'0' * 8}-test")
    app = open_page_at_rest("inside", chosen=UrlSelection().write(elsewhere), **VIEW)
    assert_sound(app)
    assert not has_component(app, "inside.lassoed")
    app = open_page_at_rest("inside", image="test-77", **VIEW)
    assert says(app.get_by_key("inside.chosen"), 77)


def test_the_line_shows_the_accuracy_of_each_probe(
    open_page: OpenPage, store: RunStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("inside", part="probes", **VIEW)
    assert_sound(app)
    assert app.button(key="inside.probe")
    monkeypatch.setattr(probes, "N_TRAINING", 200)
    found = measure_probes(store, run_id)
    app = open_page("inside", part="probes", **VIEW)
    assert_sound(app)
    line = figure(app, "inside.probes")["data"][0]
    expected = [(predicted == found.labels).mean() for predicted in found.predicted]
    assert line["y"] == pytest.approx(expected)
    assert figure(app, "inside.probes")["layout"]["xaxis"]["ticktext"] == ["pixels", "conv_1", "max_pool_1", "output"]


def test_a_network_without_hidden_layers_has_its_pixels(
    open_page_at_rest: OpenPage, store: RunStore, sample: Dataset
) -> None:
    app = open_page_at_rest("inside", run=run_of(store, of_recipe("softmax-regression")), **VIEW)
    assert_sound(app)
    assert has_component(app, "inside.map")


@pytest.mark.parametrize(
    "link", [{"of_layer": "conv_9"}, {"of_layer": "../x"}, {"map": "x"}, {"colour": "x"}, {"chosen": "AAAA"}], ids=str
)
def test_nonsense_in_the_link_is_ignored(open_page_at_rest: OpenPage, run_id: str, link: dict[str, str]) -> None:
    assert_sound(open_page_at_rest("inside", **VIEW, **link))
