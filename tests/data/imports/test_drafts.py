"""Drafts: what an import would store, read in a process of its own; nothing of them is left behind."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from mnist_core import environment
from mnist_core.data.imports import drafts
from mnist_core.data.imports.drafts import (
    Decisions,
    LabelColumnError,
    Labelling,
    discard_draft,
    keep_draft,
    open_draft,
    read_draft,
    sweep_drafts,
)
from mnist_core.data.sources.catalogue import list_datasets, load_dataset
from mnist_core.errors import ConfigError, DatasetError
from tests.data.imports.making import PIXELS, Digits, csv_bytes, idx_bytes, kaggle_bytes, npz_bytes, rows_of, write_all
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
MINE = Labelling(name="mine", title="My digits", licence="CC0")


def left_on_disk(folder: Path) -> list[str]:
    """What an import left, without the cache."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return [path for path in found if not path.startswith("cache/")]


def drafts_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("imported/.*"))


def opened(folder: Path, files: dict[str, bytes]) -> Path:
    return open_draft(folder, [(name, io.BytesIO(data)) for name, data in files.items()])


def test_a_draft_shows_what_would_be_stored_and_is_kept_as_shown(data_folder: Path, digits: Digits) -> None:
    place = opened(data_folder, {"a.npz": npz_bytes(x=255 - digits.images, y=digits.labels)})
    draft = read_draft(place)
    assert draft.guessed == draft.decisions == Decisions(turned=False, inverted=True)
    counts = np.add(draft.train_counts, draft.test_counts)
    assert counts.tolist() == np.bincount(digits.labels, minlength=10).tolist()
    assert sum(draft.test_counts) == round(0.2 * len(digits))
    first = [digits.images[digits.labels == label][:10] for label in range(10)]
    assert np.array_equal(draft.examples.images, np.concatenate(first))
    assert np.array_equal(draft.examples.labels, np.sort(draft.examples.labels))
    made = keep_draft(draft, MINE)
    dataset = load_dataset("mine", data_folder)
    assert (made.train_images, made.test_images) == (len(dataset.train), len(dataset.test))
    assert made.sha256 == dataset.sha256 == draft.sha256
    assert (dataset.title, dataset.licence, dataset.source) == ("My digits", "CC0", "a.npz")
    assert left_on_disk(data_folder) == ["imported/mine/about.json", "imported/mine/images.npz"]


@pytest.mark.thorough
def test_other_decisions_are_applied_to_what_was_read(data_folder: Path, digits: Digits) -> None:
    turned = np.ascontiguousarray(digits.images.transpose(0, 2, 1))
    place = opened(data_folder, {"a.npz": npz_bytes(x=turned, y=digits.labels)})
    upright = read_draft(place)
    assert upright.guessed.turned
    for path in list((place / "files").iterdir()):
        path.unlink()  # a second reading does not need them
    as_stored = read_draft(place, Decisions(turned=False))
    assert np.array_equal(as_stored.examples.images, upright.examples.images.transpose(0, 2, 1))
    assert as_stored.decisions == Decisions(turned=False, inverted=False)
    assert as_stored.guessed == upright.guessed
    light = read_draft(place, Decisions(inverted=True))
    assert np.array_equal(light.examples.images, 255 - upright.examples.images)
    made = keep_draft(light, MINE)
    dataset = load_dataset("mine", data_folder)
    assert np.array_equal(255 - dataset.train.images[:1], digits.images[digits.labels == dataset.train.labels[0]][:1])
    assert any("as chosen" in note for note in made.notes)


@pytest.mark.thorough
def test_a_person_may_swap_rows_and_columns_of_anything(data_folder: Path, digits: Digits) -> None:
    place = opened(data_folder, {"a.npz": npz_bytes(x=digits.images, y=digits.labels)})
    plain, swapped = read_draft(place), read_draft(place, Decisions(turned=True))
    assert np.array_equal(swapped.examples.images, plain.examples.images.transpose(0, 2, 1))
    discard_draft(place)


@pytest.mark.thorough
def test_the_label_column_is_asked_for_and_chosen(data_folder: Path, digits: Digits) -> None:
    other = (digits.labels[::-1] + 1) % 10
    table = csv_bytes(rows_of(digits, [digits.labels.tolist()], [other.tolist()]), ["label", *PIXELS, "digit"])
    place = opened(data_folder, {"a.csv": table})
    with pytest.raises(LabelColumnError, match=r"label \(column 1\) and digit \(column 786\)") as caught:
        read_draft(place)
    assert [(column.index, column.name) for column in caught.value.label_columns] == [(0, "label"), (785, "digit")]
    last = read_draft(place, Decisions(label_column=785))
    assert (last.decisions.label_column, last.guessed.label_column) == (785, None)
    assert [column.index for column in last.label_columns] == [0, 785]
    expected = np.bincount(other, minlength=10)
    assert np.add(last.train_counts, last.test_counts).tolist() == expected.tolist()
    with pytest.raises(DatasetError, match="does not hold labels"):
        read_draft(place, Decisions(label_column=400))
    assert place.is_dir()  # it has been read before: another choice is possible
    first = read_draft(place, Decisions(label_column=0))
    keep_draft(first, MINE)
    assert sorted(load_dataset("mine", data_folder).train.labels)[:1] == [0]
    assert drafts_in(data_folder) == []


@pytest.mark.thorough
def test_a_recognised_label_column_can_be_changed_and_changed_back(data_folder: Path, digits: Digits) -> None:
    fold = [(7 * i) % 10 for i in range(len(digits))]
    table = csv_bytes(rows_of(digits, [digits.labels.tolist(), fold]), ["label", "fold", *PIXELS])
    place = opened(data_folder, {"a.csv": table})
    for column, labels in ((None, digits.labels), (1, np.array(fold)), (None, digits.labels), (0, digits.labels)):
        draft = read_draft(place, Decisions(label_column=column))
        counts = np.add(draft.train_counts, draft.test_counts)
        assert counts.tolist() == np.bincount(labels, minlength=10).tolist()
        assert draft.guessed.label_column == 0
        assert draft.decisions.label_column == (column or 0)
    discard_draft(place)


def test_a_column_that_fails_leaves_the_draft_for_another_choice(data_folder: Path, digits: Digits) -> None:
    """The wrong column holds labels from 1 to 10 without a 5, which are refused as labels."""
    wrong = [label + 1 if label != 4 else 10 for label in digits.labels.tolist()]
    table = csv_bytes(rows_of(digits, [digits.labels.tolist()], [wrong]), ["label", *PIXELS, "digit"])
    place = opened(data_folder, {"a.csv": table})
    with pytest.raises(LabelColumnError):
        read_draft(place)
    with pytest.raises(DatasetError, match="is not a digit"):
        read_draft(place, Decisions(label_column=785))
    draft = read_draft(place, Decisions(label_column=0))
    assert np.add(draft.train_counts, draft.test_counts).tolist() == np.bincount(digits.labels).tolist()
    discard_draft(place)
    assert left_on_disk(data_folder) == []


def test_a_file_that_cannot_be_read_leaves_nothing_and_says_why(data_folder: Path) -> None:
    place = opened(data_folder, {"../../evil.npz": b"<html>"})
    with pytest.raises(DatasetError, match="^evil.npz is a web page"):
        read_draft(place)
    assert left_on_disk(data_folder) == []
    assert not place.exists()
    with pytest.raises(DatasetError, match="gone"):
        read_draft(place)


def test_a_cancelled_reading_leaves_nothing(data_folder: Path, digits: Digits) -> None:
    place = opened(data_folder, {"a.npz": npz_bytes(x=digits.images, y=digits.labels)})
    begin = time.monotonic()
    with pytest.raises(DatasetError, match="cancelled"):
        read_draft(place, is_cancelled=lambda: time.monotonic() - begin > 0.1)
    assert left_on_disk(data_folder) == []


def test_a_reading_that_takes_too_long_is_ended(
    data_folder: Path, digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MAX_SECONDS", 0.05)
    place = opened(data_folder, {"a.npz": npz_bytes(x=digits.images, y=digits.labels)})
    with pytest.raises(DatasetError, match="took more than"):
        read_draft(place)
    assert left_on_disk(data_folder) == []


def test_a_draft_that_was_read_anew_is_not_kept_as_it_was_shown_before(data_folder: Path, digits: Digits) -> None:
    place = opened(data_folder, {"a.npz": npz_bytes(x=digits.images, y=digits.labels)})
    shown = read_draft(place)
    read_draft(place, Decisions(inverted=True))
    with pytest.raises(DatasetError, match="read again with other choices"):
        keep_draft(shown, MINE)
    discard_draft(place)
    with pytest.raises(DatasetError, match="gone"):
        keep_draft(shown, MINE)
    assert left_on_disk(data_folder) == []


def test_a_taken_or_bad_name_costs_only_another_try(data_folder: Path, digits: Digits) -> None:
    files = {"a.npz": npz_bytes(x=digits.images, y=digits.labels)}
    keep_draft(read_draft(opened(data_folder, files)), MINE)
    draft = read_draft(opened(data_folder, files))
    for name in ("mine", "../x", "mnist"):
        with pytest.raises(DatasetError, match=r"already a data set|name cannot be used"):
            keep_draft(draft, Labelling(name=name))
    assert keep_draft(draft, Labelling(name="other")).name == "other"
    assert sorted(path.name for path in (data_folder / "imported").iterdir()) == ["mine", "other"]


@pytest.mark.thorough
def test_a_kept_draft_is_listed_without_reading_its_images(data_folder: Path, digits: Digits) -> None:
    made = keep_draft(read_draft(opened(data_folder, {"a.npz": npz_bytes(x=digits.images, y=digits.labels)})), MINE)
    images = data_folder / "imported/mine/images.npz"
    state = images.stat()
    images.write_bytes(bytes(state.st_size))  # whoever reads it finds it damaged
    os.utime(images, ns=(state.st_atime_ns, state.st_mtime_ns))
    info = {info.name: info for info in list_datasets(data_folder)}["mine"]
    assert (info.sha256, info.train_images, info.test_images) == (made.sha256, made.train_images, made.test_images)


@pytest.mark.parametrize("fraction", [0, 1, -1, float("nan")])
def test_the_test_split_can_be_neither_nothing_nor_all(fraction: float, data_folder: Path) -> None:
    place = opened(data_folder, {"a.npz": b"x"})
    with pytest.raises(ConfigError, match="test_fraction"):
        read_draft(place, test_fraction=fraction)
    discard_draft(place)


def test_files_are_copied_in_parts_and_counted(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MAX_IMPORT_BYTES", 3_000_000)
    with pytest.raises(DatasetError, match="b.csv is too large. Expected at most 3,000,000 bytes"):
        opened(data_folder, {"a.csv": bytes(2_000_000), "b.csv": bytes(1_000_001)})
    assert left_on_disk(data_folder) == []
    with pytest.raises(DatasetError, match="no file"):
        open_draft(data_folder, [])


def test_a_missing_file_leaves_nothing(data_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="No such file"):
        open_draft(data_folder, [("a.csv", tmp_path / "absent")])
    assert left_on_disk(data_folder) == []


def test_a_draft_in_use_is_not_swept_an_old_one_is(data_folder: Path) -> None:
    place = opened(data_folder, {"a.csv": b"x"})
    sweep_drafts(data_folder)
    assert place.is_dir()
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(place, (long_ago, long_ago))
    sweep_drafts(data_folder)
    assert drafts_in(data_folder) == []


OPEN_AND_WAIT = """
    import sys, time
    from pathlib import Path
    from mnist_core.data.imports.drafts import open_draft, read_draft
    place = open_draft(Path(sys.argv[1]), [("a.csv", Path(sys.argv[2]))])
    print("open", flush=True)
    if len(sys.argv) > 3:
        read_draft(place)
    time.sleep(600)
    """


def process_with_draft(folder: Path, file: Path, *more: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(OPEN_AND_WAIT), str(folder), str(file), *more],
        env=environment.child_environment(),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"open\n"
    return process


def test_what_a_killed_process_left_is_swept_by_the_next_import(data_folder: Path, tmp_path: Path) -> None:
    [file] = write_all(tmp_path, {"a.csv": b"1,2\n"})
    process = process_with_draft(data_folder, file)
    sweep_drafts(data_folder)
    assert len(drafts_in(data_folder)) == 1  # it is alive
    process.kill()
    process.wait()
    place = opened(data_folder, {"b.csv": b"1,2\n"})
    assert drafts_in(data_folder) == [place.name]


@pytest.mark.thorough
def test_the_reader_ends_with_its_server_and_clears_up(data_folder: Path, tmp_path: Path, digits: Digits) -> None:
    many = Digits(images=np.tile(digits.images, (60, 1, 1)), labels=np.tile(digits.labels, 60))
    [file] = write_all(tmp_path, {"a.csv": kaggle_bytes(many)})
    process = process_with_draft(data_folder, file, "read")
    reader = wait_for_child(process)
    process.kill()
    process.wait()
    wait_until(lambda: not psutil.pid_exists(reader) or psutil.Process(reader).status() == psutil.STATUS_ZOMBIE)
    sweep_drafts(data_folder)
    assert drafts_in(data_folder) == []


def wait_for_child(process: subprocess.Popen[bytes]) -> int:
    found: list[int] = []

    def has_child() -> bool:
        found[:] = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        return bool(found)

    wait_until(has_child)
    return found[0]


@pytest.mark.thorough
def test_an_import_holds_hardly_more_than_examples_in_memory(data_folder: Path, tmp_path: Path, digits: Digits) -> None:
    many = Digits(images=np.tile(digits.images, (40, 1, 1)), labels=np.tile(digits.labels, 40))
    [file] = write_all(tmp_path, {"a.csv": kaggle_bytes(many)})
    size = file.stat().st_size
    assert size > 20_000_000
    del many
    process, highest, ended = psutil.Process(), [0], threading.Event()
    keep_draft(read_draft(opened(data_folder, {"w.npz": npz_bytes(x=digits.images, y=digits.labels)})), MINE)
    begin = process.memory_info().rss

    def watch() -> None:
        while not ended.wait(0.02):
            highest[0] = max(highest[0], process.memory_info().rss - begin)

    watcher = threading.Thread(target=watch)
    watcher.start()
    keep_draft(read_draft(open_draft(data_folder, [("a.csv", file)])), Labelling(name="many"))
    ended.set()
    watcher.join()
    assert highest[0] < size / 4


def test_a_reader_that_dies_costs_only_itself(
    data_folder: Path, digits: Digits, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "dying.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(drafts, "PROGRAM", "dying")
    place = opened(data_folder, {"a.npz": npz_bytes(x=digits.images, y=digits.labels)})
    with pytest.raises(DatasetError, match="ended with code -11"):
        read_draft(place)
    assert left_on_disk(data_folder) == []


@pytest.mark.thorough
def test_memory_is_limited_where_the_file_is_read(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mnist_core.data.imports.limits import MAX_MEMORY_BYTES

    n = 240_000  # 1.5 GB as float64, all zeros: a small file that claims what it has
    images = gzip_of_zeros(n)
    place = opened(data_folder, {"a-images.gz": images, "a-labels": idx_bytes(np.zeros(n, np.uint8))})
    with pytest.raises(DatasetError, match=r"unpacks to too much|bytes of memory"):
        read_draft(place)
    assert MAX_MEMORY_BYTES < 4_000_000_000
    assert left_on_disk(data_folder) == []


def gzip_of_zeros(n: int) -> bytes:
    """An IDX file of n images of float64 zeros, gzip-compressed part by part."""
    import struct
    import zlib

    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    parts = [packer.compress(bytes([0, 0, 14, 3]) + struct.pack(">3I", n, 28, 28))]
    zeros = bytes(28 * 28 * 8 * 1000)
    parts += [packer.compress(zeros) for _ in range(n // 1000)]
    return b"".join([*parts, packer.flush()])
