"""A small log-log chart as SVG, for docs/performance.md: one line, its points, and what would be in proportion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 420, 260, 64, 16, 34, 44

Points = Sequence[tuple[float, float]]
"""Positive numbers: x, y."""


def log_log_chart(title: str, points: Points, *, x_title: str, y_title: str) -> str:
    """The chart as an SVG document; the dashed line begins at the first point and grows in proportion to x."""
    xs, ys = ([math.log10(point[axis]) for point in points] for axis in (0, 1))
    proportional = [ys[0], ys[0] + xs[-1] - xs[0]]
    x_range = _decades(xs)
    y_range = _decades([*ys, *proportional])

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (x - x_range[0]) / (x_range[1] - x_range[0]) * (WIDTH - LEFT - RIGHT)
        down = HEIGHT - BOTTOM - (y - y_range[0]) / (y_range[1] - y_range[0]) * (HEIGHT - TOP - BOTTOM)
        return round(across, 1), round(down, 1)

    def line(*ends: tuple[float, float]) -> str:
        return " ".join(f"{across},{down}" for across, down in (place(*end) for end in ends))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="sans-serif" font-size="12" fill="#333">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="13" font-weight="bold">{escape(title)}</text>',
    ]
    for decade in range(x_range[0], x_range[1] + 1):
        across, down = place(decade, y_range[0])
        parts.append(f'<line x1="{across}" y1="{TOP}" x2="{across}" y2="{down}" stroke="#ddd"/>')
        parts.append(f'<text x="{across}" y="{down + 16}" text-anchor="middle">{_number(decade)}</text>')
    for decade in range(y_range[0], y_range[1] + 1):
        across, down = place(x_range[0], decade)
        parts.append(f'<line x1="{across}" y1="{down}" x2="{WIDTH - RIGHT}" y2="{down}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{down + 4}" text-anchor="end">{_number(decade)}</text>')
    dashed = line((xs[0], proportional[0]), (xs[-1], proportional[1]))
    parts.append(f'<polyline points="{dashed}" fill="none" stroke="#888" stroke-dasharray="4 4"/>')
    measured = list(zip(xs, ys, strict=True))
    parts.append(f'<polyline points="{line(*measured)}" fill="none" stroke="#2a6fbb" stroke-width="2"/>')
    for across, down in (place(*point) for point in measured):
        parts.append(f'<circle cx="{across}" cy="{down}" r="3.5" fill="#2a6fbb"/>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_title)}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="20" text-anchor="end">{escape(y_title)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def growth(points: Points) -> float:
    """The exponent with which y grows between the last two points: 1 in proportion, 2 with the square."""
    (x1, y1), (x2, y2) = points[-2:]
    return math.log(y2 / y1) / math.log(x2 / x1)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(min(values)), math.ceil(max(values))
    return low, max(high, low + 1)


def _number(decade: int) -> str:
    return f"{10**decade:,}" if decade >= 0 else f"{10.0**decade:g}"
