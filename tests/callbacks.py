"""What a long computation or a training calls: to tell how far it is, and to ask whether to go on."""

from __future__ import annotations

from typing import Any

from mnist_core.training.progress import Adjustments, BatchProgress, Requests


def silent(share: float, note: str) -> None:
    """Take no notice of the progress."""


def never() -> bool:
    """Never cancel."""
    return False


class QuietRecorder:
    """The part of a `Recorder` that asks for nothing and takes no notice; `epoch` is left to the test."""

    def requests(self) -> Requests:
        return Requests()

    def note(self, text: str) -> None: ...
    def batch(self, progress: BatchProgress) -> None: ...
    def checkpoint(self, state: Any) -> None: ...
    def paused(self, is_paused: bool) -> None: ...
    def adjusted(self, epochs: float, adjustments: Adjustments) -> None: ...
