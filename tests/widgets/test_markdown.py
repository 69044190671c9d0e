"""Names that people write, beside words of ours."""

from __future__ import annotations

import pytest

from dashboard.widgets.markdown import escape_markdown, isolated

HEBREW, ARABIC = "שלום", "شبكة"


@pytest.mark.parametrize("name", [HEBREW, ARABIC, f"two {HEBREW} 3", "٣"])
def test_a_name_read_from_right_to_left_is_isolated_once(name: str) -> None:
    assert isolated(name) == f"\u2068{name}\u2069"
    assert isolated(f"{isolated(name)} · 97%") == f"\u2068{name}\u2069 · 97%"
    assert escape_markdown(name) == f"\u2068{name}\u2069"


@pytest.mark.parametrize("name", ["", "First network", "Größe 😀", "数字", "ψηφία"])
def test_other_names_stay_as_they_are(name: str) -> None:
    assert isolated(name) == name
    assert escape_markdown(name) == name
