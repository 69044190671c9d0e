from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.data.imports.importing import Labelling, import_dataset, read_uploads
from mnist_core.data.imports.uploads import Upload
from mnist_core.data.sources.catalogue import list_datasets, load_dataset
from mnist_core.errors import ConfigError, DatasetError

MINE = Labelling(name="mine")


def idx(name: str, array: np.ndarray) -> Upload:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return Upload(name=name, data=header + array.tobytes())


@pytest.fixture
def uploads(npz_upload, zip_upload, picture, sample: Dataset) -> dict[str, list[Upload]]:
    """The same 100 digits in every kind of file."""
    images, labels = sample.test.images[:100], sample.test.labels[:100]
    rows = np.column_stack([labels, images.reshape(100, -1)]).tolist()
    pictures = {
        f"{label}/{i:03}.png": picture(image) for i, (image, label) in enumerate(zip(images, labels, strict=True))
    }
    return {
        "npz": [npz_upload(images=images, labels=labels)],
        "csv": [Upload(name="digits.csv", data="\n".join(",".join(map(str, row)) for row in rows).encode())],
        "idx": [idx("images", images), idx("labels", labels)],
        "zip": [zip_upload(pictures)],
    }


@pytest.mark.parametrize("kind", ["npz", "csv", "idx", "zip"])
def test_an_import_of_any_kind_is_listed_and_loads(kind: str, uploads, data_folder: Path, sample: Dataset):
    result = import_dataset(uploads[kind], Labelling(name="mine", title="My digits", licence="CC0"))
    info = {info.name: info for info in list_datasets()}["mine"]
    dataset = load_dataset("mine")
    assert info.available
    assert (info.title, info.licence) == ("My digits", "CC0")
    assert info.source == ", ".join(upload.name for upload in uploads[kind])
    assert info.sha256 == dataset.sha256 == result.sha256
    assert (info.train_images, info.test_images) == (result.train_images, result.test_images) == (80, 20)
    kept = {image.tobytes() for split in (dataset.train, dataset.test) for image in split.images}
    assert kept == {image.tobytes() for image in sample.test.images[:100]}
    assert len(result.notes) == 1
    assert "20 of 100 images" in result.notes[0]


def test_the_kind_of_file_does_not_change_the_data_set(uploads):
    digests = {import_dataset(files, Labelling(name=kind)).sha256 for kind, files in uploads.items() if kind != "zip"}
    assert len(digests) == 1  # a zip is in the order of its names


def test_the_test_split_is_stratified_and_seeded(npz_upload, sample: Dataset):
    upload = [npz_upload(x=sample.test.images, y=sample.test.labels)]
    first = import_dataset(upload, Labelling(name="a"), test_fraction=0.3, seed=1)
    again = import_dataset(upload, Labelling(name="b"), test_fraction=0.3, seed=1)
    other = import_dataset(upload, Labelling(name="c"), test_fraction=0.3, seed=2)
    assert first.sha256 == again.sha256 != other.sha256
    assert np.bincount(load_dataset("a").test.labels).tolist() == [30] * 10


def test_an_uploaded_test_split_is_kept(npz_upload, sample: Dataset):
    train, test = sample.train, sample.test
    arrays = {"x_train": train.images, "y_train": train.labels, "x_test": test.images, "y_test": test.labels}
    result = import_dataset([npz_upload(**arrays)], MINE)
    assert result.sha256 == sample.sha256
    assert result.notes == ()


def test_missing_classes_give_a_note(npz_upload, sample: Dataset):
    sevens = sample.test.take(sample.test.labels == 7)
    result = import_dataset([npz_upload(x=sevens.images, y=sevens.labels)], Labelling(name="sevens"))
    assert result.notes[-1] == "Every image has the label 7."
    most = sample.test.take(sample.test.labels > 1)
    result = import_dataset([npz_upload(x=most.images, y=most.labels)], Labelling(name="most"))
    assert result.notes[-1] == "No image has the label 0, 1."


def refused() -> dict[str, tuple[list[Upload], str]]:
    digits = np.zeros((5, 28, 28), np.uint8)
    return {
        "nothing": ([], "There is no file"),
        "empty": ([Upload(name="a.npz", data=b"")], "a.npz is empty"),
        "unknown": ([Upload(name="model.keras.h5", data=b"\x89HDF\r\n")], "model.keras.h5 is of no known kind"),
        "pickle": ([Upload(name="data.pkl", data=b"\x80\x04.")], "data.pkl is of no known kind"),
        "one idx": ([idx("a-ubyte", digits)], "come in pairs"),
        "few labels": ([idx("a-ubyte", digits), idx("b-ubyte", np.zeros(4, np.uint8))], "5 images but b-ubyte has 4"),
        "mixed": ([idx("a-ubyte", digits), Upload(name="b.csv", data=b"1,2\n")], "b.csv is not an IDX file"),
        "text": ([Upload(name="notes.csv", data=b"hello\n")], "number of columns in notes.csv"),
        "broken zip": ([Upload(name="a.zip", data=b"PK\x03\x04")], "a.zip is not a zip"),
        "broken npz": ([Upload(name="a.npz", data=b"PK\x03\x04")], "a.npz is not an npz"),
        "one image": ([idx("a-ubyte", digits[:1]), idx("b-ubyte", np.zeros(1, np.uint8))], "too few images"),
        "long name": ([Upload(name="../" + "x" * 500 + "\u202e.exe", data=b"?")], "xxx.*… is of no known kind"),
    }


@pytest.mark.parametrize("case", refused())
def test_an_unreadable_file_is_one_error_and_leaves_nothing(case: str, data_folder: Path):
    uploads, sentence = refused()[case]
    with pytest.raises(DatasetError, match=sentence) as caught:
        import_dataset(uploads, MINE)
    assert not data_folder.exists()
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


def test_a_bad_name_is_refused_before_the_files_are_read(data_folder: Path):
    with pytest.raises(DatasetError, match="name cannot be used"):
        import_dataset([Upload(name="a.npz", data=b"")], Labelling(name="../x"))


@pytest.mark.parametrize("fraction", [0, 1, -1, float("nan")])
def test_the_test_split_can_be_neither_nothing_nor_all(fraction: float, uploads):
    with pytest.raises(ConfigError, match="test_fraction"):
        import_dataset(uploads["npz"], MINE, test_fraction=fraction)


def test_files_larger_than_anything_accepted_are_refused_unread(tmp_path: Path):
    path = tmp_path / "huge.npz"
    with path.open("wb") as stream:
        stream.truncate(300_000_000)
    with pytest.raises(DatasetError, match="huge.npz is too large"):
        Upload.from_path(path)
    with pytest.raises(DatasetError, match="absent.npz cannot be read: No such file"):
        Upload.from_path(tmp_path / "absent.npz")


def test_files_are_read_from_disk_too(tmp_path: Path, sample: Dataset):
    np.savez(tmp_path / "a.npz", x=sample.test.images, y=sample.test.labels)
    assert len(read_uploads([Upload.from_path(tmp_path / "a.npz")]).images) == 1000
