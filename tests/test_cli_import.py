"""`data import` and `make import`: files and folders by the rules of the page."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from tests.conftest import ROOT
from tests.data.idx_files import write_idx
from tests.data.imports.making import PIXELS, Digits, csv_bytes, npz_bytes, picture_members, rows_of, write_all
from tests.test_cli import document, exit_code, studio
from tests.thorough import some_of

pytestmark = pytest.mark.slow


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


@pytest.fixture
def digits(sample_only: Path) -> Digits:
    test = load_dataset("mnist-sample", sample_only).test
    return Digits(images=test.images[:200], labels=test.labels[:200])


def left_on_disk(folder: Path) -> list[str]:
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return [path for path in found if not path.startswith("cache/")]


def test_a_file_becomes_a_data_set(digits: Digits, data_folder: Path, tmp_path: Path) -> None:
    [path] = write_all(tmp_path, {"My scans.npz": npz_bytes(x=255 - digits.images, y=digits.labels)})
    entry = document("data", "import", str(path), "--licence", "CC0")
    assert (entry["name"], entry["train_images"], entry["test_images"]) == ("my-scans", 160, 40)
    assert (entry["licence"], entry["source"], entry["available"]) == ("CC0", "My scans.npz", True)
    assert any("nverted" in note for note in entry["notes"])
    listed = {item["name"]: item for item in document("data")}["my-scans"]
    assert {key: value for key, value in entry.items() if key != "notes"} == listed
    dataset = load_dataset("my-scans", data_folder)
    assert dataset.sha256 == entry["sha256"]
    assert {image.tobytes() for image in dataset.test.images} <= {image.tobytes() for image in digits.images}
    assert left_on_disk(data_folder) == ["imported/my-scans/about.json", "imported/my-scans/images.npz"]


@pytest.mark.thorough
def test_folders_and_decisions(digits: Digits, data_folder: Path, tmp_path: Path) -> None:
    swapped = Digits(images=np.ascontiguousarray(digits.images.transpose(0, 2, 1)), labels=digits.labels)
    write_all(tmp_path / "train", picture_members(swapped[:150]))
    write_all(tmp_path / "test", picture_members(swapped[150:]))
    folders = [str(tmp_path / "train"), str(tmp_path / "test")]
    upright = document("data", "import", *folders, "--name", "upright")
    assert (upright["train_images"], upright["test_images"]) == (150, 50)
    document("data", "import", *folders, "--name", "as-stored", "--no-turn", "--invert")
    one, other = (load_dataset(name, data_folder) for name in ("upright", "as-stored"))
    assert np.array_equal(other.train.images, 255 - one.train.images.transpose(0, 2, 1))
    assert sorted(image.tobytes() for image in one.test.images) == sorted(i.tobytes() for i in digits.images[150:])


@pytest.mark.thorough
def test_the_label_column_is_asked_for_by_its_number(digits: Digits, data_folder: Path, tmp_path: Path) -> None:
    other = ((digits.labels + 3) % 10).tolist()
    table = csv_bytes(rows_of(digits, [digits.labels.tolist()], [other]), ["label", *PIXELS, "class"])
    [path] = write_all(tmp_path, {"t.csv": table})
    done = studio("data", "import", str(path))
    assert done.returncode == 2
    assert "label (column 1) and class (column 786)" in done.stderr
    assert "--label-column 1" in done.stderr
    assert left_on_disk(data_folder) == []
    document("data", "import", str(path), "--label-column", "786")
    stored = load_dataset("t", data_folder)
    assert sorted([*stored.train.labels, *stored.test.labels]) == sorted(other)


def test_what_cannot_be_imported_is_one_sentence(data_folder: Path, tmp_path: Path) -> None:
    [path] = write_all(tmp_path, {"mnist.npz": b"<html>"})
    (tmp_path / "empty").mkdir()
    for given, words in (
        (path, "mnist.npz is a web page"), (tmp_path / "absent.csv", "No such file"), (tmp_path / "empty", "no files"),
    ):  # fmt: skip
        done = studio("data", "import", str(given))  # not in this process, whose memory it would limit for good
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert left_on_disk(data_folder) == []
    assert exit_code("data", "import") == exit_code("data", "fetch") == 2  # ends before that


def test_a_pipe_is_no_file(digits: Digits, data_folder: Path, tmp_path: Path) -> None:
    [path] = write_all(
        tmp_path, {"t.csv": csv_bytes(rows_of(digits, [digits.labels.tolist()], []), ["label", *PIXELS])}
    )
    pipe, target = os.pipe()
    writer = subprocess.Popen(["cat", str(path)], stdout=target)
    os.close(target)
    done = studio("data", "import", "/dev/stdin", stdin=pipe)
    os.close(pipe)
    writer.wait()
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "/dev/stdin" in done.stderr
    assert "pipe" in done.stderr
    assert left_on_disk(data_folder) == []


def test_the_data_folder_may_have_a_name_that_is_not_utf_8(
    digits: Digits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/Zahlen_\xe4"))
    (folder / "mnist").mkdir(parents=True)
    for split in ("train", "t10k"):
        write_idx(folder / f"mnist/{split}-images-idx3-ubyte", digits.images)
        write_idx(folder / f"mnist/{split}-labels-idx1-ubyte", digits.labels)
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    [path] = write_all(tmp_path, {"a.npz": npz_bytes(x=digits.images, y=digits.labels)})
    assert document("data", "import", str(path))["name"] == "a"
    listed = {item["name"]: item["train_images"] for item in document("data")}
    assert (listed["mnist"], listed["a"]) == (len(digits), 160)


@pytest.mark.thorough
def test_json_may_be_asked_for_before_the_command_too(digits: Digits, data_folder: Path, tmp_path: Path) -> None:
    [path] = write_all(tmp_path, {"a.npz": npz_bytes(x=digits.images, y=digits.labels)})
    done = studio("data", "--json", "import", str(path))
    assert json.loads(done.stdout)["name"] == "a"
    plain = studio("data", "import", str(path), "--name", "b")
    assert plain.stdout.splitlines()[0] == "b: 160 training and 40 test images."


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this machine")
@pytest.mark.parametrize("name", some_of(["digits.npz", "it's my file.npz"], always=["it's my file.npz"]))
def test_make_import_takes_a_path_in_the_variable_of_the_shell(
    name: str, digits: Digits, data_folder: Path, tmp_path: Path
) -> None:
    [path] = write_all(tmp_path, {name: npz_bytes(x=digits.images, y=digits.labels)})
    made = run_make("import", f"PATH={path}", "NAME=made")
    assert made.returncode == 0, made.stderr
    assert load_dataset("made", data_folder).source == name
    without = run_make("import")
    assert without.returncode == 2
    assert "make import PATH=" in without.stderr


def run_make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Make, with the installed packages taken as they are."""
    ours = {"MAKEFLAGS", "MFLAGS", "TESTS", "NAME"}
    environment = {key: value for key, value in os.environ.items() if key not in ours}
    command = ["make", "--directory", str(ROOT), "--old-file", ".venv/.run-installed", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
