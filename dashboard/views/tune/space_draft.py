"""The search that a browser tab is about to start: a space, and how it is searched.

Like the draft of a design, it replaces what it has only by what the core accepts: anything else leaves it unchanged and
becomes its problem, in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from dashboard.shared.settings.words import error_words, invalid_words
from dashboard.state.session import per_tab
from mnist_core.errors import ConfigError
from mnist_core.fields import specs_of
from mnist_core.training.config import ExperimentConfig
from mnist_core.tuning.default_space import default_space
from mnist_core.tuning.space import Dimension, Space
from mnist_core.tuning.study import StudySettings


class SpaceDraft:
    """The search of one browser tab.

    Attributes:
        source: what the space was made from; another source makes a new one.
        space: None if the base design cannot be built.
        problem: why the last change failed, and where; empty if it did not.
    """

    def __init__(self) -> None:
        self.source: object = None
        self.space: Space | None = None
        self.settings = StudySettings()
        self.problem: tuple[str, str] = ("", "")
        self._upload = ""

    def begin_with(self, source: object, base: ExperimentConfig) -> None:
        """The space around a design, unless it was made from the same source already."""
        if source != self.source:
            self.source, self.space = source, None
            with self.explaining("base"):
                self.space = default_space(base)

    def put(self, dimension: Dimension) -> None:
        """Add a dimension, or replace that of the same setting."""
        self._change("dimension", lambda space: space.with_dimension(dimension))

    def remove(self, setting: str) -> None:
        """Leave a setting as it is in the base design."""
        self._change("dimension", lambda space: space.without(setting))

    def set_base(self, **values: Any) -> None:
        """Change fields of the base design; `epochs` is one of its training."""

        def change(space: Space) -> Space:
            own = {name: value for name, value in values.items() if name != "epochs"}
            training = replace(space.base.training, **{name: values[name] for name in values if name == "epochs"})
            return replace(space, base=replace(space.base, training=training, **own))

        self._change(next(iter(values)), change)

    def set_search(self, **values: Any) -> None:
        """Change how the space is searched."""
        name = next(iter(values))
        if (sentence := invalid_words(specs_of(StudySettings), values, self.settings)) is not None:
            self.problem = (name, sentence)
            return
        with self.explaining(name):
            self.settings = replace(self.settings, **values)

    def read(self, upload: str, document: bytes) -> bool:
        """The space in a file; one that stays in the uploader is read once. Returns whether it is a new one."""
        if upload == self._upload:
            return False
        self._upload = upload
        base = self.space.base if self.space is not None else None
        with self.explaining("file"):
            self.space = Space.from_json(document, base=base)
        return True

    def problem_at(self, where: str) -> str | None:
        """Why the last change there failed; None if it did not."""
        return self.problem[1] if self.problem[0] == where else None

    @contextmanager
    def explaining(self, where: str) -> Iterator[None]:
        """Turn a `ConfigError` inside into the problem; without one, clear it."""
        self.problem = ("", "")
        try:
            yield
        except ConfigError as error:
            self.problem = (where, error_words(error))

    def _change(self, where: str, change: Callable[[Space], Space]) -> None:
        if self.space is not None:
            with self.explaining(where):
                self.space = change(self.space)


def space_draft() -> SpaceDraft:
    """The search that this tab is about to start."""
    return per_tab("tune.draft", SpaceDraft)
