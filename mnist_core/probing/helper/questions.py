"""The kinds of questions that the helper answers with arrays. Loads TensorFlow: only for the helper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mnist_core.errors import ConfigError
from mnist_core.probing import attribution, feature_pictures
from mnist_core.probing.attribute import answer_attribution
from mnist_core.probing.excite import answer_exciting, answer_pictures
from mnist_core.probing.helper.messages import Answer
from mnist_core.probing.helper.networks import Networks
from mnist_core.processes import Tell

Answering = Callable[[Networks, Path, Mapping[str, Any], Tell], tuple[str, Answer]]
"""Returns the SHA-256 of the weights that the answer belongs to, and the answer."""

QUESTIONS: Mapping[str, Answering] = {
    attribution.QUESTION: answer_attribution,
    feature_pictures.PICTURES: answer_pictures,
    feature_pictures.EXCITING: answer_exciting,
}


def answer_question(networks: Networks, name: str, folder: Path, asked: Any, tell: Tell) -> tuple[str, Answer]:
    """The SHA-256 of the weights of the run in `folder`, and the answer.

    Raises:
        ConfigError: there is no such kind of question, or it cannot be understood.
        RunError: it cannot be answered for this run.
    """
    if name not in QUESTIONS:
        raise ConfigError.invalid("question", expected="one of " + ", ".join(QUESTIONS), received=name)
    if not isinstance(asked, dict):
        raise ConfigError.invalid("question", expected="a mapping", received=asked)
    return QUESTIONS[name](networks, folder, asked, tell)
