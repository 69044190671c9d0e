"""The film on the page: every stored epoch, with the weights of that epoch."""

from __future__ import annotations

import base64
import shutil

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.files import write_arrays
from mnist_core.runs.store import RunStore
from tests.finished_runs import N_FILTERS, finished_run
from tests.inspected_runs import of_recipe, run_of
from tests.pages.finding import assert_sound, component, has_component
from tests.pages.opening import OpenPage

VIEW = {"view": "through_time"}


@pytest.fixture
def run_id(store: RunStore, sample: Dataset) -> str:
    return finished_run(store, epochs=3)


def test_a_validation_digit_has_the_predictions_that_were_stored(
    open_page: OpenPage, store: RunStore, run_id: str
) -> None:
    validation = [store.predictions(run_id, "validation", epoch) for epoch in (1, 2, 3)]
    row = int(validation[0].index[17])
    app = open_page("inside", image=f"train-{row}", **VIEW)
    assert_sound(app)
    data = component(app, "inside.film")
    shares = np.array(data["bars"]["shares"])
    np.testing.assert_allclose(shares, [found.probabilities[17] for found in validation], atol=0.01)
    assert data["bars"]["trueLabel"] == validation[0].labels[17]
    assert data["start"] == 2


def test_the_filters_of_all_epochs_have_one_scale(open_page: OpenPage, store: RunStore, run_id: str) -> None:
    data = component(open_page("inside", **VIEW), "inside.film")["rows"][0]
    values = np.frombuffer(base64.b64decode(data["values"]), np.int8).reshape(3, N_FILTERS, 3, 3)
    kernels = np.stack([store.epoch_weights(run_id, epoch)["conv_1/kernel"] for epoch in (1, 2, 3)])
    largest = np.abs(kernels).max()
    assert data["limit"] == pytest.approx(float(largest))
    np.testing.assert_allclose(values / 127, kernels[:, :, :, 0].transpose(0, 3, 1, 2) / largest, atol=0.01)


def test_the_link_restores_the_layer_and_the_epoch(open_page: OpenPage, run_id: str) -> None:
    data = component(open_page("inside", film="max_pool_1", after_epoch="2", **VIEW), "inside.film")
    assert data["start"] == 1
    assert len(data["rows"]) == 1  # a pooling layer has no filters
    assert data["rows"][0]["height"] == 13


def test_where_the_film_rests_is_put_into_the_link(open_page: OpenPage, run_id: str) -> None:
    app = open_page("inside", **VIEW)
    app.session_state["inside.film"] = {"rested": 0}
    app.run()
    assert_sound(app)
    assert app.query_params["after_epoch"] in ("1", ["1"])


def test_runs_without_stored_epochs_say_what_to_do(open_page: OpenPage, store: RunStore, run_id: str) -> None:
    shutil.rmtree(store.folder(run_id) / "weights")
    for other in (run_id, run_of(store, of_recipe("lenet-5"))):
        app = open_page("inside", run=other, **VIEW)
        assert_sound(app)
        assert len(app.info) == 1
        assert not has_component(app, "inside.film")


def test_of_a_run_of_an_earlier_version_the_filters_are_shown(
    open_page: OpenPage, store: RunStore, run_id: str
) -> None:
    kernels = {epoch: store.filters(run_id, epoch)["conv_1"] for epoch in (1, 2, 3)}
    folder = store.folder(run_id)
    shutil.rmtree(folder / "weights")
    (folder / "filters").mkdir()
    for epoch, kernel in kernels.items():
        write_arrays(folder / "filters" / f"epoch-{epoch:03d}.npz", {"conv_1": kernel})
    app = open_page("inside", **VIEW)
    assert_sound(app)
    assert len(app.info) == 1
    data = component(app, "inside.film")
    assert (len(data["titles"]), len(data["rows"]), data["bars"]) == (3, 1, None)
    write_arrays(folder / "filters" / "epoch-003.npz", {"conv_1": 9 * kernels[3]})  # trained again after a resume
    again = component(open_page("inside", **VIEW), "inside.film")
    assert again["rows"][0]["limit"] == pytest.approx(9 * float(np.abs(kernels[3]).max()), rel=0.001)


def test_an_epoch_that_is_damaged_is_explained(open_page: OpenPage, store: RunStore, run_id: str) -> None:
    path = store.epoch_weights_path(run_id, 2)
    path.write_bytes(path.read_bytes()[:100])
    app = open_page("inside", **VIEW)
    assert_sound(app)
    assert not has_component(app, "inside.film")


def test_without_the_data_set_the_filters_are_shown(open_page: OpenPage, store: RunStore, run_id: str) -> None:
    store.update(run_id, lambda document: document["config"].update(dataset="not-there"))
    app = open_page("inside", **VIEW)
    assert_sound(app)
    data = component(app, "inside.film")
    assert data["bars"] is None
    assert len(data["rows"]) == 1


def test_epochs_that_are_not_finished_are_left_out(open_page: OpenPage, store: RunStore, run_id: str) -> None:
    store.update(run_id, lambda document: document["summary"].update(epochs_done=2))
    assert len(component(open_page("inside", **VIEW), "inside.film")["titles"]) == 2
