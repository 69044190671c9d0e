"""The context comes along from page to page, and never mixes images, runs and data sets."""

from __future__ import annotations

from urllib.parse import parse_qsl

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.navigation import available_specs
from dashboard.shared.context.bar import JUDGED_WORDS, TEST, VALIDATION
from dashboard.shared.runs.names import run_labels
from dashboard.shared.runs.picker import NO_RUN
from dashboard.state.current import JudgedSplit
from dashboard.views.inside.choices import InsideView
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.runs import bin as bins
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.finished_runs import finished_run
from tests.pages.evaluated_runs import newest, store, stored
from tests.pages.finding import assert_sound, component, components, is_shown, links, numbers, says, setting, texts
from tests.pages.opening import OpenPage

__all__ = ["store"]

ABOUT_RUNS = ("train", "evaluate", "mistakes", "inside")
ABOUT_DIGITS = ("explore", "evaluate", "mistakes", "inside")
GONE = "20200101-000000-abcdef"


def chosen_run(app: AppTest) -> str:
    return app.selectbox(key="context.run").value


@pytest.mark.parametrize("page", ABOUT_RUNS)
def test_the_newest_run_is_shown_and_is_in_the_link(open_page: OpenPage, store: RunStore, page: str) -> None:
    app = open_page(page)
    assert chosen_run(app) == newest(store) == app.query_params["run"]


def test_a_trial_of_a_search_is_shown_only_if_it_is_chosen(open_page: OpenPage, store: RunStore) -> None:
    new, old = store.run_ids()
    store.set(new, study={"name": "search"})
    assert chosen_run(open_page("evaluate")) == old
    assert chosen_run(open_page("evaluate", run=new)) == new


@pytest.mark.parametrize("page", ABOUT_RUNS)
def test_a_link_picks_its_run_and_another_changes_the_link(open_page: OpenPage, store: RunStore, page: str) -> None:
    new, old = store.run_ids()
    app = open_page(page, run=old)
    assert chosen_run(app) == old
    app.selectbox(key="context.run").set_value(new).run()
    assert_sound(app)
    assert chosen_run(app) == new == app.query_params["run"]


@pytest.mark.parametrize("page", ABOUT_RUNS)
def test_a_link_that_names_no_run_is_said_until_another_is_picked(
    open_page: OpenPage, store: RunStore, page: str
) -> None:
    app = open_page(page, run="nonsense")
    assert [len(app.warning), says(app, "nonsense")] == [1, True]
    assert chosen_run(app) == newest(store) == app.query_params["run"]
    app.run()
    assert len(app.warning) == 1
    app.selectbox(key="context.run").set_value(store.run_ids()[1]).run()
    assert len(app.warning) == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 5000, "run " + "x" * 40 + "… on"),
        ("../../etc", r"run \.\.\/\.\.\/etc on"),
        ("<img src=x onerror=alert(1)>", r"run \<img src\=x onerror\=alert\(1\)\> on"),
        ("[a](https://example.org)", r"run \[a\]\(https\:"),
        ("a\u202e\x00\nb", "run a b on"),
        ("\u202e", "run of this name on"),
    ],
)
def test_what_a_link_has_in_place_of_a_run_is_shown_cut_and_as_text(
    open_page: OpenPage, store: RunStore, text: str, shown: str
) -> None:
    app = open_page("evaluate", run=text)
    assert shown in app.warning[0].value.replace("\u2060", "")


def test_a_link_without_a_run_or_to_a_real_one_is_no_cause_for_a_notice(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("evaluate", run="")
    assert len(app.warning) == 0
    app = open_page("evaluate", run="nonsense")
    app.query_params["run"] = store.run_ids()[1]
    app.switch_page("../pages/mistakes.py").run()
    assert [len(app.warning), app.query_params["run"]] == [0, store.run_ids()[1]]


@pytest.mark.parametrize("page", ABOUT_RUNS)
def test_a_run_that_is_gone_is_said_and_another_can_be_picked(open_page: OpenPage, store: RunStore, page: str) -> None:
    app = open_page(page, run=GONE)
    assert [len(app.warning), says(app, GONE)] == [1, True]
    app.selectbox(key="context.run").set_value(newest(store)).run()
    assert chosen_run(app) == newest(store)
    assert len(app.warning) == 0


@pytest.mark.parametrize("page", [spec.name for spec in available_specs() if spec.name != "explore"])
def test_the_run_and_the_digit_are_in_the_link_of_every_page(open_page: OpenPage, store: RunStore, page: str) -> None:
    old = store.run_ids()[-1]
    app = open_page(page, run=old, image="test-77")
    assert_sound(app)
    assert (app.query_params["run"], app.query_params["image"]) == (old, "test-77")


@pytest.mark.parametrize("page", ABOUT_RUNS)
def test_without_runs_a_next_step_is_shown(open_page: OpenPage, page: str) -> None:
    app = open_page(page)
    assert_sound(app)
    assert links(app.get_by_key("empty_state")) == [("", {}), ("design", {})]
    assert app.selectbox(key="context.run").disabled
    assert app.selectbox(key="context.digit.none").disabled  # the bar is whole


def test_explore_shows_no_run_until_one_is_chosen(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("explore")
    assert "run" not in app.query_params
    app.selectbox(key="context.run").set_value(newest(store)).run()
    assert app.query_params["run"] == newest(store)
    app.selectbox(key="explore_sort.by").set_value("loss").run()  # a column of the run
    assert app.query_params["sort"] == "loss"


@pytest.mark.parametrize("page", ABOUT_DIGITS)
def test_an_open_digit_is_named_with_its_label_on_every_page(open_page: OpenPage, store: RunStore, page: str) -> None:
    label = int(load_dataset("mnist-sample").test.labels[77])
    app = open_page(page, run=newest(store), image="test-77")
    assert_sound(app)
    assert says(app.get_by_key("context.digit"), 77)
    assert says(app.get_by_key("context.digit"), label)
    predicted = int(stored(store, newest(store)).probabilities[77].argmax())
    assert says(app.get_by_key("context.digit"), "Run two", predicted)
    assert app.query_params["image"] == "test-77"


@pytest.mark.parametrize("page", ["explore", "mistakes"])
def test_the_bar_names_the_digit_that_is_clicked_below_it(open_page: OpenPage, store: RunStore, page: str) -> None:
    app = open_page(page, run=newest(store))
    (grid,) = (key for key in components(app) if key.startswith(("explore.grid", "mistakes.digits")))
    app.session_state[grid] = {"picked": 3}
    app.run()
    assert_sound(app)
    row = component(app, grid)["ids"][3]
    assert app.query_params["image"].endswith(f"-{row}")
    assert says(app.get_by_key("context.digit"), row)


def test_explore_shows_the_split_of_a_digit_that_comes_along_once(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("inside", run=newest(store), image="test-3")
    app.switch_page("../pages/explore.py").run()
    assert app.query_params["split"] == "test"
    grid = next(data for key, data in components(app).items() if key.startswith("explore.grid"))
    assert grid["ids"][grid["selected"]] == 3
    (split,) = (box for box in app.selectbox if (box.key or "").startswith("linked.browsed_split"))
    split.set_value("train").run()
    app.run()
    assert "split" not in app.query_params
    assert "split" not in open_page("explore", image="test-3").query_params  # as its link says


def test_a_digit_opened_in_the_gallery_is_the_one_in_look_inside(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("mistakes", view="explain", sort="-confidence")
    app.button(key="mistakes.next").click().run()
    image = app.query_params["image"]
    row = int(numbers(image)[0])
    app.switch_page("../pages/inside.py").run()
    assert app.query_params["image"] == image
    assert says(app.get_by_key("inside.digit"), row, int(load_dataset("mnist-sample").test.labels[row]))


def test_a_validation_digit_is_shown_inside_by_its_training_row(open_page: OpenPage, store: RunStore) -> None:
    best = stored(store, newest(store), f"validation-{store.get(newest(store)).best_epoch:03d}")
    row = int(best.index[5])
    app = open_page("inside", run=newest(store), image=f"train-{row}")
    assert says(app.get_by_key("inside.digit"), f"{row:,}", int(load_dataset("mnist-sample").train.labels[row]))
    np.testing.assert_allclose(component(app, "inside.probabilities")["shares"], best.probabilities[5], atol=1e-4)


def test_the_digit_of_another_data_set_is_not_taken_for_one_of_the_run(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("inside", run=newest(store), data="optical-digits", image="test-77")
    assert_sound(app)
    assert not says(app.get_by_key("inside.digit"), 77)
    app = open_page("mistakes", run=newest(store), data="optical-digits", image="test-77", view="explain")
    assert_sound(app)
    probabilities = stored(store, newest(store)).probabilities[77]
    assert not np.allclose(component(app, "mistakes.case_bars")["shares"], probabilities, atol=1e-4)


def test_a_chosen_run_brings_its_data_set(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("explore", data="optical-digits")
    app.selectbox(key="context.run").set_value(newest(store)).run()
    assert "data" not in app.query_params
    assert says(app.get_by_key("origin"), load_dataset("mnist-sample").title)


def test_the_open_digit_stays_with_its_data_set(open_page: OpenPage, store: RunStore) -> None:
    new, old = store.run_ids()
    other = finished_run(store, name="Elsewhere", seed=5)
    store.update(other, lambda document: document["config"].update(dataset="optical-digits"))
    app = open_page("train", run=new, image="test-77")
    app.selectbox(key="context.run").set_value(old).run()
    assert app.query_params["image"] == "test-77"
    app.selectbox(key="context.run").set_value(other).run()
    assert_sound(app)
    assert "image" not in app.query_params
    app = follow(open_page("train", run=new, image="test-77"), "evaluate", run=old)
    assert app.query_params["image"] == "test-77"
    assert "image" not in follow(app, "train", run=other).query_params


def test_a_link_to_another_run_leaves_the_checkpoint_of_the_one_before(open_page: OpenPage, store: RunStore) -> None:
    new, old = store.run_ids()
    app = open_page("evaluate", run=new, split="validation", epoch="2")
    assert follow(app, "mistakes", run=new).query_params["epoch"] == "2"
    app = follow(app, "evaluate", run=old)
    assert_sound(app)
    assert "epoch" not in app.query_params
    assert follow(app, "mistakes", run=new, epoch="3").query_params["epoch"] == "3"


def test_a_link_to_another_run_brings_its_data_set_as_choosing_it_does(open_page: OpenPage, store: RunStore) -> None:
    new, old = store.run_ids()
    app = open_page("explore", run=new, data="optical-digits", image="test-77", labels="3")
    app = follow(app, "evaluate", run=old)
    assert_sound(app)
    assert [param for param in ("data", "image") if param in app.query_params] == []
    app = follow(app, "explore")
    assert [param for param in ("data", "image", "labels") if param in app.query_params] == []
    assert says(app.get_by_key("origin"), load_dataset("mnist-sample").title)
    app = follow(app, "evaluate", run=new, data="optical-digits", image="test-5")  # unless it names another
    assert (app.query_params["data"], app.query_params["image"]) == ("optical-digits", "test-5")


def test_a_data_set_stays_chosen_where_the_page_takes_the_newest_run_by_itself(
    open_page: OpenPage, store: RunStore
) -> None:
    app = follow(open_page("explore", data="optical-digits", image="test-77"), "evaluate")
    assert_sound(app)
    assert app.query_params["run"] == newest(store)
    app = follow(app.run(), "explore")
    assert (app.query_params["data"], app.query_params["image"]) == ("optical-digits", "test-77")


def test_an_open_digit_stays_with_its_data_set_where_the_newest_run_is_on_another(
    open_page: OpenPage, store: RunStore
) -> None:
    store.update(newest(store), lambda document: document["config"].update(dataset="optical-digits"))
    label = int(load_dataset("mnist-sample").test.labels[77])
    app = follow(open_page("explore", image="test-77"), "train").run()
    assert_sound(app)
    assert app.query_params["run"] == newest(store)
    assert says(app.get_by_key("context.digit"), 77, load_dataset("mnist-sample").title)
    assert says(app.get_by_key("context.digit"), label)


def test_another_data_set_has_no_digit_and_no_filter_of_the_one_before(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("explore", image="test-77", labels="3", page="2")
    (box,) = (box for box in app.selectbox if (box.key or "").startswith("linked.data"))
    box.set_value("optical-digits").run()
    assert_sound(app)
    assert list(app.query_params) == ["data"]


@pytest.mark.parametrize("gone", ["the run itself", "deleted", "other images"])
def test_a_run_that_cannot_be_compared_with_is_none(open_page: OpenPage, store: RunStore, gone: str) -> None:
    new, old = store.run_ids()
    app = open_page("evaluate", run=new, **{"with": old})
    if gone == "the run itself":
        app = follow(app, "mistakes", run=old)
    elif gone == "deleted":
        bins.delete(store, old)
        app.run()
    else:
        store.update(old, lambda document: document["dataset"].update(sha256="0" * 64))
        app.run()
    assert_sound(app)
    box = setting(app.selectbox, "context.compared")
    assert (box.value, "with" in app.query_params) == (NO_RUN, False)


def test_a_link_that_names_a_number_opens_so_many_digits(open_page: OpenPage, store: RunStore) -> None:
    new, old = store.run_ids()
    app = open_page("mistakes", run=new, true="4", which="all", **{"with": old})
    app = follow(app, "evaluate", run=new, **{"with": old})
    found = app.get_by_key("comparison").get("page_link")
    assert len(found) == 2
    for link in found:
        query = dict(parse_qsl(link.proto.query_string))
        opened = follow(app, "mistakes", **query)
        assert n_shown(opened) == numbers(link.proto.label)[0]
        app = follow(opened, "evaluate", run=new, **{"with": old})


def n_shown(app: AppTest) -> float:
    """How many digits the gallery on Mistakes says that it shows."""
    return numbers(" ".join(texts(app.get_by_key("mistakes.shown"))))[0]


def follow(app: AppTest, page: str, **url: str) -> AppTest:
    """Click a link to a page."""
    app.switch_page(f"../pages/{page}.py")
    app.query_params.clear()
    for param, value in url.items():
        app.query_params[param] = value
    return app.run()


def test_only_runs_on_the_same_images_can_be_compared(open_page: OpenPage, store: RunStore) -> None:
    new, old = store.run_ids()
    other = finished_run(store, name="Elsewhere", seed=5)
    store.update(other, lambda document: document["dataset"].update(sha256="0" * 64))
    app = open_page("evaluate", run=new)
    assert len(app.selectbox(key="context.compared").options) == 2  # none, and the older one
    app = open_page("evaluate", run=new, **{"with": old})
    here, there = (stored(store, run_id).correct for run_id in (new, old))
    assert app.selectbox(key="context.compared").value == old
    comparison = app.get_by_key("comparison")
    assert says(comparison, *(f"{100 * correct.mean():.2f}%" for correct in (here, there)))
    counts = [numbers(link.proto.label)[0] for link in comparison.get("page_link")]
    assert counts == [(here & ~there).sum(), (there & ~here).sum()]
    assert not is_shown(open_page("evaluate", run=new, **{"with": other}), "comparison")


@pytest.mark.parametrize(
    ("page", "query", "shown"),
    [
        ("evaluate", {}, TEST),
        ("evaluate", {"split": "validation"}, VALIDATION),
        ("evaluate", {"view": "by_epoch"}, VALIDATION),
        ("evaluate", {"view": "robustness", "split": "validation"}, TEST),
        ("mistakes", {"split": "validation"}, VALIDATION),
        ("train", {}, VALIDATION),
        ("runs", {"view": "ledger", "split": "validation"}, TEST),
    ],
)
def test_the_bar_says_which_split_is_shown(
    open_page: OpenPage, store: RunStore, page: str, query: dict[str, str], shown: JudgedSplit
) -> None:
    assert split_in_the_bar(open_page(page, run=newest(store), **query)) == shown


@pytest.mark.parametrize("page", ["evaluate", "mistakes"])
def test_the_bar_says_which_split_is_shown_instead_of_the_chosen_one(
    open_page: OpenPage, store: RunStore, page: str
) -> None:
    stopped = finished_run(store, name="Unscored", tested=False)
    app = open_page(page, run=stopped)
    assert_sound(app)
    assert split_in_the_bar(app) == VALIDATION
    assert says(app.get_by_key("origin"), "validation")


def split_in_the_bar(app: AppTest) -> JudgedSplit:
    """What the box of the split shows."""
    (box,) = (box for box in app.selectbox if (box.key or "").startswith(("linked.judged_split", "context.split")))
    return next(split for split, words in JUDGED_WORDS.items() if words == box.options[box.index])


def test_the_checkpoint_is_that_of_the_validation_images(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("evaluate", split="validation", epoch="2")
    assert_sound(app)
    after_two = stored(store, newest(store), "validation-002")
    assert app.get_by_key("evaluate.figures").get("metric")[0].value == f"{after_two.accuracy:.2%}"
    best = stored(store, newest(store), f"validation-{store.get(newest(store)).best_epoch:03d}")
    app = open_page("evaluate", split="validation", epoch="99")  # of a longer run
    assert [len(app.info), app.get_by_key("evaluate.figures").get("metric")[0].value] == [0, f"{best.accuracy:.2%}"]
    app = open_page("evaluate", epoch="2")  # test images have one checkpoint only
    assert app.get_by_key("evaluate.figures").get("metric")[0].value == f"{stored(store, newest(store)).accuracy:.2%}"


def test_a_label_has_the_name_the_score_with_its_data_and_the_time(store: RunStore) -> None:
    waiting = store.create(config_from_recipe("softmax-regression", dataset="mnist-sample"), name="My net")
    label = run_labels([store.get(waiting)])[waiting]
    day, time = f"{waiting[:4]}-{waiting[4:6]}-{waiting[6:8]}", f"{waiting[9:11]}:{waiting[11:13]}"
    assert [fact for fact in ("My net", "queued", day, time) if fact not in label] == []
    last = store.run_ids()[-1]
    scored = run_labels([store.get(last)])[last]
    assert f"1,000 {load_dataset('mnist-sample').title}" in scored


def test_a_name_read_from_right_to_left_leaves_the_facts_after_it_in_their_order(
    open_page: OpenPage, store: RunStore
) -> None:
    run_id = store.create(config_from_recipe("softmax-regression", dataset="mnist-sample"), name="net שלום")
    label = run_labels([store.get(run_id)])[run_id]
    assert label.startswith("\u2068net שלום\u2069 · ")
    app = open_page("evaluate", run=run_id)
    assert label in app.get_by_key("context").get("selectbox")[0].options
    assert store.get(run_id).name == "net שלום"


@pytest.mark.parametrize("split", ["test", "validation"])
def test_the_link_from_a_digit_to_its_explanation_opens_that_digit(
    open_page: OpenPage, store: RunStore, split: str
) -> None:
    best = f"validation-{store.get(newest(store)).best_epoch:03d}"
    predictions = stored(store, newest(store), "test" if split == "test" else best)
    position = int(np.flatnonzero(predictions.labels != predictions.probabilities.argmax(axis=1))[2])
    row, true = int(predictions.index[position]), int(predictions.labels[position])
    predicted = int(predictions.probabilities[position].argmax())
    rows = {"test": f"test-{row}", "validation": f"train-{row}"}
    cell = f"{true}-{predicted}"
    evaluate = open_page("evaluate", split=split, view="confusion", cell=cell, image=rows[split])
    ways = [query for page, query in links(evaluate) if page == "mistakes" and query.get("view") == "explain"]
    assert len(ways) == 2  # beside the digit, and in the context bar
    for query in ways:
        explained = open_page("mistakes", **query)
        assert_sound(explained)
        np.testing.assert_allclose(
            component(explained, "mistakes.case_bars")["shares"], predictions.probabilities[position], atol=1e-4
        )


def test_another_run_can_be_chosen_only_in_views_that_show_its_predictions(
    open_page: OpenPage, store: RunStore
) -> None:
    app = open_page("inside", view=InsideView.FILTERS, run=newest(store), **{"with": store.run_ids()[1]})
    assert app.selectbox(key="context.compared").disabled
    app.segmented_control(key="linked.inside_view").set_value(InsideView.ACTIVATIONS).run()
    assert not app.selectbox(key="context.compared").disabled
    assert app.selectbox(key="context.compared").value == store.run_ids()[1]
