"""The figures of several benchmarks in one table, as text, as JSON and in docs/performance.md."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from benchmarks.report import Figure, Report
from mnist_core.data.sources.catalogue import default_dataset_name
from mnist_core.training.versions import environment, version_of

DOCS = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- figures: written by `python -m benchmarks --docs` -->", "<!-- end of the figures -->"
HEADS = ("benchmark", "figure", "measured", "from", "to", "expected", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """What all benchmarks found.

    Attributes:
        machine: what the figures depend on, by name.
        failures: why a benchmark has no figures, by its name.
    """

    machine: Mapping[str, str]
    seconds: int = 0
    reports: tuple[Report, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)

    def with_one(self, name: str, found: Report | str, *, seconds: int) -> Collected:
        """These and what one more found, or why it failed, after so many seconds in all."""
        if isinstance(found, Report):
            return replace(self, seconds=seconds, reports=(*self.reports, found))
        return replace(self, seconds=seconds, failures={**self.failures, name: found})

    @property
    def is_met(self) -> bool:
        """Whether nothing failed and every figure is as expected."""
        return not self.failures and all(found.is_met for found in self.reports)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The cells of each figure, as `HEADS` calls them."""
        for found in self.reports:
            for one in found.figures:
                yield (found.benchmark, *_cells(one))
        for name, reason in self.failures.items():
            yield name, f"failed: {reason}", "", "", "", "", "FAILED"

    def to_text(self) -> str:
        """The table, with columns of the same width, and the machine below it."""
        rows = [HEADS, *self.rows()]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*lines, "", *(f"{name}: {value}" for name, value in self.about().items())])

    def to_markdown(self) -> str:
        """The table and the machine for the documentation."""
        lines = [f"| {' | '.join(row)} |" for row in (HEADS, ("---",) * len(HEADS), *self.rows())]
        return "\n".join([*lines, "", "; ".join(f"{name} {value}" for name, value in self.about().items()) + "."])

    def about(self) -> dict[str, str]:
        """The machine, and how busy it was: a load over the number of cores makes times longer."""
        loads = [found.load for found in self.reports]
        load = f"{min(loads):g} to {max(loads):g}" if loads else "unknown"
        return {**self.machine, "load": load, "duration": f"{self.seconds} s"}


def machine() -> dict[str, str]:
    """Versions, processor, cores, memory, data set and day."""
    return {
        **environment(),
        "Streamlit": version_of("streamlit"),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 1e9:.0f} GB",
        "data set": default_dataset_name(),
        "day": time.strftime("%Y-%m-%d"),
    }


def put_into_docs(collected: Collected, page: Path = DOCS) -> None:
    """Replace the figures on the page of the documentation."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{collected.to_markdown()}\n\n{END}{after}", encoding="utf-8")


def _cells(found: Figure) -> tuple[str, ...]:
    verdict = "" if found.is_met else "NOT MET"
    spread = (f"{found.low:g}", f"{found.high:g}") if found.n > 1 else ("", "")
    return found.name, f"{found.value:g} {found.unit}".strip(), *spread, found.expected, verdict
