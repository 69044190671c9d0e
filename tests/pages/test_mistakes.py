"""Mistakes: the digits it shows are those that the stored predictions say, in every order and with every filter."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.shared.evaluated import Evaluated
from mnist_core.data.measures.stored import compute_measures
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.finished_runs import damage, finished_run, slow_forward
from tests.pages.conftest import OpenPage
from tests.pages.evaluated_runs import finished_folder, newest, store, stored

__all__ = ["finished_folder", "store"]

VIEWS = ("gallery", "case", "biography", "operate", "export")


def texts(app: AppTest) -> str:
    parts = [*app.title, *app.markdown, *app.caption, *app.error, *app.warning, *app.info, *app.subheader]
    return "\n".join(part.value for part in parts)


def components(app: AppTest) -> dict[str, dict]:
    """What the page sent to our own components, by the end of their ids: the key."""
    return {element.proto.id: json.loads(element.proto.json) for element in app.get("bidi_component")}


def shown_rows(app: AppTest) -> list[int]:
    """Row numbers of the digits in the gallery, in the order shown."""
    names = next(data["names"] for key, data in components(app).items() if "mistakes.digits" in key)
    return [int(re.search(r"digit (\d+)", name)[1]) for name in names]  # type: ignore[index]


def wrong(predictions: Predictions) -> np.ndarray:
    return np.flatnonzero(predictions.labels != predictions.probabilities.argmax(axis=1))


@pytest.mark.parametrize("split", ["test", "validation"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_for_both_splits(open_page: OpenPage, store: RunStore, view: str, split: str) -> None:
    app = open_page("mistakes", view=view, split=split)
    assert not app.exception
    assert not app.error


def test_all_mistakes_the_highest_loss_first(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    rows = wrong(predictions)
    true = predictions.probabilities[rows, predictions.labels[rows]]
    app = open_page("mistakes")
    assert f"{len(rows)} wrong digits" in texts(app)
    assert shown_rows(app) == rows[np.argsort(true, kind="stable")].tolist()[:120]


@pytest.mark.parametrize("sort", ["-confidence", "confidence", "margin", "index", "-loss", "loss"])
def test_each_order_is_the_one_it_says(open_page: OpenPage, store: RunStore, sort: str) -> None:
    predictions = stored(store, newest(store))
    rows = wrong(predictions)
    ranked = np.sort(predictions.probabilities[rows], axis=1)
    values = {
        "confidence": ranked[:, -1],
        "margin": ranked[:, -1] - ranked[:, -2],
        "index": rows,
        "loss": -predictions.probabilities[rows, predictions.labels[rows]],
    }[sort.removeprefix("-")]
    order = np.argsort(-values if sort.startswith("-") else values, kind="stable")
    assert shown_rows(open_page("mistakes", sort=sort)) == rows[order].tolist()[:120]


def test_sorted_by_a_measure(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    rows = wrong(predictions)
    ink = compute_measures(load_dataset("mnist-sample")).test.column("ink")[rows]
    open_page("mistakes", view="export")  # waits for the measures
    app = open_page("mistakes", sort="-ink")
    for _ in range(50):
        if shown_rows(app) == rows[np.argsort(-ink, kind="stable")].tolist()[:120]:
            break
        app.run()
    assert shown_rows(app) == rows[np.argsort(-ink, kind="stable")].tolist()[:120]


def test_filters_by_true_and_predicted_label(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    predicted = predictions.probabilities.argmax(axis=1)
    chosen = np.isin(predictions.labels, [3, 5]) & np.isin(predicted, [8, 3]) & (predicted != predictions.labels)
    app = open_page("mistakes", true="35", predicted="38")
    assert set(shown_rows(app)) == set(np.flatnonzero(chosen).tolist())
    assert f"{chosen.sum()} wrong digits: true 3 or 5, predicted 3 or 8" in texts(app)


def test_right_ones_too(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    app = open_page("mistakes", true="1", which="all", sort="index")
    assert shown_rows(app) == np.flatnonzero(predictions.labels == 1).tolist()[:120]


def test_a_page_later_shows_what_comes_next(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("mistakes", which="all", sort="index", page="3")
    assert shown_rows(app) == list(range(240, 360))
    assert shown_rows(open_page("mistakes", which="all", sort="index", page="999")) == list(range(960, 1000))


def test_a_filter_by_fate_is_a_count_by_hand(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    epochs = [stored(store, run_id, f"validation-{epoch:03d}") for epoch in range(1, 5)]
    right = np.array([item.labels == item.probabilities.argmax(axis=1) for item in epochs])
    never = ~right.any(axis=0)
    app = open_page("mistakes", split="validation", fate="never-learned", which="all")
    assert f"{never.sum()} digits: never learned" in texts(app)
    assert set(shown_rows(app)) == set(epochs[0].index[never].tolist())


def test_the_biography_counts_every_fate(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    epochs = [stored(store, run_id, f"validation-{epoch:03d}") for epoch in range(1, 5)]
    right = np.array([item.labels == item.probabilities.argmax(axis=1) for item in epochs])
    lost = (right[:-1] & ~right[1:]).any(axis=0)
    expected = {
        "never": (~right.any(axis=0)).sum(),
        "forgotten": (~right[-1] & right.any(axis=0)).sum(),
        "unstable": (right[-1] & lost).sum(),
        "early": (right[-1] & ~lost & right[0]).sum(),
        "late": (right[-1] & ~lost & ~right[0]).sum(),
    }
    app = open_page("mistakes", view="biography", split="validation")
    rows = next(data["rows"] for key, data in components(app).items() if "mistakes.fates" in key)
    shown = {row[0][0].lower(): row[1][0] for row in rows}
    for word, count in expected.items():
        assert (
            next(text for name, text in shown.items() if name.startswith(word) or f"learned {word}" in name)
            == f"{count}"
        )


def test_the_biography_of_a_test_digit_says_why_there_is_none(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("mistakes", view="biography")
    assert "scored once" in texts(app)
    assert "800 validation digits" in texts(app.button(key="mistakes.to_validation").click().run())


def test_the_case_file_is_about_the_digit_in_the_link(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    row = int(wrong(predictions)[3])
    app = open_page("mistakes", view="case", image=str(row))
    predicted = int(predictions.probabilities[row].argmax())
    assert f"**True {predictions.labels[row]}**, predicted **{predicted}** · test digit {row}" in texts(app)
    bars = next(data for key, data in components(app).items() if "mistakes.case_bars" in key)
    np.testing.assert_allclose(bars["shares"], predictions.probabilities[row], atol=1e-4)
    assert bars["roles"][predictions.labels[row]] == "true"
    assert bars["roles"][predicted] == "predicted"


def test_the_case_file_walks_through_the_gallery(open_page: OpenPage, store: RunStore) -> None:
    gallery = shown_rows(open_page("mistakes", sort="-confidence"))
    app = open_page("mistakes", view="case", sort="-confidence", image=str(gallery[5]))
    app.button(key="mistakes.next").click().run()
    assert f"test digit {gallery[6]}" in texts(app)
    app.button(key="mistakes.previous").click().run()
    app.button(key="mistakes.previous").click().run()
    assert f"test digit {gallery[4]}" in texts(app)


def test_a_row_that_is_not_there_is_said(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("mistakes", view="case", image="99999")
    assert "Row 99999 is not among" in texts(app)
    assert not app.exception


def test_other_runs_are_asked_about_the_same_digit(open_page: OpenPage, store: RunStore) -> None:
    first, second = sorted(store.run_ids())
    row = int(wrong(stored(store, second))[0])
    app = open_page("mistakes", view="case", image=str(row))
    rows = next(data["rows"] for key, data in components(app).items() if "mistakes.others" in key)
    other = stored(store, first).probabilities[row]
    assert len(rows) == 1
    assert rows[0][1][0].startswith(str(other.argmax()))
    assert rows[0][2][1] == pytest.approx(other[stored(store, first).labels[row]], abs=1e-4)


def test_steps_of_the_sliders_are_written_as_they_are(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("mistakes", view="operate")
    steps = {slider.label: (slider.step, slider.proto.format) for slider in app.slider}
    assert steps["Scale (times)"] == (0.1, "%.1f")
    assert steps["Thickness (pixels a side)"] == (0.2, "%.1f")
    assert steps["Rotate (°)"] == (1.0, "%d")
    app.slider[3].set_value(1.1 + 2e-16).run()
    assert not app.exception


def test_as_well_is_said_of_wrong_digits_only(open_page: OpenPage, store: RunStore) -> None:
    right = int(np.flatnonzero(stored(store, newest(store)).correct)[0])
    shown = texts(open_page("mistakes", view="case", image=str(right)))
    assert re.search(r"\d of 1 get it wrong\.", shown)
    shown = texts(open_page("mistakes", view="case", image=str(wrong(stored(store, newest(store)))[0])))
    assert re.search(r"\d of 1 get it wrong as well\.", shown)


def test_operating_asks_the_network_about_what_is_on_the_pad(open_page: OpenPage, store: RunStore) -> None:
    import base64

    run_id = newest(store)
    row = int(wrong(stored(store, run_id))[0])
    app = open_page("mistakes", view="operate", image=str(row))
    drawn = load_dataset("mnist-sample").test.images[row].copy()
    drawn[5:8, 4:20] = 255
    sent = {"token": f"test-{row}-mnist-sample", "pixels": base64.b64encode(drawn.tobytes()).decode()}
    app.session_state["mistakes.pad"] = {"drawn": sent}
    app.run()
    bars = next(data for key, data in components(app).items() if "mistakes.operate_bars" in key)
    np.testing.assert_allclose(bars["shares"], slow_forward(store.weights(run_id), drawn / 255), atol=1e-4)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "x",
        {"token": "other", "pixels": "AAAA"},
        {"pixels": "A" * 5000},
        {"token": 1},
        {"token": "t", "pixels": 7},
    ],
)
def test_a_drawing_that_cannot_be_leaves_the_digit_as_it_is(open_page: OpenPage, store: RunStore, sent: object) -> None:
    predictions = stored(store, newest(store))
    row = int(wrong(predictions)[0])
    app = open_page("mistakes", view="operate", image=str(row))
    app.session_state["mistakes.pad"] = {"drawn": sent}
    app.run()
    assert not app.exception
    bars = next(data for key, data in components(app).items() if "mistakes.operate_bars" in key)
    np.testing.assert_allclose(bars["shares"], predictions.probabilities[row], atol=1e-4)


@pytest.mark.parametrize("view", VIEWS)
def test_bad_runs_never_end_in_a_traceback(open_page: OpenPage, store: RunStore, view: str) -> None:
    run_id = newest(store)
    waiting = store.create(config_from_recipe("two-conv", dataset="mnist-sample"))
    assert "Nothing to evaluate yet" in texts(open_page("mistakes", view=view, run=waiting))
    damage(store.folder(run_id) / "predictions" / "test.npz")
    app = open_page("mistakes", view=view, run=run_id)
    assert not app.exception
    assert not app.error
    assert "cannot be read" in texts(app)
    store.update(run_id, lambda document: document["config"].update(dataset="gone"))
    app = open_page("mistakes", view=view, run=run_id)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("view", ["biography", "case"])
def test_lives_are_told_without_an_epoch_that_is_damaged(open_page: OpenPage, store: RunStore, view: str) -> None:
    run_id = newest(store)
    damage(store.folder(run_id) / "predictions" / "validation-002.npz")
    app = open_page("mistakes", view=view, split="validation")
    assert not app.exception
    assert not app.error
    assert "The predictions after epoch 2 cannot be read; lives are told without them." in texts(app)
    if view == "biography":
        right = np.array([stored(store, run_id, f"validation-{epoch:03d}").correct for epoch in (1, 3, 4)])
        rows = next(data["rows"] for key, data in components(app).items() if "mistakes.fates" in key)
        assert rows[-1][1][0] == f"{(~right.any(axis=0)).sum():,}"  # never learned


@pytest.mark.parametrize("view", VIEWS)
def test_without_weights_the_stored_answers_are_still_shown(open_page: OpenPage, store: RunStore, view: str) -> None:
    (store.folder(newest(store)) / "checkpoints" / "best.npz").unlink()
    app = open_page("mistakes", view=view)
    assert not app.exception
    assert not app.error
    assert "1,000 test digits" in texts(app)


@pytest.mark.parametrize("view", VIEWS)
def test_a_run_without_mistakes_is_praised(open_page: OpenPage, store: RunStore, view: str) -> None:
    run_id = newest(store)
    predictions = stored(store, run_id)
    perfect = Predictions.of_split(predictions.labels, np.eye(10, dtype=np.float32)[predictions.labels])
    save_predictions(store.folder(run_id) / "predictions" / "test.npz", perfect)
    app = open_page("mistakes", view=view)
    assert not app.exception
    assert not app.error
    if view == "gallery":
        assert "Every one of these digits was predicted right." in texts(app)


def test_a_stopped_run_shows_its_validation_mistakes(open_page: OpenPage, runs_folder, sample_only) -> None:
    run_id = finished_run(RunStore(runs_folder), tested=False, epochs=2)
    app = open_page("mistakes")
    predictions = stored(
        RunStore(runs_folder), run_id, f"validation-{RunStore(runs_folder).get(run_id).best_epoch:03d}"
    )
    assert f"{len(wrong(predictions))} wrong digits" in texts(app)


def test_true_and_predicted_label_and_confidence_stand_below_each_digit(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    app = open_page("mistakes", which="all", sort="index")
    shown = next(data["captions"] for key, data in components(app).items() if "mistakes.digits" in key)
    assert shown == [
        (f"{true}→{said.argmax()}" if true != said.argmax() else f"{true}") + f"\n{said.max():.0%}"
        for true, said in zip(predictions.labels[:120], predictions.probabilities[:120], strict=True)
    ]


@pytest.mark.parametrize("view", ["gallery", "case", "operate"])
def test_names_with_punctuation_are_shown_as_they_are(
    open_page: OpenPage, store: RunStore, monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    monkeypatch.setattr(Evaluated, "class_names", property(lambda found: tuple(f"T-*{i}*/top" for i in range(10))))
    app = open_page("mistakes", view=view)
    assert not app.exception
    assert not re.search(r"T-\*\d\*/top", texts(app))  # where Markdown is read, it is escaped
    for key, data in components(app).items():
        assert "\\" not in json.dumps(data, ensure_ascii=False).replace("\\n", ""), key  # where it is not, it is not
