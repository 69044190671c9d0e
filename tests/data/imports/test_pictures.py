"""Pictures of every format and mode, in folders, archives and archives within archives."""

from __future__ import annotations

import bz2
import io
import lzma
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_core.data.imports.files.folders import uploads_from
from mnist_core.data.imports.reading import read_files
from mnist_core.errors import DatasetError
from tests.data.imports.comparing import assert_alike, assert_equal, assert_same_digits
from tests.data.imports.conftest import Import
from tests.data.imports.making import (
    Digits,
    gz,
    idx_bytes,
    kaggle_bytes,
    npz_bytes,
    picture_bytes,
    picture_members,
    tar_bytes,
    write_all,
    zip_bytes,
)
from tests.thorough import one_in

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

LOSSLESS = {
    "PNG": ("png", {}),
    "BMP": ("bmp", {}),
    "TIFF": ("tif", {}),
    "WEBP": ("webp", {"lossless": True}),
    "GIF": ("gif", {}),
}


@pytest.mark.parametrize("kind", one_in(2, LOSSLESS))
def test_every_format_without_loss_gives_the_same_digits(kind: str, imported: Import, digits: Digits) -> None:
    suffix, options = LOSSLESS[kind]
    members = picture_members(digits, "{label}/{i}." + suffix.upper(), kind, **options)
    dataset, result = imported({"a.zip": zip_bytes(members)})
    assert_same_digits(dataset, digits)
    assert [note for note in result.notes if "test split" not in note] == []


@pytest.mark.parametrize("mode", one_in(2, ("L", "RGB", "RGBA", "P", "LA")))
def test_modes_without_colour_are_not_called_coloured(mode: str, imported: Import, digits: Digits) -> None:
    dataset, result = imported({"a.zip": zip_bytes(picture_members(digits, mode=mode))})
    assert_same_digits(dataset, digits)
    assert not any("colour" in note or "transparent" in note for note in result.notes)


def test_colours_are_said_with_their_count(imported: Import, digits: Digits) -> None:
    members = picture_members(digits)
    for i in range(25):
        yellow = np.stack([digits.images[i], digits.images[i], digits.images[i] // 4], 2)
        members[f"{digits.labels[i]}/{i}.png"] = picture_bytes(yellow)
    _, result = imported({"a.zip": zip_bytes(members)})
    assert "Converted from colour to grey (25 of 300 pictures)." in result.notes


@pytest.mark.parametrize("ink", [0, 255])
def test_a_transparent_ground_contrasts_with_the_ink(ink: int, imported: Import, digits: Digits) -> None:
    drawn = [np.dstack([np.full((28, 28, 3), ink, np.uint8), image]) for image in digits.images]
    members = {
        f"{label}/{i}.png": picture_bytes(array)
        for i, (array, label) in enumerate(zip(drawn, digits.labels, strict=True))
    }
    dataset, result = imported({"a.zip": zip_bytes(members)})
    assert_alike(dataset, digits, least=0.99)
    assert any("transparent background" in note for note in result.notes)


DEEP = {
    "16 bits": (lambda x: x.astype(np.uint16) * 257, "PNG"),
    "12 bits in 16": (lambda x: x.astype(np.uint16) * 16, "PNG"),
    "floats": (lambda x: (x / 255).astype(np.float32), "TIFF"),
    "32 bits": (lambda x: x.astype(np.int32) * 1000, "TIFF"),
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_pictures_have_one_scale(name: str, imported: Import, digits: Digits) -> None:
    change, kind = DEEP[name]
    members = {
        f"{label}/{i}.{kind.lower()}": picture_bytes(change(image), kind)
        for i, (image, label) in enumerate(zip(digits.images, digits.labels.tolist(), strict=True))
    }
    dataset, _ = imported({"a.zip": zip_bytes(members)})
    assert_same_digits(dataset, digits)


def test_dark_on_light_jpegs_are_inverted(imported: Import, digits: Digits) -> None:
    paper = Digits(images=255 - digits.images, labels=digits.labels)
    members = picture_members(paper, "{label}/{i}.jpeg", "JPEG", mode="RGB", quality=90)
    dataset, result = imported({"a.zip": zip_bytes(members)})
    assert_alike(dataset, digits, least=0.97)
    assert any("dark on a light background" in note for note in result.notes)
    assert not any("colour" in note for note in result.notes)


def test_the_rotation_noted_in_a_photograph_is_honoured(imported: Import, digits: Digits) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned right by 90 degrees
    members = {
        f"{label}/{i}.png": picture_bytes(np.ascontiguousarray(np.rot90(image)), exif=exif)
        for i, (image, label) in enumerate(zip(digits.images, digits.labels.tolist(), strict=True))
    }
    dataset, _ = imported({"a.zip": zip_bytes(members)})
    assert_same_digits(dataset, digits)


def test_only_the_first_frame_counts(imported: Import, digits: Digits) -> None:
    members = picture_members(digits)
    buffer = io.BytesIO()
    frames = [Image.fromarray(image) for image in digits.images[:3]]
    frames[0].save(buffer, "TIFF", save_all=True, append_images=frames[1:])
    del members[f"{digits.labels[0]}/0.png"]
    members[f"{digits.labels[0]}/0.tiff"] = buffer.getvalue()
    dataset, result = imported({"a.zip": zip_bytes(members)})
    assert_same_digits(dataset, digits)
    assert "Only the first of several frames was used (1 of 300 pictures)." in result.notes


NAMES = {
    "folders in folders": "my digits/set/{label}/{i}.png",
    "with a word": "digit-{label}/{i}.png",
    "with an underscore": "class_{label}/{i}.png",
    "padded": "0{label}/{i}.png",
    "first in the file": "{label}_{i}.png",
    "last in the file": "img/{i}-{label}.png",
    "called label in the file": "scan{i}_label{label}.png",
    "Windows": "C\\digits\\{label}\\{i}.png",
}


@pytest.mark.parametrize("name", one_in(2, NAMES))
def test_labels_are_read_from_names_that_leave_no_doubt(name: str, imported: Import, digits: Digits) -> None:
    dataset, _ = imported({"a.zip": zip_bytes(picture_members(digits, NAMES[name]))})
    assert_same_digits(dataset, digits)


def test_folders_may_be_called_by_words(imported: Import, digits: Digits) -> None:
    members = {
        f"{WORDS[label]}/{i}.png": picture_bytes(image)
        for i, (image, label) in enumerate(zip(digits.images, digits.labels.tolist(), strict=True))
    }
    dataset, result = imported({"a.zip": zip_bytes(members)})
    assert_same_digits(dataset, digits)
    assert any("names of the folders" in note for note in result.notes)


DOUBTFUL = {
    "numbers of pictures": lambda d: {f"img_{i}.png": picture_bytes(d.images[i]) for i in range(len(d))},
    "both could be the label": lambda d: {
        f"{d.labels[i]}_{i % 10}.png": picture_bytes(d.images[i]) for i in range(len(d))
    },
    "parts": lambda d: {f"part{i % 3}/{i}.png": picture_bytes(d.images[i]) for i in range(len(d))},
    "letters": lambda d: {f"{'ABCDEFGHIJ'[d.labels[i]]}/{i}.png": picture_bytes(d.images[i]) for i in range(len(d))},
    "seventeen": lambda d: {f"17/{i}.png": picture_bytes(d.images[i]) for i in range(len(d))},
}


@pytest.mark.parametrize("name", one_in(2, DOUBTFUL))
def test_doubtful_names_are_refused_with_the_way_out(name: str, imported: Import, digits: Digits) -> None:
    with pytest.raises(DatasetError, match=r"no label, such as .*Expected pictures in folders called 0 to 9.*Put the"):
        imported({"a.zip": zip_bytes(DOUBTFUL[name](digits))})


SPLITS = [("train", "test"), ("mnist_png/training", "mnist_png/testing"), ("Train", "Valid"), ("train", "t10k")]


@pytest.mark.parametrize("folders", SPLITS)
def test_train_and_test_folders_make_the_splits(
    folders: tuple[str, str], imported: Import, digits: Digits, more_digits: Digits
) -> None:
    members = picture_members(more_digits, folders[1] + "/{label}/{i}.png")
    members |= picture_members(digits, folders[0] + "/{label}/{i}.png")
    dataset, _ = imported({"a.zip": zip_bytes(members)})
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)


PACKED = {
    "tar.gz": lambda a, b: {"m.tar.gz": tar_bytes(train_and_test(a, b))},
    "tar": lambda a, b: {"m.tar": tar_bytes(train_and_test(a, b), "w:")},
    "tar.bz2": lambda a, b: {"m.tar.bz2": tar_bytes(train_and_test(a, b), "w:bz2")},
    "txz": lambda a, b: {"m.txz": tar_bytes(train_and_test(a, b), "w:xz")},
    "tables in xz and bzip2": lambda a, b: {"train.csv.xz": lzma.compress(kaggle_bytes(a), preset=0),
                                            "test.csv.bz2": bz2.compress(kaggle_bytes(b))},
    "xz in parts": lambda a, b: {"train.csv.xz": in_parts(kaggle_bytes(a)), "test.csv": kaggle_bytes(b)},
    "a zip for each": lambda a, b: {"m.zip": zip_bytes({"train.zip": zip_bytes(picture_members(a)),
                                                        "test.zip": zip_bytes(picture_members(b))}, stored=True)},
    "gzip in zip": lambda a, b: {"m.zip": zip_bytes({
        "q/train-images.gz": gz(idx_bytes(a.images)), "q/train-labels.gz": gz(idx_bytes(a.labels)),
        "q/test-images.gz": gz(idx_bytes(b.images)), "q/test-labels.gz": gz(idx_bytes(b.labels))})},
    "npz in zip": lambda a, b: {"m.zip": zip_bytes({"in/d.npz": npz_bytes(
        x_train=a.images, y_train=a.labels, x_test=b.images, y_test=b.labels)})},
    "tables in tar.gz": lambda a, b: {"m.tgz": tar_bytes(
        {"x/train.csv": kaggle_bytes(a), "x/test.csv": kaggle_bytes(b)})},
    "tables in two zips": lambda a, b: {"mnist_train.csv.zip": zip_bytes({"mnist_train.csv": kaggle_bytes(a)}),
                                        "mnist_test.csv.zip": zip_bytes({"mnist_test.csv": kaggle_bytes(b)})},
}  # fmt: skip


def train_and_test(train: Digits, test: Digits) -> dict[str, bytes]:
    members = picture_members(train, "m/train/{label}/{i}.png")
    return members | picture_members(test, "m/test/{label}/{i}.png")


def in_parts(data: bytes) -> bytes:
    """Three streams in one file, filled up with zeros, as programs that pack in parallel write it."""
    third = len(data) // 3
    parts = (data[:third], data[third : 2 * third], data[2 * third :])
    return b"".join(lzma.compress(part, preset=0) + bytes(4) for part in parts)


@pytest.mark.parametrize("name", one_in(3, PACKED))
def test_what_is_packed_is_read_as_if_it_were_not(
    name: str, imported: Import, digits: Digits, more_digits: Digits
) -> None:
    dataset, _ = imported(PACKED[name](digits, more_digits))
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)


def test_what_is_no_picture_is_left_out_and_named(imported: Import, digits: Digits) -> None:
    members = picture_members(digits, "s/{label}/{i}.png")
    members |= {
        "s/3/odd.png": b"hello", "s/4/cut.png": picture_bytes(digits.images[0])[:60], "s/readme.txt": b"Hello there",
        "s/3/.DS_Store": b"x", "__MACOSX/s/3/._a.png": b"x", "s/3/Thumbs.db": b"x",
    }  # fmt: skip
    dataset, result = imported({"a.zip": zip_bytes(members)})
    assert_same_digits(dataset, digits)
    notes = " ".join(result.notes)
    assert "2 of 302 pictures were left out: 3/odd.png (not a picture) and 4/cut.png" in notes
    assert "1 file without images was left out: s/readme.txt" in notes
    assert "DS_Store" not in notes


def test_many_bad_pictures_are_refused_with_their_share(imported: Import, digits: Digits) -> None:
    members = picture_members(digits[:60]) | {f"1/x{i}.png": b"" for i in range(40)}
    with pytest.raises(
        DatasetError, match=r"40 of 100 pictures \(40\.00%\) in a.zip cannot be used: 1/x0.png \(empty file\)"
    ):
        imported({"a.zip": zip_bytes(members)})


def test_pictures_and_arrays_at_once_are_refused(imported: Import, digits: Digits) -> None:
    members = picture_members(digits) | {"all.npz": npz_bytes(x=digits.images, y=digits.labels)}
    with pytest.raises(DatasetError, match="both pictures and arrays"):
        imported({"a.zip": zip_bytes(members)})


def test_a_folder_on_disk_is_read_like_an_archive(tmp_path: Path, digits: Digits, more_digits: Digits) -> None:
    folder = tmp_path / "mine"
    write_all(folder, train_and_test(digits, more_digits))
    (folder / "link").symlink_to(folder)
    reading = read_files(uploads_from([folder]))
    assert reading.is_test is not None
    assert sorted(reading.labels[~reading.is_test]) == sorted(digits.labels)
    assert sorted(reading.labels[reading.is_test]) == sorted(more_digits.labels)


def test_a_folder_of_idx_files_and_single_files_are_read(tmp_path: Path, digits: Digits) -> None:
    paths = write_all(
        tmp_path / "mnist", {"x-images": idx_bytes(digits.images), "x-labels": gz(idx_bytes(digits.labels))}
    )
    for given in ([tmp_path / "mnist"], paths):
        reading = read_files(uploads_from(given))
        assert np.array_equal(reading.images, digits.images)
        assert np.array_equal(reading.labels, digits.labels)


BESIDE = {
    "a list of the pictures": b"file,label,part\n3/1.png,3,train\n4/2.png,4,train\n",
    "a list without numbers": b"file,writer,part\n3/1.png,anne,train\n4/2.png,ben,train\n",
    "numbered remarks": b"1. Scanned in May\n2. Labelled by hand\n",
}


@pytest.mark.parametrize("name", BESIDE)
def test_texts_beside_pictures_are_left_out_and_named(name: str, imported: Import, digits: Digits) -> None:
    for file in ("notes.txt", "list.csv"):
        members = {file: BESIDE[name], **picture_members(digits)}
        dataset, result = imported({"a.zip": zip_bytes(members)}, file.split(".")[0])
        assert_same_digits(dataset, digits)
        assert any(file in note for note in result.notes)
