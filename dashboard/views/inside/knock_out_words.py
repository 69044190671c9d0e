"""A knock-out in words: what each muted filter changes, and whether any of them matters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.significance import mcnemar_p_value
from mnist_core.probing.knock_out_result import KnockOut
from mnist_core.shares import shown_level, shown_points
from mnist_core.words import counted, word_for

MATTERS = 0.01
"""A filter matters much if the accuracy falls by more than this without it."""


class Verdict(NamedTuple):
    """What is to be said about a layer, Markdown, and the explanation for a tooltip."""

    text: str
    help: str


def verdict_words(found: KnockOut, part: str) -> Verdict:
    """Whether any filter of the layer matters; `part` is "filter" or "unit"."""
    n = len(found.predicted)
    largest, first = float(found.changes.min(initial=0.0)), int(found.order[0])
    n_significant = len(significant_drops(found))
    help = (
        f"Significant: McNemar's exact test on the digits that change, at {shown_level(1 - LEVEL)} divided by the "
        f"number of {part}s (Bonferroni), because {n:,} are tested."
    )
    if not (found.broken + found.fixed).any():
        return Verdict(f"**No {part} matters by itself:** no digit is broken or fixed. {_WHY}", help)
    most = f"{shown_points(largest)}, {part} {first}".replace("-", "−")
    if largest >= -MATTERS:
        return Verdict(f"**No {part} matters much by itself:** the largest change is {most}. {_WHY}", help)
    return Verdict(
        f"**{counted(n_significant, part)} of {n:,}** {word_for(n_significant, 'lowers', 'lower')} the accuracy "
        f"significantly, at most by {most}.",
        f"{help} {_WHY}",
    )


def significant_drops(found: KnockOut) -> tuple[int, ...]:
    """The filters without which significantly more digits are wrong, by McNemar's exact test with Bonferroni."""
    level = (1 - LEVEL) / max(1, len(found.predicted))
    broken, fixed = found.broken, found.fixed
    worse = np.flatnonzero(broken > fixed).tolist()
    return tuple(i for i in worse if mcnemar_p_value(int(fixed[i]), int(broken[i])) < level)


def change_words(found: KnockOut, muted: int) -> str:
    """The change of the accuracy: "−1.70 points"."""
    return shown_points(float(found.changes[muted])).replace("-", "−")


def interval_words(found: KnockOut, muted: int) -> str:
    """The 95% interval of the change: "−2.41 to −1.02"."""
    low, high = found.comparison(muted).difference_interval
    return " to ".join(shown_points(end).removesuffix(" points").replace("-", "−") for end in (low, high))


_WHY = (
    "Networks are redundant: other filters respond to the same strokes, and later layers combine what is left. That "
    "one can be muted does not mean that all can."
)
