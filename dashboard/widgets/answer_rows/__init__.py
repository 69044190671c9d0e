"""The predictions of several networks for one digit, a line each with ten small bars, fast enough to follow a pen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.colours import NEUTRAL, RIGHT, WRONG
from dashboard.widgets.component import component

_component = component(__file__)


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerRow:
    """One network.

    Attributes:
        title: its name.
        label, confidence: the predicted class and its probability as text.
        names: of the ten classes, for tooltips.
        shares: the ten probabilities; None without an answer.
    """

    title: str
    label: str
    confidence: str
    names: Sequence[str]
    shares: Sequence[float] | None


def answer_rows(rows: Sequence[AnswerRow], *, key: str, label: str, channel: str = "") -> None:
    """Show the lines; a prediction that is not that of most has another colour and a mark.

    Args:
        key: "<page>.<field>".
        label: what they are, for screen readers.
        channel: of the answers that change them between two reruns: their `shown` is as of `rows_shown`.
    """
    _component(key=key, data={**rows_shown(rows), "label": label, "channel": channel})


def rows_shown(rows: Sequence[AnswerRow]) -> dict[str, object]:
    """What the browser needs to show the lines."""
    said = Counter(row.label for row in rows if row.shares is not None)
    most = said.most_common(1)[0][0] if said else ""
    return {
        "rows": tuple(
            (
                row.title,
                row.label,
                row.confidence,
                tuple(row.names),
                tuple(round(share, 4) for share in row.shares or (0.0,) * len(row.names)),
                row.shares is not None and row.label != most,
            )
            for row in rows
        ),
        "colours": (RIGHT, WRONG, NEUTRAL),
    }
