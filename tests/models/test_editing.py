from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.models.editing import duplicate, insert, move, remove, replace
from mnist_core.models.layers import Conv, Dense, Dropout, Flatten, MaxPool

NETWORK = Architecture(layers=(Conv(), MaxPool(), Flatten()))


def kinds(architecture):
    return " ".join(layer.kind for layer in architecture.layers)


def test_each_edit_gives_a_new_stack_and_leaves_the_old():
    assert kinds(insert(NETWORK, 0, Dropout())) == "dropout conv max_pool flatten"
    assert kinds(insert(NETWORK, 3, Dense())) == "conv max_pool flatten dense"
    assert kinds(remove(NETWORK, 1)) == "conv flatten"
    assert kinds(duplicate(NETWORK, 0)) == "conv conv max_pool flatten"
    assert kinds(move(NETWORK, 0, 2)) == "max_pool flatten conv"
    assert kinds(move(NETWORK, 2, 0)) == "flatten conv max_pool"
    assert replace(NETWORK, 0, Conv(filters=7)).rows[0].output_shape == (26, 26, 7)
    assert kinds(NETWORK) == "conv max_pool flatten"


def test_an_edit_may_give_a_stack_that_cannot_be_built():
    assert NETWORK.problem is None
    assert "ends with an image" in str(remove(NETWORK, 2).problem)
    assert "Layer 2 (convolution)" in str(move(NETWORK, 2, 0).problem)


def test_all_layers_can_be_removed():
    empty = remove(Architecture(layers=(Flatten(),)), 0)
    assert empty.layers == ()
    with pytest.raises(ConfigError, match="Expected a network that has layers"):
        remove(empty, 0)


@pytest.mark.parametrize(
    "edit",
    [
        lambda: insert(NETWORK, 4, Dense()),
        lambda: insert(NETWORK, -1, Dense()),
        lambda: remove(NETWORK, 3),
        lambda: duplicate(NETWORK, 3),
        lambda: replace(NETWORK, 3, Dense()),
        lambda: move(NETWORK, 3, 0),
        lambda: move(NETWORK, 0, 3),
        lambda: remove(NETWORK, True),
        lambda: remove(NETWORK, "0"),  # type: ignore[arg-type]
        lambda: remove(NETWORK, 0.0),  # type: ignore[arg-type]
    ],
)
def test_a_position_that_does_not_exist_is_refused(edit):
    with pytest.raises(ConfigError, match=r"Expected an integer from 0 to [23]\."):
        edit()


@settings(max_examples=50, deadline=None)
@given(data=st.data(), count=st.integers(1, 8))
def test_edits_can_be_taken_back(data, count):
    network = Architecture(layers=tuple(Dense(units=i + 1) for i in range(count)))
    here, there = (data.draw(st.integers(0, count - 1)) for _ in range(2))
    assert move(move(network, here, there), there, here) == network
    assert remove(insert(network, here, Dropout()), here) == network
    assert remove(duplicate(network, here), here) == network
    assert sorted(move(network, here, there).layers, key=repr) == sorted(network.layers, key=repr)
