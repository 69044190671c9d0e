"""The digit that is sent through a network: which one, and that it is read as the forward pass reads it."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.data.dataset import Dataset
from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.network.forward import forward
from mnist_core.runs.store import RunStore
from tests.inspected_runs import UNIT, of_recipe, run_of, score
from tests.pages.finding import assert_sound, component, rows, says
from tests.pages.opening import OpenPage


def chosen_row(app: AppTest, sample: Dataset) -> int:
    """The test digit that is picked in the grid."""
    return rows(app, "inside.digits", sample.test.images)[component(app, "inside.digits")["selected"]]


@pytest.mark.parametrize(
    "scaler",
    [UNIT, Scaler(kind=Scaling.L2_ROWS), Scaler(kind=Scaling.STANDARDISED, mean=33.3, std=78.6)],
    ids=lambda scaler: scaler.kind,
)
def test_the_digit_of_the_link_is_read_as_the_forward_pass_with_the_runs_own_scaling_reads_it(
    open_page: OpenPage, store: RunStore, sample: Dataset, scaler: Scaler
) -> None:
    run_id = run_of(store, of_recipe("lenet-5"), scaler=scaler)
    app = open_page("inside", run=run_id, image="321")
    assert_sound(app)
    probabilities = forward(
        store.get(run_id).config.architecture, store.weights(run_id), scaler.apply(sample.test.images[321:322])
    )[0]
    assert chosen_row(app, sample) == 321
    assert says(app, 321, int(sample.test.labels[321]))
    assert says(app, int(probabilities.argmax()), f"{100 * probabilities.max():.2f}%")
    np.testing.assert_allclose(component(app, "inside.probabilities")["shares"], probabilities, atol=2e-5)


def test_wrong_and_right_digits_can_be_chosen_from(open_page: OpenPage, store: RunStore, sample: Dataset) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    wrong = [500, 3, 77]
    score(store, run_id, sample, wrong=wrong)
    app = open_page("inside", run=run_id, which="wrong")
    assert rows(app, "inside.digits", sample.test.images) == wrong  # the surest comes first
    assert chosen_row(app, sample) == 500
    app = open_page("inside", run=run_id, which="right")
    assert chosen_row(app, sample) == 0
    assert not set(wrong) & set(rows(app, "inside.digits", sample.test.images))
    of_label = np.flatnonzero(sample.test.labels == 4)
    app = open_page("inside", run=run_id, label="4")
    assert rows(app, "inside.digits", sample.test.images) == of_label[:35].tolist()
    assert chosen_row(app, sample) == of_label[0]


def test_without_scores_all_test_digits_can_still_be_sent_through(
    open_page: OpenPage, store: RunStore, sample: Dataset
) -> None:
    scored, not_scored = (run_of(store, of_recipe("lenet-5"), status="stopped") for _ in range(2))
    score(store, scored, sample, wrong=[3])
    captions = open_page("inside", run=scored, which="wrong", image="3").caption.values
    app = open_page("inside", run=not_scored, which="wrong", image="3")
    assert_sound(app)
    assert len(app.segmented_control(key="linked.inside_which").options) == 1  # all of them
    assert len([caption for caption in app.caption.values if caption not in captions]) == 1  # why
    assert chosen_row(app, sample) == 3
