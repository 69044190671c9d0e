"""Knock-out on the page: the numbers of each filter, and the digits behind them."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Dense, Flatten
from mnist_core.network.digest import weights_sha256
from mnist_core.probing.knock_out import knock_out
from mnist_core.probing.knock_out_result import KnockOut, MutedTo, knock_out_path
from mnist_core.runs.store import RunStore
from tests.finished_runs import N_FILTERS, finished_run
from tests.inspected_runs import of_layers, of_recipe, run_of
from tests.pages.finding import assert_sound, component, has_component, pictures, says
from tests.pages.opening import OpenPage

VIEW = {"view": "knock_out"}
DENSE = Architecture(layers=(Flatten(), Dense(units=5)))


@pytest.fixture
def run_id(store: RunStore, sample: Dataset) -> str:
    return finished_run(store, epochs=1)


@pytest.fixture
def found(store: RunStore, run_id: str) -> KnockOut:
    return knock_out(store, run_id, "conv_1")


def rows_that(found: KnockOut, muted: int, *, before: bool) -> np.ndarray:
    """Rows of the digits whose correctness changes from `before`."""
    was, now = found.clean == found.labels, found.predicted[muted] == found.labels
    return found.rows[(was == before) & (now != before)]


def test_before_it_was_computed_a_button_starts_it(open_page: OpenPage, store: RunStore, run_id: str) -> None:
    app = open_page("inside", run=run_id, **VIEW)
    assert_sound(app)
    assert app.button(key="inside.mute")
    assert not has_component(app, "inside.muted")


def test_filters_are_ranked_with_the_digits_that_break(open_page: OpenPage, found: KnockOut) -> None:
    app = open_page("inside", **VIEW)
    assert_sound(app)
    rows = component(app, "inside.muted")["rows"]
    assert [int(row[0].split()[-1]) for row in rows] == found.order.tolist()
    assert [row[1:3] for row in rows] == [[int(found.broken[i]), int(found.fixed[i])] for i in found.order]
    assert component(app, "inside.muted")["side"] == 3


@pytest.mark.parametrize("link", [{}, {"label": "7", "which": "wrong", "image": "train-3"}], ids=["plain", "filtered"])
def test_the_digits_of_a_filter_are_those_behind_its_numbers(
    open_page: OpenPage, found: KnockOut, sample: Dataset, link: dict[str, str]
) -> None:
    muted = int(found.order[0])
    for changed, before in (("broken", True), ("fixed", False)):
        wanted = rows_that(found, muted, before=before)
        app = open_page("inside", **VIEW, muted=str(muted), changed=changed, **link)
        assert_sound(app)
        if not len(wanted):
            assert not has_component(app, "inside.changed")
            continue
        assert component(app, "inside.changed")["ids"] == wanted[:60].tolist()
        np.testing.assert_array_equal(pictures(app, "inside.changed"), sample.test.images[wanted[:60]])
        assert says(app.get_by_key("inside.changed_digit"), int(wanted[0]))


def test_a_click_opens_a_filter_and_a_digit(open_page: OpenPage, found: KnockOut) -> None:
    app = open_page("inside", **VIEW)
    second = int(found.order[1])
    app.session_state["inside.muted.conv_1.zero"] = {"picked": 1}
    app.run()
    assert_sound(app)
    assert says(app.get_by_key("inside.chosen"), second)


def test_the_change_of_the_matrix_and_the_digits_of_a_cell(
    open_page: OpenPage, found: KnockOut, sample: Dataset
) -> None:
    muted = int(found.order[0])
    change = found.matrix_change(muted)
    app = open_page("inside", **VIEW, muted=str(muted), changed="matrix")
    assert_sound(app)
    data = component(app, "inside.matrix_change")
    signs = np.sign(np.array(data["shades"]))
    np.testing.assert_array_equal(signs, np.sign(change))
    texts = [[int(text.replace("−", "-") or 0) for text in row] for row in data["texts"]]
    np.testing.assert_array_equal(texts, change)
    true, predicted = np.unravel_index(change.argmax(), change.shape)
    app = open_page("inside", **VIEW, muted=str(muted), changed="matrix", cell=f"{true}-{predicted}")
    came = (found.labels == true) & (found.predicted[muted] == predicted) & (found.clean != predicted)
    left = (found.labels == true) & (found.clean == predicted) & (found.predicted[muted] != predicted)
    np.testing.assert_array_equal(component(app, "inside.in_cell")["ids"], found.rows[came | left][:8])


def test_a_filter_that_does_not_matter_is_called_so(open_page: OpenPage, store: RunStore, found: KnockOut) -> None:
    run_id = store.run_ids()[0]
    digest = weights_sha256(store.weights(run_id))
    path = knock_out_path(store, store.get(run_id), digest, "conv_1", MutedTo.ZERO)
    with np.load(path) as file:
        arrays = dict(file)
    arrays["predicted"][:] = arrays["clean"]
    np.savez(path, **arrays)
    app = open_page("inside", **VIEW)
    assert_sound(app)
    assert [row[1:3] for row in component(app, "inside.muted")["rows"]] == [[0, 0]] * N_FILTERS


def test_what_is_known_so_far_is_shown_before_all_of_it_is(
    open_page: OpenPage, store: RunStore, found: KnockOut
) -> None:
    run_id = store.run_ids()[0]
    path = knock_out_path(store, store.get(run_id), weights_sha256(store.weights(run_id)), "conv_1", MutedTo.ZERO)
    with np.load(path) as file:
        arrays = dict(file)
    half = {name: arrays[name][..., :500] for name in ("rows", "labels", "clean", "predicted")}
    np.savez(path, **{**arrays, **half})
    app = open_page("inside", **VIEW)
    assert app.button(key="inside.mute")
    assert says(app.get_by_key("inside.muted_list"), 500, len(found.rows))


def test_units_are_muted_in_a_network_without_a_convolution(
    open_page: OpenPage, store: RunStore, sample: Dataset
) -> None:
    run_id = run_of(store, of_layers(DENSE))
    knock_out(store, run_id, "dense_1")
    app = open_page("inside", run=run_id, **VIEW)
    assert_sound(app)
    assert component(app, "inside.muted")["side"] == 28  # the weights from every pixel
    app = open_page("inside", run=run_of(store, of_recipe("softmax-regression")), **VIEW)
    assert_sound(app)
    assert len(app.info) == 1


def test_without_the_data_set_it_says_so(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("inside", run=run_of(store, of_recipe("lenet-5", dataset="not-there")), **VIEW)
    assert_sound(app)
    assert says(app.get_by_key("empty_state"), "not-there")


@pytest.mark.parametrize(
    "link", [{"mute": "conv_9"}, {"mute": "../x"}, {"muted": "99999"}, {"to": "x"}, {"changed": "x"}, {"cell": "9-99"}],
    ids=str,
)  # fmt: skip
def test_nonsense_in_the_link_is_ignored(open_page: OpenPage, found: KnockOut, link: dict[str, str]) -> None:
    assert_sound(open_page("inside", **VIEW, **link))
