"""The experiment that a browser tab is designing, with the way back: what the Design page edits.

A draft holds an `ExperimentConfig` and changes it only to other ones that the core accepts, so that whatever the
browser sends, the form stays as it was before. Each layer has an id that goes with it when it is moved; the page finds
its row by it.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

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
MAX_LAYERS = 600  # ten times what can be trained: too many can be shown and removed, a flood cannot
MAX_LINKS = 500
SAME_EDIT_SECONDS = 3.0
"""Typing on in one field is one step back, unless the person paused that long."""
SAME_PRESS_SECONDS = 5.0
"""Start pressed again this soon, for the same design, is the same press: a double click, or a finger on the key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A design as it was, with the ids of its layers."""

    config: ExperimentConfig
    layer_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldProblem:
    """What a person typed into a layer's field that cannot be, and why."""

    layer_id: str
    field: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Why something could not be done, in a sentence, and `where`: the name of a setting, "link", "file" or "saved"."""

    sentence: str
    where: str


class Draft:
    """The design of one browser tab.

    Attributes:
        revision: rises when anything but the layer editor changed the layers; the editor then takes over the new ones.
        answered: number of the last message of the layer editor that this draft knows.
        dropped: number of the last one that was meant for other layers than there were by then.
        problem: the last thing that could not be done, None if it could.
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
        self._start: tuple[object, str, float] = (None, "", -math.inf)
        self._visit: int | None = None
        self._upload = ""
        self._left: dict[str, float] = {}  # links of designs that were, and when they were changed

    @property
    def config(self) -> ExperimentConfig:
        """The experiment as it stands; its stack of layers may be one that cannot be built."""
        return self.now.config

    @property
    def link(self) -> str:
        """The experiment as the text of a link."""
        return config_to_link(self.config)

    @property
    def can_undo(self) -> bool:
        return bool(self._back)

    @property
    def can_redo(self) -> bool:
        return bool(self._forth)

    def arrive(self, visit: int, link: str | None) -> None:
        """Take over the design of the link by which the page was opened; later in a visit the address only follows.

        Args:
            visit: number of the visit to the page, see `dashboard.state.visit`.
            link: what the address says, if anything.
        """
        if visit == self._visit:
            return
        self._visit = visit
        if link is not None and not self._has_just_left(link):
            self.try_load(lambda: config_from_link(link), where="link")

    def _has_just_left(self, link: str) -> bool:
        """True if `link` is this design, or was a moment ago: the address bar lags a little behind the form."""
        return link == self.link or time.monotonic() - self._left.get(link, -math.inf) < SAME_PRESS_SECONDS

    def is_new_upload(self, upload: str) -> bool:
        """True the first time a file is seen: it stays in its box, but is opened once."""
        is_new = upload != self._upload
        self._upload = upload
        return is_new

    def started(self, name: str, make: Callable[[], str]) -> str:
        """The id that `make` gives for this design; presses in a row get the id of the first."""
        moment = time.monotonic()
        asked, run_id, when = self._start
        if asked != (self.config, name) or moment - when > SAME_PRESS_SECONDS:
            asked, run_id = (self.config, name), make()
        self._start = (asked, run_id, time.monotonic())
        return run_id

    # Changes -----------------------------------------------------------------------------------------------------

    def load(self, config: ExperimentConfig) -> None:
        """Take over a whole experiment; undo leads back."""
        self.problem = None
        if config != self.config:
            self._change(Snapshot(config=config, layer_ids=self._new_ids(config)))
            self.revision += 1

    def try_load(self, make: Callable[[], ExperimentConfig], *, where: str) -> None:
        """Take over what `make` gives; if that fails, stay as before and say why."""
        with self.explaining(where):
            self.load(make())

    @contextmanager
    def explaining(self, where: str) -> Iterator[None]:
        """Turn a `ConfigError` inside into the draft's `problem`; without one there is none any more."""
        self.problem = None
        try:
            yield
        except ConfigError as error:
            self.problem = Problem(sentence=str(error), where=where)

    def problem_at(self, where: str) -> str | None:
        """The sentence to show there, None if there is nothing wrong."""
        return self.problem.sentence if self.problem is not None and self.problem.where == where else None

    def set(self, **values: Any) -> None:
        """Change fields of the experiment, such as `scaling`."""
        self._edit(tuple(values), lambda config: replace(config, **values))

    def set_training(self, **values: Any) -> None:
        """Change training settings."""
        self._edit(tuple(values), lambda config: replace(config, training=replace(config.training, **values)))

    def set_augmentation(self, **values: Any) -> None:
        """Change settings of the augmentation."""
        self._edit(
            tuple(values),
            lambda config: replace(
                config,
                training=replace(config.training, augmentation=replace(config.training.augmentation, **values)),
            ),
        )

    def undo(self) -> None:
        """Go one change back."""
        self._step(self._back, self._forth)

    def redo(self) -> None:
        """Take the last undo back."""
        self._step(self._forth, self._back)

    def take_layers(self, message: Any) -> None:
        """Take over the layers of a message of the layer editor; parts of it that cannot be stay as they were.

        The message is what a browser sent: {"revision", "seq", "layers": [{"id", "kind", "fields": {name: text}}]}.
        """
        edit = _checked_message(message)
        if edit is None or edit["seq"] <= self.answered:
            return
        self.answered = edit["seq"]
        if edit["revision"] != self.revision:  # made before the editor saw what was loaded in the meantime
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

    def _edit(self, names: tuple[str, ...], change: Callable[[ExperimentConfig], ExperimentConfig]) -> None:
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
    """True if nothing but the data was changed since the recipe was picked."""
    if config.recipe is None or config.recipe not in RECIPES:
        return False
    return config == config_from_recipe(config.recipe, dataset=config.dataset, limit=config.limit)


def _checked_message(message: Any) -> Mapping[str, Any] | None:
    """The message if it has the form that the layer editor sends."""
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
    """The layer of one item of a message; a field that cannot be keeps its value and adds to `problems`."""
    kind = LAYERS[item["kind"]]
    before = known if isinstance(known, kind) else kind()
    values: dict[str, Any] = {}
    for name, spec in specs_of(kind).items():
        text = item["fields"].get(name)
        if text is None or text == text_of(getattr(before, name)):
            continue
        try:
            values[name] = value_of(text, spec, name)
        except ConfigError as error:
            problems.append(FieldProblem(layer_id=item["id"], field=name, sentence=str(error)))
    return replace(before, **values)


def text_of(value: Any) -> str:
    """A setting as it stands in the layer editor."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def value_of(text: Any, spec: FieldSpec, name: str) -> Any:
    """The setting that a person typed.

    Raises:
        ConfigError: it is none, or outside its limits.
    """
    value = text
    if spec.kind in ("integer", "real") and isinstance(text, str) and len(text) <= 40:
        try:
            value = float(text.strip().replace(",", "."))
        except ValueError:
            value = text
    return spec.parse(value, name)


def _changed_field(known: Mapping[str, Layer], ids: tuple[str, ...], layers: tuple[Layer, ...]) -> object:
    """What to call this edit if it changed a single layer in place, so that typing on is the same edit; else None."""
    if tuple(known) != ids:
        return None
    changed = [name for name, layer in zip(ids, layers, strict=True) if known[name] != layer]
    return tuple(changed) if len(changed) == 1 else None
