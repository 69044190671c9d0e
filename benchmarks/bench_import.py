"""Memory and time of an import of all of MNIST as CSV, 110 MB, as the page does it.

    python benchmarks/bench_import.py [--images 60000] [--limit-megabytes 40]

A fresh process opens, reads, decides anew and keeps a draft in a folder of its own. Measured are the peak of its
memory above where it began, that of the process that reads the file, and the time of each step. The exit code is 1 if
the fresh process needs more than the limit.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402

from benchmarks.importing import Memory, write_csv  # noqa: E402
from benchmarks.report import figure, report  # noqa: E402
from mnist_core.data.imports.drafts import Decisions, Labelling, keep_draft, open_draft, read_draft  # noqa: E402


def measured(table: Path) -> dict[str, float]:
    """Import the table, in this process."""
    memory = Memory(psutil.Process())
    before, begin = memory.now, time.perf_counter()
    place = open_draft(table.parent / "data", [(table.name, table)])
    copied = time.perf_counter()
    read_draft(place)
    read = time.perf_counter()
    draft = read_draft(place, Decisions(inverted=True))
    decided = time.perf_counter()
    made = keep_draft(draft, Labelling(name="mine"))
    memory.stop()
    return {
        "megabytes_of_csv": table.stat().st_size / 1e6,
        "images": made.train_images + made.test_images,
        "seconds_to_copy": copied - begin,
        "seconds_to_read": read - copied,
        "seconds_to_decide_anew": decided - read,
        "megabytes_here": (memory.peak - before) / 1e6,
        "megabytes_of_the_reader": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--limit-megabytes", type=float, default=40.0)
    parser.add_argument("--table", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.table:
        found = measured(options.table)
        memory = figure("Memory of an import", found["megabytes_here"], "MB", at_most=options.limit_megabytes)
        read = figure("A CSV file of 100 MB read", 100 * found["seconds_to_read"] / found["megabytes_of_csv"], "s")
        return report("import", memory, read, **{name: round(value, 2) for name, value in found.items()}).shown()
    with tempfile.TemporaryDirectory(prefix="mnist-studio-") as folder:
        table = Path(folder) / "mnist_train.csv"
        write_csv(table, options.images)
        command = [sys.executable, __file__, "--table", str(table), "--limit-megabytes", str(options.limit_megabytes)]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
