"""The embedding of the hidden vectors of a run."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np

from mnist_core.runs.store import RunStore
from tests.finished_runs import SMALL, finished_run
from tests.pages.finding import assert_sound, component, says
from tests.pages.opening import OpenPage


def test_the_last_hidden_layer_of_a_run_has_an_embedding(open_page_at_rest: OpenPage, runs_folder: Path) -> None:
    run_id = finished_run(RunStore(runs_folder))
    app = open_page_at_rest("explore", view="embedding", map="network_pca", run=run_id, split="test", colour="correct")
    assert_sound(app)
    points = np.frombuffer(base64.b64decode(component(app, "explore.map")["points"]), "<f4").reshape(-1, 2)
    assert len(points) == 1000
    assert np.isfinite(points).all()
    assert len(np.unique(points, axis=0)) > 900
    assert says(app, SMALL.rows[-2].name)
