from __future__ import annotations

import json
from pathlib import Path

import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.data.imports.store import check_name, clean_text, imported_sources, remove_imported
from mnist_core.errors import DatasetError, DatasetNotFoundError
from tests.imported_sets import save_imported

ABOUT = {"name": "mine", "title": "My digits", "source": "my desk", "licence": "CC0"}


def test_a_saved_data_set_is_found_with_its_description(data_folder: Path, tiny: Dataset):
    save_imported(data_folder, ABOUT, tiny.train, tiny.test)
    (source,) = imported_sources(data_folder)
    dataset = source.load(data_folder)
    assert {name: getattr(dataset, name) for name in ABOUT} == ABOUT
    assert dataset.sha256 == tiny.sha256


def test_a_name_is_used_once(data_folder: Path, tiny: Dataset):
    save_imported(data_folder, ABOUT, tiny.train, tiny.test)
    with pytest.raises(DatasetError, match="already a data set called mine"):
        save_imported(data_folder, ABOUT, tiny.test, tiny.train)
    assert imported_sources(data_folder)[0].load(data_folder).sha256 == tiny.sha256


def test_removed_sets_are_gone_and_only_imported_ones_can_be_removed(data_folder: Path, tiny: Dataset):
    save_imported(data_folder, ABOUT, tiny.train, tiny.test)
    (data_folder / "mnist").mkdir()
    for name in ("mnist", "../mnist", "", "."):
        with pytest.raises(DatasetNotFoundError):
            remove_imported(data_folder, name)
    remove_imported(data_folder, "mine")
    assert imported_sources(data_folder) == ()
    assert list((data_folder / "imported").iterdir()) == []


def test_a_read_only_folder_is_an_error(data_folder: Path, tiny: Dataset):
    data_folder.mkdir(mode=0o555)
    with pytest.raises(DatasetError, match="is read-only"):
        save_imported(data_folder, ABOUT, tiny.train, tiny.test)


def test_links_and_strange_folders_are_not_followed(data_folder: Path, tiny: Dataset, tmp_path: Path):
    save_imported(data_folder, ABOUT, tiny.train, tiny.test)
    outside = tmp_path / "outside"
    (data_folder / "imported/mine").rename(outside)
    (data_folder / "imported/linked").symlink_to(outside)
    (data_folder / "imported/Not A Name").mkdir()
    (data_folder / "imported/file").touch()
    assert imported_sources(data_folder) == ()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"[" * 5000, b"\xff"])
def test_images_are_found_without_their_description(content: bytes, data_folder: Path, tiny: Dataset):
    save_imported(data_folder, ABOUT, tiny.train, tiny.test)
    (data_folder / "imported/mine/about.json").write_bytes(content)
    (source,) = imported_sources(data_folder)
    assert (source.title, source.licence) == ("mine", "not stated")
    assert source.load(data_folder).sha256 == tiny.sha256


def test_text_changed_by_hand_is_cleaned(data_folder: Path, tiny: Dataset):
    save_imported(data_folder, ABOUT, tiny.train, tiny.test)
    path = data_folder / "imported/mine/about.json"
    path.write_text(json.dumps({"title": "a\nb\u202e" + "c" * 200, "licence": None}))
    (source,) = imported_sources(data_folder)
    assert source.title == "a b" + "c" * 77


@pytest.mark.parametrize("name", ["mine", "a", "0", "my-digits_2", "x" * 40])
def test_good_names(name: str):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "-a", "Mine", "a b", "a/b", "a\\b", "../../etc", "é", "a\n", "a\x00", "\u202ea"),
        *("x" * 41, "x" * 10_000, "con", "com1", "mnist", "fashion-mnist", "cache", "imported"),
    ],
)
def test_names_that_cannot_be_used_are_refused_in_one_short_line(name: str):
    with pytest.raises(DatasetError, match="name cannot be used") as caught:
        check_name(name)
    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  My  digits \n", "My digits"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\u200b\u202eb\x00c", "abc"),
        ("🖊️ é", "🖊️ é"),
        ("", "nothing"),
        ("\u200b", "nothing"),
        ("y" * 10_000, "y" * 80),
    ],
)
def test_free_text_becomes_one_printable_line(text: str, clean: str):
    assert clean_text(text, "nothing") == clean
