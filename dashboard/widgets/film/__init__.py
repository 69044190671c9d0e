"""A film of small images and ten probabilities, with play, step and a slider. It plays in the browser by itself."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.colours import NEUTRAL, RIGHT, SIGNED, WRONG
from dashboard.widgets.component import component, position_in, sent

FULL = 127  # how the limit of a reel is written in 8 bits

_component = component(__file__, events=("rested",))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FilmRow:
    """Images with a sign that change from frame to frame.

    Attributes:
        title: above them.
        frames: numbers (E, K, height, width).
        limit: the largest absolute number on the scale, the same in all frames.
        cell: width of an image in CSS pixels, at most.
        names: what each image is, for tooltips.
    """

    title: str
    frames: np.ndarray
    limit: float
    cell: int
    names: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FilmBars:
    """The probability of each class in every frame.

    Attributes:
        shares: (E, classes), 0 to 1.
        texts: the same in words.
        names: of the classes.
        verdicts: for each frame a line above the bars.
        true_label: which class is the true one; None for a drawing.
    """

    shares: np.ndarray
    texts: Sequence[Sequence[str]]
    names: Sequence[str]
    verdicts: Sequence[str]
    true_label: int | None


def film(
    rows: Sequence[FilmRow],
    bars: FilmBars | None,
    *,
    key: str,
    label: str,
    identity: str,
    titles: Sequence[str],
    details: Sequence[str],
    start: int,
) -> int | None:
    """Show the film; return the frame at which a person has stopped in this rerun, or None.

    Left and right go one frame back and forth, Home and End to the ends, Space plays and pauses.

    Args:
        key: "<page>.<field>".
        label: what is shown, for screen readers.
        identity: what the film is about; while it stays the same, a rerun does not move the film.
        titles: of the frames, such as "Epoch 3".
        details: a line for each frame.
        start: the frame to begin at.
    """
    _component(
        key=key,
        data={
            "label": label,
            "identity": identity,
            "titles": tuple(titles),
            "details": tuple(details),
            "start": start,
            "rows": tuple(_written(row) for row in rows),
            "bars": None if bars is None else _written_bars(bars),
            "palette": SIGNED,
            "colours": {"right": RIGHT, "wrong": WRONG, "other": NEUTRAL},
            "theme": st.context.theme.type,  # so that it is drawn anew when the theme changes
        },
    )
    return position_in(sent(key, "rested"), len(titles))


def _written(row: FilmRow) -> dict[str, object]:
    is_scale = np.isfinite(row.limit) and row.limit > 0
    shares = np.nan_to_num(row.frames / row.limit) if is_scale else np.zeros(row.frames.shape)
    values = np.rint(np.clip(shares, -1, 1) * FULL).astype(np.int8)
    _, count, height, width = row.frames.shape
    return {
        "title": row.title,
        "values": base64.b64encode(values.tobytes()).decode(),
        "count": count,
        "height": height,
        "width": width,
        "cell": max(1, row.cell // width) * width,
        "limit": float(row.limit) if is_scale else 0.0,
        "names": tuple(row.names[:count]),
    }


def _written_bars(bars: FilmBars) -> dict[str, object]:
    return {
        "shares": tuple(tuple(frame) for frame in np.nan_to_num(bars.shares).round(4).tolist()),
        "texts": tuple(tuple(frame) for frame in bars.texts),
        "names": tuple(bars.names),
        "verdicts": tuple(bars.verdicts),
        "trueLabel": bars.true_label,
    }
