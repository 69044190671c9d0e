"""Receptive fields: which pixels of the digit can change a value of the network.

Exact for every kernel size, stride, padding and pooling: a field ends at the edge of every map that it goes through,
because what is beyond are zeros that no pixel changes. Where a stride is larger than a window, it may hold pixels that
no window covers.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from mnist_core.models.architecture import INPUT_SHAPE, Architecture
from mnist_core.network.steps import INPUT, Operation, Step, steps_of

Spans = tuple[tuple[int, int], ...]
"""First and last row of the digit for each row of a map; the same for columns, since everything is square."""

MIXES_POSITIONS = frozenset({Operation.GLOBAL_AVERAGE_POOL, Operation.DENSE, Operation.SOFTMAX})
"""Operations whose every output reads all positions of their input."""


@lru_cache(maxsize=128)
def receptive_fields(architecture: Architecture) -> Mapping[str, Spans]:
    """The spans of every step by its name; one single span where each value reads the whole input.

    Those of flatten are those of the map that it reads: its unit n is pixel n // channels of that map, row by row.

    Raises:
        ArchitectureError: the stack cannot be built.
    """
    fields: dict[str, Spans] = {INPUT: tuple((row, row) for row in range(INPUT_SHAPE[0]))}
    for step in steps_of(architecture):
        fields[step.name] = _spans(step, [fields[name] for name in step.inputs])
    return MappingProxyType(fields)


def window_spans(step: Step) -> Spans:
    """First and last row of the step's own input for each row of its output."""
    length = step.input_shape[0]
    if step.window is None:
        return tuple((row, row) for row in range(length))
    return tuple(step.window.reach(row, length) for row in range(step.output_shape[0]))


def _spans(step: Step, inputs: list[Spans]) -> Spans:
    if step.operation in MIXES_POSITIONS:
        return (_union(inputs[0], 0, len(inputs[0]) - 1),)
    if step.window is not None:
        return tuple(_union(inputs[0], first, last) for first, last in window_spans(step))
    return tuple(_union(together, 0, len(together) - 1) for together in zip(*inputs, strict=True))


def _union(spans: Spans, first: int, last: int) -> tuple[int, int]:
    reached = spans[first : last + 1]
    return min(low for low, _ in reached), max(high for _, high in reached)
