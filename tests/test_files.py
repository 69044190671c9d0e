"""Files are whole or not there, whatever fails on the way."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mnist_core import files, locks


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
def test_a_failed_write_leaves_only_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    path = tmp_path / "run.json"
    files.write_json(path, {"good": True})

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, failing, refuse)
        with pytest.raises(OSError, match="No space"):
            files.write_json(path, {"good": False})
    assert path.read_text() == '{\n "good": true\n}\n'
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run.json"]


def test_files_written_at_once_do_not_mix(tmp_path: Path) -> None:
    path, contents = tmp_path / "a", [bytes([letter]) * 100_000 for letter in b"abcd"]
    with ThreadPoolExecutor(len(contents)) as pool:
        list(pool.map(lambda content: [files.write_bytes(path, content) for _ in range(20)], contents))
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_written_in_parts_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: real(descriptor, bytes(content[:7])))
    files.write_bytes(tmp_path / "a", b"0123456789" * 10)
    assert (tmp_path / "a").read_bytes() == b"0123456789" * 10


def test_kept_content_survives_the_replacement_of_its_first_name(tmp_path: Path) -> None:
    files.write_arrays(tmp_path / "last.npz", {"a": np.arange(3)})
    files.keep_as(tmp_path / "last.npz", tmp_path / "previous.npz")
    files.write_arrays(tmp_path / "last.npz", {"a": np.arange(5)})
    assert len(np.load(tmp_path / "previous.npz")["a"]) == 3
    assert len(np.load(tmp_path / "last.npz")["a"]) == 5


def test_content_is_copied_where_a_file_cannot_have_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "last").write_bytes(b"one")
    files.keep_as(tmp_path / "last", tmp_path / "previous")
    files.write_bytes(tmp_path / "last", b"two")
    assert (tmp_path / "previous").read_bytes() == b"one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["last", "previous"]


def test_the_size_of_a_folder_is_that_of_its_files(tmp_path: Path) -> None:
    for number, name in enumerate(("a", "b/c", "b/d/e"), start=1):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * 10**number)
    (tmp_path / "empty").mkdir()
    assert files.n_bytes_of(tmp_path) == 1110
    assert files.n_bytes_of(tmp_path / "b" / "c") == 100


def test_sweeping_takes_temporaries_only(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    for name in (".run.json.1.tmp", "checkpoints/.last.npz.1.tmp", "run.json", "notes.tmp"):
        (tmp_path / name).write_bytes(b"")
    files.sweep_temporaries(tmp_path)
    left = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    assert left == ["notes.tmp", "run.json"]


def test_a_lock_is_seen_by_others_and_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not locks.is_locked(path)
    script = (
        "import sys; from pathlib import Path; from mnist_core.locks import try_lock;"
        "assert try_lock(Path(sys.argv[1])) is not None; print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    assert locks.is_locked(path)
    assert locks.try_lock(path, patience_seconds=0) is None
    holder.kill()
    holder.communicate()
    assert not locks.is_locked(path)
