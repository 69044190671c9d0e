"""What was clicked in a figure. Events come from the browser and may hold anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def clicked_numbers(event: object, *sizes: int) -> tuple[int, ...] | None:
    """The first numbers that the clicked point carries as `customdata`, each a whole number from 0 to below its size.

    None when nothing was clicked, or the event is not one that our figures send.
    """
    points = _item(_item(event, "selection"), "points")
    if not _is_list(points) or not points:
        return None
    carried = _item(points[0], "customdata")
    if not _is_list(carried) or len(carried) < len(sizes):
        return None
    numbers = carried[: len(sizes)]
    if not all(_is_position(number, size) for number, size in zip(numbers, sizes, strict=True)):
        return None
    return tuple(int(number) for number in numbers)


def _item(value: object, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_position(value: object, size: int) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value < size and float(value).is_integer()
