"""An import in this process: stored as it is described, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.imports.drafts import Labelling
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.importing import import_dataset
from mnist_core.data.imports.store import suggested_name
from mnist_core.data.sources.catalogue import list_datasets, load_dataset
from mnist_core.errors import ConfigError, DatasetError
from tests.data.imports.making import Digits, idx_bytes, kaggle_bytes, npz_bytes, picture_members, zip_bytes


@pytest.fixture
def uploads(digits: Digits) -> dict[str, list[Upload]]:
    """The same digits in several kinds of files."""
    return {
        "npz": [Upload(name="a.npz", data=npz_bytes(images=digits.images, labels=digits.labels))],
        "csv": [Upload(name="a.csv", data=kaggle_bytes(digits))],
        "idx": [Upload(name="x", data=idx_bytes(digits.images)), Upload(name="y", data=idx_bytes(digits.labels))],
        "zip": [Upload(name="a.zip", data=zip_bytes(picture_members(digits)))],
    }


def test_the_kind_of_file_does_not_change_the_data_set(uploads) -> None:
    digests = {import_dataset(files, Labelling(name=kind)).sha256 for kind, files in uploads.items()}
    assert len(digests) == 1
    dataset = load_dataset("npz")
    assert digests == {dataset.sha256}
    info = {info.name: info for info in list_datasets()}["idx"]
    assert (info.available, info.source, info.train_images, info.test_images) == (True, "x, y", 240, 60)


def test_the_test_split_is_stratified_and_seeded(all_digits: Digits) -> None:
    files = [Upload(name="a.npz", data=npz_bytes(x=all_digits.images[:2000], y=all_digits.labels[:2000]))]
    first = import_dataset(files, Labelling(name="a"), test_fraction=0.3, seed=1)
    again = import_dataset(files, Labelling(name="b"), test_fraction=0.3, seed=1)
    other = import_dataset(files, Labelling(name="c"), test_fraction=0.3, seed=2)
    assert first.sha256 == again.sha256 != other.sha256
    shares = np.bincount(load_dataset("a").test.labels) / np.bincount(all_digits.labels[:2000])
    assert np.allclose(shares, 0.3, atol=0.005)
    assert "600 of 2,000 images became the test split." in first.notes


def test_missing_classes_give_a_note(digits: Digits) -> None:
    for wanted, note in (([7], "Every image has the label 7."), (range(2, 10), "No image has the label 0, 1.")):
        rows = np.isin(digits.labels, list(wanted))
        data = npz_bytes(x=digits.images[rows], y=digits.labels[rows])
        made = import_dataset([Upload(name="a.npz", data=data)], Labelling(name=f"n{len(list(wanted))}"))
        assert made.notes[-1] == note


def test_a_bad_name_is_refused_before_the_files_are_read(data_folder: Path) -> None:
    with pytest.raises(DatasetError, match="name cannot be used"):
        import_dataset([Upload(name="a.npz", data=b"")], Labelling(name="../x"))
    assert not data_folder.exists()


@pytest.mark.parametrize("fraction", [0, 1, -1, float("nan")])
def test_the_test_split_can_be_neither_nothing_nor_all(fraction: float, uploads) -> None:
    with pytest.raises(ConfigError, match="test_fraction"):
        import_dataset(uploads["npz"], Labelling(name="mine"), test_fraction=fraction)


def test_an_import_that_fails_leaves_nothing(data_folder: Path, monkeypatch: pytest.MonkeyPatch, uploads) -> None:
    for problem, error in ((KeyboardInterrupt(), KeyboardInterrupt), (OSError(28, "No space left"), DatasetError)):
        monkeypatch.setattr("mnist_core.data.imports.store.write_npz_file", raising(problem))
        with pytest.raises(error, match="cannot be stored: No space left" if error is DatasetError else None):
            import_dataset(uploads["npz"], Labelling(name="mine"))
        assert [path for path in data_folder.rglob("*") if path.is_file()] == []


def raising(problem: BaseException):
    def fail(*_: object) -> None:
        raise problem

    return fail


def test_a_suggested_name_is_free_and_valid(data_folder: Path, uploads) -> None:
    assert suggested_name("My Digits (2).zip", data_folder) == "my-digits-2"
    assert suggested_name("mnist.npz", data_folder) == "my-mnist"
    assert suggested_name("数字.npz", data_folder) == "my-digits"
    import_dataset(uploads["npz"], Labelling(name="scans"))
    assert suggested_name("scans.csv", data_folder) == "scans-2"
