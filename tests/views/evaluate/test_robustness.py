"""What was measured of a run's robustness: the digits behind each point, and runs beside each other."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.probing.corruptions import CORRUPTIONS, N_STRENGTHS
from mnist_core.probing.robustness import measure_robustness, robustness_path
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run
from tests.pages.evaluated_runs import newest
from tests.pages.finding import assert_sound, component, figure, has_component, pictures, says
from tests.pages.opening import OpenPage


def test_a_digit_is_shown_at_every_strength_also_when_all_are_right(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    found = measure_robustness(store, run_id, names=("rotation",))
    path = robustness_path(store, store.get(run_id))
    with np.load(path) as file:
        arrays = dict(file)
    arrays["predicted"][0, 0] = arrays["labels"]
    np.savez(path, **arrays)
    app = open_page("evaluate", view="robustness", corruption="rotation", strength="1")
    assert says(app.get_by_key("evaluate.corrupted_digits"), 0, 1000)
    assert not has_component(app, "evaluate.corrupted")
    assert component(app, "evaluate.corrupted_row")["count"] == N_STRENGTHS + 1
    app = open_page("evaluate", view="robustness", corruption="rotation", strength="8")
    first = int(found.rows[np.flatnonzero(found.predicted[0, 7] != found.labels)[0]])
    assert says(app.get_by_key("evaluate.corrupted_digits"), first)
    as_it_is = pictures(app, "evaluate.corrupted_row")[0]
    np.testing.assert_array_equal(as_it_is, load_dataset("mnist-sample").test.images[first])


def test_the_axis_has_the_true_strengths_and_a_drop_both_numbers(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    found = measure_robustness(store, run_id, names=("rotation",))
    right = (found.predicted[0] == found.labels).sum(axis=1).tolist()
    clean, n = int((found.clean == found.labels).sum()), len(found.labels)
    strengths = CORRUPTIONS["rotation"].strengths
    first = next(i for i, count in enumerate(right) if 20 * (clean - count) > n)
    app = open_page("evaluate", view="robustness", corruption="rotation")
    line = figure(app, "evaluate.robustness.rotation")["data"][0]
    assert line["x"] == [0, *strengths]
    assert line["y"] == pytest.approx([clean / n, *(count / n for count in right)])
    assert figure(app, "evaluate.robustness.rotation")["layout"]["yaxis"]["range"] == [0, 1]
    assert says(app.get_by_key("evaluate.drop"), f"{right[first] / n:.2%}", f"{clean / n:.2%}", strengths[first])
    assert component(app, "evaluate.corruptions")["rows"][0][2][0].split()[0] == f"{strengths[first]:g}"


def test_what_is_tested_already_is_shown_before_all_of_it_is(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    measure_robustness(store, run_id, names=("rotation",))
    run = store.get(run_id)
    robustness_path(store, run).rename(robustness_path(store, run, is_partial=True))
    app = open_page("evaluate", view="robustness")
    assert app.button(key="evaluate.measure")
    assert len(component(app.get_by_key("evaluate.robustness_so_far"), "evaluate.corruptions")["rows"]) == 1


def test_runs_that_look_the_same_are_told_apart_in_the_chart(open_page: OpenPage, store: RunStore) -> None:
    twins = [finished_run(store, name="Twin", epochs=1) for _ in range(2)]
    measure_robustness(store, twins[0], names=("rotation",))
    shutil.copytree(store.folder(twins[0]) / "robustness", store.folder(twins[1]) / "robustness")
    app = open_page("evaluate", view="robustness", run=twins[0])
    app.multiselect(key="evaluate.compared").select(twins[1]).run()
    assert_sound(app)
    traces = figure(app, "evaluate.robustness.rotation")["data"]
    names = {trace["name"] for trace in traces if trace.get("name")}
    assert len(names) == 2
    assert all(any(run_id[-6:] in name for name in names) for run_id in twins)
    app.selectbox(key="context.run").set_value(twins[1]).run()  # what was compared with is now what is looked at
    assert_sound(app)
    assert app.multiselect(key="evaluate.compared").value == []
