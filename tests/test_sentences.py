"""No figure is written by hand into a sentence: it comes from the constant or the computation that makes it true.

The first test reads the sources; what sentences claim beyond figures is computed in the tests of the thing they are
about, and for those that are about several things, below.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.intervals import LEVEL, wilson_interval
from mnist_core.models.advice import advice
from mnist_core.models.architecture import LIMITS, Architecture
from mnist_core.models.layers import Dense, Flatten
from mnist_core.models.memory import training_memory
from mnist_core.models.recipes import RECIPES
from tests.pages.finding import numbers
from tests.sources import ROOT, is_excepted, name_of, sources

FOLDERS = ("dashboard", "pages", "mnist_core")

FIGURE = re.compile(r"(?<![\w.,{%#/-])\d+(?:,\d{3})*(?:\.\d+)?%?(?!\w)")
ENDS = {"0", "1"}
"""The ends of a scale, nothing and one thing, are words rather than figures."""

KINDS = {
    r"\b28 x 28\b|\b784 pixel values\b": "the size of every image",
    r"\b[13] x [13]\b": "the kernels of a residual block and of a pointwise convolution",
    r"\b0 to 9\b|\b(a|an|or) [2-9]\b": "the labels",
    r"\b(0|128) to 255\b|\b(by|of|instead of) 255\b|\b255: full ink": "the values of a byte",
    r"\bat least 2\b": "one image for each split",
    r"\b(19|20)\d\d\b": "the year of a paper",
    r"CC BY-SA \d\.\d": "the name of a licence",
    r"%\{[^}]*\}": "a number that Plotly writes",
    r"\(N, 28, 28": "the shape of an array of images",
    r"\b100%( |$)": "all of it",
}
"""Kinds of figures that may be written, and why."""

FILES = {
    "mnist_core/models/recipes.py": "published results and flaws as their sources give them",
    "mnist_core/models/diagram.py": "SVG",
    "mnist_core/export": "Python code as text",
}

PLACES = {
    ("dashboard/views/evaluate/calibration.py", "2 the worst"): "the Brier score; tests/evaluation/test_calibration.py",
    ("mnist_core/models/convolutions.py", "2 halves height and width"): "tests/models/test_layers.py",
    ("mnist_core/training/settings.py", "0.9 is usual"): "a custom, not a fact about this product",
    ("mnist_core/data/sources/known.py", "5,000 digits of MNIST"): "test_the_sample_has_as_many_digits_as_it_says",
    ("mnist_core/data/imports/files/file_kinds.py", "MATLAB 7.3"): "the version of a file format",
    ("mnist_core/data/imports/files/file_kinds.py", "torch.load"): "Python code as text",
    (
        "mnist_core/data/imports/recognising/label_column.py",
        "such as 64 or 256",
    ): "two squares, of 8 and of 16 pixels a side",
    (
        "mnist_core/data/imports/recognising/labels.py",
        "The label 10 stands",
    ): "a custom; tests/data/imports/test_arrays.py",
    ("mnist_core/data/imports/reading.py", "The labels 1 to 10 stand"): "tests/data/imports/test_arrays.py",
    (
        "mnist_core/data/imports/recognising/named_classes.py",
        "The names 1 to 10 stand",
    ): "tests/data/imports/test_numbered_arrays.py",
    (
        "mnist_core/data/imports/formats/pixel_cells.py",
        "such as 64 or 256",
    ): "two squares, of 8 and of 16 pixels a side",
    ("mnist_core/data/imports/formats/picture_labels.py", "[ _-]*10("): "a pattern for names",
    ("mnist_core/data/imports/formats/picture_labels.py", "(10|[0-9])(?![0-9])"): "a pattern for names",
    ("mnist_core/data/imports/recognising/orientation.py", "180 degrees"): "the name of a rotation",
    ("mnist_core/data/imports/recognising/orientation.py", "90 degrees"): "the name of a rotation",
    ("mnist_core/data/imports/formats/picture_files.py", "such as 7/a.png"): "an example of a name",
}


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Every text of at least three words in a file with its line; `{}` stands for what is computed."""
    nodes = tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    inside = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    documentation = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if id(node) in documentation:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
            text = "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            text = node.value
        else:
            continue
        if len(re.findall(r"[A-Za-z]{2,}", text)) >= 3:
            yield node.lineno, text


def figures(text: str) -> list[str]:
    for kind in KINDS:
        text = re.sub(kind, " ", text)
    return [found for found in FIGURE.findall(text) if found not in ENDS]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_figure_is_written_by_hand_into_a_sentence(folder: str) -> None:
    found = [
        f"{name_of(path)}:{line}: {figures(text)} in {text!r}"
        for path in sources(folder)
        if not name_of(path).startswith(tuple(FILES))
        for line, text in sentences(path)
        if figures(text) and not is_excepted(text, path, PLACES)
    ]
    assert found == []


def test_every_exception_is_needed() -> None:
    for name, fragment in PLACES:
        texts = [text for _, text in sentences(ROOT / name)]
        assert any(fragment in text and figures(text) for text in texts), (name, fragment)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the first 30 directions of it", ["30"]),
        ("reach 99% accuracy with 200,000 weights", ["99%", "200,000"]),
        ("a step of 0.25 pixels", ["0.25"]),
        ("0 is perfect and 1 is not", []),
        ("one of 28 x 28 pixels, in SHA-256, as F1, top-2 and L2", []),
        ("Toneva et al., ICLR 2019", []),
        ("confidence %{y:.1%} and {}", []),
    ],
)
def test_the_check_knows_a_figure(text: str, expected: list[str]) -> None:
    assert figures(text) == expected


# What sentences claim ------------------------------------------------------------------------------------------------


def test_intervals_have_the_confidence_they_are_shown_with() -> None:
    """By the definition of Wilson's interval: at its ends, the share is as unlikely as the level says."""
    low, high = wilson_interval(37, 50)
    for end in (low, high):
        z = (37 / 50 - end) / np.sqrt(end * (1 - end) / 50)
        assert 1 - 2 * stats.norm.sf(abs(z)) == pytest.approx(LEVEL)


def test_the_limit_of_parameters_takes_the_memory_it_says() -> None:
    network = Architecture(layers=(Flatten(), Dense(units=1000)))
    per_weight = training_memory(network, 1).weight_bytes / network.parameters
    limit = LIMITS["parameters"]
    assert numbers(limit.reason) == [per_weight, limit.value, per_weight * limit.value / 1e6]


def test_advice_against_many_parameters_names_the_smallest_accurate_recipe() -> None:
    network = Architecture(layers=(Flatten(), Dense(units=3000)))
    (said,) = (item.sentence for item in advice(network) if item.rule == "many_parameters")
    accurate = [recipe for recipe in RECIPES.values() if (recipe.published_test_accuracy or 0) >= 0.99]
    best = min(accurate, key=lambda recipe: recipe.parameters)
    assert best.name in said
    assert {network.parameters, best.parameters} <= set(numbers(said))


def test_a_recipe_needs_as_many_times_the_multiply_adds_as_its_flaw_says() -> None:
    costs = [sum(row.multiply_adds for row in RECIPES[name].architecture.rows) for name in ("mini-vgg", "two-conv")]
    assert "four times" in RECIPES["mini-vgg"].flaw
    assert costs[0] / costs[1] == pytest.approx(4, abs=0.5)


def test_the_sample_has_as_many_digits_as_it_says() -> None:
    sample = load_dataset("mnist-sample")
    assert len(sample.train) + len(sample.test) == 5000
