"""The view of the handwriting measures, and that the sentences about them are true."""

from __future__ import annotations

import base64

import numpy as np

from mnist_core.data.sources.catalogue import load_dataset
from tests.pages.finding import assert_sound, component, figure, numbers
from tests.pages.opening import OpenPage


def test_whole_numbers_are_shifted_by_at_most_what_the_sentence_says(open_page_at_rest: OpenPage) -> None:
    test = load_dataset("mnist-sample").test
    inked = test.images >= test.images.max(axis=(1, 2), keepdims=True) / 2
    heights = [np.ptp(np.flatnonzero(image.any(axis=1))) + 1 for image in inked]
    app = open_page_at_rest("explore", view="measures", x="height", y="ink", split="test")
    assert_sound(app)
    [sentence] = [caption.value for caption in app.caption if "jittered" in caption.value]
    shift = numbers(sentence)[-1]
    points = np.frombuffer(base64.b64decode(component(app, "explore.scatter")["points"]), "<f4").reshape(-1, 2)
    assert 0.9 * shift < np.abs(points[:, 0] - heights).max() <= shift + 1e-5
    np.testing.assert_allclose(points[:, 1], test.images.sum(axis=(1, 2)) / 255, rtol=1e-5)


def test_measures_that_are_no_whole_numbers_stay_where_they_are(open_page_at_rest: OpenPage) -> None:
    app = open_page_at_rest("explore", view="measures", x="ink", y="slant", split="test")
    assert not any("shifted" in caption.value for caption in app.caption)


def test_the_thick_line_of_a_class_is_its_median(open_page_at_rest: OpenPage) -> None:
    test = load_dataset("mnist-sample").test
    app = open_page_at_rest("explore", view="measures", measure="ink", split="test")
    traces = figure(app, "explore.histogram")["data"]
    thick = max(trace["line"]["width"] for trace in traces)
    medians = [trace["x"][0] for trace in traces if trace["line"]["width"] == thick]
    ink = test.images.sum(axis=(1, 2)) / 255
    np.testing.assert_allclose(medians, [np.median(ink[test.labels == k]) for k in reversed(range(10))], rtol=1e-4)
