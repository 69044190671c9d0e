"""What a benchmark found, in one form: figures with their spread and limits, as JSON on the last line it prints.

    found = report("start", figure("first batch, to bare Keras", ratios, at_most=1.5), recipe="two-conv")
    sys.exit(found.shown())

`python -m benchmarks` runs the benchmarks in their short form and puts these lines together.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One measured number.

    Attributes:
        value: the median of what was measured, or the percentile that the name says.
        low, high: the smallest and the largest.
        unit: such as `s` or `ms`; empty for a ratio.
        at_most, at_least: what is expected; None if nothing is.
    """

    name: str
    value: float
    low: float
    high: float
    n: int = 1
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether the value is as expected."""
        is_low_enough = self.at_most is None or self.value <= self.at_most
        return is_low_enough and (self.at_least is None or self.value >= self.at_least)

    @property
    def expected(self) -> str:
        """The limits in words; empty without any."""
        limits = (("at most", self.at_most), ("at least", self.at_least))
        return ", ".join(f"{words} {limit:g}" for words, limit in limits if limit is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The figures of one benchmark, and whatever else it says.

    Attributes:
        load: processes that wanted to run, a minute on average, when it ended: over the number of cores, times are
            those of a busy machine.
    """

    benchmark: str
    figures: tuple[Figure, ...]
    load: float
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        return all(found.is_met for found in self.figures)

    def to_json(self) -> str:
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Raises a ValueError, TypeError or KeyError if it is something else."""
        data = json.loads(text)
        return cls(**{**data, "figures": tuple(Figure(**found) for found in data["figures"])})

    def shown(self) -> int:
        """Print the figures and the line of JSON; returns the exit code, 1 if a limit is exceeded."""
        for found in self.figures:
            print(line_of(found))
        print(self.to_json(), flush=True)
        return 0 if self.is_met else 1


def figure(
    name: str,
    values: Sequence[float] | float,
    unit: str = "",
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    percentile: float = 50,
) -> Figure:
    """The median of the values, or another percentile, with their spread."""
    measured = sorted(float(value) for value in values) if isinstance(values, Sequence) else [float(values)]
    value = float(np.percentile(measured, percentile))
    value, low, high = (_rounded(number) for number in (value, measured[0], measured[-1]))
    return Figure(
        name=name, value=value, low=low, high=high, n=len(measured), unit=unit, at_most=at_most, at_least=at_least
    )


def report(benchmark: str, *figures: Figure, **details: Any) -> Report:
    """The report of a benchmark that has just ended."""
    return Report(benchmark=benchmark, figures=figures, load=round(os.getloadavg()[0], 2), details=details)


def line_of(found: Figure) -> str:
    """A figure in a line of text."""
    spread = f" ({found.low:g} to {found.high:g}, {found.n} times)" if found.n > 1 else ""
    verdict = f", expected {found.expected}{'' if found.is_met else ': NOT MET'}" if found.expected else ""
    return f"{found.name}: {' '.join(filter(None, (f'{found.value:g}', found.unit)))}{spread}{verdict}"


def _rounded(number: float) -> float:
    """To four significant digits."""
    return float(f"{number:.4g}")
