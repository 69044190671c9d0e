"""The embeddings of pixels and of the hidden vectors of a run, and that the sentences about them are true."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA

from dashboard.views.explore.embedding import sample_words
from mnist_core.data.dataset import SplitName
from mnist_core.data.finding.tsne import map_rows
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.network.forward import last_hidden
from mnist_core.runs.store import RunStore
from tests.finished_runs import SMALL, UNIT, finished_run
from tests.pages.finding import assert_sound, component, numbers, says
from tests.pages.opening import OpenPage


def test_the_last_hidden_layer_of_a_run_has_an_embedding(open_page_at_rest: OpenPage, runs_folder: Path) -> None:
    store = RunStore(runs_folder)
    run_id = finished_run(store)
    app = open_page_at_rest("explore", view="embedding", map="network_pca", run=run_id, split="test", colour="correct")
    assert_sound(app)
    points = np.frombuffer(base64.b64decode(component(app, "explore.map")["points"]), "<f4").reshape(-1, 2)
    assert len(points) == 1000
    assert np.isfinite(points).all()
    assert len(np.unique(points, axis=0)) > 900
    vectors = last_hidden(SMALL, store.weights(run_id), UNIT.apply(load_dataset("mnist-sample").test.images))
    share = PCA(n_components=2).fit(vectors).explained_variance_ratio_.sum()
    assert says(app, SMALL.rows[-2].name, f"{share:.2%}")


def test_the_embedding_of_pixels_is_their_projection_and_says_its_share_of_the_variance(
    open_page_at_rest: OpenPage,
) -> None:
    pixels = load_dataset("mnist-sample").test.images.reshape(1000, -1).astype(float)
    fitted = PCA(n_components=2).fit(pixels)
    app = open_page_at_rest("explore", view="embedding", map="pca", split="test")
    assert says(app, f"{fitted.explained_variance_ratio_.sum():.2%}")
    points = np.frombuffer(base64.b64decode(component(app, "explore.map")["points"]), "<f4").reshape(-1, 2)
    for axis in range(2):
        assert abs(np.corrcoef(points[:, axis], fitted.transform(pixels)[:, axis])[0, 1]) > 0.9999


def test_a_sample_of_a_split_is_called_one_with_both_counts() -> None:
    sample = load_dataset("mnist-sample")
    rows = map_rows(sample, SplitName.TRAIN, limit=500)
    assert numbers(sample_words(sample, SplitName.TRAIN, rows)) == [len(rows), len(sample.train)]
    assert np.bincount(sample.train.labels[rows]).tolist() == [50] * 10
    assert sample_words(sample, SplitName.TEST, map_rows(sample, SplitName.TEST)) == ""
