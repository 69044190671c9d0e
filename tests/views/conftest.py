"""Views, through the page that shows them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dashboard.shared.digits import export
from tests.exported_files import ExportedFiles
from tests.pages.opening import look_for_components_once, open_page, open_page_at_rest

__all__ = ["look_for_components_once", "open_page", "open_page_at_rest"]


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> ExportedFiles:
    """How the page that was opened last makes the file of each ending."""
    files: dict[str, Callable[[], bytes]] = {}
    make = export._maker

    def kept(digits: export.ExportedDigits, ending: str) -> Callable[[], bytes]:
        files[ending] = make(digits, ending)
        return files[ending]

    monkeypatch.setattr(export, "_maker", kept)
    return files
