"""The import of files: what would be stored is shown, can be changed, and is stored only if a person says so."""

from __future__ import annotations

import gc
import io
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.server.background import jobs
from mnist_core.data.imports.limits import MAX_IMPORT_BYTES
from mnist_core.data.sources.catalogue import list_datasets, load_dataset
from tests.conftest import ROOT
from tests.pages.finding import assert_sound, component, is_shown, pictures, says
from tests.pages.opening import OpenPage
from tests.waiting import wait_until

IMAGES = "explore.import_images"
OpenImport = Callable[[], AppTest]


@pytest.fixture
def open_import(open_page: OpenPage, empty_data_folder: Path) -> OpenImport:
    return lambda: open_page("explore", view="data_sets")


def digits(n: int = 100) -> tuple[np.ndarray, np.ndarray]:
    train = load_dataset("mnist-sample").train
    return train.images[:n], train.labels[:n]


def npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def labelled(n: int = 100) -> bytes:
    images, labels = digits(n)
    return npz(images=images, labels=labels)


def choose(app: AppTest, data: bytes, name: str = "own.npz") -> AppTest:
    """Choose a file, and wait until it has been read."""
    app.file_uploader[0].set_value([(name, data, "application/octet-stream")]).run()
    return at_rest(app)


def at_rest(app: AppTest) -> AppTest:
    """The page once nothing is being read or stored any more."""
    while any(job.is_running for job in jobs()._jobs.values()) or app.get("progress"):
        wait_until(lambda: not any(job.is_running for job in jobs()._jobs.values()), seconds=120)
        app.run()
    return app


def keep(app: AppTest) -> AppTest:
    app.button("explore.import").click().run()
    return at_rest(app)


def toggle(app: AppTest, key: str) -> None:
    switch = next(toggle for toggle in app.toggle if toggle.key.startswith(key))
    switch.set_value(not switch.value).run()
    at_rest(app)


def type_into(app: AppTest, key: str, text: str) -> None:
    next(box for box in app.text_input if box.key.startswith(key)).input(text).run()


def typed(app: AppTest, key: str) -> str:
    return str(next(box for box in app.text_input if box.key.startswith(key)).value)


def drafts(folder: Path) -> list[str]:
    """What is left of drafts on disk."""
    return [path.name for path in folder.glob("imported/.*")]


def switches(app: AppTest) -> list[Any]:
    """Those of the import, without the one below every page."""
    return [switch for switch in app.toggle if switch.key.startswith("explore.import_")]


def test_ten_digits_of_each_class_and_counts_are_shown_before_anything_is_stored(
    open_import: OpenImport, empty_data_folder: Path
) -> None:
    images, labels = digits(400)
    app = choose(
        open_import(), npz(x_train=images[:300], y_train=labels[:300], x_test=images[300:], y_test=labels[300:])
    )
    assert_sound(app)
    rows = component(app, IMAGES)["rows"]
    assert [row[0] for row in rows] == [str(label) for label in range(10)]
    counts = [tuple(f"{np.sum(part == label):,}" for part in (labels[:300], labels[300:])) for label in range(10)]
    assert [tuple(row[3]) for row in rows] == counts
    assert [row[2] for row in rows] == [10] * 10
    assert says(app, 300, 100)
    assert [switch.help.endswith("off.") for switch in switches(app)] == [True, True]  # as suggested for these files
    assert not (empty_data_folder / "imported" / "own").exists()


def test_the_digits_shown_are_the_ones_that_are_stored(open_import: OpenImport, empty_data_folder: Path) -> None:
    app = choose(open_import(), labelled())
    rows, shown = component(app, IMAGES)["rows"], pictures(app, IMAGES)
    keep(app)
    stored = load_dataset("own", empty_data_folder)
    known = {
        (image.tobytes(), int(label))
        for split in (stored.train, stored.test)
        for image, label in zip(split.images, split.labels, strict=True)
    }
    for name, start, n_images, _ in rows:
        for image in shown[start : start + n_images]:
            assert (image.tobytes(), int(name)) in known


@pytest.mark.thorough
def test_turning_swaps_rows_and_columns_of_every_image(open_import: OpenImport, empty_data_folder: Path) -> None:
    images, labels = digits(200)
    parts = {"x_train": images[:150], "y_train": labels[:150], "x_test": images[150:], "y_test": labels[150:]}
    app = choose(open_import(), npz(**parts))
    before = pictures(app, IMAGES)
    toggle(app, "explore.import_turned")
    assert np.array_equal(pictures(app, IMAGES), np.stack([image.T for image in before]))
    keep(app)
    stored = load_dataset("own", empty_data_folder)
    for row, image in enumerate(images[:150]):
        assert all(stored.train.images[row, y, x] == image[x, y] for y in range(28) for x in range(28))
    assert np.array_equal(stored.train.labels, labels[:150])


@pytest.mark.thorough
def test_inverting_twice_leaves_the_images_as_they_were(open_import: OpenImport, empty_data_folder: Path) -> None:
    app = choose(open_import(), labelled())
    before = pictures(app, IMAGES)
    toggle(app, "explore.import_inverted")
    assert np.array_equal(pictures(app, IMAGES), 255 - before)
    toggle(app, "explore.import_inverted")
    assert np.array_equal(pictures(app, IMAGES), before)


@pytest.mark.thorough
def test_discarding_leaves_nothing_on_disk_and_keeps_what_was_typed(
    open_import: OpenImport, empty_data_folder: Path
) -> None:
    app = choose(open_import(), labelled())
    assert drafts(empty_data_folder)
    type_into(app, "explore.import_name", "kept-name")
    app.button("explore.import_discard").click().run()
    assert_sound(app)
    assert drafts(empty_data_folder) == []
    assert len(app.file_uploader) == 1
    choose(app, labelled(50))
    assert typed(app, "explore.import_name") == "kept-name"


def test_a_file_that_cannot_be_read_is_named_and_stays_chosen(open_import: OpenImport, empty_data_folder: Path) -> None:
    app = choose(open_import(), b"PK\x03\x04nothing", "broken.npz")
    (error,) = app.error
    assert "broken.npz" in error.value.replace("\\", "")
    assert len(app.file_uploader) == 1
    assert len(app.file_uploader[0].value) == 1
    assert drafts(empty_data_folder) == []
    choose(app, labelled())
    assert_sound(app)


def test_a_title_that_is_too_long_is_cut_and_said_to_be(open_import: OpenImport, empty_data_folder: Path) -> None:
    app = choose(open_import(), labelled())
    n_captions = len(app.caption)
    type_into(app, "explore.import_title", "x" * 200)
    assert len(app.caption) == n_captions + 1
    keep(app)
    assert_sound(app)
    assert [info.title for info in list_datasets(empty_data_folder) if info.title.startswith("x")] == ["x" * 80]


@pytest.mark.thorough
def test_a_name_that_is_taken_is_refused_and_everything_else_stays(
    open_import: OpenImport, empty_data_folder: Path
) -> None:
    app = keep(choose(open_import(), labelled()))
    assert says(app, "own", 80, 20)
    choose(app, labelled(50), "other.npz")
    type_into(app, "explore.import_name", "own")
    type_into(app, "explore.import_title", "Mine")
    keep(app)
    assert [len(app.error), typed(app, "explore.import_title")] == [1, "Mine"]
    assert component(app, IMAGES)["rows"]
    type_into(app, "explore.import_name", "another")
    assert_sound(app)
    keep(app)
    assert load_dataset("another", empty_data_folder).title == "Mine"
    assert drafts(empty_data_folder) == []


@pytest.mark.thorough
def test_a_second_import_of_the_same_file_is_offered_a_free_name(
    open_import: OpenImport, empty_data_folder: Path
) -> None:
    app = keep(choose(open_import(), labelled()))
    keep(choose(app, labelled(50)))
    assert_sound(app)
    assert len(load_dataset("own-2", empty_data_folder).train) == 40


@pytest.mark.thorough
def test_the_fraction_of_the_test_split_can_be_chosen(open_import: OpenImport, empty_data_folder: Path) -> None:
    app = choose(open_import(), labelled())
    next(slider for slider in app.slider if slider.key.startswith("explore.import_fraction")).set_value(0.5).run()
    keep(at_rest(app))
    stored = load_dataset("own", empty_data_folder)
    assert [len(stored.train), len(stored.test)] == [50, 50]


def collect_garbage() -> None:
    """All of it: another test of this process may have loaded a page, after which what is there is frozen."""
    gc.unfreeze()
    gc.collect()


@pytest.mark.thorough
def test_the_draft_of_a_tab_that_is_gone_is_deleted(open_import: OpenImport, empty_data_folder: Path) -> None:
    app = choose(open_import(), labelled())
    assert is_shown(app, IMAGES)
    assert drafts(empty_data_folder)
    del app
    collect_garbage()
    wait_until(lambda: drafts(empty_data_folder) == [])


@pytest.mark.thorough
def test_a_column_that_fails_can_be_changed_and_a_tab_that_is_gone_then_leaves_nothing(
    open_import: OpenImport, empty_data_folder: Path
) -> None:
    images, labels = digits(120)
    wrong = np.where(labels == 4, 10, labels + 1)  # 1 to 10 without a 5: refused as labels
    heads = ["label", "digit", *(f"p{i}" for i in range(784))]
    rows = np.column_stack([labels, wrong, images.reshape(120, -1)]).tolist()
    table = "\n".join([",".join(heads), *(",".join(map(str, row)) for row in rows)])
    app = choose(open_import(), table.encode(), "two.csv")
    for column, is_good in ((1, False), (0, True), (1, False)):
        box = next(box for box in app.selectbox if box.key.startswith("explore.import_label_column"))
        box.set_value(column).run()
        at_rest(app)
        assert is_shown(app, IMAGES) is is_good
        assert bool(app.error) is not is_good
    assert drafts(empty_data_folder)
    del app, box
    collect_garbage()
    wait_until(lambda: drafts(empty_data_folder) == [])


@pytest.mark.thorough
def test_what_is_suggested_stays_the_suggestion_when_a_person_decides_otherwise(open_import: OpenImport) -> None:
    images, labels = digits(200)
    app = choose(open_import(), npz(x=255 - images.transpose(0, 2, 1), y=labels))
    assert [(switch.value, switch.help.endswith("on.")) for switch in switches(app)] == [(True, True), (True, True)]
    toggle(app, "explore.import_inverted")
    assert [(switch.value, switch.help.endswith("on.")) for switch in switches(app)] == [(True, True), (False, True)]


def test_the_command_line_takes_larger_files_than_the_page_as_the_page_says(open_import: OpenImport) -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["maxUploadSize"] * 2**20 < MAX_IMPORT_BYTES
    assert says(open_import().get_by_key("explore.import_limit"), st.get_option("server.maxUploadSize"))


@pytest.mark.thorough
def test_the_test_fraction_is_asked_only_where_the_files_have_no_test_split(open_import: OpenImport) -> None:
    images, labels = digits(120)
    split = npz(x_train=images[:90], y_train=labels[:90], x_test=images[90:], y_test=labels[90:])
    app = choose(open_import(), split)
    assert is_shown(app, IMAGES)
    assert not [slider for slider in app.slider if slider.key.startswith("explore.import_fraction")]
