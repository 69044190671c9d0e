"""The ten probabilities of one digit as bars, fast enough to follow a pen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.colours import NEUTRAL, RIGHT, WRONG
from dashboard.widgets.component import component
from mnist_core.data.dataset import DIGITS
from mnist_core.shares import shown_probability

_component = component(__file__)


def probability_bars(
    probabilities: np.ndarray | None,
    *,
    key: str,
    true_label: int | None = None,
    class_names: Sequence[str] = DIGITS,
    channel: str = "",
) -> None:
    """A bar for each class.

    The true label has the colour for correct; if another one is higher, that has the colour for wrong. Without a true
    label only the highest is marked.

    Args:
        probabilities: (10,); None, for an empty pad, shows the classes with empty bars.
        key: "<page>.<field>".
        channel: of the answers that change them between two reruns: their `shown` is as of `bars_shown`.
    """
    shown = bars_shown(probabilities, true_label=true_label, class_names=class_names)
    _component(key=key, data={**shown, "channel": channel})


def bars_shown(
    probabilities: np.ndarray | None, *, true_label: int | None = None, class_names: Sequence[str] = DIGITS
) -> dict[str, object]:
    """What the browser needs to show the bars."""
    if probabilities is None:
        return _shown(class_names, np.zeros(len(class_names)), texts=[""] * len(class_names))
    predicted = int(np.argmax(probabilities))
    colours = [NEUTRAL] * len(probabilities)
    colours[predicted] = RIGHT if true_label in (None, predicted) else WRONG
    if true_label is not None:
        colours[true_label] = RIGHT
    return _shown(
        class_names,
        probabilities,
        texts=[shown_probability(float(value)) for value in probabilities],
        roles=[_role(label, true_label, predicted) for label in range(len(probabilities))],
        colours=colours,
    )


def _shown(
    names: Sequence[str],
    shares: np.ndarray,
    *,
    texts: Sequence[str],
    roles: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
) -> dict[str, object]:
    return {
        "names": tuple(names),
        "roles": tuple(roles or [""] * len(names)),
        "shares": tuple(round(float(value), 5) for value in shares),
        "texts": tuple(texts),
        "colours": tuple(colours or [NEUTRAL] * len(names)),
    }


def _role(label: int, true_label: int | None, predicted: int) -> str:
    if label == true_label == predicted:
        return "correct"
    if label == true_label:
        return "true"
    return "predicted" if label == predicted else ""
