"""Networks side by side: the same layers stand on one line, and what differs is marked."""

from __future__ import annotations

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Dropout, Flatten, MaxPool
from mnist_core.models.side_by_side import LayerLine, aligned, side_by_side

FIRST = Architecture(layers=(Conv(filters=8), MaxPool(), Flatten(), Dense(units=10)))


def titles(lines: tuple[LayerLine, ...]) -> list[list[str | None]]:
    return [[layer.title if layer else None for layer in line.layers] for line in lines]


def test_equal_networks_have_no_difference() -> None:
    lines = side_by_side((FIRST, FIRST))
    assert [line.layers[0].row.name for line in lines if line.layers[0]] == [row.name for row in FIRST.rows]
    assert not any(line.differs for line in lines)


def test_an_inserted_layer_has_a_line_of_its_own_and_moves_no_other() -> None:
    second = Architecture(layers=(Conv(filters=8), MaxPool(), Dropout(rate=0.5), Flatten(), Dense(units=10)))
    lines = side_by_side((FIRST, second))
    assert titles(lines) == [
        ["Convolution", "Convolution"], ["Max pooling", "Max pooling"], [None, "Dropout"],
        ["Flatten", "Flatten"], ["Dense", "Dense"], ["Output", "Output"],
    ]  # fmt: skip
    assert [line.differs for line in lines] == [False, False, True, False, False, False]


def test_other_settings_are_named_and_what_follows_from_them_is_marked() -> None:
    second = Architecture(layers=(Conv(filters=16), MaxPool(), Flatten(), Dense(units=10)))
    lines = side_by_side((FIRST, second))
    filters = [dict(layer.settings)["Filters"] for layer in lines[0].layers if layer]
    assert filters == [8, 16]
    # 16 filters make 3 x 3 x 1 x 16 + 16 parameters, and twice as many inputs of the dense layer
    assert [layer.row.parameters for layer in lines[0].layers if layer] == [80, 160]
    assert [line.differs for line in lines] == [True, True, True, True, False]


def test_every_layer_of_every_network_stands_on_one_line_in_its_order() -> None:
    stacks = ["abcf", "acf", "xabbf", "f", ""]
    lines = aligned(stacks)
    for place, stack in enumerate(stacks):
        assert [line[place] for line in lines if line[place] is not None] == list(range(len(stack)))
    assert all(any(at is not None for at in line) for line in lines)
    assert len({len(line) for line in lines}) == 1


def test_a_single_network_and_none_at_all() -> None:
    assert len(side_by_side((FIRST,))) == 5
    assert side_by_side(()) == ()
