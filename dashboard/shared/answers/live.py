"""Answers to a drawing without a rerun of the page, which takes a browser longer than the network needs to answer.

`dashboard.asgi` serves them; the pad asks for them while the pen moves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from urllib.parse import urlencode

import numpy as np

from dashboard import cached
from dashboard.shared.answers.network import BUNDLED, MAX_OTHERS, Answering, has_weights, labelled
from dashboard.shared.answers.shown import answers_of, shown_answers
from dashboard.state.current import current
from dashboard.widgets.served import LIVE_ADDRESS, is_served
from mnist_core.data.dataset import SIDE
from mnist_core.data.drawing import PAD_SIDE, digit_on
from mnist_core.errors import ConfigError

MAX_PIXELS = PAD_SIDE * PAD_SIDE


def live_address(networks: Sequence[Answering]) -> str:
    """Where these networks answer; empty if they are not served."""
    whose = [("of", current.person)] if current.person is not None else []  # else the server would look for one's own
    query = urlencode([*(("network", network.network_id) for network in networks), *whose])
    return f"{LIVE_ADDRESS}?{query}" if is_served(LIVE_ADDRESS) else ""


def answers_to(pixels: bytes, names: Sequence[str]) -> dict[str, object]:
    """What the networks of these names predict for a drawing, as `shown_answers` gives it.

    Args:
        pixels: the bytes of a drawing, uint8 (112, 112) or (28, 28).
        names: ids of runs, or `BUNDLED`.

    Raises:
        ConfigError: the drawing has another size, or there are too many networks or none.
        RunError: a run does not exist, or is damaged.
    """
    side = math.isqrt(len(pixels))
    if len(pixels) not in (SIDE * SIDE, MAX_PIXELS):
        raise ConfigError.invalid("drawing", expected=f"{SIDE * SIDE} or {MAX_PIXELS} bytes", received=len(pixels))
    if not 1 <= len(names) <= MAX_OTHERS + 1:
        raise ConfigError.invalid("network", expected=f"1 to {MAX_OTHERS + 1} names", received=len(names))
    drawn = np.frombuffer(pixels, np.uint8).reshape(side, side)
    return shown_answers(answers_of(labelled([_named(name) for name in names]), digit_on(drawn)))


def _named(name: str) -> Answering:
    if name == BUNDLED:
        return Answering(run=None)
    run = cached.run_store().get(name)
    if not has_weights(run):
        raise ConfigError.invalid("network", expected="a run with a finished epoch", received=name)
    return Answering(run=run)
