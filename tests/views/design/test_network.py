"""The layer editor's edits reach the design, with remarks on what they make of it."""

from __future__ import annotations

from mnist_core.models.advice import advice
from tests.pages.finding import assert_sound, says, texts
from tests.pages.opening import OpenPage
from tests.views.design.drafts import config_of, layer, send_layers


def test_an_edit_of_the_layers_reaches_the_design(open_page: OpenPage) -> None:
    app = open_page("design")
    send_layers(app, [layer("flatten", "b1"), layer("dense", "b2", units="32")])
    assert_sound(app)
    assert [item.kind for item in config_of(app).architecture.layers] == ["flatten", "dense"]
    assert says(app, 25_450)  # parameters: 784 x 32 + 32 + 32 x 10 + 10


def test_remarks_about_the_network_stand_below_its_layers(open_page: OpenPage) -> None:
    app = open_page("design")
    send_layers(app, [layer("flatten", "b1"), layer("dense", "b2", units="32")])
    remarks, shown = advice(config_of(app).architecture), texts(app.get_by_key("design.remarks"))
    assert len(shown) == len(remarks) > 0
    assert all(remark.sentence in text for remark, text in zip(remarks, shown, strict=True))
