"""A digit is changed by hand, and the network answers what stands on the pad."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.colours import RIGHT
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions
from mnist_core.probing.flips import OPERATIONS
from mnist_core.runs.store import RunStore
from tests.finished_runs import slow_forward
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import assert_sound, component, figure, says, texts
from tests.pages.opening import OpenPage
from tests.thorough import one_in

VIEW = "edit"


def first_wrong(predictions: Predictions) -> int:
    return int(np.flatnonzero(predictions.labels != predictions.probabilities.argmax(axis=1))[0])


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_a_slider_moves_in_the_steps_that_flips_are_searched_in(
    open_page: OpenPage, store: RunStore, name: str
) -> None:
    app = open_page("mistakes", view=VIEW, image="3", operation=name)
    slider = app.slider(key=f"mistakes.operate.{name}.test-3-mnist-sample")
    values = figure(app, "mistakes.flips")["data"][0]["x"]
    assert np.diff(values) == pytest.approx(slider.step)
    assert (slider.min, slider.max) == (values[0], values[-1])
    assert all(float(slider.proto.format % value) == value for value in values)


def test_a_slider_that_is_off_by_a_rounding_error_is_understood(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("mistakes", view=VIEW, image="3")
    app.slider(key="mistakes.operate.scale.test-3-mnist-sample").set_value(1.1 + 2e-16).run()
    assert_sound(app)


@pytest.mark.parametrize("name", one_in(3, OPERATIONS))
def test_the_slider_shows_each_flip_that_is_written(open_page: OpenPage, store: RunStore, name: str) -> None:
    """What the sentence says of an amount is what the network says of it, and one step before it is not yet."""
    row = first_wrong(stored(store, newest(store)))
    app = open_page("mistakes", view=VIEW, image=str(row), operation=name)
    slider_key = f"mistakes.operate.{name}.test-{row}-mnist-sample"
    drawn = figure(app, "mistakes.flips")
    lines = {line["name"].split()[0]: line["y"] for line in drawn["data"]}
    values = drawn["data"][0]["x"]
    labels = [max(lines, key=lambda label: lines[label][i]) for i in range(len(values))]
    middle = values.index(OPERATIONS[name].neutral)
    nearer = [*range(1, middle + 1), middle, *range(middle, len(values) - 1)]  # one step closer to no change
    turns = [(values[i], labels[i]) for i in range(len(values)) if labels[i] != labels[nearer[i]]]
    for value, label in turns[:3]:
        assert says(app, label, f"{value:g}")
        app.slider(key=slider_key).set_value(value).run()
        shares = component(app, "mistakes.operate_bars")["shares"]
        assert str(int(np.argmax(shares))) == label
    resolution = f"{OPERATIONS[name].step:g}{OPERATIONS[name].unit}"
    assert any(resolution in text for text in texts(app))


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


def put_on_pad(app: AppTest, row: int, drawn: np.ndarray) -> None:
    pixels = base64.b64encode(drawn.astype(np.uint8).tobytes()).decode()
    app.session_state["mistakes.pad"] = {"drawn": {"token": f"test-{row}-mnist-sample", "pixels": pixels}}
    app.run()


def test_a_new_drawing_has_no_true_label(open_page: OpenPage, store: RunStore) -> None:
    """Another digit on an empty pad is neither right nor wrong: nobody has said what it is."""
    test = load_dataset("mnist-sample").test
    row = int(np.flatnonzero(test.labels == 1)[0])
    app = open_page("mistakes", view=VIEW, image=str(row))
    assert {"true", "correct"} & set(component(app, "mistakes.operate_bars")["roles"])
    put_on_pad(app, row, test.images[np.flatnonzero(test.labels == 7)[0]])
    assert_sound(app)
    bars = component(app, "mistakes.operate_bars")
    assert sorted(set(bars["roles"])) == ["", "predicted"]
    assert bars["colours"][bars["roles"].index("predicted")] == RIGHT
    assert not any("true" in line["name"] for line in figure(app, "mistakes.flips")["data"])
    put_on_pad(app, row, np.zeros((28, 28)))
    assert sorted(set(component(app, "mistakes.operate_bars")["roles"])) == ["", "predicted"]
    stroke = test.images[row].copy()
    stroke[3:5, 4:8] = 255
    put_on_pad(app, row, stroke)  # one more stroke, which may have made a 7 of it
    assert sorted(set(component(app, "mistakes.operate_bars")["roles"])) == ["", "predicted"]
    put_on_pad(app, row, test.images[row])
    assert {"true", "correct"} & set(component(app, "mistakes.operate_bars")["roles"])


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


def test_a_small_edit_is_compared_with_what_the_same_weights_predict(open_page: OpenPage, store: RunStore) -> None:
    """The predictions of the page may be of an earlier epoch, which predicts something else."""
    run_id = newest(store)
    early, best = (stored(store, run_id, f"validation-{epoch:03d}") for epoch in (1, store.get(run_id).best_epoch))
    differs = np.flatnonzero(early.probabilities.argmax(axis=1) != best.probabilities.argmax(axis=1))
    sure = differs[np.argmax(best.probabilities[differs].max(axis=1))]  # one that a small edit does not change
    row, label = int(best.index[sure]), int(best.probabilities[sure].argmax())
    app = open_page("mistakes", view=VIEW, split="validation", epoch="1", image=f"train-{row}")
    shown = app.get_by_key("mistakes.answer")
    assert says(shown, label)
    app.slider(key=next(slider.key for slider in app.slider if "thickness" in slider.key)).set_value(0.1).run()
    changed = app.get_by_key("mistakes.answer")
    assert says(changed, label)
    assert not says(changed, label, int(early.probabilities[sure].argmax()))
