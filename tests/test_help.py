"""Every setting on the screen has a help text, and every chart a sentence on how to read it, or a reason why not.

The tests read the calls. A label that is not shown has no mark for its help, so that such a widget needs a reason, too:
what explains it instead.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import ROOT, name_of, sources

FOLDERS = ("dashboard/views", "dashboard/shared")

SETTINGS = {
    "selectbox",
    "multiselect",
    "slider",
    "select_slider",
    "number_input",
    "text_input",
    "text_area",
    "toggle",
    "checkbox",
    "segmented_control",
    "pills",
    "radio",
    "date_input",
    "time_input",
    "color_picker",
    "file_uploader",
    "camera_input",
    "linked_select",
    "linked_segments",
    "linked_toggle",
    "linked_slider",
    "linked_select_slider",
    "linked_order",
}
"""Streamlit's widgets for a setting, and our own around them; `linked_labels` brings its help with it."""
BRINGS_HELP = "linked_labels"
CHARTS = {"chart", "digit_scatter"}

SAYS_ALL = "the label says it all"
TABS = "it chooses what is shown below, like tabs"
SAID_BELOW = "a caption beside it says what it does"

WITHOUT_HELP = {
    ("dashboard/shared/context/bar.py", "Data set"): SAYS_ALL,
    ("dashboard/shared/context/digit_box.py", "Digit"): "it is disabled, and replaced by the box of the digit at once",
    ("dashboard/shared/lessons/panel.py", "Your prediction"): "the question stands above it",
    ("dashboard/shared/terms.py", "Find a term"): SAYS_ALL,
    ("dashboard/shared/view_picker.py", "View"): TABS,
    ("dashboard/views/classroom/looking.py", "Student"): SAYS_ALL,
    ("dashboard/views/classroom/people.py", "Person"): SAYS_ALL,
    ("dashboard/views/design/library.py", "Saved designs"): SAYS_ALL,
    ("dashboard/views/design/library.py", "Name of the design"): SAYS_ALL,
    ("dashboard/views/design/start_bar.py", "Name of the run"): "its placeholder says it all",
    ("dashboard/views/draw/handwriting.py", "My handwriting"): TABS,
    ("dashboard/views/draw/layers.py", "Layer"): SAID_BELOW,
    ("dashboard/views/draw/networks.py", "Compare with other networks"): "its placeholder says it all",
    ("dashboard/views/draw/pad.py", "Closer look"): TABS,
    ("dashboard/views/draw/photograph.py", "Photograph from"): SAID_BELOW,
    ("dashboard/views/draw/photograph.py", "Photograph"): SAID_BELOW,
    ("dashboard/views/export/importing.py", "File"): "the files that are read are listed beside it",
    ("dashboard/views/export/importing.py", "Name of the run"): SAYS_ALL,
    ("dashboard/views/inside/activations.py", "Order"): "the help of the legend below says what it does",
    ("dashboard/views/inside/feature_picture.py", "Digits of the split"): SAID_BELOW,
    ("dashboard/views/inside/muted_digits.py", "Changes"): "the help of the caption below says what it does",
    ("dashboard/views/mistakes/edit.py", "Edit"): TABS,
    ("dashboard/views/mistakes/filters.py", "Category"): "its options name what they are",
    ("dashboard/views/mistakes/filters.py", "Compared run"): "its options name what they are",
    ("dashboard/views/mistakes/reviewed_labels.py", "Decision"): SAID_BELOW,
    ("dashboard/views/runs/compare.py", "Cost"): "the help of the heading above says what each cost is",
    ("dashboard/views/train/validation.py", "After epoch"): SAYS_ALL,
    ("dashboard/views/tune/dimensions.py", "Form of the values"): "the fields below say which values are tried",
    ("dashboard/views/tune/findings.py", "Figure"): TABS,
    ("dashboard/views/tune/findings.py", "Cost"): SAID_BELOW,
}
"""Widgets without help by their file and label, and what explains them."""

WITHOUT_SENTENCE = {
    ("dashboard/views/evaluate/confusion.py", "_render_curves"): "the help of the setting above says how to read it",
    ("dashboard/views/explore/embedding.py", "_render_points"): "render_embedding explains it",
    ("dashboard/views/inside/layer_map.py", "_render_points"): "render_layer_map explains it",
    ("dashboard/views/train/monitor.py", "_render_curves"): "_render_how_they_are_computed explains them",
    ("dashboard/views/tune/findings.py", "_figure"): "those that call it explain it",
}
"""Functions that draw a chart without a caption or a heading with help, and what explains it."""


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    match node.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def has_help(node: ast.Call) -> bool:
    """Whether it is given help that can be seen; what is handed on by ** is up to the one who calls."""
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if None in given:
        return True
    text = given.get("help")
    is_given = text is not None and not (isinstance(text, ast.Constant) and not text.value)
    return is_given and not is_hidden(given.get("label_visibility"))


def is_hidden(visibility: ast.expr | None) -> bool:
    return isinstance(visibility, ast.Constant) and visibility.value in ("collapsed", "hidden")


def label_of(node: ast.Call) -> str:
    return ast.literal_eval(node.args[0]) if isinstance(node.args[0], ast.Constant) else ast.unparse(node.args[0])


def settings_without_help(text: str) -> Iterator[str]:
    """The labels of the widgets that are not given help in some Python code."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and called(node) in SETTINGS and not has_help(node):
            yield label_of(node) if node.args else called(node)


def unexplained_charts(text: str) -> Iterator[str]:
    """The functions that draw a chart and write neither a caption nor a heading with help."""
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef):
            continue
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        is_explained = any(
            called(call) == "caption" or (called(call) in ("markdown", "subheader") and has_help(call))
            for call in calls
        )
        if not is_explained and any(called(call) in CHARTS for call in calls):
            yield function.name


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sources(*FOLDERS), ids=name_of)
def test_every_setting_has_help(path: Path) -> None:
    missing = [label for label in settings_without_help(read(path)) if (name_of(path), label) not in WITHOUT_HELP]
    assert missing == []


@pytest.mark.parametrize("path", sources(*FOLDERS), ids=name_of)
def test_every_chart_is_explained(path: Path) -> None:
    missing = [name for name in unexplained_charts(read(path)) if (name_of(path), name) not in WITHOUT_SENTENCE]
    assert missing == []


def test_every_exception_is_needed() -> None:
    for name, label in WITHOUT_HELP:
        assert label in settings_without_help(read(ROOT / name)), (name, label)
    for name, function in WITHOUT_SENTENCE:
        assert function in unexplained_charts(read(ROOT / name)), (name, function)


def test_the_widget_for_labels_brings_its_help() -> None:
    tree = ast.parse(read(ROOT / "dashboard/shared/linked_choice.py"))
    (function,) = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == BRINGS_HELP)
    (widget,) = (node for node in ast.walk(function) if isinstance(node, ast.Call) and called(node) in SETTINGS)
    assert has_help(widget)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("st.slider('a', 0, 1)", ["a"]),
        ("st.slider('a', 0, 1, help='It does this.')", []),
        ("st.slider('a', 0, 1, help=None)", ["a"]),
        ("st.slider('a', 0, 1, help='')", ["a"]),
        ("st.slider(label, 0, 1)", ["label"]),
        ("linked_select('a', names, choice=choice)", ["a"]),
        ("linked_select('a', names, choice=choice, help=text, label_visibility='collapsed')", ["a"]),
        ("st.selectbox(label, names, **more)", []),
        ("place.toggle('a')", ["a"]),
        ("st.button('a')", []),
    ],
)
def test_the_check_knows_help(code: str, expected: list[str]) -> None:
    assert list(settings_without_help(code)) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f():\n    chart(x)", ["f"]),
        ("def f():\n    chart(x)\n    st.caption(y)", []),
        ("def f():\n    st.subheader(y)\n    chart(x)", ["f"]),
        ("def f():\n    st.subheader(y, help=z)\n    chart(x)", []),
    ],
)
def test_the_check_knows_a_chart(code: str, expected: list[str]) -> None:
    assert list(unexplained_charts(code)) == expected
