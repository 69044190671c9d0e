"""What there was before an export is there after one that failed."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from mnist_core.export.output import publish_folder


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
