"""Exports that are killed or meet a full disk: under its name is a whole export, or what was there before."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from mnist_core.export.capsule.writing import write_capsule
from mnist_core.export.formats import FORMATS
from mnist_core.export.output import DRAFT_PREFIX
from mnist_core.runs.store import RunStore
from tests.conftest import ROOT
from tests.finished_runs import finished_run
from tests.thorough import some_of
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

SPANS = {"report": 0.3, "capsule": 0.3, "keras": 12.0, "tensorboard": 25.0, "mlflow": 30.0}
"""About how long each writes, in seconds; kills are spread over that time."""
NAMES = {"report": "a.html", "capsule": "a.zip", "keras": "a.keras", "tensorboard": "logs", "mlflow": "store"}
OLD = b"what was there before"


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


def export(run_id: str, name: str, output: Path) -> subprocess.Popen[str]:
    arguments = ["export", run_id, "--format", name, "--output", str(output), "--overwrite"]
    return subprocess.Popen(
        [sys.executable, "-m", "mnist_core", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def assert_whole_archive(path: Path) -> None:
    assert path.read_bytes() == OLD or zipfile.ZipFile(path).testzip() is None


def assert_whole_report(path: Path) -> None:
    assert path.read_bytes() == OLD or path.read_text().endswith("</html>\n")


def assert_whole_logs(folder: Path) -> None:
    for run in shown(folder):
        assert {path.name for path in run.iterdir()} >= {"model.keras", "report.html", "train", "validation", "test"}


def assert_whole_store(folder: Path) -> None:
    """Each run that the store knows has all its files, and each of its metrics."""
    if not (folder / "mlflow.db").exists():
        return
    with sqlite3.connect(folder / "mlflow.db") as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for number, status in store.execute("SELECT run_uuid, status FROM runs").fetchall():
            assert status == "FINISHED"
            assert {path.name for path in (folder / "artifacts" / number / "artifacts").iterdir()} >= {"model.keras"}


WHOLE: Mapping[str, Callable[[Path], None]] = {
    "report": assert_whole_report, "capsule": assert_whole_archive, "keras": assert_whole_archive,
    "tensorboard": assert_whole_logs, "mlflow": assert_whole_store,
}  # fmt: skip


def shown(folder: Path) -> list[Path]:
    """What is in a folder, without what has the name of a draft."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if not path.name.startswith(DRAFT_PREFIX))


def drafts_of(place: Path) -> list[Path]:
    return [*place.rglob(f"{DRAFT_PREFIX}*")]


CASES = [(name, trial) for name in SPANS for trial in range(8)]


@pytest.mark.parametrize("case", some_of(CASES, always=(("report", 0), ("capsule", 0))))
def test_a_killed_export_leaves_a_whole_file_or_the_old_one(
    case: tuple[str, int], store: RunStore, tmp_path: Path
) -> None:
    """Killed as the system does when memory runs out: the process that was started, at a random moment."""
    name, trial = case
    if FORMATS[name].missing:
        pytest.skip(f"{name} needs {FORMATS[name].installation}")
    run_id, place = finished_run(store), tmp_path / "out"
    place.mkdir()
    output = place / NAMES[name]
    if FORMATS[name].ending:
        output.write_bytes(OLD)
    process = export(run_id, name, output)
    wait_until(lambda: bool(drafts_of(place)) or process.poll() is not None, seconds=120)
    time.sleep(random.Random(f"{name} {trial}").uniform(0, SPANS[name]))  # noqa: S311
    workers = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.kill()
    process.communicate()
    wait_until(lambda: not any(worker.is_running() for worker in workers), seconds=60)
    assert {path.name for path in shown(place)} <= {NAMES[name]}
    if output.exists():
        WHOLE[name](output)
    if workers and name == "keras":
        assert drafts_of(place) == []  # who worked for it has tidied up


def test_what_a_kill_has_left_is_removed_by_a_later_export(store: RunStore, tmp_path: Path) -> None:
    old, young = tmp_path / f"{DRAFT_PREFIX}old", tmp_path / f"{DRAFT_PREFIX}young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "draft").write_text("half")
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    write_capsule(store, finished_run(store, epochs=1), tmp_path)
    assert drafts_of(tmp_path) == [young]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Makes a disk of some kilobytes."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def make(kilobytes: int) -> Path:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("Only root can mount a small disk.")
        return folder

    yield make
    if folder.is_mount():
        subprocess.run(["umount", str(folder)], check=True)


SIZES = {"report": 16, "capsule": 32, "keras": 32, "tensorboard": 64, "mlflow": 400}


@pytest.mark.parametrize("name", some_of(SIZES, always=("report", "capsule")))
def test_a_full_disk_leaves_what_was_there_before(name: str, store: RunStore, disk: Callable[[int], Path]) -> None:
    if FORMATS[name].missing:
        pytest.skip(f"{name} needs {FORMATS[name].installation}")
    run_id, place = finished_run(store), disk(SIZES[name])
    output = place / NAMES[name]
    if FORMATS[name].ending:
        output.write_bytes(OLD)
    process = export(run_id, name, output)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 2, said
    assert "full" in said.splitlines()[-1], said
    assert drafts_of(place) == []
    assert [path.read_bytes() for path in place.iterdir()] == ([OLD] if FORMATS[name].ending else [])
