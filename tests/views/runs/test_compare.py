"""The digits that moved between two runs can be exported."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from dashboard.shared.digits import export
from mnist_core.runs.store import RunStore
from tests.pages.evaluated_runs import stored
from tests.pages.finding import assert_sound, component
from tests.pages.opening import OpenPage


def test_the_digits_that_moved_are_exported_as_the_later_run_predicts_them(
    open_page: OpenPage, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported: dict[str, Any] = {}
    make = export._maker
    monkeypatch.setattr(export, "_maker", lambda found, positions, ending: exported.update({ending: (found, positions)})
                        or make(found, positions, ending))  # fmt: skip
    ids = sorted(store.run_ids())
    first, second = (stored(store, run_id) for run_id in ids)
    said = [one.probabilities.argmax(axis=1) for one in (first, second)]
    change = np.subtract(*(confusion_matrix(first.labels, one, labels=range(10)) for one in said[::-1]))
    true, predicted = np.argwhere(change * (1 - np.eye(10)) != 0)[0]
    app = open_page("runs", view="compare", runs=".".join(ids), cell=f"{true}-{predicted}")
    assert_sound(app)
    moved = component(app, "runs.moved")["ids"]
    found, positions = exported["csv"]
    assert found.predictions.index[positions].tolist() == moved
    assert found.run.run_id == ids[1]
