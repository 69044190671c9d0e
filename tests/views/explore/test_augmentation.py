"""Draws of distorted digits, which a link repeats."""

from __future__ import annotations

import numpy as np

from mnist_core.data.sources.catalogue import load_dataset
from tests.pages.finding import assert_sound, component, pictures
from tests.pages.opening import OpenPage

SHEET = "explore.draws"


def test_it_shows_draws_that_the_link_repeats(open_page: OpenPage) -> None:
    link = {"view": "augmentation", "augment": "rotation_degrees:20,seed:4"}
    first = open_page("explore", **link)
    again = component(open_page("explore", **link), SHEET)["sheet"]
    assert_sound(first)
    assert component(first, SHEET)["sheet"] == again
    first.button("explore.redraw").click().run()
    assert component(first, SHEET)["sheet"] != again
    assert "seed:5" in str(first.query_params["augment"])


def test_reset_switches_every_distortion_off(open_page: OpenPage) -> None:
    app = open_page("explore", view="augmentation", augment="rotation_degrees:20,seed:4")
    app.button("explore.reset").click().run()
    assert app.query_params["augment"] in ("off", ["off"])
    assert {slider.value for slider in app.slider} == {0}
    assert app.button("explore.redraw").disabled
    drawn = pictures(app, SHEET)
    as_stored = {image.tobytes() for image in load_dataset("mnist-sample").train.images}
    assert {np.rint(image).astype(np.uint8).tobytes() for image in drawn} <= as_stored
