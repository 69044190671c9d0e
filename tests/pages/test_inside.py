"""Look inside: what it shows is what the numpy forward pass and the stored weights say."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.data.dataset import Dataset
from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.files import write_arrays
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import (
    Activate,
    Activation,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool,
    MaxPool,
    Residual,
    SeparableConv,
)
from mnist_core.models.recipes import RECIPES
from mnist_core.network.forward import forward
from mnist_core.runs.store import RunStore
from tests.inspected_runs import UNIT, of_layers, of_recipe, run_of, score
from tests.pages.conftest import OpenPage

EVERY_KIND = Architecture(
    layers=(
        *(Conv(filters=3, activation=Activation.LINEAR), BatchNorm(), Activate(), SeparableConv(filters=4), MaxPool()),
        *(Residual(filters=5), AveragePool(), Dropout(), GlobalAveragePool(), Dense(units=6)),
    )
)
NO_CONVOLUTION = Architecture(layers=(AveragePool(), Flatten(), Dense(units=6)))


@pytest.fixture
def store(runs_folder: Path) -> RunStore:
    return RunStore(runs_folder)


def texts(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.error, *app.warning, *app.info, *app.subheader]
    return "\n".join(part.value for part in parts)


@pytest.fixture
def sample(sample_only: Path) -> Dataset:
    return load_dataset("mnist-sample")


def test_without_runs_it_says_what_to_do(open_page: OpenPage) -> None:
    app = open_page("inside")
    assert not app.exception
    assert "No run to show yet" in texts(app)


@pytest.mark.parametrize(
    "scaler",
    [UNIT, Scaler(kind=Scaling.L2_ROWS), Scaler(kind=Scaling.STANDARDISED, mean=33.3, std=78.6)],
    ids=lambda scaler: scaler.kind,
)
def test_the_digit_of_the_link_is_read_as_the_forward_pass_with_the_runs_own_scaling_reads_it(
    open_page: OpenPage, store: RunStore, sample: Dataset, scaler: Scaler
) -> None:
    run_id = run_of(store, of_recipe("lenet-5"), scaler=scaler)
    app = open_page("inside", run=run_id, image="321")
    assert not app.exception
    probabilities = forward(
        store.get(run_id).config.architecture, store.weights(run_id), scaler.apply(sample.test.images[321:322])
    )[0]
    assert f"**Test digit 321**  \nTrue label **{sample.test.labels[321]}**" in texts(app)
    assert f"Read as **{probabilities.argmax()}** with {100 * probabilities.max():.1f}%" in texts(app)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_can_be_looked_into(open_page: OpenPage, store: RunStore, recipe: str) -> None:
    app = open_page("inside", run=run_of(store, of_recipe(recipe)), label="7")
    assert not app.exception
    assert not app.error
    assert "True label **7**" in texts(app)
    for row in RECIPES[recipe].architecture.rows[:-1]:
        assert f"**{row.name}** · " in texts(app)


@pytest.mark.parametrize("row", EVERY_KIND.rows[:-1], ids=lambda row: row.name)
def test_a_channel_of_every_kind_of_layer_can_be_opened(open_page: OpenPage, store: RunStore, row) -> None:
    app = open_page("inside", run=run_of(store, of_layers(EVERY_KIND)), channel=f"{row.name}-2")
    assert not app.exception
    assert not app.error
    assert "passes on what it gets" in texts(app) if row.kind == "dropout" else f"2 of {row.name}**" in texts(app)


def test_misread_and_right_digits_can_be_chosen_from(open_page: OpenPage, store: RunStore, sample: Dataset) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    score(store, run_id, sample, wrong=[500, 3, 77])
    assert "**Test digit 500**" in texts(open_page("inside", run=run_id, which="wrong"))  # the surest comes first
    assert "**Test digit 0**" in texts(open_page("inside", run=run_id, which="right"))
    of_label = np.flatnonzero(sample.test.labels == 4)
    assert f"**Test digit {of_label[0]}**" in texts(open_page("inside", run=run_id, label="4"))


def test_without_scores_all_test_digits_can_still_be_sent_through(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("inside", run=run_of(store, of_recipe("lenet-5"), status="stopped"), which="wrong")
    assert not app.exception
    assert "not known which of them are misread" in texts(app)
    assert "**Test digit 0**" in texts(app)


def test_filters_are_shown_with_their_statistics(open_page: OpenPage, store: RunStore) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    app = open_page("inside", run=run_id, view="filters", layer="conv_2/kernel", filter="5")
    assert not app.exception
    assert "**16 filters of 5 × 5** on 6 inputs" in texts(app)
    kernel = store.weights(run_id)["conv_2/kernel"][..., 5]
    assert f"**Filter 5** · weights {kernel.min():.3f} to {kernel.max():.3f}" in texts(app)
    assert app.dataframe[0].value["Norm"][5] == pytest.approx(float(np.linalg.norm(kernel)), rel=1e-4)


def test_a_network_without_convolutions_says_so_and_shows_templates_where_it_has_some(
    open_page: OpenPage, store: RunStore
) -> None:
    app = open_page("inside", run=run_of(store, of_recipe("deep-mlp")), view="filters")
    assert "This network has no filters" in texts(app)
    assert "128 whole-image templates of dense_1" in texts(app)
    app = open_page("inside", run=run_of(store, of_layers(NO_CONVOLUTION)), view="filters")
    assert not app.exception
    assert "This network has no filters" in texts(app)
    assert "templates" not in texts(app)


def test_a_run_without_weights_says_what_to_wait_for(open_page: OpenPage, store: RunStore) -> None:
    run_id = store.create(of_recipe("lenet-5"))
    assert "first epoch is not finished yet" in texts(open_page("inside", run=run_id))
    store.set(run_id, status="failed", error="The disk is **full**.")
    app = open_page("inside", run=run_id)
    assert "no epoch was finished" in texts(app)
    assert r"\*\*full\*\*" in texts(app)


@pytest.mark.parametrize("damage", ["cut", "other shapes"])
def test_damaged_weights_are_explained(open_page: OpenPage, store: RunStore, damage: str) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    best = store.folder(run_id) / "checkpoints" / "best.npz"
    if damage == "cut":
        os.truncate(best, 1000)
    else:
        best.write_bytes((store.folder(run_of(store, of_recipe("deep-mlp"))) / "checkpoints" / "best.npz").read_bytes())
    app = open_page("inside", run=run_id)
    assert not app.exception
    assert "This network cannot be opened" in texts(app)


def test_weights_that_are_not_numbers_are_explained(open_page: OpenPage, store: RunStore) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    best = store.folder(run_id) / "checkpoints" / "best.npz"
    with np.load(best) as stored:
        arrays = {name: stored[name].copy() for name in stored.files}
    arrays["weight:conv_1|kernel"][0, 0, 0, 0] = np.nan
    write_arrays(best, arrays)
    for view in ("activations", "filters"):
        app = open_page("inside", run=run_id, view=view)
        assert not app.exception
        assert "not numbers" in texts(app)


def test_without_the_data_set_the_filters_can_be_seen(open_page: OpenPage, store: RunStore) -> None:
    run_id = run_of(store, of_recipe("lenet-5", dataset="not-there"))
    app = open_page("inside", run=run_id)
    assert not app.exception
    assert "No digit to send through" in texts(app)
    assert "not\\-there" in texts(app)
    assert "6 filters" in texts(open_page("inside", run=run_id, view="filters"))


def test_a_data_set_that_has_changed_is_mentioned(open_page: OpenPage, store: RunStore) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    store.set(run_id, dataset={"name": "mnist-sample", "sha256": "0" * 64})
    app = open_page("inside", run=run_id)
    assert not app.exception
    assert "has changed since this run was scored" in texts(app)


@pytest.mark.parametrize(
    "url",
    [
        *({"image": "99999999"}, {"image": "-1"}, {"image": "1000"}, {"page": "9999"}, {"label": "x"}, {"which": "x"}),
        *({"channel": "conv_1-99999"}, {"channel": "../x-1"}, {"channel": "conv_9-0"}, {"view": "x"}),
        *({"view": "filters", "layer": "../x"}, {"view": "filters", "filter": "99999"}),
    ],
    ids=str,
)
def test_nonsense_in_the_link_is_ignored(open_page: OpenPage, store: RunStore, url: dict[str, str]) -> None:
    app = open_page("inside", run=run_of(store, of_recipe("lenet-5")), **url)
    assert not app.exception
    assert not app.error
