"""Designs are kept by name and as a file; what cannot be opened leaves the form as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dashboard.shared.settings.words import error_words
from mnist_core.designs.library import Library, library_folder
from mnist_core.errors import ConfigError
from mnist_core.fields import spec_of
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from tests.pages.finding import assert_sound, setting
from tests.pages.opening import OpenPage
from tests.views.design.drafts import TWO_CONV, config_of, draft_of

BAD_FILES = {
    "not json": b"{",
    "not text": b"\xff\xfe\x00",
    "deep": b"[" * 5000,
    "unknown key": json.dumps({**TWO_CONV.to_dict(), "colour": 1}).encode(),
    "newer": json.dumps({**TWO_CONV.to_dict(), "schema": 2}).encode(),
    "wrong type": json.dumps({**TWO_CONV.to_dict(), "limit": "many"}).encode(),
    "no network": b"{}",
}
NAMED = {"unknown key": "colour", "wrong type": spec_of(ExperimentConfig, "limit").label}
"""What the sentence about a bad file names: what stands in the file, or the label of the setting."""


def test_designs_are_kept_by_name(open_page: OpenPage, runs_folder: Path) -> None:
    library = Library(library_folder(runs_folder))
    app = open_page("design")
    app.text_input(key="design.save_as").set_value("mine").run()
    app.button(key="design.save").click().run()
    assert [item.name for item in library.list()] == ["mine"]
    setting(app.pills, "design.recipe").set_value("lenet-5").run()
    app.button(key="design.load").click().run()
    assert config_of(app) == TWO_CONV
    app.button(key="design.copy").click().run()
    assert [item.name for item in library.list()] == ["mine", "mine 2"]
    assert app.selectbox(key="design.saved").value == "mine 2"
    app.button(key="design.delete.mine 2").click().run()
    assert [item.name for item in library.list()] == ["mine"]
    assert_sound(app)


def test_a_name_of_a_design_is_not_markup(open_page: OpenPage, runs_folder: Path) -> None:
    Library(library_folder(runs_folder)).save("**bold** <b> $x$", TWO_CONV)
    app = open_page("design")
    assert_sound(app)
    written = app.markdown.values
    assert any("**\\*\\*bold\\*\\* \\<b\\> \\$x\\$**" in text for text in written)
    assert not any("**bold**" in text for text in written)


def test_a_design_with_a_name_that_is_too_long_is_not_saved(open_page: OpenPage, runs_folder: Path) -> None:
    app = open_page("design")
    app.text_input(key="design.save_as").set_value("x" * 200).run()
    app.button(key="design.save").click().run()
    assert len(app.error) == 1
    assert Library(library_folder(runs_folder)).list() == ()
    assert app.text_input(key="design.save_as").value == "x" * 200


def test_a_design_without_a_name_is_not_saved(open_page: OpenPage, runs_folder: Path) -> None:
    app = open_page("design")
    app.button(key="design.save").click().run()
    (error,) = app.error
    assert draft_of(app).problem_at("saved") == error.value.replace("\\", "")
    assert list(Library(library_folder(runs_folder)).list()) == []
    assert config_of(app) == TWO_CONV


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_is_a_sentence_over_the_form_as_it_was(open_page: OpenPage, name: str) -> None:
    app = open_page("design")
    app.file_uploader(key="design.upload").upload("design.json", BAD_FILES[name], "application/json").run()
    assert not app.exception
    (error,) = app.error
    with pytest.raises(ConfigError) as refused:
        ExperimentConfig.from_json(BAD_FILES[name])
    assert error.value.replace("\\", "") == error_words(refused.value)
    assert NAMED.get(name, "") in error.value
    assert config_of(app) == TWO_CONV


def test_a_file_opens_as_it_was_written(open_page: OpenPage) -> None:
    config = config_from_recipe("mini-resnet", dataset="mnist-sample", seed=4)
    app = open_page("design")
    content = json.dumps(config.to_dict()).encode()
    app.file_uploader(key="design.upload").upload("design.json", content, "application/json").run()
    assert config_of(app) == config
    setting(app.number_input, "design.epochs").set_value(2).run()
    assert config_of(app).training.epochs == 2  # the file is opened once, though it stays in its box
