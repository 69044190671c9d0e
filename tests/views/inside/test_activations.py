"""The way of a digit through every kind of layer, and each of their channels."""

from __future__ import annotations

import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import (
    Activate,
    Activation,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    GlobalAveragePool,
    MaxPool,
    Residual,
    SeparableConv,
)
from mnist_core.runs.store import RunStore
from tests.inspected_runs import of_layers, run_of
from tests.pages.finding import assert_sound, has_component, says
from tests.pages.opening import OpenPage

EVERY_KIND = Architecture(
    layers=(
        *(Conv(filters=3, activation=Activation.LINEAR), BatchNorm(), Activate(), SeparableConv(filters=4), MaxPool()),
        *(Residual(filters=5), AveragePool(), Dropout(), GlobalAveragePool(), Dense(units=6)),
    )
)


@pytest.mark.parametrize("row", EVERY_KIND.rows[:-1], ids=lambda row: row.name)
def test_a_channel_of_every_kind_of_layer_can_be_opened(open_page: OpenPage, store: RunStore, row) -> None:
    app = open_page("inside", run=run_of(store, of_layers(EVERY_KIND)), channel=f"{row.name}-2")
    assert_sound(app)
    assert says(app, row.name)
    assert says(app.get_by_key("inside.chosen"), 2, row.name)
    assert has_component(app, f"inside.maps.{row.name}") is (row.kind != Dropout.kind)  # which changes nothing
