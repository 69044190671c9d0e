"""Finding what a page shows by key, kind and fact. Its wording is free to change: no test looks for a sentence.

Places are an `AppTest` or a keyed block of it, `app.get_by_key("origin")`.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

SHEET_CELL = 29  # a digit of 28 pixels and the line beside it

_TEXTS = ("title", "subheader", "markdown", "caption", "error", "warning", "info", "success")


def texts(place: Any) -> list[str]:
    """Whatever is written there, without the backslashes that keep it from being markup."""
    return [re.sub(r"\\(?=[^\w\s])", "", part.value) for kind in _TEXTS for part in place.get(kind)]


def says(place: Any, *facts: str | int) -> bool:
    """Whether one text there holds all these names and numbers, each as a word of its own."""
    return any(all(_holds(text, fact) for fact in facts) for text in texts(place))


def numbers(text: str) -> list[float]:
    """All numbers in a text, in its order; "1,000" is a thousand."""
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def assert_sound(app: AppTest) -> None:
    """Neither a traceback nor an error in words."""
    assert [*app.exception.values, *app.error.values] == []


def figures(place: Any) -> list[str]:
    """The large figures there, in their order."""
    return [metric.value for metric in place.get("metric")]


def is_shown(place: Any, key: str) -> bool:
    """Whether an element or a block there has that key."""
    try:
        place.get_by_key(key)
    except KeyError:
        return False
    return True


def setting(widgets: Sequence[Any], key: str) -> Any:
    """The one of `widgets`, such as `app.number_input`, for a setting: its key has a number once it was set anew."""
    (found,) = (widget for widget in widgets if re.fullmatch(rf"{re.escape(key)}(\.\d+)?", widget.key or ""))
    return found


def components(place: Any) -> dict[str, dict[str, Any]]:
    """What the page sent to our own components, by their keys."""
    return {element.key: json.loads(element.proto.json) for element in place.get("bidi_component")}


def component(place: Any, key: str) -> dict[str, Any]:
    """What the page sent to the component of that key, or to the only one whose key continues it after a dot."""
    found = [data for name, data in components(place).items() if name == key or name.startswith(f"{key}.")]
    assert len(found) == 1, f"{len(found)} components {key} among {sorted(components(place))}"
    return found[0]


def has_component(place: Any, key: str) -> bool:
    """Whether there is one."""
    return any(name == key or name.startswith(f"{key}.") for name in components(place))


def pictures(place: Any, key: str) -> np.ndarray:
    """The digits that a grid draws, uint8 (N, 28, 28), in their order."""
    data = component(place, key)
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["sheet"].partition(",")[2]))))
    corners = [divmod(i, data["sheetColumns"]) for i in range(data["count"])]
    return np.stack([sheet[y * SHEET_CELL :, x * SHEET_CELL :][:28, :28] for y, x in corners])


def pair_pictures(place: Any, key: str) -> list[np.ndarray]:
    """The digits of each line of a list of pairs, uint8 (K, 28, 28)."""
    data = component(place, key)
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["sheet"].partition(",")[2]))))
    return [
        np.stack([sheet[row * SHEET_CELL :, i * SHEET_CELL :][:28, :28] for i in range(count)])
        for row, (*_, count) in enumerate(data["pairs"])
    ]


def rows(place: Any, key: str, images: np.ndarray) -> list[int]:
    """Which of `images`, uint8 (N, 28, 28) and no two the same, a grid draws, in their order."""
    known = {image.tobytes(): row for row, image in enumerate(images)}
    return [known[picture.tobytes()] for picture in pictures(place, key)]


def figure(place: Any, key: str) -> dict[str, Any]:
    """The Plotly figure of that key, as it was sent."""
    drawn: dict[str, Any] = json.loads(place.get_by_key(key).proto.spec)
    return drawn


def links(place: Any) -> list[tuple[str, dict[str, str]]]:
    """Where the links there lead: the name of each page, and its choices."""
    found = [link.proto for link in place.get("page_link")]
    return [(link.page, {name: value[0] for name, value in parse_qs(link.query_string).items()}) for link in found]


def _holds(text: str, fact: str | int) -> bool:
    wanted = f"{fact:,}" if isinstance(fact, int) else fact
    return re.search(rf"(?<!\w)(?<!\d[.,]){re.escape(wanted)}(?!\w|[.,]\d)", text) is not None
