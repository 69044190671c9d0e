"""A diagram of a network as SVG text: a block for every tensor, drawn to scale.

Height and depth of a block are the height and width of its image; its width grows with the square root of the channels.
A flat vector is a bar as tall as the side of a square image with as many numbers. Colours come from CSS variables with
a fallback, lines and text have the colour of the surrounding text: one drawing serves both themes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from math import sqrt

from mnist_core.models.architecture import INPUT_SHAPE, OUTPUT, Architecture
from mnist_core.models.convolutions import Conv, Residual, SeparableConv
from mnist_core.models.layers import LAYERS, Activate, AveragePool, Dense, Dropout, Layer, MaxPool
from mnist_core.models.shapes import Shape, shown_shape
from mnist_core.shares import shown_level

PIXEL = 4.0  # SVG units for each pixel of an image
SLANT_X, SLANT_Y = 0.35, 0.3  # shares of the depth, drawn to the right and up
CHANNEL = 4.0  # width of a block with one channel
TALLEST = 240.0  # a longer vector is cut off, with a mark
COLUMN = 120.0  # smallest width of a block with its text
GAP = 20.0
MARGIN = 16.0
LINE = 15.0

_COLOURS = {
    "convolution": "#4c78a8",
    "pooling": "#f58518",
    "dense": "#54a24b",
    "other": "#8a8f98",
    "data": "#b279a2",
}
_FAMILIES = {
    **dict.fromkeys(("conv", "separable_conv", "residual"), "convolution"),
    **dict.fromkeys(("max_pool", "average_pool", "global_average_pool"), "pooling"),
    **dict.fromkeys(("dense", OUTPUT), "dense"),
    "input": "data",
}
_STANDALONE_STYLE = (
    "<style>svg{color:#1f2933;background:#fff;font-family:sans-serif}"
    "@media(prefers-color-scheme:dark){svg{color:#e6e8eb;background:#0e1117}}</style>"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Block:
    """A tensor in the diagram; its size is known before anything is placed."""

    kind: str
    name: str
    setting: str
    shape: Shape
    note: str

    @property
    def thickness(self) -> float:
        return CHANNEL * sqrt(self.shape[-1]) if len(self.shape) == 3 else 10.0

    @property
    def height(self) -> float:
        return PIXEL * self.shape[0] if len(self.shape) == 3 else min(TALLEST, PIXEL * sqrt(self.shape[0]))

    @property
    def depth(self) -> float:
        return PIXEL * self.shape[1] if len(self.shape) == 3 else 0.0

    @property
    def is_cut(self) -> bool:
        return len(self.shape) == 1 and PIXEL * sqrt(self.shape[0]) > TALLEST

    @property
    def width(self) -> float:
        return self.thickness + SLANT_X * self.depth

    @property
    def rise(self) -> float:
        """How far the block reaches above its front."""
        return SLANT_Y * self.depth


def network_svg(architecture: Architecture, *, title: str = "Network", standalone: bool = False) -> str:
    """The network as an SVG document of fixed size, from the input on the left to the output on the right.

    A stack that cannot be built is drawn up to the faulty layer, which is a dashed box with the reason.

    Args:
        title: title of the diagram for screen readers; it is escaped.
        standalone: True for a separate file: adds text colour and background for light and dark themes.
    """
    blocks = [_Block(kind="input", name="input", setting="digit", shape=INPUT_SHAPE, note=""), *_blocks(architecture)]
    room = max(block.height + block.rise for block in blocks)
    base = MARGIN + room + 12  # a common ground line; the text is below it
    parts, x = [], MARGIN
    for number, block in enumerate(blocks):
        column = max(COLUMN, block.width)
        if number:
            parts.append(_arrow(x - GAP, base - 8))
        parts.append(_group(block, x, column, base))
        x += column + GAP
    problem = architecture.problem
    if problem is not None:
        name = "network" if problem.layer is None else architecture.names[problem.layer]
        parts.append(_arrow(x - GAP, base - 8) + _fault(name, str(problem), x, base))
        x += COLUMN + GAP
    width, height = x - GAP + MARGIN, base + 4 * LINE + MARGIN
    summary = f"{title}: {len(blocks) - 1} layers, {architecture.parameters:,} parameters"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(summary)}" font-size="12">'
        f"<title>{escape(summary)}</title>{_STANDALONE_STYLE if standalone else ''}{''.join(parts)}</svg>"
    )


def _blocks(architecture: Architecture) -> Iterator[_Block]:
    for row in architecture.rows:
        layer = architecture.layers[row.position] if row.kind != OUTPUT else None
        setting = _setting(layer) if layer else "softmax"
        note = f"{row.parameters:,} parameters" if row.parameters else ""
        yield _Block(kind=row.kind, name=row.name, setting=setting, shape=row.output_shape, note=note)


def _setting(layer: Layer) -> str:
    """The most important settings, in two or three words."""
    match layer:
        case Conv() | SeparableConv():
            stride = f", stride {layer.stride}" if layer.stride > 1 else ""
            return f"{layer.kernel_size} x {layer.kernel_size}{stride}, {_words(layer.activation)}"
        case MaxPool() | AveragePool():
            return f"{layer.size} x {layer.size}"
        case Dropout():
            return shown_level(layer.rate)
        case Dense():
            return _words(layer.activation)
        case Activate():
            return _words(layer.function)
        case Residual():
            return "two 3 x 3, skip"
    return ""


def _words(name: str) -> str:
    return name.replace("_", " ")


def _group(block: _Block, x: float, column: float, base: float) -> str:
    middle = x + column / 2
    text = [block.name, block.setting, shown_shape(block.shape), block.note]
    lines = "".join(
        _text(line, middle, base + (i + 1) * LINE, 'font-weight="600"' if i == 0 else 'fill-opacity=".75"')
        for i, line in enumerate(filter(None, text))
    )
    kind = LAYERS[block.kind].title if block.kind in LAYERS else block.kind.capitalize()
    tip = ". ".join(
        filter(None, (f"{block.name}: {kind}", block.setting, f"output {shown_shape(block.shape)}", block.note))
    )
    return f"<g><title>{escape(tip)}</title>{_body(block, middle - block.width / 2, base)}{lines}</g>"


def _body(block: _Block, x: float, base: float) -> str:
    """Front, top and side of a block on the ground line."""
    family = _FAMILIES.get(block.kind, "other")
    style = (
        f'style="fill:var(--network-{family},{_COLOURS[family]})" stroke="currentColor" stroke-width=".8" '
        f'stroke-linejoin="round"'
    )
    left, right, low, high = x, x + block.thickness, base, base - block.height
    back, up = SLANT_X * block.depth, block.rise
    faces = [(_points((left, high), (right, high), (right, low), (left, low)), 0.75)]
    if block.depth:
        faces.append((_points((left, high), (left + back, high - up), (right + back, high - up), (right, high)), 0.45))
        faces.append((_points((right, high), (right + back, high - up), (right + back, low - up), (right, low)), 0.6))
    body = "".join(f'<polygon points="{points}" {style} fill-opacity="{opacity}"/>' for points, opacity in faces)
    if block.is_cut:
        body += (
            f'<path d="M{left - 4:.1f} {high + 14:.1f}l{block.thickness + 8:.1f} -6m0 5l-{block.thickness + 8:.1f} 6" '
            f'stroke="currentColor" fill="none"/>'
        )
    return body


def _points(*corners: tuple[float, float]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _arrow(x: float, y: float) -> str:
    return (
        f'<path d="M{x + 2:.1f} {y:.1f}h{GAP - 6:.1f}m-4 -3l4 3l-4 3" stroke="currentColor" fill="none" '
        f'stroke-opacity=".7"/>'
    )


def _fault(name: str, problem: str, x: float, base: float) -> str:
    """The dashed box in place of the layer that cannot be built; the reason is its tooltip."""
    side, middle = COLUMN - 16, x + COLUMN / 2
    return (
        f'<g><title>{escape(problem)}</title><rect x="{x + 8:.1f}" y="{base - side:.1f}" width="{side:.1f}" '
        f'height="{side:.1f}" fill="none" stroke="currentColor" stroke-dasharray="5 4"/>'
        + _text(name, middle, base + LINE, 'font-weight="600"')
        + _text("cannot be built", middle, base + 2 * LINE)
        + "</g>"
    )


def _text(text: str, x: float, y: float, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" fill="currentColor" {more}>{escape(text)}</text>'
