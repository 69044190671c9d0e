"""Failing disks and damaged files, and what must hold for a run directory afterwards."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.killing import Findings, look, new_run, work_on
from mnist_core.errors import MnistCoreError
from mnist_core.runs.live import LiveRun
from mnist_core.runs.store import RunStore

CALLS = ("write", "fsync", "replace")
EPOCHS = 3
LONGEST_SECONDS = 1.0


@contextlib.contextmanager
def failing(call: str, nth: int) -> Iterator[list[int]]:
    """Make the `nth` call of `os.<call>` fail with a full disk; the list counts the calls."""
    real, uses = getattr(os, call), [0]

    def sometimes(*arguments: object, **options: object) -> object:
        uses[0] += 1
        if uses[0] == nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments, **options)

    setattr(os, call, sometimes)
    try:
        yield uses
    finally:
        setattr(os, call, real)


def fail_every_call(root: Path) -> tuple[int, Findings]:
    """For every N, a training whose N-th write, sync or rename fails, until none fails; returns trials and findings.

    After each failure the run is looked at, and then resumed with the disk in order: it must come to its end.
    """
    findings, trials = Findings(), 0
    for call in CALLS:
        for nth in range(1, 10_000):
            trials += 1
            if not _one_failure(root / f"{call}-{nth}", call, nth, findings):
                break
    return trials, findings


def _one_failure(root: Path, call: str, nth: int, findings: Findings) -> bool:
    """One training in which the `nth` call fails; False if it made fewer calls than that."""
    store, has_failed = RunStore(root), False
    run_id = new_run(store, EPOCHS)
    with open(os.devnull, "wb") as nowhere:
        with failing(call, nth) as uses:
            try:
                work_on(store, run_id, EPOCHS, nowhere.fileno())
            except OSError as error:
                has_failed = error.errno == errno.ENOSPC
        if has_failed:
            look(store, run_id, 0, findings)
            work_on(store, run_id, EPOCHS, nowhere.fileno())
    stored = [metrics.epoch for metrics in store.history(run_id)]
    if stored != list(range(1, EPOCHS + 1)):
        findings.repeated.append(f"{call} {nth}: {stored}")
    shutil.rmtree(root)
    return uses[0] >= nth


def damage_files(root: Path, *, trials: int, seed: int = 0) -> list[str]:
    """Cut and flip bytes of a run's files; returns every failure that is not an error of the core: must be empty."""
    store, chance, wrong = RunStore(root), random.Random(seed), []
    run_id = new_run(store, EPOCHS)
    with open(os.devnull, "wb") as nowhere:
        work_on(store, run_id, EPOCHS, nowhere.fileno())
    folder = store.folder(run_id)
    files = [
        path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in (".json", ".jsonl", ".npz")
    ]
    for _ in range(trials):
        path = chance.choice(files)
        whole = path.read_bytes()
        path.write_bytes(_mutated(whole, chance))
        for reader in READERS:
            start = time.monotonic()
            try:
                reader(RunStore(root), run_id)
            except MnistCoreError:
                pass
            except Exception as error:
                wrong.append(f"{path.name}: {type(error).__name__}: {error!s:.100}")
            if time.monotonic() - start > LONGEST_SECONDS:
                wrong.append(f"{path.name}: took {time.monotonic() - start:.1f} s")
        path.write_bytes(whole)
    return wrong


READERS: tuple[Callable[[RunStore, str], object], ...] = (
    lambda store, run_id: (store.list(), store.damaged()),
    lambda store, run_id: store.history(run_id),
    lambda store, run_id: LiveRun(store, run_id).refresh(),
    lambda store, run_id: store.weights(run_id, "last"),
    lambda store, run_id: store.weights(run_id, "best"),
    lambda store, run_id: store.predictions(run_id, "validation", 1),
    lambda store, run_id: store.filters(run_id, 1),
)


def _mutated(content: bytes, chance: random.Random) -> bytes:
    match chance.randrange(4):
        case 0:
            return content[: chance.randrange(len(content))]
        case 1:
            changed = bytearray(content)
            for _ in range(chance.randrange(1, 6)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            return bytes(changed)
        case 2:
            start = chance.randrange(len(content))
            return content[:start] + content[start + chance.randrange(1, 50) :]
        case _:
            start = chance.randrange(len(content))
            return content[:start] + chance.randbytes(chance.randrange(1, 50)) + content[start:]
