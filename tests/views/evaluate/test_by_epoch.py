"""The slider through the epochs moves all that is shown."""

from __future__ import annotations

import shutil

from sklearn.metrics import confusion_matrix
from streamlit.proto.Metric_pb2 import Metric

from mnist_core.runs.store import RunStore
from tests.finished_runs import damage
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import assert_sound, component, figures, is_shown, numbers, says
from tests.pages.opening import OpenPage

VIEW = "by_epoch"


def test_the_epoch_slider_moves_scores_and_matrix(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("evaluate", view=VIEW, epoch="1")
    for epoch in (1, 3):
        app.select_slider(key="evaluate.epoch").set_value(epoch).run()
        predictions = stored(store, newest(store), f"validation-{epoch:03d}")
        predicted = predictions.probabilities.argmax(axis=1)
        accuracy, wrong, _ = figures(app.get_by_key("evaluate.epoch_figures"))
        assert accuracy == f"{(predictions.labels == predicted).mean():.2%}"
        assert numbers(wrong) == [(predictions.labels != predicted).sum()]
        matrix = confusion_matrix(predictions.labels, predicted, labels=range(10))
        shown = component(app, "evaluate.time_matrix")["texts"]
        assert shown == [[str(count) if count else "" for count in row] for row in matrix]
        assert says(app.get_by_key("evaluate.after_epoch"), 800, epoch)


def test_an_epoch_in_the_link_is_shown(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("evaluate", view=VIEW, epoch="2")
    assert app.select_slider(key="evaluate.epoch").value == 2
    accuracy = figures(app.get_by_key("evaluate.epoch_figures"))[0]
    assert accuracy == f"{stored(store, newest(store), 'validation-002').accuracy:.2%}"


def test_a_damaged_epoch_is_named_and_the_others_can_be_looked_at(open_page: OpenPage, store: RunStore) -> None:
    damage(store.folder(newest(store)) / "predictions" / "validation-004.npz")
    app = open_page("evaluate", view=VIEW)
    assert_sound(app)
    assert [numbers(warning.value) for warning in app.warning] == [[4]]
    assert not is_shown(app, "evaluate.epoch_figures")
    app.select_slider(key="evaluate.epoch").set_value(3).run()
    assert len(app.warning) == 0
    assert is_shown(app, "evaluate.epoch_figures")


def test_what_has_not_changed_is_neither_better_nor_worse(open_page: OpenPage, store: RunStore) -> None:
    predictions = store.folder(newest(store)) / "predictions"
    shutil.copy(predictions / "validation-002.npz", predictions / "validation-003.npz")
    app = open_page("evaluate", view=VIEW, epoch="3")
    changes = app.get_by_key("evaluate.epoch_figures").get("metric")
    assert [change.proto.color for change in changes] == [Metric.MetricColor.GRAY] * 3
    app.select_slider(key="evaluate.epoch").set_value(2).run()
    changes = app.get_by_key("evaluate.epoch_figures").get("metric")
    assert Metric.MetricColor.GRAY not in [change.proto.color for change in changes]
