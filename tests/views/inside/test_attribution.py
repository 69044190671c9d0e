"""Attribution through the page: whose maps are drawn, for which classes, and what is said where there are none."""

from __future__ import annotations

import base64
import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest

from dashboard.server.background import jobs
from mnist_core.data.dataset import Dataset
from mnist_core.files import write_arrays
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Dense, Flatten
from mnist_core.probing.helper.client import helper
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run, slow_forward
from tests.inspected_runs import of_layers, of_recipe, run_of
from tests.pages.finding import assert_sound, component, has_component, is_shown, numbers, says, texts
from tests.pages.opening import OpenPage
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
METHODS = ("saliency", "integrated", "grad_cam", "occlusion")


@pytest.fixture(scope="module", autouse=True)
def without_a_process_left() -> Iterator[None]:
    yield
    helper().close()


def values_of(data: dict[str, object]) -> np.ndarray:
    """The numbers that a grid of one tile draws."""
    shares = np.frombuffer(base64.b64decode(str(data["values"])), "<i2") / 32_767
    return shares.reshape(28, 28) * float(str(data["limit"]))


def logits_of(store: RunStore, run_id: str, image: np.ndarray) -> np.ndarray:
    return np.log(slow_forward(store.weights(run_id), image / 255))


def a_wrong_digit(store: RunStore, run_id: str) -> tuple[int, int, int]:
    """Its row, its true label and what the run predicts."""
    found = store.predictions(run_id, "test")
    row = int(np.flatnonzero(~found.correct)[0])
    return row, int(found.labels[row]), int(found.predicted[row])


def test_a_wrong_digit_is_explained_for_the_true_label_against_the_predicted_one(
    open_page_at_rest: OpenPage, store: RunStore, sample: Dataset
) -> None:
    run_id = finished_run(store, epochs=1)
    row, true, predicted = a_wrong_digit(store, run_id)
    app = open_page_at_rest("inside", run=run_id, view="attribution", image=f"test-{row}")
    assert_sound(app)
    logits = logits_of(store, run_id, sample.test.images[row])
    score = logits[true] - logits[predicted]
    assert says(app.get_by_key("inside.attribution"), f"{score:+.2f}".lstrip("+-"))
    empty = logits_of(store, run_id, np.zeros((28, 28)))
    shares = values_of(component(app, "inside.attribution.integrated"))
    difference = score - (empty[true] - empty[predicted])
    assert shares.sum() == pytest.approx(difference, rel=0.02)
    of_sums = (numbers(text) for text in texts(app.get_by_key("inside.method.integrated")))
    assert any(pytest.approx(abs(difference), abs=0.001) in found for found in of_sums)
    for method in METHODS:
        assert component(app, f"inside.attribution.{method}")["outline"]
        assert component(app, f"inside.random.{method}")["count"] == 1


def test_any_class_can_be_explained_and_the_link_restores_it(
    open_page_at_rest: OpenPage, store: RunStore, sample: Dataset
) -> None:
    run_id = finished_run(store, epochs=1)
    url = {"run": run_id, "view": "attribution", "image": "test-5", "towards": "2", "against": "-1"}
    app = open_page_at_rest("inside", **url, unsigned="unsigned")
    assert_sound(app)
    logit = logits_of(store, run_id, sample.test.images[5])
    margins = open_page_at_rest("inside", **{**url, "against": "7"})
    assert says(margins.get_by_key("inside.attribution"), f"{abs(logit[2] - logit[7]):.2f}")
    assert values_of(component(app, "inside.attribution.saliency")).min() >= 0
    assert values_of(component(margins, "inside.attribution.saliency")).min() < 0


def test_without_a_convolution_the_other_methods_are_shown(open_page_at_rest: OpenPage, store: RunStore) -> None:
    app = open_page_at_rest(
        "inside", run=run_of(store, of_layers(Architecture(layers=(Flatten(), Dense(units=6))))), view="attribution"
    )
    assert_sound(app)
    assert not has_component(app, "inside.attribution.grad_cam")
    assert has_component(app, "inside.attribution.occlusion")
    assert app.get_by_key("inside.method.grad_cam").caption


@pytest.mark.thorough
def test_weights_that_are_not_numbers_are_explained(open_page_at_rest: OpenPage, store: RunStore) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    best = store.folder(run_id) / "checkpoints" / "best.npz"
    with np.load(best) as stored:
        arrays = {name: stored[name].copy() for name in stored.files}
    arrays["weight:conv_1|kernel"][0, 0, 0, 0] = np.nan
    write_arrays(best, arrays)
    app = open_page_at_rest("inside", run=run_id, view="attribution")
    assert not app.exception
    assert len(app.warning) == 1
    assert len(app.error) == 1
    assert not has_component(app, "inside.attribution.saliency")


def test_without_the_data_set_it_says_so(open_page_at_rest: OpenPage, store: RunStore) -> None:
    run_id = run_of(store, of_recipe("lenet-5", dataset="not-there"))
    app = open_page_at_rest("inside", run=run_id, view="attribution")
    assert_sound(app)
    assert says(app.get_by_key("empty_state"), "not-there")


@pytest.mark.thorough
def test_the_page_recovers_by_itself_when_the_helper_is_killed_in_mid_question(
    open_page: OpenPage, open_page_at_rest: OpenPage, store: RunStore
) -> None:
    run_id = finished_run(store, epochs=1)
    helper().close()
    url = {"run": run_id, "view": "attribution", "image": "test-9"}
    open_page("inside", **url)  # a cold process: it is still loading TensorFlow
    wait_until(lambda: helper().pid is not None)
    first = helper().pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    app = open_page_at_rest("inside", **url)
    assert_sound(app)
    assert has_component(app, "inside.attribution.saliency")
    assert helper().pid != first
    assert not is_shown(app, "inside.maps_of_digit.again")
    assert all(not job.is_running for job in jobs()._jobs.values())


def test_a_drawing_is_explained_when_asked_for(open_page: OpenPage, store: RunStore, sample: Dataset) -> None:
    run_id = finished_run(store, epochs=1)
    digit, pad = sample.test.images[4], np.zeros((112, 112), np.uint8)
    pad[:84, 20:104] = np.kron(digit, np.ones((3, 3), np.uint8))  # not in the middle
    app = open_page("draw", run=run_id, closer="attribution")
    assert not is_shown(app, "draw.explain")
    pixels = base64.b64encode(pad.tobytes()).decode()
    app.session_state["draw.pad"] = {"drawn": {"token": "empty", "pixels": pixels}}
    app.run()
    assert not has_component(app, "draw.attribution.saliency")  # not at every stroke
    app.button(key="draw.explain").click().run()
    wait_until(lambda: has_component(app.run(), "draw.random.occlusion"), seconds=60)
    assert_sound(app)
    assert not is_shown(app, "draw.explain")
    logits, empty = logits_of(store, run_id, digit), logits_of(store, run_id, np.zeros((28, 28)))
    second, first = np.argsort(logits)[-2:]
    assert says(app.get_by_key("draw.closer"), f"{logits[first] - logits[second]:+.2f}".lstrip("+-"))
    difference = logits[first] - logits[second] - (empty[first] - empty[second])
    assert values_of(component(app, "draw.attribution.integrated")).sum() == pytest.approx(difference, rel=0.02)
