from __future__ import annotations

import os
from pathlib import Path

import pytest

from mnist_core.data.cache import cache_folder, fingerprint, is_read_only, keep


def test_the_cache_lies_beside_the_data(tmp_path: Path):
    folder = cache_folder(tmp_path / "data")
    assert folder == tmp_path / "data/cache"
    assert folder.is_dir()


def test_the_cache_of_a_read_only_folder_lies_in_the_users_cache(tmp_path: Path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        folder.chmod(0o555)
    found = {cache_folder(one), cache_folder(other)}
    assert len(found) == 2  # each data folder has a cache of its own
    assert all(place is not None and place.parent == tmp_path / "xdg/mnist-studio" for place in found)
    assert list(one.iterdir()) == []


def test_without_xdg_the_users_cache_is_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    (tmp_path / "data").mkdir(mode=0o555)
    found = cache_folder(tmp_path / "data")
    assert found is not None
    assert found.parent == tmp_path / "home/.cache/mnist-studio"


def test_where_nothing_can_be_written_there_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "data").mkdir(mode=0o555)
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache_folder(tmp_path / "data") is None


def test_a_folder_without_write_bits_is_read_only_for_everybody(tmp_path: Path):
    assert not is_read_only(tmp_path)
    assert not is_read_only(tmp_path / "absent")
    tmp_path.chmod(0o555)
    assert is_read_only(tmp_path)


def test_fingerprint_changes_with_content_time_and_place(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"12")
    first = fingerprint([path])
    assert fingerprint([path]) == first
    os.utime(path, ns=(1, 1))
    second = fingerprint([path])
    path.rename(tmp_path / "b")
    assert len({first, second, fingerprint([tmp_path / "b"])}) == 3


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def refuse(*_: object):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, failing, refuse)
        keep(path, lambda stream: stream.write(b"new"))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_kept_can_be_read_by_others(tmp_path: Path):
    keep(tmp_path / "a", lambda stream: stream.write(b"new"))
    assert (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_names_need_not_be_utf_8(tmp_path: Path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/Zahlen_\xe4"))
    folder.mkdir()
    path, other = folder / "a", tmp_path / "a"
    for one in (path, other):
        one.write_bytes(b"12")
        os.utime(one, ns=(1, 1))
    assert fingerprint([path]) != fingerprint([other])
    folder.chmod(0o555)
    found = cache_folder(folder)
    assert found is not None
    assert found.parent == tmp_path / "xdg/mnist-studio"
