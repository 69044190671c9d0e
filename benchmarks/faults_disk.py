"""Every write, sync and rename fails once; a full disk; 10,000 damaged files.

python benchmarks/faults_disk.py [--damaged 10000]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.damage import damage_files, fail_every_call
from benchmarks.killing import Findings, look, new_run, work_on
from mnist_core.runs.store import RunStore


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--damaged", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trials, findings = fail_every_call(Path(folder))
        print(f"{trials} trainings with one failing write, sync or rename: {findings}")
        full = fill_a_disk(Path(folder))
        print(full)
        start = time.monotonic()
        wrong = damage_files(Path(folder) / "damaged", trials=options.damaged)
        print(
            f"{options.damaged} damaged files in {time.monotonic() - start:.0f} s: {len(wrong)} surprises {wrong[:5]}"
        )
    sys.exit(bool(wrong) or not findings.is_clean or "lost" in full)


def fill_a_disk(folder: Path) -> str:
    """Train on a disk of 1 MB until it is full; free some space; resume to the end."""
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        return "Full disk: skipped, a 1 MB disk can be mounted by root only."
    try:
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * 500_000)
        store, findings, epochs = RunStore(disk / "runs"), Findings(), 12
        run_id = new_run(store, epochs)
        with open(os.devnull, "wb") as nowhere:
            try:
                work_on(store, run_id, epochs, nowhere.fileno())
                return "Full disk: lost, the disk did not fill up."
            except OSError as error:
                reason = error.strerror
            look(store, run_id, 0, findings)
            done = len(store.history(run_id))
            ballast.unlink()
            work_on(store, run_id, epochs, nowhere.fileno())
        stored = [metrics.epoch for metrics in store.history(run_id)]
        is_good = findings.is_clean and stored == list(range(1, epochs + 1))
        outcome = "all epochs once" if is_good else "lost epochs"
        return f"Full disk: {reason!r} after epoch {done}; with room again {outcome}."
    finally:
        subprocess.run(["umount", str(disk)], check=False)


if __name__ == "__main__":
    main()
