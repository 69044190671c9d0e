"""Training settings: they follow what the person chooses, and refuse what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.data.dataset import Split
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.fields import specs_of, to_dict
from mnist_core.training.settings import TrainingSettings
from tests.imported_sets import save_imported
from tests.pages.finding import assert_sound, numbers, says, setting, texts
from tests.pages.opening import OpenPage
from tests.views.design.drafts import TWO_CONV, config_of, opened


def complaints(app: AppTest, name: str) -> list[str]:
    """What stands under a field."""
    return texts(app.get_by_key(f"design.{name}.field"))


def test_the_preview_of_augmentation_leaves_out_a_class_without_images(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = load_dataset("mnist-sample")
    keeps = sample.train.labels != 4
    about = {"name": "no-fours", "title": "No fours"}
    train = Split(images=sample.train.images[keeps], labels=sample.train.labels[keeps])
    save_imported(tmp_path, about, train, sample.test)
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(tmp_path))
    app = open_page("design")
    setting(app.selectbox, "design.dataset").select("no-fours").run()
    app = opened(app, "design.augmentation")
    assert_sound(app)
    (picture,) = app.get("image")
    assert numbers(picture.proto.imgs[0].alt)[0] == len(sample.class_names) - 1


def test_settings_follow_what_the_person_chooses(open_page: OpenPage) -> None:
    app = opened(open_page("design"), "design.more", "design.augmentation")
    setting(app.number_input, "design.epochs").set_value(7).run()
    setting(app.selectbox, "design.optimizer").select("sgd").run()
    setting(app.number_input, "design.momentum").set_value(0.9).run()
    setting(app.toggle, "design.nesterov").set_value(True).run()
    setting(app.number_input, "design.rotation_degrees").set_value(10.0).run()
    app.text_input(key="design.gradient_clip").set_value("1.5").run()
    setting(app.selectbox, "design.class_weighting").select("custom").run()
    setting(app.number_input, "design.class_weight_3").set_value(2.0).run()
    assert_sound(app)
    settings = config_of(app).training
    found = to_dict(settings)
    expected = {"epochs": 7, "optimizer": "sgd", "momentum": 0.9, "nesterov": True}
    assert {name: found[name] for name in expected} == expected
    assert settings.augmentation.rotation_degrees == 10
    assert settings.gradient_clip == 1.5
    assert found["class_weights"] == [1, 1, 1, 2, 1, 1, 1, 1, 1, 1]
    setting(app.number_input, "design.momentum").set_value(0.0).run()
    assert not config_of(app).training.nesterov
    assert_sound(app)


@pytest.mark.parametrize(("address", "is_there"), [({}, True), ({"plain": "yes"}, False)])
def test_a_plain_page_leaves_out_further_settings(open_page: OpenPage, address: dict[str, str], is_there: bool) -> None:
    app = opened(open_page("design", **address), "design.more")
    assert_sound(app)
    assert setting(app.number_input, "design.epochs")
    assert ("design.gradient_clip" in {item.key for item in app.text_input}) is is_there


def test_settings_that_do_nothing_are_greyed_out(open_page: OpenPage) -> None:
    app = opened(open_page("design"), "design.more")
    for schedule, is_disabled in (("constant", True), ("step", False), ("cosine", True)):
        setting(app.selectbox, "design.schedule").select(schedule).run()
        assert setting(app.number_input, "design.step_factor").disabled is is_disabled


def test_limits_and_help_come_from_the_fields(open_page: OpenPage) -> None:
    field, spec = setting(open_page("design").number_input, "design.epochs"), specs_of(TrainingSettings)["epochs"]
    assert field.label == spec.label
    assert spec.help in field.help
    assert {spec.low, spec.high} <= set(numbers(field.help))


@pytest.mark.parametrize("value", [0, -5, 3.7, 1e30])
def test_a_number_that_cannot_be_is_a_sentence_under_its_field(open_page: OpenPage, value: float) -> None:
    app = open_page("design")
    assert complaints(app, "epochs") == []
    setting(app.number_input, "design.epochs").set_value(value).run()
    assert not app.exception
    assert len(complaints(app, "epochs")) == 1
    assert says(app.get_by_key("design.epochs.field"), 1, 10_000)  # what is accepted
    assert config_of(app) == TWO_CONV
    assert setting(app.number_input, "design.epochs").value == 20
    setting(app.number_input, "design.epochs").set_value(21).run()
    assert complaints(app, "epochs") == []


def test_an_optional_number_can_be_emptied(open_page: OpenPage) -> None:
    app = open_page("design")
    app.text_input(key="design.limit").set_value("500").run()
    assert config_of(app).limit == 500
    app.text_input(key="design.limit").set_value("").run()
    assert config_of(app).limit is None
    assert complaints(app, "limit") == []


@pytest.mark.parametrize("typed", ["3,000", "3\u2009000", "3\u202f000", "3 000", "3'000", "3’000", "3_000", " 3000 "])
def test_the_thousands_of_an_optional_number_may_be_grouped(open_page: OpenPage, typed: str) -> None:
    app = open_page("design")
    app.text_input(key="design.limit").set_value(typed).run()
    assert config_of(app).limit == 3_000
    assert complaints(app, "limit") == []


@pytest.mark.parametrize("typed", ["3,5", "3,00", "3,0000", "3000,000", "3,000'000", "3,,000", ",300"])
def test_other_commas_in_a_whole_number_are_refused(open_page: OpenPage, typed: str) -> None:
    app = open_page("design")
    app.text_input(key="design.limit").set_value(typed).run()
    assert config_of(app).limit is None
    assert len(complaints(app, "limit")) == 1


def test_a_number_that_is_too_long_is_refused_in_a_short_sentence(open_page: OpenPage) -> None:
    app = open_page("design")
    app.text_input(key="design.limit").set_value("9" * 5_000).run()
    assert config_of(app).limit is None
    (sentence,) = complaints(app, "limit")
    assert len(sentence) < 200


def test_a_comma_may_stand_before_decimals(open_page: OpenPage) -> None:
    app = opened(open_page("design"), "design.more")
    app.text_input(key="design.gradient_clip").set_value("1,125").run()
    assert config_of(app).training.gradient_clip == 1.125


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("learning_rate", 100.0, "100 cannot be used: use a number above 0, up to 10. 0.001 is kept."),
        ("epochs", 0.0, "0 cannot be used: use a whole number from 1 to 10,000. 20 is kept."),
    ],
)
def test_a_refused_number_is_named_beside_the_one_that_is_used(
    open_page: OpenPage, name: str, typed: float, sentence: str
) -> None:
    app = open_page("design")
    setting(app.number_input, f"design.{name}").set_value(typed).run()
    assert any(sentence in text for text in complaints(app, name)), complaints(app, name)
