"""Home on the sample: it says what is here and what is not, and no damage stops it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.shared.dataset_notice import FETCH_COMMAND
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run
from tests.pages.finding import assert_sound, component, is_shown, links, numbers, says
from tests.pages.opening import OpenPage


def says_that_the_sample_is_loaded(app: AppTest) -> bool:
    return says(app, load_dataset("mnist-sample").title, 4000, 1000)


def test_it_says_which_data_is_loaded_and_how_to_get_all(open_page: OpenPage) -> None:
    app = open_page()
    assert_sound(app)
    assert says_that_the_sample_is_loaded(app)
    assert says(app, FETCH_COMMAND)
    assert component(app, "home.strip")["count"] == 120


def test_without_runs_it_says_so(open_page: OpenPage, runs_folder: Path) -> None:
    assert is_shown(open_page(), "home.no_runs")
    run_id = finished_run(RunStore(runs_folder), epochs=1)
    app = open_page()
    assert not is_shown(app, "home.no_runs")
    assert ("evaluate", {"run": run_id}) in links(app)


def test_a_damaged_run_is_counted_and_the_page_stays(open_page: OpenPage, runs_folder: Path) -> None:
    before = open_page().caption.values
    folder = runs_folder / "20260101-120000-abcdef"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{")
    app = open_page()
    assert_sound(app)
    assert [numbers(caption) for caption in app.caption.values if caption not in before] == [[1]]


def test_half_a_data_set_does_not_stop_the_page(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    (tmp_path / "data" / "mnist" / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03")
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(tmp_path / "data"))
    app = open_page()
    assert_sound(app)
    assert says_that_the_sample_is_loaded(app)
