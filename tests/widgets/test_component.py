from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from dashboard.widgets import component
from dashboard.widgets.component import inlined, position_in, sent

WIDGETS = Path(component.__file__).parent
FOLDERS = sorted(path for path in WIDGETS.iterdir() if path.is_dir() and path.name != "__pycache__")
SCRIPTS = [folder / f"{folder.name}.js" for folder in FOLDERS]
TOP_LEVEL_NAME = re.compile(
    r"^(?:export default |export )?(?:async )?(?:function|class|const|let)\*? (\w+)", re.MULTILINE
)


def name_of(path: Path) -> str:
    return str(path.relative_to(WIDGETS))


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_every_folder_is_a_component_with_script_and_markup(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(importlib.import_module(f"dashboard.widgets.{folder.name}")._component)  # and it was registered
    registered = []
    monkeypatch.setattr("streamlit.components.v2.component", lambda name, **parts: registered.append((name, parts)))
    component.component(str(folder / "__init__.py"))
    [(name, parts)] = registered
    assert name == f"mnist_studio_{folder.name}"
    assert parts["html"].strip()
    assert len(re.findall(r"^export default function\b", parts["js"], re.MULTILINE)) == 1
    assert (parts["css"] is not None) == (folder / f"{folder.name}.css").exists()


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_a_script_is_put_together_without_imports_and_with_each_name_once(script: Path) -> None:
    source = inlined(script)
    assert re.findall(r"^\s*import\b.*", source, re.MULTILINE) == []
    assert re.findall(r"^\s*export (?!default function).*", source, re.MULTILINE) == []
    assert [name for name, count in Counter(TOP_LEVEL_NAME.findall(source)).items() if count > 1] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_a_script_that_is_put_together_can_be_parsed(script: Path, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not on this machine")
    path = tmp_path / "component.mjs"
    path.write_text(inlined(script), encoding="utf-8")
    result = subprocess.run([node, "--check", str(path)], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr


def test_a_module_that_two_others_import_comes_once_and_before_them(tmp_path: Path) -> None:
    (tmp_path / "shared.js").write_text("export const SHARED = 1;\n")
    (tmp_path / "part.js").write_text('import { SHARED } from "./shared.js";\n\nexport function part() {}\n')
    (tmp_path / "whole.js").write_text(
        'import {\n  part,\n} from "./part.js";\n'
        'import { SHARED } from "./shared.js";\n\n'
        "export default function () {}\n"
    )
    assert inlined(tmp_path / "whole.js") == (
        "const SHARED = 1;\n\nfunction part() {}\n\nexport default function () {}\n"
    )


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (4, 4), (4.0, 4)])
def test_a_position_that_exists_is_one(value: object, expected: int) -> None:
    assert position_in(value, 5) == expected


@pytest.mark.parametrize("value", [5, -1, 1.5, True, "1", None, [1], {"a": 1}, float("nan"), float("inf"), 10**400])
def test_whatever_else_is_no_position(value: object) -> None:
    assert position_in(value, 5) is None


@pytest.mark.parametrize("value", [None, 3, "picked", [], {"other": 1}])
def test_what_was_not_sent_is_nothing(monkeypatch: pytest.MonkeyPatch, value: object) -> None:
    monkeypatch.setattr(component, "widget_value", lambda key: value)
    assert sent("page.field", "picked") is None


def test_a_message_that_must_be_new_differs_from_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    messages: list[dict[str, object]] = []
    monkeypatch.setattr(
        "streamlit.components.v2.component", lambda name, **parts: lambda *, key, data: messages.append(data)
    )
    show = component.component(str(WIDGETS / "network_picture" / "__init__.py"), is_always_new=True)
    show(key="page.field", data={"svg": "<svg/>"})
    show(key="page.field", data={"svg": "<svg/>"})
    assert messages[0] != messages[1]
    assert messages[0]["svg"] == messages[1]["svg"] == "<svg/>"


def test_each_event_gets_a_callback_since_streamlit_reports_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[dict[str, object]] = []
    monkeypatch.setattr("streamlit.components.v2.component", lambda name, **parts: lambda **more: calls.append(more))
    component.component(str(WIDGETS / "digit_scatter" / "__init__.py"), events=("picked", "lassoed"))(key="k", data={})
    assert set(calls[0]) == {"key", "data", "on_picked_change", "on_lassoed_change"}
