from __future__ import annotations

import json
from pathlib import Path

import pytest

from mnist_core.designs.library import MAX_NAME, Library, library_folder
from mnist_core.errors import ConfigError
from mnist_core.models.recipes import RECIPES
from mnist_core.training.config import config_from_recipe

TWO_CONV = config_from_recipe("two-conv", dataset="mnist-sample")
LENET = config_from_recipe("lenet-5", dataset="mnist-sample")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(library_folder(tmp_path))


def test_an_empty_library_lists_nothing(library: Library) -> None:
    assert library.list() == ()


@pytest.mark.parametrize("name", RECIPES)
def test_what_is_saved_comes_back(library: Library, name: str) -> None:
    config = config_from_recipe(name, dataset="mnist")
    library.save("my network", config)
    assert library.get("my network").config == config


def test_designs_are_listed_by_name(library: Library) -> None:
    for name in ("beta", "Alpha", "gamma"):
        library.save(name, TWO_CONV)
    assert [item.name for item in library.list()] == ["Alpha", "beta", "gamma"]


def test_the_same_name_is_replaced(library: Library) -> None:
    library.save("one", TWO_CONV)
    library.save("one", LENET)
    assert [item.config for item in library.list()] == [LENET]


def test_a_duplicate_gets_the_next_free_name(library: Library) -> None:
    library.save("one", LENET)
    assert [library.duplicate("one").name, library.duplicate("one").name] == ["one 2", "one 3"]
    assert library.get("one 3").config == LENET


def test_a_long_name_can_be_duplicated(library: Library) -> None:
    library.save("x" * MAX_NAME, LENET)
    assert len(library.duplicate("x" * MAX_NAME).name) <= MAX_NAME


def test_what_is_deleted_is_gone(library: Library) -> None:
    library.save("one", LENET)
    library.delete("one")
    library.delete("one")
    with pytest.raises(ConfigError, match="no saved design called `one`"):
        library.get("one")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", ".", "CON", "naïve 数字", "%00"])
def test_a_name_never_becomes_a_path(library: Library, tmp_path: Path, name: str) -> None:
    library.save(name, LENET)
    assert library.get(name).config == LENET
    assert {path.parent for path in tmp_path.rglob("*.json")} == {library.folder}


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "x" * (MAX_NAME + 1)])
def test_an_invalid_name_is_refused(library: Library, name: str) -> None:
    with pytest.raises(ConfigError, match="`name`"):
        library.save(name, LENET)


def test_control_characters_are_left_out_of_a_name(library: Library) -> None:
    assert library.save("two\nlines\x00 here", LENET).name == "two lines here"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"schema": 2}', b"[" * 5000, b"\xff\xfe"])
def test_a_damaged_file_is_ignored(library: Library, content: bytes) -> None:
    library.save("good", LENET)
    (library.folder / "0123.json").write_bytes(content)
    assert [item.name for item in library.list()] == ["good"]


def test_a_file_with_an_invalid_value_is_ignored(library: Library) -> None:
    library.save("good", LENET)
    path = next(library.folder.glob("*.json"))
    document = json.loads(path.read_bytes())
    document["config"]["training"]["epochs"] = 0
    (library.folder / "bad.json").write_text(json.dumps(document))
    assert [item.name for item in library.list()] == ["good"]


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="could not be saved"):
        Library(tmp_path / "file" / "designs").save("one", LENET)
