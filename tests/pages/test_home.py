from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.conftest import OpenPage


def texts(app) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.subheader])


def test_it_says_which_data_is_loaded_and_how_to_get_all(open_page: OpenPage) -> None:
    app = open_page()
    assert not app.exception
    assert "4,000 digits to train, 1,000 to test" in texts(app)
    assert "make data" in texts(app)


def test_without_runs_it_says_so(open_page: OpenPage) -> None:
    assert "No network has been trained here yet." in texts(open_page())


def test_a_damaged_run_is_counted_and_the_page_stays(open_page: OpenPage, runs_folder: Path) -> None:
    folder = runs_folder / "20260101-120000-abcdef"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{")
    app = open_page()
    assert not app.exception
    assert not app.error
    assert "1 run folder cannot be read" in texts(app)


def test_half_a_data_set_does_not_stop_the_page(
    open_page: OpenPage, sample_only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    (tmp_path / "data" / "mnist" / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03")
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(tmp_path / "data"))
    app = open_page()
    assert not app.exception
    assert "4,000 digits to train" in texts(app)
