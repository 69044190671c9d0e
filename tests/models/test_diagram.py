from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.diagram import network_svg
from mnist_core.models.layers import LAYERS, Conv, Dense, Flatten, GlobalAveragePool, MaxPool
from mnist_core.models.recipes import RECIPES

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def front_heights(svg):
    """Height on paper of the front face of each block, in order."""
    heights = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        polygon = group.find(f"{SVG}polygon")
        if polygon is not None:
            ys = [float(point.split(",")[1]) for point in polygon.attrib["points"].split()]
            heights.append(max(ys) - min(ys))
    return heights


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_every_layer_is_drawn_with_name_shape_and_parameters(recipe):
    found = texts(network_svg(recipe.architecture))
    for row in recipe.architecture.rows:
        assert row.name in found
        assert " x ".join(map(str, row.output_shape)) in found
        if row.parameters:
            assert f"{row.parameters:,} parameters" in found


def test_blocks_are_as_tall_as_their_images_in_proportion():
    svg = network_svg(Architecture(layers=(MaxPool(size=2), MaxPool(size=2), Flatten())))
    digit, half, quarter, flat, output = front_heights(svg)
    assert half / digit == pytest.approx(14 / 28, abs=0.01)
    assert quarter / digit == pytest.approx(7 / 28, abs=0.01)
    assert flat / digit == pytest.approx(7 / 28, abs=0.01)  # 49 numbers: a square of 7 x 7
    assert output / flat == pytest.approx((10 / 49) ** 0.5, abs=0.02)


def test_a_huge_vector_does_not_grow_out_of_the_picture():
    heights = front_heights(network_svg(Architecture(layers=(Conv(filters=1024), Flatten()))))
    assert max(heights) <= 240


def test_every_block_is_inside_the_picture():
    for recipe in RECIPES.values():
        root = ElementTree.fromstring(network_svg(recipe.architecture))
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        for polygon in root.iter(f"{SVG}polygon"):
            for point in polygon.attrib["points"].split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= width
                assert 0 <= y <= height


def test_text_and_lines_take_the_colour_of_the_theme():
    svg = network_svg(RECIPES["two-conv"].architecture)
    root = ElementTree.fromstring(svg)
    assert {text.attrib["fill"] for text in root.iter(f"{SVG}text")} == {"currentColor"}
    assert {path.attrib["stroke"] for path in root.iter(f"{SVG}path")} == {"currentColor"}
    assert all(
        re.search(r"fill:var\(--[a-z-]+,#[0-9a-f]{6}\)", item.attrib["style"]) for item in root.iter(f"{SVG}polygon")
    )


def test_a_file_of_its_own_brings_colours_for_both_themes():
    assert "prefers-color-scheme" in network_svg(RECIPES["two-conv"].architecture, standalone=True)
    assert "<style>" not in network_svg(RECIPES["two-conv"].architecture)


def test_a_title_is_never_markup():
    title = '</title><script>alert("1")</script>&'
    root = ElementTree.fromstring(network_svg(RECIPES["lenet-5"].architecture, title=title))
    assert str(root.findtext(f"{SVG}title")).startswith(title)
    assert root.attrib["aria-label"].startswith(title)
    assert not list(root.iter(f"{SVG}script"))


@pytest.mark.parametrize(
    ("network", "name"),
    [
        (Architecture(layers=(Conv(), Dense(), Dense())), "dense_1"),
        (Architecture(layers=(Conv(),)), "output"),
        (Architecture(layers=()), "output"),
    ],
)
def test_a_stack_that_cannot_be_built_is_drawn_up_to_the_fault(network, name):
    svg = network_svg(network)
    assert texts(svg)[-2:] == [name, "cannot be built"]
    assert str(network.problem) in [title.text for title in ElementTree.fromstring(svg).iter(f"{SVG}title")]


def test_a_stack_over_a_limit_is_drawn_whole_with_the_reason():
    network = Architecture(layers=(Conv(), GlobalAveragePool(), *[Dense(units=8192)] * 2))
    assert texts(network_svg(network))[-2:] == ["dense_2", "cannot be built"]


@pytest.mark.parametrize("kind", LAYERS)
def test_every_kind_of_layer_can_be_drawn(kind):
    layers = (LAYERS[kind](),) if kind != "dense" else (Flatten(), Dense())
    assert f"{kind}_1" in texts(network_svg(Architecture(layers=layers)))
