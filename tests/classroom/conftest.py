"""A class to test with, whose codes cost little to check."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnist_core.classroom import codes
from mnist_core.classroom.people import Register, create_class


@pytest.fixture
def cheap_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(codes.COST, "n", 2)


@pytest.fixture
def class_folder(tmp_path: Path) -> Path:
    return tmp_path / "class"


@pytest.fixture
def register(class_folder: Path, cheap_codes: None) -> Register:
    """A class with one teacher, Ada Lovelace."""
    return create_class(class_folder, title="Class 7b", teacher="Ada Lovelace")[0]
