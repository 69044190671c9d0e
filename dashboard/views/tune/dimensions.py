"""The space as a table, and a form that changes one of its settings."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.shared.data_table import data_table
from dashboard.shared.digits.digit_list import digest_of_texts
from dashboard.shared.settings.words import CHOICES, choice_words, range_words
from dashboard.state.session import per_tab, widget_key, widget_value
from dashboard.views.tune.space_draft import SpaceDraft
from dashboard.widgets.markdown import escape_markdown
from mnist_core.fields import FieldSpec
from mnist_core.tuning.positions import value_words
from mnist_core.tuning.space import Choices, Range, Space
from mnist_core.tuning.variables import block_setting, label_of, searchable, spec_for, value_in
from mnist_core.words import counted

BLOCK = "block"
"""The option of the form for several layers at once."""
RANGE, LIST = "range", "list"
FORMS = {RANGE: "Range", LIST: "List"}


def render_dimensions(draft: SpaceDraft, space: Space) -> None:
    """The table on the left, the form on the right."""
    table, form = st.columns((3, 2), gap="large")
    with table:
        st.subheader("Search space", anchor=False)
        _render_table(space)
        st.caption(_count_words(space))
    with form:
        st.subheader("Change a setting", anchor=False)
        _render_form(draft, space)


def _render_table(space: Space) -> None:
    rows = [
        {
            "Setting": label_of(space.base, dimension.setting),
            "Values": ", ".join(CHOICES.get(value, value) for value in dimension.words.split(", ")),
            "Points": "any number" if dimension.count is None else f"{dimension.count:,}",
            "Base design": _option_words(value_in(space.base, dimension.setting)),
        }
        for dimension in space.dimensions
    ]
    # Another key for other rows: a selection made in a table that was replaced must not select another setting.
    key = f"tune.space.{digest_of_texts(dimension.setting for dimension in space.dimensions)}"
    event = data_table(
        pd.DataFrame(rows), key=key, name="search space", height="content", on_select="rerun",
        selection_mode="single-row",
    )  # fmt: skip
    picked = [place for place in event["selection"]["rows"] if isinstance(place, int)]
    if picked and 0 <= picked[0] < len(space.dimensions):
        _open(space.dimensions[picked[0]].setting, key)


def _open(setting: str, selection: str) -> None:
    """Open a setting in the form, once for each selection of it."""
    opened = _opened()
    if opened.get("selected") != (selection, setting):
        opened.update(selected=(selection, setting), setting=setting)


def _opened() -> dict[str, Any]:
    """Which setting this tab has open in the form."""
    return per_tab("tune.opened", dict)


def _count_words(space: Space) -> str:
    n = counted(len(space.dimensions), "setting")
    points = "any number of designs" if space.count is None else counted(space.count, "design")
    first = "The base design is one of them and is tried first." if space.base_point is not None else (
        "The base design is not one of them, so gains over it cannot be told."
    )  # fmt: skip
    return f"{n}, {points}. {first} Select a row to change it."


def _render_form(draft: SpaceDraft, space: Space) -> None:
    options = [*_ordered(space), BLOCK]
    wanted = _opened().get("setting")
    now = wanted if wanted in options else options[0]
    key = widget_key("tune.setting", now)
    st.selectbox(
        "Setting",
        options,
        options.index(now),
        format_func=lambda name: "Repeat several layers" if name == BLOCK else label_of(space.base, name),
        key=key,
        on_change=_take_setting,
        args=(key,),
        help="The setting to add or to change. Those of the space come first.",
    )
    setting = _render_block(space) if now == BLOCK else now
    spec = spec_for(space.base, setting)
    st.caption(f"{escape_markdown(spec.help)} {_allowed(spec)}")
    if spec.kind in ("integer", "real"):
        _render_numbers(draft, space, setting, spec)
    else:
        _render_choices(draft, space, setting, spec)
    if (sentence := draft.problem_at("dimension")) is not None:
        st.caption(f":red[{escape_markdown(sentence)}]")


def _ordered(space: Space) -> list[str]:
    """The settings of the space first, then all others."""
    own = [dimension.setting for dimension in space.dimensions]
    return own + [name for name in searchable(space.base) if name not in own]


def _allowed(spec: FieldSpec) -> str:
    return f"Allowed range: {range_words(spec)}." if spec.kind in ("integer", "real") else ""


def _take_setting(key: str) -> None:
    _opened()["setting"] = widget_value(key)


def _render_block(space: Space) -> str:
    """Two boxes for the first and the last layer; returns the name of the setting."""
    names = space.base.architecture.names[:-1]
    first, last = st.columns(2)
    with first:
        begin = st.selectbox("From layer", names, key="tune.block.first", help="The first of the layers to repeat.")
    with last:
        rest = names[names.index(begin) if begin in names else 0 :]
        end = st.selectbox("To layer", rest, key="tune.block.last", help="The last of the layers to repeat.")
    return block_setting(begin if begin in names else names[0], end if end in rest else rest[0])


def _render_numbers(draft: SpaceDraft, space: Space, setting: str, spec: FieldSpec) -> None:
    """A range or a list of numbers, of which a grid needs one that can be counted."""
    known = next((one for one in space.dimensions if one.setting == setting), None)
    form = st.segmented_control(
        "Form of the values",
        tuple(FORMS),
        default=LIST if isinstance(known, Choices) else RANGE,
        format_func=FORMS.__getitem__,
        key=_keys(setting, known, "form")["form"],
        required=True,
        label_visibility="collapsed",
    )
    if form == LIST:
        _render_listed(draft, space, setting, known, spec)
    else:
        _render_range(draft, space, setting, known, spec)


def _render_range(
    draft: SpaceDraft, space: Space, setting: str, dimension: Range | Choices | None, spec: FieldSpec
) -> None:
    known = dimension if isinstance(dimension, Range) else None
    low, high = _ends(dimension, spec, value_in(space.base, setting))
    keys = _keys(setting, dimension, "low", "high", "step", "log")
    is_whole = spec.kind == "integer"
    more: dict[str, Any] = {"format": "%d" if is_whole else "%g", "step": 1 if is_whole else float(spec.step or 0.01)}
    whole = int if is_whole else float
    with st.grid(3, min_column_width=110):
        st.number_input("From", value=whole(low), key=keys["low"], help="The smallest value that is tried.", **more)
        st.number_input("To", value=whole(high), key=keys["high"], help="The largest value that is tried.", **more)
        step = known.step if known else None
        st.number_input(
            "Step",
            value=None if step is None else whole(step),
            key=keys["step"],
            placeholder="any",
            help="The distance between two values that are tried. Leave it empty to try any value of the range.",
            **more,
        )
    st.toggle("Log scale", bool(known and known.log), key=keys["log"],
              help="Sample evenly on a logarithmic scale, as usual for learning rates.")  # fmt: skip
    _render_buttons(draft, space, setting, _take_range, keys)


def _keys(setting: str, known: Range | Choices | None, *names: str) -> dict[str, str]:
    """The keys of the fields of a form: others once the dimension has changed, so that they start from it."""
    state = digest_of_texts((setting, known.words if known else ""))
    return {name: f"tune.form.{name}.{state}" for name in names}


def _suggested(spec: FieldSpec, base: Any) -> tuple[float, float]:
    """Half and twice the value of the base design, within the limits of the setting."""
    low, high = spec.low or 0.0, spec.high or 1.0
    value = base if isinstance(base, int | float) and base else low + (spec.step or 1)
    least = max(low, value / 2) if spec.kind == "real" else max(low, value // 2)
    return least, min(high, max(2 * value, least + (spec.step or 1)))


def _ends(dimension: Range | Choices | None, spec: FieldSpec, base: Any) -> tuple[float, float]:
    """The lowest and the highest value of a dimension; of none, those that are suggested."""
    if isinstance(dimension, Range):
        return dimension.low, dimension.high
    numbers = [value for value in dimension.values if value is not None] if dimension is not None else []
    return (min(numbers), max(numbers)) if len(numbers) > 1 else _suggested(spec, base)


def _render_listed(
    draft: SpaceDraft, space: Space, setting: str, dimension: Range | Choices | None, spec: FieldSpec
) -> None:
    """A list of numbers as text; of a range, its ends and the base design."""
    base = value_in(space.base, setting)
    numbers = {*_ends(dimension, spec, base), *([base] if isinstance(base, int | float) else [])}
    words = dimension.words if isinstance(dimension, Choices) else ", ".join(f"{one:g}" for one in sorted(numbers))
    keys = _keys(setting, dimension, "text")
    st.text_input("Values, separated by commas", words, key=keys["text"],
                  help="Only these values are tried.")  # fmt: skip
    _render_buttons(draft, space, setting, _take_list, keys)


def _render_choices(draft: SpaceDraft, space: Space, setting: str, spec: FieldSpec) -> None:
    known = next((one for one in space.dimensions if one.setting == setting), None)
    options: list[Any] = list(spec.choices) if spec.kind == "choice" else [True, False]
    default = list(known.values) if isinstance(known, Choices) else options[:2]
    keys = _keys(setting, known, "values")
    st.multiselect("Values", options, default=default, key=keys["values"], format_func=_option_words,
                   help="Only the selected values are tried.")  # fmt: skip
    _render_buttons(draft, space, setting, _take_choices, keys)


def _option_words(option: Any) -> str:
    return choice_words(option) if isinstance(option, str) else value_words(option)


def _render_buttons(draft: SpaceDraft, space: Space, setting: str, take: Any, keys: dict[str, str]) -> None:
    is_known = any(one.setting == setting for one in space.dimensions)
    with st.container(horizontal=True):
        st.button("Change" if is_known else "Add", key="tune.put", type="primary", on_click=take,
                  args=(draft, setting, keys))  # fmt: skip
        st.button("Remove", key="tune.remove", disabled=not is_known, on_click=draft.remove, args=(setting,))


def _take_range(draft: SpaceDraft, setting: str, keys: dict[str, str]) -> None:
    sent = {name: widget_value(key) for name, key in keys.items()}
    draft.put(Range(setting=setting, low=sent["low"], high=sent["high"], step=sent["step"], log=sent["log"] is True))
    _opened()["setting"] = setting


def _take_choices(draft: SpaceDraft, setting: str, keys: dict[str, str]) -> None:
    draft.put(Choices(setting=setting, values=tuple(widget_value(keys["values"]) or ())))
    _opened()["setting"] = setting


def _take_list(draft: SpaceDraft, setting: str, keys: dict[str, str]) -> None:
    parts = [part.strip() for part in str(widget_value(keys["text"]) or "").split(",") if part.strip()]
    draft.put(Choices(setting=setting, values=tuple(_typed(part) for part in parts)))
    _opened()["setting"] = setting


def _typed(text: str) -> Any:
    """A value that a person typed; what is no number stays a text, which the setting refuses."""
    if text == "off":
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number
