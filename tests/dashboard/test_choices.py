"""Which page has which choices in its URL, and that a page loads no others than its own."""

from __future__ import annotations

import subprocess
import sys

from dashboard.choices import WITH_CHOICES, choices_of
from tests.conftest import ROOT


def test_every_page_with_choices_is_known_and_has_them() -> None:
    folders = {path.parent.name for path in (ROOT / "dashboard" / "views").glob("*/choices.py")}
    assert folders == set(WITH_CHOICES)
    shared = set(choices_of("home"))
    for page in WITH_CHOICES:
        own = [choice for choice in choices_of(page) if choice.pages == (page,)]
        assert own
        assert not shared & set(own)


def test_the_choices_of_a_page_are_loaded_when_it_is_opened() -> None:
    code = """
import sys
from dashboard.choices import choices_of
for page in ("home", "tune"):
    choices_of(page)
    print([name for name in sys.modules if name.startswith("dashboard.views.") and name.endswith(".choices")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines() == ["[]", "['dashboard.views.tune.choices']"]
