"""One digit from every side: it is the one of the link, with what this run and the others say of it."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.store import RunStore
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import assert_sound, component, numbers, rows, says
from tests.pages.opening import OpenPage

VIEW = "explain"


def wrong(predictions: Predictions) -> list[int]:
    return np.flatnonzero(predictions.labels != predictions.probabilities.argmax(axis=1)).tolist()


def test_it_is_about_the_digit_in_the_link(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    row = wrong(predictions)[3]
    app = open_page("mistakes", view=VIEW, image=str(row))
    true, predicted = int(predictions.labels[row]), int(predictions.probabilities[row].argmax())
    assert says(app, true, predicted, row)
    bars = component(app, "mistakes.case_bars")
    np.testing.assert_allclose(bars["shares"], predictions.probabilities[row], atol=1e-4)
    assert bars["roles"][true] == "true"
    assert bars["roles"][predicted] == "predicted"


def test_it_walks_through_the_gallery(open_page: OpenPage, store: RunStore) -> None:
    gallery = rows(
        open_page("mistakes", sort="-confidence"), "mistakes.digits", load_dataset("mnist-sample").test.images
    )
    app = open_page("mistakes", view=VIEW, sort="-confidence", image=str(gallery[5]))
    for step, place in (("next", 6), ("previous", 5), ("previous", 4)):
        app.button(key=f"mistakes.{step}").click().run()
        assert app.query_params["image"] == f"test-{gallery[place]}"
        assert says(app, gallery[place])


def test_a_row_that_is_not_there_is_said(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("mistakes", view=VIEW, image="99999")
    assert_sound(app)
    assert len(app.info) == 1
    assert numbers(app.info[0].value)[0] == 99_999


def test_the_nearest_training_digits_are_those_of_the_last_hidden_layer(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    row = wrong(stored(store, run_id))[0]
    app = open_page("mistakes", view=VIEW, image=str(row))
    (path,) = (store.folder(run_id) / "hidden").iterdir()
    with np.load(path) as file:
        known, vectors = file["rows"], file["vectors"].astype(np.float64)
    data = load_dataset("mnist-sample")
    own = pooled_answers(store.weights(run_id), data.test.images[row] / 255)
    nearest = known[np.argsort(np.linalg.norm(vectors - own, axis=1), kind="stable")[:8]]
    assert set(rows(app, "mistakes.neighbours", data.train.images)) == set(nearest.tolist())


@pytest.mark.parametrize("share", [1, 2])
def test_how_many_training_digits_were_searched_is_written_beside_the_nearest(
    open_page: OpenPage, store: RunStore, share: int
) -> None:
    """Of a wide layer only a sample is stored."""
    (path,) = (store.folder(newest(store)) / "hidden").iterdir()
    with np.load(path) as file:
        kept = {name: file[name][::share] if file[name].ndim else file[name] for name in file}
    path.unlink()  # another name of the file that all tests share
    np.savez(path, **kept)
    n_all = len(load_dataset("mnist-sample").train)
    app = open_page("mistakes", view=VIEW, image=str(wrong(stored(store, newest(store)))[0]))
    assert says(app, n_all // share, n_all) if share > 1 else says(app, n_all)


def test_the_difference_from_a_mean_image_is_blue_where_the_digit_has_more_ink(
    open_page: OpenPage, store: RunStore
) -> None:
    predictions = stored(store, newest(store))
    row = wrong(predictions)[0]
    data = load_dataset("mnist-sample")
    drawn = component(open_page("mistakes", view=VIEW, image=str(row)), "mistakes.means")["pictures"]
    labels = predictions.labels[row], predictions.probabilities[row].argmax()
    for picture, label in zip(drawn[1::2], labels, strict=True):
        pixels = np.frombuffer(base64.b64decode(picture[0]), np.uint8).reshape(28, 28, 3).astype(int)
        difference = data.test.images[row] - data.train.images[data.train.labels == label].mean(axis=0)
        assert (pixels[..., 2] > pixels[..., 0])[difference > 20].all()
        assert (pixels[..., 2] < pixels[..., 0])[difference < -20].all()


def test_other_runs_are_asked_about_the_same_digit(open_page: OpenPage, store: RunStore) -> None:
    first, second = sorted(store.run_ids())
    row = wrong(stored(store, second))[0]
    table = component(open_page("mistakes", view=VIEW, image=str(row)), "mistakes.others")["rows"]
    other = stored(store, first).probabilities[row]
    assert len(table) == 1
    assert table[0][1][0].startswith(str(other.argmax()))
    assert table[0][2][1] == pytest.approx(other[stored(store, first).labels[row]], abs=1e-4)


def test_how_many_other_runs_err_is_counted_and_said_in_other_words_of_a_right_digit(
    open_page: OpenPage, store: RunStore
) -> None:
    first, second = sorted(store.run_ids())
    predictions, others = stored(store, second), stored(store, first)
    said = []
    for row in (wrong(predictions)[0], int(np.flatnonzero(predictions.correct)[0])):
        place = open_page("mistakes", view=VIEW, image=str(row)).get_by_key("mistakes.other_runs")
        (sentence,) = (text.value for text in place.markdown)
        assert numbers(sentence) == [int(not others.correct[row]), 1]
        said.append(re.sub(r"\d", "#", sentence))
    assert said[0] != said[1]  # only of a wrong digit do others err "as well"


def pooled_answers(weights: dict[str, np.ndarray], image: np.ndarray) -> np.ndarray:
    """What the head of `SMALL` sees of a scaled image (28, 28), window by window: (676,)."""
    kernel, bias = weights["conv_1/kernel"][:, :, 0], weights["conv_1/bias"]
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    answer = np.maximum(np.einsum("rcij,ijk->rck", windows, kernel) + bias, 0)
    return answer.reshape(13, 2, 13, 2, -1).max(axis=(1, 3)).ravel()


def test_next_leads_on_from_the_digit_that_is_shown_in_place_of_another(open_page: OpenPage, store: RunStore) -> None:
    """A training image is open, which the test images do not have: the first of them is shown."""
    data = load_dataset("mnist-sample")
    gallery = rows(open_page("mistakes"), "mistakes.digits", data.test.images)
    app = open_page("mistakes", view=VIEW, image="train-3")
    assert says(app, gallery[0])
    app.button(key="mistakes.next").click().run()
    assert app.query_params["image"] == f"test-{gallery[1]}"
