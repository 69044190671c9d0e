"""All benchmarks in their short form, in one table: `make bench`, or

    python -m benchmarks [--only start,training] [--output FILE] [--docs]

What each found is kept in `benchmarks/last.json`, with the machine and the versions. With `--docs`, it is put into
docs/performance.md too. The exit code is 1 if a benchmark failed or a figure is not as expected.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.collected import Collected, machine, put_into_docs
from benchmarks.report import Report
from benchmarks.short_forms import SHORT
from mnist_core.environment import child_environment

LAST = ROOT / "benchmarks" / "last.json"
PATIENCE_SECONDS = 600
END_SECONDS = 60
LONGEST_REASON = 120


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="All benchmarks in their short form.")
    parser.add_argument("--only", default=",".join(SHORT), help="names, with commas between them")
    parser.add_argument("--docs", action="store_true", help="put the figures into docs/performance.md")
    parser.add_argument("--output", type=Path, default=LAST, help="the file of JSON")
    options = parser.parse_args()
    names = options.only.split(",")
    if unknown := sorted(set(names) - set(SHORT)):
        parser.error(f"there is no benchmark {', '.join(unknown)}: expected some of {', '.join(SHORT)}")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # or benchmarks in the background would not be interrupted
    collected = Collected(machine=machine())
    began = time.perf_counter()
    for name in names:
        print(f"{name}...", file=sys.stderr, flush=True)
        collected = collected.with_one(name, run(name), seconds=round(time.perf_counter() - began))
        # Kept at once: whoever interrupts the rest has what was found until then.
        options.output.write_text(json.dumps(collected.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    print(collected.to_text())
    if options.docs:
        put_into_docs(collected)
    return 0 if collected.is_met else 1


def run(name: str) -> Report | str:
    """What a benchmark found; or why it failed, in a line."""
    command = [sys.executable, str(ROOT / "benchmarks" / f"bench_{name}.py"), *SHORT[name].split()]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=child_environment(TF_CPP_MIN_LOG_LEVEL="3"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            printed, complaints = process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            interrupt(process)
            return f"it took longer than {PATIENCE_SECONDS} s"
    try:
        return Report.from_json(printed.strip().splitlines()[-1])
    except (ValueError, TypeError, KeyError, IndexError):
        return (complaints.strip().splitlines() or ["it printed no figures"])[-1][:LONGEST_REASON]


def interrupt(process: subprocess.Popen[str]) -> None:
    """End a benchmark as Ctrl-C does: it ends the servers and trainings that it has started."""
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


if __name__ == "__main__":
    sys.exit(main())
