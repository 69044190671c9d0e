"""No test of the screen looks for its words: they are free to improve.

Elements are found by key, role, kind or fact (`tests/pages/finding.py`). What a test may not hold is a phrase that
stands in the source of the screen, or a single word that begins with a capital letter and stands there alone, as a
label does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import ROOT, sources

SCREEN = ("dashboard", "pages")
FOLDERS = (
    "tests/browser",
    "tests/pages",
    "tests/views",
    "tests/shared",
    "tests/cached",
    "tests/server",
    "tests/dashboard",
)

EXCEPTIONS = dict.fromkeys(("All", "Gallery"), "the page that tests/browser/gallery.py makes itself says so")
"""Words that a test may hold though the screen says them too, and why."""


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Every string of a file with its line, those within f-strings too; docstrings are left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value.strip()


def is_phrase(text: str) -> bool:
    """Whether it reads like words to a person, rather than a key, a path, code, or a name that a test made up."""
    words = [word for word in text.split() if word.isalpha()]
    return len(words) > 2 or (len(words) == 2 and text[:1].isupper())


def said_by_the_screen(text: str, screen: set[str]) -> bool:
    if is_phrase(text):
        return any(text in said for said in screen)
    return text[:1].isupper() and text.isalpha() and text in screen


@pytest.fixture(scope="module")
def screen() -> set[str]:
    return {text for path in sources(*SCREEN) for _, text in literals(path)}


@pytest.mark.parametrize("path", sources(*FOLDERS), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_test_does_not_look_for_words_of_the_screen(path: Path, screen: set[str]) -> None:
    found = [
        f"line {line}: {text!r}"
        for line, text in literals(path)
        if text not in EXCEPTIONS and said_by_the_screen(text, screen)
    ]
    assert found == []


def test_the_check_knows_labels_and_sentences_from_keys() -> None:
    screen = {"Stop", "evaluate.figures", "train", "The data set", "is not on this machine.", "**Measured here** ·"}
    for words in ("Stop", "is not on this machine", "Measured here"):
        assert said_by_the_screen(words, screen)
    for name in ("evaluate.figures", "train", "no run", "4 of 4"):
        assert not said_by_the_screen(name, screen)
