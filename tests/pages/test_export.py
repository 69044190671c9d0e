"""Export in every state that a run can be in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mnist_core.export.formats import MODELS, TRACKING
from mnist_core.network.digest import best_weights_sha256
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run
from tests.inspected_runs import of_recipe
from tests.pages.finding import assert_sound, component, links
from tests.pages.opening import OpenPage


@pytest.fixture
def store(runs_folder: Path) -> RunStore:
    return RunStore(runs_folder)


def keep(store: RunStore, run_id: str, **changes: object) -> None:
    """A model file beside the run, as the export leaves it."""
    folder = store.folder(run_id) / "exports"
    folder.mkdir(exist_ok=True)
    (folder / "keras.keras").write_bytes(b"0123456789")
    facts = {
        "path": "", "format": "keras", "weights_sha256": best_weights_sha256(store.folder(run_id)),
        "has_scaling": True, "runtime": "Keras", "split": "test", "compared": 1000, "largest_difference": 2e-7,
        "labels_changed": 3, "accuracy": 0.9, "stored_accuracy": 0.91, "n_bytes": 10, "milliseconds_per_digit": 1.5,
    }  # fmt: skip
    (folder / "keras.keras.json").write_text(json.dumps({**facts, **changes}))


def test_without_runs_it_leads_to_where_one_is_made(open_page: OpenPage) -> None:
    app = open_page("export")
    assert_sound(app)
    assert links(app.get_by_key("empty_state")) == [("", {}), ("design", {})]


def test_a_run_that_trains_or_has_no_weights_says_so(open_page: OpenPage, store: RunStore) -> None:
    run_id = store.create(of_recipe("lenet-5"))
    for status in ("queued", "failed"):
        store.set(run_id, status=status)
        app = open_page("export", run=run_id)
        assert_sound(app)
        assert links(app.get_by_key("empty_state")) == [("train", {})]


def test_every_format_is_listed_and_one_can_be_made(open_page: OpenPage, store: RunStore) -> None:
    run_id = finished_run(store, epochs=1)
    app = open_page("export", run=run_id)
    assert_sound(app)
    rows = component(app, "export.formats")["rows"]
    assert len(rows) == len(MODELS)
    assert not app.button(key="export.make").disabled


def test_a_file_that_was_made_is_offered_with_what_was_measured(open_page: OpenPage, store: RunStore) -> None:
    run_id = finished_run(store, epochs=1)
    keep(store, run_id)
    app = open_page("export", run=run_id)
    assert_sound(app)
    texts = [cell[0] for cell in component(app, "export.formats")["rows"][0]]
    assert any("3" in text and "1,000" in text for text in texts)
    assert any("90" in text for text in texts)
    assert len(app.get("download_button")) == 1
    assert any("keras.saving.load_model" in code.value for code in app.code)
    with pytest.raises(KeyError):
        app.button(key="export.make")


@pytest.mark.parametrize("changes", [{"weights_sha256": "0" * 64}, {"n_bytes": 11}, {"unknown": 1}])
def test_a_file_of_other_weights_is_not_offered(
    changes: dict[str, object], open_page: OpenPage, store: RunStore
) -> None:
    run_id = finished_run(store, epochs=1)
    keep(store, run_id, **changes)
    app = open_page("export", run=run_id)
    assert_sound(app)
    assert len(app.get("download_button")) == 0


@pytest.mark.parametrize("format", [item.name for item in MODELS])
@pytest.mark.parametrize("scaled", ["yes", "no"])
def test_every_choice_can_be_opened_by_its_link(format: str, scaled: str, open_page: OpenPage, store: RunStore) -> None:
    run_id = finished_run(store, epochs=1)
    assert_sound(open_page("export", run=run_id, format=format, scaled=scaled))


def test_the_run_and_the_report_can_be_downloaded(open_page: OpenPage, store: RunStore) -> None:
    first, second = finished_run(store, epochs=1), finished_run(store, epochs=1, seed=1, name="Rival")
    app = open_page("export", run=first, view="run")
    assert_sound(app)
    assert len(app.get("download_button")) == 3
    app = open_page("export", run=first, view="report", **{"with": second})
    assert_sound(app)
    assert len(app.get("download_button")) == 1
    assert any("Rival" in text.value for text in app.markdown)


def test_import_needs_no_run(open_page: OpenPage) -> None:
    app = open_page("export", view="import")
    assert_sound(app)
    assert len(app.get("file_uploader")) == 1


def test_other_tools_are_offered_or_say_what_they_need(open_page: OpenPage, store: RunStore) -> None:
    run_id = finished_run(store, epochs=1)
    app = open_page("export", run=run_id, view="tools")
    assert_sound(app)
    codes = [code.value for code in app.code]
    for tool in TRACKING:
        assert any(f"export {run_id} --format {tool.name}" in code for code in codes)
        if tool.missing:
            assert f"pip install -r {tool.requirements}" in codes
        else:
            assert not app.button(key=f"export.add_{tool.name}").disabled
