"""Filters, and what a network without convolutions has instead, are those of the stored weights."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import AveragePool, Dense, Flatten
from mnist_core.runs.store import RunStore
from tests.inspected_runs import of_layers, of_recipe, run_of
from tests.pages.finding import assert_sound, component, has_component, says
from tests.pages.opening import OpenPage

NO_CONVOLUTION = Architecture(layers=(AveragePool(), Flatten(), Dense(units=6)))


def test_filters_are_shown_with_their_statistics(open_page: OpenPage, store: RunStore) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    app = open_page("inside", run=run_id, view="filters", layer="conv_2/kernel", filter="5")
    assert_sound(app)
    shown = component(app, "inside.filters.conv_2/kernel")
    assert (shown["count"], shown["side"], shown["selected"]) == (16, 5, 5)
    assert component(app, "inside.windows")["count"] == 6
    kernel = store.weights(run_id)["conv_2/kernel"][..., 5]
    assert says(app, 5, f"{kernel.min():.3f}", f"{kernel.max():.3f}")
    (table,) = app.dataframe
    assert len(table.value) == 16
    assert pytest.approx(float(np.linalg.norm(kernel)), rel=1e-4) in table.value.iloc[5].tolist()


def test_a_network_without_convolutions_says_so_and_shows_templates_where_it_has_some(
    open_page: OpenPage, store: RunStore
) -> None:
    app = open_page("inside", run=run_of(store, of_recipe("deep-mlp")), view="filters")
    assert len(app.info) == 1
    assert not has_component(app, "inside.filters")
    assert component(app, "inside.templates")["count"] == 64  # the strongest
    assert says(app, 128, "dense_1")
    app = open_page("inside", run=run_of(store, of_layers(NO_CONVOLUTION)), view="filters")
    assert_sound(app)
    assert len(app.info) == 1
    assert not has_component(app, "inside.templates")
