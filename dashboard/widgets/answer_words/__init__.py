"""A sentence on a prediction, fast enough to follow a pen."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.widgets.component import component

_component = component(__file__)


def answer_words(words: Sequence[str], *, key: str, channel: str = "") -> None:
    """Show the sentence.

    Args:
        words: its parts; every other one, from the second on, stands out.
        key: "<page>.<field>".
        channel: of the answers that change it between two reruns: their `words`.
    """
    _component(key=key, data={"words": tuple(words), "channel": channel})
