"""The design that a browser tab edits on the page Design, with undo and redo.

A draft holds an `ExperimentConfig` and replaces it only by another one that the core accepts: input from the browser
that is invalid leaves it unchanged. Each layer has an id that stays with it when it is moved, by which the layer editor
finds its row.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from dashboard.shared.settings.words import error_words, invalid_words, what_to_enter
from dashboard.state.last_press import LastPress
from dashboard.state.session import per_tab
from mnist_core.designs.links import config_from_link, config_to_link
from mnist_core.errors import ConfigError
from mnist_core.fields import FieldSpec, specs_of
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import LAYERS, Layer
from mnist_core.models.recipes import RECIPES
from mnist_core.training.config import ExperimentConfig, config_from_recipe

FIRST_RECIPE = "two-conv"
MAX_STEPS_BACK = 100
MAX_LAYERS = 600  # ten times what can be trained, so that too many layers can still be shown and removed
MAX_LINKS = 500
SAME_EDIT_SECONDS = 3.0
"""Edits of one field count as one for undo, unless they are further apart than this."""
JUST_LEFT_SECONDS = 5.0
"""So long the URL may still hold the link of a design of before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """One state of the design, with the ids of its layers."""

    config: ExperimentConfig
    layer_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldProblem:
    """An invalid input in a layer's field, and what to enter instead."""

    layer_id: str
    field: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Why an action failed, in one sentence, and `where`: the name of a setting, "link", "file" or "saved"."""

    sentence: str
    where: str


class Draft:
    """The design of one browser tab.

    Attributes:
        revision: rises when anything but the layer editor changed the layers; the editor then shows the new ones.
        answered: number of the last message of the layer editor that was processed.
        dropped: number of the last message that was dropped because it was made for an earlier revision.
        problem: why the last action failed, None if it succeeded.
    """

    def __init__(self, config: ExperimentConfig) -> None:
        self._ids = itertools.count(1)
        self.now = Snapshot(config=config, layer_ids=self._new_ids(config))
        self.revision = 1
        self.answered = 0
        self.dropped = 0
        self.problem: Problem | None = None
        self.field_problems: tuple[FieldProblem, ...] = ()
        self._back: list[Snapshot] = []
        self._forth: list[Snapshot] = []
        self._last_edit: tuple[object, float] = (None, -math.inf)
        self._start: LastPress[str] = LastPress()
        self._visit: int | None = None
        self._upload = ""
        self._left: dict[str, float] = {}  # links of earlier designs, and when each was left

    @property
    def config(self) -> ExperimentConfig:
        """The current configuration; its layers may be a sequence that cannot be built."""
        return self.now.config

    @property
    def link(self) -> str:
        """The design as the text of a link."""
        return config_to_link(self.config)

    @property
    def can_undo(self) -> bool:
        return bool(self._back)

    @property
    def can_redo(self) -> bool:
        return bool(self._forth)

    def arrive(self, visit: int, link: str | None, *, is_followed: bool = False) -> bool:
        """Load the design of the link by which the page was opened; later in a visit, the URL only follows the design.

        Returns whether a design was loaded, or could not be.

        Args:
            visit: number of the visit to the page, see `dashboard.state.session.visit`.
            link: the design in the URL, if any.
            is_followed: a link on this page was followed just now, to this page.
        """
        if visit == self._visit and not is_followed:
            return False
        self._visit = visit
        if link is None or self._has_just_left(link):
            return False
        self.try_load(lambda: config_from_link(link), where="link")
        return True

    def _has_just_left(self, link: str) -> bool:
        """Whether `link` is this design, or was a moment ago: the URL lags a little behind the form."""
        return link == self.link or time.monotonic() - self._left.get(link, -math.inf) < JUST_LEFT_SECONDS

    def is_new_upload(self, upload: str) -> bool:
        """True the first time a file is seen: it stays in the uploader, but is loaded once."""
        is_new = upload != self._upload
        self._upload = upload
        return is_new

    def started(self, name: str, make: Callable[[], str]) -> str:
        """The id of the run that `make` creates for this design; a double click gets the id of the first run."""
        return self._start.once((self.config, name), make)

    # Changes -----------------------------------------------------------------------------------------------------

    def load(self, config: ExperimentConfig) -> None:
        """Load a complete configuration; undo restores the one before."""
        self.problem = None
        if config != self.config:
            self._change(Snapshot(config=config, layer_ids=self._new_ids(config)))
            self.revision += 1

    def try_load(self, make: Callable[[], ExperimentConfig], *, where: str) -> None:
        """Load what `make` returns; if that fails, keep the design and note the problem."""
        with self.explaining(where):
            self.load(make())

    @contextmanager
    def explaining(self, where: str) -> Iterator[None]:
        """Turn a `ConfigError` inside into the draft's `problem`; without one, clear it."""
        self.problem = None
        try:
            yield
        except ConfigError as error:
            self.problem = Problem(sentence=error_words(error), where=where)

    def problem_at(self, where: str) -> str | None:
        """The sentence to show there, None if there is no problem."""
        return self.problem.sentence if self.problem is not None and self.problem.where == where else None

    def set(self, **values: Any) -> None:
        """Change fields of the configuration, such as `scaling`."""
        self._edit(self.config, values, lambda config: replace(config, **values))

    def set_training(self, **values: Any) -> None:
        """Change training settings."""
        self._edit(
            self.config.training, values, lambda config: replace(config, training=replace(config.training, **values))
        )

    def set_augmentation(self, **values: Any) -> None:
        """Change settings of the augmentation."""
        self._edit(
            self.config.training.augmentation,
            values,
            lambda config: replace(
                config,
                training=replace(config.training, augmentation=replace(config.training.augmentation, **values)),
            ),
        )

    def undo(self) -> None:
        """Take the last change back."""
        self._step(self._back, self._forth)

    def redo(self) -> None:
        """Apply the change again that was undone last."""
        self._step(self._forth, self._back)

    def take_layers(self, message: Any) -> None:
        """Apply a message of the layer editor; invalid fields keep their value.

        The message is what a browser sent: {"revision", "seq", "layers": [{"id", "kind", "fields": {name: text}}]}.
        """
        edit = _checked_message(message)
        if edit is None or edit["seq"] <= self.answered:
            return
        self.answered = edit["seq"]
        if edit["revision"] != self.revision:  # made before the editor showed what was loaded in the meantime
            self.dropped = self.answered
            return
        known = dict(zip(self.now.layer_ids, self.config.architecture.layers, strict=True))
        problems: list[FieldProblem] = []
        layers = tuple(_layer(item, known.get(item["id"]), problems) for item in edit["layers"])
        self.field_problems = tuple(problems)
        self.problem = None
        ids = tuple(item["id"] for item in edit["layers"])
        config = replace(self.config, architecture=Architecture(layers=layers))
        if (config, ids) != (self.config, self.now.layer_ids):
            self._change(Snapshot(config=config, layer_ids=ids), what=_changed_field(known, ids, layers))

    # Steps -------------------------------------------------------------------------------------------------------

    def _edit(
        self, now: object, values: Mapping[str, Any], change: Callable[[ExperimentConfig], ExperimentConfig]
    ) -> None:
        """Change fields of the dataclass `now`; an invalid value becomes the problem of the first field."""
        names = tuple(values)
        if (sentence := invalid_words(specs_of(type(now)), values, now)) is not None:
            self.problem = Problem(sentence=sentence, where=names[0])
            return
        with self.explaining(names[0]):
            config = change(self.config)
            if config != self.config:
                self._change(replace(self.now, config=config), what=names)

    def _change(self, new: Snapshot, *, what: object = None) -> None:
        last, when = self._last_edit
        moment = time.monotonic()
        if what is None or what != last or moment - when > SAME_EDIT_SECONDS:
            self._back = [*self._back[-MAX_STEPS_BACK + 1 :], self.now]
        self._last_edit = (what, moment)
        self._forth = []
        self._leave()
        self.now = new

    def _step(self, source: list[Snapshot], target: list[Snapshot]) -> None:
        if source:
            self._leave()
            target.append(self.now)
            self.now = source.pop()
            self.revision += 1
            self.problem, self.field_problems = None, ()
            self._last_edit = (None, -math.inf)

    def _leave(self) -> None:
        if len(self._left) >= MAX_LINKS:
            self._left.clear()
        self._left[self.link] = time.monotonic()

    def _new_ids(self, config: ExperimentConfig) -> tuple[str, ...]:
        return tuple(f"s{next(self._ids)}" for _ in config.architecture.layers)


def design_draft(default_dataset: str) -> Draft:
    """The draft of this browser tab; at first a recipe on `default_dataset`."""
    return per_tab("design", lambda: Draft(config_from_recipe(FIRST_RECIPE, dataset=default_dataset)))


def is_recipe_as_published(config: ExperimentConfig) -> bool:
    """Whether nothing but the data was changed since the recipe was loaded."""
    if config.recipe is None or config.recipe not in RECIPES:
        return False
    return config == config_from_recipe(config.recipe, dataset=config.dataset, limit=config.limit)


def _checked_message(message: Any) -> Mapping[str, Any] | None:
    """The message, if it has the form that the layer editor sends; else None."""
    try:
        seq, revision, layers = message["seq"], message["revision"], message["layers"]
    except (KeyError, TypeError):
        return None
    if not (_is_count(seq) and _is_count(revision) and isinstance(layers, list) and len(layers) <= MAX_LAYERS):
        return None
    ids = [item["id"] for item in layers if _is_layer(item)]
    if len(ids) != len(layers) or len(set(ids)) != len(ids):
        return None
    return {"seq": int(seq), "revision": int(revision), "layers": layers}


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53 and value == value // 1


def _is_layer(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    name, kind, fields = item.get("id"), item.get("kind"), item.get("fields")
    return (
        isinstance(name, str)
        and 0 < len(name) <= 24
        and isinstance(kind, str)
        and kind in LAYERS
        and isinstance(fields, dict)
    )


def _layer(item: Mapping[str, Any], known: Layer | None, problems: list[FieldProblem]) -> Layer:
    """The layer of one item of a message; an invalid field keeps its value and adds to `problems`."""
    kind = LAYERS[item["kind"]]
    before = known if isinstance(known, kind) else kind()
    values: dict[str, Any] = {}
    for name, spec in specs_of(kind).items():
        text = item["fields"].get(name)
        if text is None or text == text_of(getattr(before, name)):
            continue
        try:
            values[name] = value_of(text, spec, name)
        except ConfigError:
            problems.append(FieldProblem(layer_id=item["id"], field=name, sentence=what_to_enter(name, spec, text)))
    return replace(before, **values)


def text_of(value: Any) -> str:
    """A setting as text, for the layer editor."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def value_of(text: Any, spec: FieldSpec, name: str) -> Any:
    """The setting that a person typed.

    Raises:
        ConfigError: it is not of the field's type, or outside its allowed range.
    """
    value = text
    if spec.kind in ("integer", "real") and isinstance(text, str) and len(text) <= 40:
        try:
            value = float(text.strip().replace(",", "."))
        except ValueError:
            value = text
    return spec.parse(value, name)


def _changed_field(known: Mapping[str, Layer], ids: tuple[str, ...], layers: tuple[Layer, ...]) -> object:
    """A name for an edit of a single layer in place, so that further typing counts as the same edit; else None."""
    if tuple(known) != ids:
        return None
    changed = [name for name, layer in zip(ids, layers, strict=True) if known[name] != layer]
    return tuple(changed) if len(changed) == 1 else None
