"""What there was before an export is there after one that failed."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from mnist_core.errors import ExportError
from mnist_core.export.output import publish_folder, publish_text


def test_a_folder_that_could_not_be_replaced_is_where_it_was(tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    path = draft / "run"  # no system moves a folder into itself, so the draft cannot take this name
    path.mkdir(parents=True)
    (path / "mine").write_text("mine")
    with pytest.raises(OSError, match=f"Errno {errno.EINVAL}"):
        publish_folder(draft, path, overwrite=True)
    assert (path / "mine").read_text() == "mine"


def test_a_folder_is_replaced_on_purpose(tmp_path: Path) -> None:
    place, path = tmp_path / "place", tmp_path / "run"
    for folder, name in ((place / "draft", "new"), (path, "old")):
        folder.mkdir(parents=True)
        (folder / name).touch()
    publish_folder(place / "draft", path, overwrite=True)
    assert [file.name for file in path.iterdir()] == ["new"]


def test_a_file_is_written_where_none_can_have_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    publish_text(tmp_path / "a.html", "one", overwrite=False)
    with pytest.raises(ExportError, match="already"):
        publish_text(tmp_path / "a.html", "two", overwrite=False)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.html", "one")]


def test_a_folder_of_a_person_is_not_taken_for_a_draft(tmp_path: Path) -> None:
    mine = tmp_path / ".export-settings"
    mine.mkdir()
    os.utime(mine, (time.time() - 1e6,) * 2)
    publish_text(tmp_path / "a.html", "one", overwrite=False)
    assert mine.is_dir()
