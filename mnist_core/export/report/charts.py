"""Pictures of the report as SVG, from numbers alone: no text of a person is in them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mnist_core.evaluation.calibration import Calibration
from mnist_core.shares import shown_level, shown_share

WIDTH, HEIGHT = 460, 250
LEFT, RIGHT, TOP, BOTTOM = 48, 20, 12, 34  # of the last label, half stands right of its tick
N_TICKS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A curve: a value for each epoch from the first on, and the classes of its style."""

    values: Sequence[float]
    style: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scale:
    """From values to places in the picture."""

    low: float
    high: float
    first: float
    last: float

    def x(self, value: float) -> float:
        span = (self.last - self.first) or 1
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (value - self.first) / span, 1)

    def y(self, value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / ((self.high - self.low) or 1), 1)


def curves_svg(lines: Sequence[Line], *, title: str, is_share: bool) -> str:
    """Curves over the epochs.

    Args:
        title: what it shows, for screen readers.
        is_share: whether the values are shares: then the axis ends at 1.
    """
    values = [value for line in lines for value in line.values if math.isfinite(value)]
    high = 1.0 if is_share else max(values, default=1.0)
    low = min(values, default=0.0) if is_share else 0.0
    low = math.floor(low * 20) / 20 if is_share else low
    scale = _Scale(low=low, high=high, first=1, last=max((len(line.values) for line in lines), default=1))
    parts = [
        *_frame(scale, is_share=is_share),
        *_epochs(scale),
        *(part for line in lines for part in _line(line, scale)),
    ]
    return _svg(parts, title)


def reliability_svg(found: Calibration, *, title: str) -> str:
    """Accuracy of the digits by their confidence, with the diagonal of a perfect calibration."""
    scale = _Scale(low=0, high=1, first=0, last=1)
    parts = list(_frame(scale, is_share=True))
    for tick in _ticks(0, 1):
        parts.append(_text(scale.x(tick), HEIGHT - 16, shown_level(tick), "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 2, "confidence", "middle"))
    for item in found.bins:
        if item.n:
            left, right, top = scale.x(item.low), scale.x(item.high), scale.y(item.accuracy)
            note = (
                f"{item.n:,} digits: confidence {shown_share(item.confidence)}, accuracy {shown_share(item.accuracy)}"
            )
            parts.append(
                f'<rect class="bar" x="{left + 1}" y="{top}" width="{max(1, round(right - left - 2, 1))}" '
                f'height="{round(scale.y(0) - top, 1)}"><title>{note}</title></rect>'
            )
    ends = f'x1="{scale.x(0)}" y1="{scale.y(0)}" x2="{scale.x(1)}" y2="{scale.y(1)}"'
    parts.append(f'<line class="ideal" {ends}/>')
    return _svg(parts, title)


def _svg(parts: Sequence[str], title: str) -> str:
    inside, box = "".join(parts), f'viewBox="0 0 {WIDTH} {HEIGHT}" style="max-width: {WIDTH}px"'
    return f'<svg {box} role="img" aria-label="{title}">{inside}</svg>'  # one alone would have letters twice as large


def _frame(scale: _Scale, *, is_share: bool) -> Iterator[str]:
    for tick in _ticks(scale.low, scale.high):
        y = scale.y(tick)
        yield f'<line class="axis" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
        yield _text(LEFT - 6, y + 4, shown_level(round(tick, 4)) if is_share else f"{tick:.3g}", "end")


def _epochs(scale: _Scale) -> Iterator[str]:
    step = max(1, math.ceil((scale.last - scale.first) / 8))
    for epoch in range(int(scale.first), int(scale.last) + 1, step):
        yield _text(scale.x(epoch), HEIGHT - 16, f"{epoch}", "middle")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 2, "epoch", "middle")


def _line(line: Line, scale: _Scale) -> Iterator[str]:
    points = [
        (scale.x(epoch), scale.y(value)) for epoch, value in enumerate(line.values, start=1) if math.isfinite(value)
    ]
    joined = " ".join(f"{x},{y}" for x, y in points)
    yield f'<polyline class="line {line.style}" points="{joined}"/>'
    if len(points) == 1:
        yield f'<circle class="dot {line.style}" cx="{points[0][0]}" cy="{points[0][1]}" r="3"/>'


def _ticks(low: float, high: float) -> list[float]:
    return [low + (high - low) * i / (N_TICKS - 1) for i in range(N_TICKS)]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{text}</text>'
