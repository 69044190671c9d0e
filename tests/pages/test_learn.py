"""Lessons, on every page and in every state, and their answers against the stored predictions."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix
from streamlit.testing.v1 import AppTest

from dashboard.navigation import PAGES
from dashboard.shared.lessons import confidence, filters, mistakes
from dashboard.shared.lessons.catalogue import LESSONS
from dashboard.shared.lessons.convolution import LINEAR
from dashboard.state.url_lesson import LessonPlace, Phase, UrlLesson
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.probing.knock_out import knock_out
from mnist_core.runs.bin import delete
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.pages.evaluated_runs import newest, store, stored
from tests.pages.finding import assert_sound, is_shown, links, numbers
from tests.pages.opening import OpenPage

__all__ = ["store"]

WRITTEN = UrlLesson(pages=())


def places(name: str) -> list[str]:
    """Every place in a lesson, as in a link."""
    n = len(LESSONS[name].questions)
    found = [
        LessonPlace(name=name, question=i, phase=phase, predictions=(0,) * (i + (phase is not Phase.PREDICT)))
        for i in range(n)
        for phase in Phase
    ]
    return [WRITTEN.write(place) for place in (*found, LessonPlace(name=name, question=n, predictions=(0,) * n))]


def test_every_lesson_has_a_card_that_opens_its_first_question(open_page: OpenPage) -> None:
    app = open_page("learn")
    assert_sound(app)
    for name, lesson in LESSONS.items():
        assert links(app.get_by_key(f"link_card.learn.{name}")) == [(lesson.page, {"lesson": f"{name}.0p"})]


def test_a_card_says_how_far_the_person_is(open_page: OpenPage) -> None:
    app = open_page("learn", lesson="overfitting.1t.00", done="seeds")
    begun, done, untouched = (app.get_by_key(f"link_card.learn.{name}") for name in ("overfitting", "seeds", "rates"))
    assert links(begun) == [("design", {"lesson": "overfitting.1t.00"})]
    assert len(done.markdown) == len(begun.markdown) == len(untouched.markdown) + 1  # a badge


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("has_runs", [False, True])
def test_every_place_opens(open_page: OpenPage, request: pytest.FixtureRequest, name: str, has_runs: bool) -> None:
    if has_runs:
        request.getfixturevalue("store")
    for place in places(name):
        app = open_page("learn", lesson=place)
        assert_sound(app)
        assert is_shown(app, "lesson"), place


@pytest.mark.parametrize("page", [spec.name for spec in PAGES])
def test_a_lesson_stands_above_every_page(open_page: OpenPage, store: RunStore, page: str) -> None:
    app = open_page(page, lesson="mistakes.0t.1")
    assert_sound(app)
    assert is_shown(app, "lesson")
    assert app.query_params["lesson"] == "mistakes.0t.1"


@pytest.mark.parametrize("place", ["nothing.0p", "seeds.9p.000000000", "seeds.2t.000", "seeds.0t.9"])
def test_a_place_that_no_lesson_has_is_no_lesson(open_page: OpenPage, place: str) -> None:
    app = open_page("learn", lesson=place)
    assert_sound(app)
    assert not is_shown(app, "lesson")
    assert "lesson" not in app.query_params


def test_a_lesson_goes_from_prediction_to_trial_and_is_closed(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("evaluate", view="calibration", lesson="confidence.0p")
    assert app.button(key="lesson.predicted").disabled
    app.radio(key="lesson.confidence.0.prediction").set_value(1).run()
    app.button(key="lesson.predicted").click().run()
    assert app.query_params["lesson"] == "confidence.0t.1"
    app.button(key="lesson.see").click().run()  # the view is open already
    assert app.query_params["lesson"] == "confidence.0a.1"
    app.button(key="lesson.close").click().run()
    assert not is_shown(app, "lesson")
    assert "lesson" not in app.query_params


def test_the_answer_waits_for_the_trial(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("evaluate", view="scores", lesson="confidence.0t.1")
    assert app.button(key="lesson.see").disabled
    app.button(key="lesson.back").click().run()
    assert app.query_params["lesson"] == "confidence.0p"


def test_a_finished_lesson_is_remembered(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("evaluate", lesson="confidence.1a.00")
    app.button(key="lesson.next").click().run()
    assert app.query_params["done"] == "confidence"
    following = list(LESSONS)[list(LESSONS).index("confidence") + 1]
    assert (LESSONS[following].page, f"{following}.0p") in [
        (page, query.get("lesson")) for page, query in links(app.get_by_key("lesson"))
    ]


def test_after_the_last_lesson_one_that_was_left_out_follows(open_page: OpenPage, store: RunStore) -> None:
    *others, last = LESSONS
    n = len(LESSONS[last].questions)
    left_out = others[2]
    done = ".".join(name for name in LESSONS if name != left_out)
    app = open_page("learn", lesson=f"{last}.{n}p.{'0' * n}", done=done)
    assert f"{left_out}.0p" in [query.get("lesson") for _, query in links(app.get_by_key("lesson"))]
    app = open_page("learn", lesson=f"{last}.{n}p.{'0' * n}", done=".".join(LESSONS))
    assert [query.get("lesson") for _, query in links(app.get_by_key("lesson"))] == [None]


@pytest.mark.parametrize("page", ["learn", "evaluate"])
def test_a_lesson_that_was_opened_by_a_link_can_be_closed_and_gone_on_with(
    open_page: OpenPage, store: RunStore, page: str
) -> None:
    app = open_page(page, lesson="confidence.1t.01")
    app.button(key="lesson.close").click().run()
    assert not is_shown(app, "lesson")
    app.switch_page("../pages/learn.py").run()
    assert links(app.get_by_key("link_card.learn.confidence")) == [("evaluate", {"lesson": "confidence.1t.01"})]


def test_a_prediction_that_is_taken_back_is_still_marked(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("learn", lesson="seeds.0t.2")
    app.button(key="lesson.back").click().run()
    assert app.radio(key="lesson.seeds.0.prediction").value == 2


# The answers ---------------------------------------------------------------------------------------------------------


def answer(app: AppTest) -> str:
    """What the panel says, with thousands as they are."""
    return " ".join(element.value for element in app.get_by_key("lesson").markdown)


def test_the_most_frequent_mistake_is_that_of_scikit_learn(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    predicted = predictions.probabilities.argmax(axis=1)
    counts = confusion_matrix(predictions.labels, predicted)
    np.fill_diagonal(counts, 0)
    true, other = np.unravel_index(counts.argmax(), counts.shape)
    text = answer(open_page("evaluate", lesson="mistakes.0a.4"))
    assert re.findall(r"\*\*(\d)\*\*", text) == [str(true), str(other)]
    assert {counts.max(), counts.sum()} <= set(numbers(text))
    rest = (counts == counts.max()).sum()
    assert rest == 1, "the mistake would not be the only most frequent one"


def test_only_the_cell_with_most_images_is_enough(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    counts = confusion_matrix(predictions.labels, predictions.probabilities.argmax(axis=1))
    np.fill_diagonal(counts, 0)
    for place in np.argwhere(counts > 0)[:6].tolist() + [(3, 3)]:
        app = open_page("evaluate", view="confusion", cell=f"{place[0]}-{place[1]}", lesson="mistakes.0t.0")
        assert app.button(key="lesson.see").disabled == (counts[tuple(place)] < counts.max())
    best = np.unravel_index(counts.argmax(), counts.shape)
    app = open_page("evaluate", view="confusion", cell=f"{best[0]}-{best[1]}", lesson="mistakes.0t.0")
    assert not app.button(key="lesson.see").disabled


def test_only_the_surest_mistake_is_enough(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    confidences = predictions.probabilities.max(axis=1)
    wrong = np.flatnonzero(predictions.probabilities.argmax(axis=1) != predictions.labels)
    right = np.flatnonzero(predictions.probabilities.argmax(axis=1) == predictions.labels)
    by_confidence = wrong[np.argsort(confidences[wrong])]
    for position, is_enough in ((right[0], False), (by_confidence[0], False), (by_confidence[-1], True)):
        row = int(predictions.index[position])
        app = open_page("mistakes", image=f"test-{row}", lesson="mistakes.1t.00")
        assert app.button(key="lesson.see").disabled is not is_enough
    text = answer(open_page("mistakes", lesson="mistakes.1a.00"))
    assert f"**{confidences[wrong].mean():.2%}**" in text


def test_forgotten_digits_are_counted_over_the_stored_epochs(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    files = sorted(path.stem for path in (store.folder(run_id) / "predictions").glob("validation-*.npz"))
    epochs = [stored(store, run_id, file) for file in files]
    correct = np.array([epoch.probabilities.argmax(axis=1) == epoch.labels for epoch in epochs])
    n_wrong = int((~correct[-1]).sum())
    n_forgotten = int((~correct[-1] & correct[:-1].any(axis=0)).sum())
    assert 0 < n_forgotten < n_wrong
    text = answer(open_page("mistakes", lesson="mistakes.2a.000"))
    assert n_wrong in numbers(text)
    assert f"**{n_forgotten}**" in text


def test_the_share_of_sure_answers_that_are_right(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    sure = predictions.probabilities.max(axis=1) >= confidence.SURE
    right = predictions.probabilities.argmax(axis=1)[sure] == predictions.labels[sure]
    if not sure.any():
        pytest.fail("no sure answer to test with")
    text = answer(open_page("evaluate", lesson="confidence.0a.0"))
    assert sure.sum() in numbers(text)
    assert f"**{right.mean():.2%}**".replace("100.00%", "100%") in text


def test_the_mistakes_among_the_least_sure_images(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    confidences = predictions.probabilities.max(axis=1)
    n_checked = round(confidence.CHECKED * len(confidences))
    least_sure = np.argsort(confidences, kind="stable")[:n_checked]
    wrong = predictions.probabilities.argmax(axis=1) != predictions.labels
    app = open_page("mistakes", lesson="confidence.1a.00")
    assert f"**{wrong[least_sure].sum()} of {wrong.sum()}**" in answer(app)


def test_what_muted_filters_cost_is_counted_over_the_predictions(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    assert open_page("inside", run=run_id, lesson="filters.0t.0").button(key="lesson.see").disabled
    found = knock_out(store, run_id, "conv_1")
    right, muted_right = found.clean == found.labels, found.predicted == found.labels
    changes = muted_right.mean(axis=1) - right.mean()
    worst = int(changes.argmin())
    text = answer(open_page("inside", run=run_id, lesson="filters.0a.0"))
    assert f"**{muted_right[worst].mean():.2%}**" in text
    assert worst in numbers(text)

    text = answer(open_page("inside", run=run_id, lesson="filters.1a.00"))
    assert re.findall(r"\*\*(\d+) of (\d+)", text) == [(str((changes > -filters.FREE).sum()), str(len(changes)))]

    broken = np.bincount(found.labels[right & ~muted_right[worst]], minlength=10)
    text = answer(open_page("inside", run=run_id, lesson="filters.2a.000"))
    assert re.findall(r"\*\*(\d+)\*\*", text) == [str(broken.max()), str(broken.argmax())]
    for muted, is_enough in ((worst, True), (int(changes.argmax()), False)):
        app = open_page(
            "inside", run=run_id, view="knock_out", mute="conv_1", muted=str(muted), lesson="filters.2t.000"
        )
        assert app.button(key="lesson.see").disabled is not is_enough


def test_a_run_whose_weights_are_damaged_stays_chosen(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    (store.folder(run_id) / "checkpoints" / "best.npz").write_bytes(b"nothing")
    app = open_page("evaluate", run=run_id, lesson="filters.0a.0")
    assert not app.exception
    assert app.get_by_key("lesson").error
    assert app.query_params["run"] == run_id


@pytest.mark.parametrize(("predicted", "is_right"), [(0, True), (1, False), (4, True)])
def test_of_mistakes_that_tie_each_is_right_and_the_answer_names_it(
    open_page: OpenPage, store: RunStore, predicted: int, is_right: bool
) -> None:
    make_mistakes(store, (3, 5), (8, 2), (4, 9), (6, 0), (7, 1))
    text = answer(open_page("evaluate", lesson=f"mistakes.0a.{predicted}"))
    assert ("check_circle" in text) is is_right
    assert {5, 4, 20} <= set(numbers(text))  # so many tie, with so many each, of so many
    named = re.findall(r"\*\*(\d)\*\* (?:predicted )?as \*\*(\d)\*\*", text)
    assert len(named) == 3
    if is_right:
        assert (named[0] == ("4", "9")) is (predicted == mistakes.GUESSES.index((4, 9)))
    options = LESSONS["mistakes"].questions[0].options
    assert [f"**{option}**" in text for option in options] == [
        is_right and place == predicted for place in range(len(options))
    ]


def make_mistakes(store: RunStore, *cells: tuple[int, int], n: int = 4) -> None:
    """Let the newest run predict all test images correctly but a few in each of these cells."""
    run_id = newest(store)
    labels = stored(store, run_id).labels
    predicted = labels.copy()
    for true, other in cells:
        predicted[np.flatnonzero(labels == true)[:n]] = other
    probabilities = np.full((len(labels), 10), 0.01, dtype=np.float32)
    probabilities[np.arange(len(labels)), predicted] = 0.91
    save_predictions(store.predictions_path(run_id, "test"), Predictions.of_split(labels, probabilities))


def unfit(store: RunStore, lesson: str) -> str:
    """The newer run, changed so that the first question of a lesson cannot be answered by it."""
    run_id = newest(store)
    if lesson == "filters":
        store.update(run_id, lambda document: document["config"].update(architecture=LINEAR.to_dict()))
    else:  # it was stopped
        store.update(run_id, lambda document: document["summary"].update(test_accuracy=None))
        store.update(run_id, lambda document: document.update(status="stopped"))
        store.predictions_path(run_id, "test").unlink()
    return run_id


@pytest.mark.parametrize("lesson", [name for name, lesson in LESSONS.items() if lesson.is_about_run])
@pytest.mark.parametrize("phase", ["p", "t.0", "a.0"])
def test_where_the_run_does_not_do_one_that_does_is_offered(
    open_page: OpenPage, store: RunStore, lesson: str, phase: str
) -> None:
    run_id = unfit(store, lesson)
    app = open_page(LESSONS[lesson].page, run=run_id, lesson=f"{lesson}.0{phase}")
    assert_sound(app)
    assert not {"home", "design"} & {page for page, _ in links(app.get_by_key("lesson"))}
    app.button(key="lesson.instead").click().run()
    assert_sound(app)
    assert app.query_params["run"] == store.run_ids()[1]
    assert not is_shown(app, "lesson.instead")
    if phase == "t.0":
        assert LESSONS[lesson].page in [page for page, _ in links(app.get_by_key("lesson"))]


@pytest.mark.parametrize("lesson", [name for name, lesson in LESSONS.items() if lesson.is_about_run])
def test_where_no_run_does_the_way_to_train_leads_to_a_page_that_trains(
    open_page: OpenPage, store: RunStore, lesson: str
) -> None:
    delete(store, store.run_ids()[1])
    run_id = unfit(store, lesson)
    app = open_page(LESSONS[lesson].page, run=run_id, lesson=f"{lesson}.0t.0")
    assert not is_shown(app, "lesson.instead")
    ((page, query),) = links(app.get_by_key("lesson"))
    assert page == "design"
    query.pop("name")
    assert is_shown(open_page("design", **query), "design.start")


def test_before_the_first_run_the_way_to_train_leads_to_its_button(open_page: OpenPage) -> None:
    ((page, query),) = links(open_page("learn", lesson="mistakes.0t.0").get_by_key("lesson"))
    assert page == ""  # the address of Home
    assert is_shown(open_page("home", **query), "home.start")


@pytest.mark.parametrize(("place", "is_held_back"), [("0p", True), ("0t.0", True), ("0a.0", False), ("1p.0", False)])
def test_the_verdict_is_not_shown_before_the_question_that_it_answers(
    open_page: OpenPage, store: RunStore, place: str, is_held_back: bool
) -> None:
    app = open_page("evaluate", lesson=f"mistakes.{place}")
    assert is_shown(app, "evaluate.verdict") is not is_held_back
    app.button(key="lesson.close").click().run()
    assert is_shown(app, "evaluate.verdict")


@pytest.mark.parametrize("phase", ["p", "t.0", "a.0"])
def test_a_run_that_is_not_scored_is_named(open_page: OpenPage, store: RunStore, phase: str) -> None:
    waiting = store.create(config_from_recipe("two-conv", dataset="mnist-sample"), name="Not yet")
    app = open_page("train", run=waiting, lesson=f"mistakes.0{phase}")
    assert_sound(app)
    panel = app.get_by_key("lesson")
    shown = [element.value for kind in ("markdown", "caption") for element in panel.get(kind)]
    assert any("Not yet" in text for text in shown)


@pytest.mark.parametrize("name", ["mistakes", "confidence", "filters"])
def test_a_run_on_other_things_than_digits_is_not_judged(open_page: OpenPage, store: RunStore, name: str) -> None:
    run_id = newest(store)
    store.update(run_id, lambda document: document["config"].update(dataset="fashion-mnist"))
    app = open_page("learn", run=run_id, lesson=f"{name}.0t.0")
    assert_sound(app)
    assert app.button(key="lesson.see").disabled


def test_a_second_click_on_the_same_button_goes_no_further(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("evaluate", view="calibration", lesson="confidence.0t.1")
    app.button(key="lesson.see").click()
    app.run()
    assert not is_shown(app, "lesson.see")
    assert app.query_params["lesson"] == "confidence.0a.1"


@pytest.mark.parametrize("phase", ["t", "a"])
def test_a_damaged_run_is_told_in_the_panel_and_the_page_is_drawn(
    open_page: OpenPage, store: RunStore, phase: str
) -> None:
    run_id = newest(store)
    (store.folder(run_id) / "predictions" / "test.npz").write_bytes(b"nothing")
    app = open_page("learn", run=run_id, lesson=f"mistakes.0{phase}.0")
    assert not app.exception
    assert len(app.get_by_key("lesson").error) == len(app.error) == 1
    assert "test.npz" in app.error[0].value.replace("\\", "")
    assert links(app.get_by_key("link_card.learn.seeds"))
