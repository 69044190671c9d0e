"""What the page shows can be exported: the rows of the table are the images shown, counted here in other ways."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.server.background import jobs
from dashboard.shared.digits.export import ExportedDigits
from dashboard.state.url_selection import UrlSelection, selection_of
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.finding.tsne import map_rows
from mnist_core.data.measures.registry import MEASURES
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.runs.store import RunStore
from tests.exported_files import ExportedFiles, exported_images, exported_rows, exported_table
from tests.finished_runs import finished_run
from tests.imported_sets import save_imported
from tests.pages.finding import assert_sound, component, has_component, is_shown
from tests.pages.opening import OpenPage


@pytest.fixture
def sample() -> Dataset:
    return load_dataset("mnist-sample")


def test_the_grid_exports_all_pages_of_what_the_filters_let_through(
    open_page_at_rest: OpenPage, exported: ExportedFiles, sample: Dataset
) -> None:
    ink = (sample.test.images / 255).sum(axis=(1, 2))
    app = open_page_at_rest("explore", split="test", labels="17", where="ink:60~110", sort="-ink", size="100")
    assert_sound(app)
    passing = np.flatnonzero(np.isin(sample.test.labels, (1, 7)) & (ink >= 60) & (ink <= 110))
    assert 0 < len(passing) < np.isin(sample.test.labels, (1, 7)).sum()
    table = exported_table(exported)
    assert sorted(exported_rows(exported)) == passing.tolist()
    assert exported_rows(exported)[:100] == component(app, "explore.grid")["ids"]
    assert [float(row["ink"]) for row in table] == pytest.approx(sorted(ink[passing], reverse=True), rel=1e-4)
    assert [int(row["label"]) for row in table] == sample.test.labels[exported_rows(exported)].tolist()
    assert {(row["dataset"], row["sha256"], row["split"]) for row in table} == {(sample.name, sample.sha256, "test")}
    assert list(table[0])[5:] == list(MEASURES)
    for name, image in exported_images(exported).items():
        split, row, label = re.fullmatch(r"(\w+)-(\d+)_true(\d)", name).groups()  # type: ignore[union-attr]
        np.testing.assert_array_equal(image, sample.split(split).images[int(row)])
        assert sample.split(split).labels[int(row)] == int(label)
    assert len(exported_images(exported)) == len(passing)


def test_before_the_measures_are_known_the_table_does_without_them(
    open_page: OpenPage, exported: ExportedFiles, sample: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.views.explore.digits.measures_if_known", lambda dataset: None)
    jobs.cache_clear()
    assert_sound(open_page("explore", labels="3"))
    assert exported_rows(exported) == np.flatnonzero(sample.train.labels == 3).tolist()
    assert not set(exported_table(exported)[0]) & set(MEASURES)


def test_where_nothing_is_shown_nothing_is_offered(open_page_at_rest: OpenPage) -> None:
    app = open_page_at_rest("explore", where="ink:700~", labels="1")
    assert not is_shown(app, "explore.export.open")


def test_with_a_run_its_predictions_are_in_the_table_and_blank_where_it_has_none(
    open_page: OpenPage, exported: ExportedFiles, runs_folder: Path, sample: Dataset
) -> None:
    store = RunStore(runs_folder)
    run_id = finished_run(store)
    stored = store.predictions(run_id, "validation")
    assert_sound(open_page("explore", run=run_id, split="train"))
    table = exported_table(exported)
    assert len(table) == len(sample.train)
    known = dict(zip(stored.index.tolist(), stored.probabilities, strict=True))
    assert 0 < len(known) < len(table)
    for row in table:
        own = known.get(int(row["index"]))
        if own is None:
            assert (row["predicted"], row["is_correct"], row["confidence"], row["loss"]) == ("", "", "", "")
        else:
            assert int(row["predicted"]) == own.argmax()
            assert (row["is_correct"] == str(True)) == (own.argmax() == int(row["label"]))
            assert float(row["confidence"]) == pytest.approx(own.max(), rel=1e-4)
    names = exported_images(exported)
    assert sum("_predicted" in name for name in names) == len(known)
    assert all(re.fullmatch(r"train-\d{5}_true\d(_predicted\d)?", name) for name in names)


def test_the_images_inside_the_lasso_are_exported(
    open_page_at_rest: OpenPage, exported: ExportedFiles, sample: Dataset
) -> None:
    shown = map_rows(sample, SplitName.TEST)
    wanted = shown[[2, 30, 31, 700]]
    chosen = UrlSelection().write(selection_of(wanted, shown, sample, SplitName.TEST))
    app = open_page_at_rest("explore", view="embedding", split="test", chosen=chosen)
    assert_sound(app)
    assert component(app, "explore.picked")["count"] == len(wanted)
    assert exported_rows(exported) == wanted.tolist()
    assert len(exported_images(exported)) == len(wanted)
    app = open_page_at_rest("explore", split="test", chosen=chosen)  # the same ones in the grid
    assert component(app, "explore.grid")["ids"] == exported_rows(exported) == wanted.tolist()


@pytest.mark.parametrize("odd", ["near", "exact", "outliers", "suspects"])
def test_the_images_of_the_issues_are_exported(
    open_page_at_rest: OpenPage, exported: ExportedFiles, runs_folder: Path, sample: Dataset, odd: str
) -> None:
    run_id = finished_run(RunStore(runs_folder))
    app = open_page_at_rest("explore", view="data_quality", odd=odd, run=run_id)
    assert_sound(app)
    key = f"explore.odd.{odd}"
    if not has_component(app, key):
        assert odd == "exact"  # the sample has none
        assert not is_shown(app, "explore.issues.export.open")
        return
    table, shown = exported_table(exported), component(app, key)
    numbers = [int(row["issue"]) for row in table]
    if odd == "near":
        assert numbers == [number for number in range(1, len(shown["pairs"]) + 1) for _ in range(2)]
        for first, second in zip(table[::2], table[1::2], strict=True):
            images = [sample.split(row["split"]).images[int(row["index"])] / 255 for row in (first, second)]
            assert float(first["distance"]) == pytest.approx(np.linalg.norm(images[0] - images[1]), rel=1e-4)
    else:
        assert numbers == list(range(1, shown["count"] + 1))
    for row in table:
        assert int(row["label"]) == sample.split(row["split"]).labels[int(row["index"])]
    assert len(exported_images(exported)) == len({(row["split"], row["index"]) for row in table})


def test_all_copies_of_an_image_are_exported_however_many_are_drawn(
    open_page_at_rest: OpenPage, exported: ExportedFiles, empty_data_folder: Path, sample: Dataset
) -> None:
    about = {"name": "twins", "title": "Twins", "source": "test", "licence": "none"}
    save_imported(empty_data_folder, about, sample.train.take([*range(50), *[7] * 8]), sample.train.take([7, 60, 61]))
    assert_sound(open_page_at_rest("explore", data="twins", view="data_quality", odd="exact"))
    table = exported_table(exported)
    assert [(row["split"], int(row["index"])) for row in table] == [
        *(("train", row) for row in (7, *range(50, 58))),
        ("test", 0),
    ]
    assert {row["issue"] for row in table} == {"1"}


@pytest.mark.parametrize("stem", ["../../etc/x", 'a/b\\c:d*?"<>|e', "conv 1\n=1+1", "..", "=1+1", "数-train"])
def test_names_of_files_are_safe(stem: str) -> None:
    digits = ExportedDigits(stem=stem, n_digits=3, columns="", make_frame=pd.DataFrame, make_images=None)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*-3-digits|3-digits", digits.file_stem)
