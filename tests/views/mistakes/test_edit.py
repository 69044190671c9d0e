"""A digit is changed by hand, and the network answers what stands on the pad."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.store import RunStore
from tests.finished_runs import slow_forward
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import assert_sound, component
from tests.pages.opening import OpenPage

VIEW = "edit"


def first_wrong(predictions: Predictions) -> int:
    return int(np.flatnonzero(predictions.labels != predictions.probabilities.argmax(axis=1))[0])


def test_steps_of_the_sliders_are_written_as_they_are(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("mistakes", view=VIEW, image="3")
    for name, step, written in (("scale", 0.1, "%.1f"), ("thickness", 0.2, "%.1f"), ("rotate", 1.0, "%d")):
        slider = app.slider(key=f"mistakes.operate.{name}.test-3-mnist-sample")
        assert (slider.step, slider.proto.format) == (step, written)
    app.slider(key="mistakes.operate.scale.test-3-mnist-sample").set_value(1.1 + 2e-16).run()
    assert_sound(app)


def test_the_network_is_asked_about_what_is_on_the_pad(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    row = first_wrong(stored(store, run_id))
    app = open_page("mistakes", view=VIEW, image=str(row))
    drawn = load_dataset("mnist-sample").test.images[row].copy()
    drawn[5:8, 4:20] = 255
    sent = {"token": f"test-{row}-mnist-sample", "pixels": base64.b64encode(drawn.tobytes()).decode()}
    app.session_state["mistakes.pad"] = {"drawn": sent}
    shares = component(app.run(), "mistakes.operate_bars")["shares"]
    np.testing.assert_allclose(shares, slow_forward(store.weights(run_id), drawn / 255), atol=1e-4)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "x",
        {"token": "other", "pixels": "AAAA"},
        {"pixels": "A" * 5000},
        {"token": 1},
        {"token": "t", "pixels": 7},
    ],
)
def test_a_drawing_that_cannot_be_leaves_the_digit_as_it_is(open_page: OpenPage, store: RunStore, sent: object) -> None:
    predictions = stored(store, newest(store))
    row = first_wrong(predictions)
    app = open_page("mistakes", view=VIEW, image=str(row))
    app.session_state["mistakes.pad"] = {"drawn": sent}
    assert_sound(app.run())
    shares = component(app, "mistakes.operate_bars")["shares"]
    np.testing.assert_allclose(shares, predictions.probabilities[row], atol=1e-4)
