"""What the page shows of a computation is Keras' value, and can be added up by hand from the shown numbers.

The data are those that the page sends; the arithmetic is that of the browser, run by Node.
"""

from __future__ import annotations

import json
import shutil
import subprocess

import numpy as np
import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Flatten, GlobalAveragePool
from mnist_core.network.steps import LOGITS, steps_of
from mnist_core.runs.store import RunStore
from tests.conftest import ROOT
from tests.inspected_runs import of_layers, run_of
from tests.network.every_step import NETWORKS, keras_steps
from tests.pages.finding import assert_sound, component
from tests.pages.opening import OpenPage
from tests.thorough import some_of

IMAGE = 77
KEY = "inside.computation"


def shown_at(open_page: OpenPage, run_id: str, name: str, channel: int) -> dict:
    """What the page sends to the browser of the computation of a channel."""
    app = open_page("inside", run=run_id, image=str(IMAGE), channel=f"{name}-{channel}")
    assert_sound(app)
    data = component(app, KEY)
    assert data["id"].endswith(f" {name} {data['sources'][0] if data['operation'] == 'flatten' else channel}")
    return data


def by_browser(asked: list) -> list:
    """What the browser shows for each `(data, places)`."""
    script = ROOT / "tests" / "widgets" / "shown_computation.js"
    done = subprocess.run(["node", str(script)], input=json.dumps(asked), capture_output=True, text=True, check=True)
    found: list = json.loads(done.stdout)
    return found


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


def assert_adds_up(shown: dict) -> None:
    """The sum of the shown numbers is the shown result, but for what rounding may leave off."""
    half = 0.5 * 10 ** -shown["decimals"] * 1.001
    terms, ledger = [number(text) for text in shown["terms"]], [(sign, number(text)) for sign, text in shown["ledger"]]
    if terms:
        assert sum(terms) == pytest.approx(ledger[0][1], abs=half * (len(terms) + 1))
    products = [number(text) for text in shown["products"]]
    if products:
        assert sum(products) == pytest.approx(number(shown["product"]), abs=half * (len(products) + 1))
    for patch, kernel, product in zip(shown["patch"], shown["kernel"], products, strict=True):
        error = half * (abs(number(patch)) + abs(number(kernel)) + 2)
        assert number(patch) * number(kernel) == pytest.approx(product, abs=error)
    before = next((i for i, (sign, _) in enumerate(ledger) if sign == "="), None)
    if before is not None and all(sign in ("", "+", "−") for sign, _ in ledger[:before]):
        total = sum(-value if sign == "−" else value for sign, value in ledger[:before])
        assert total == pytest.approx(ledger[before][1], abs=half * (before + 1))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not on this machine")
@pytest.mark.parametrize("name", some_of(NETWORKS, always=["convolutions"]))
def test_what_is_shown_is_keras_value_and_adds_up(open_page: OpenPage, store: RunStore, sample, name: str) -> None:
    network = NETWORKS[name]
    run_id = run_of(store, of_layers(network))
    weights = store.weights(run_id)
    pixels = np.ascontiguousarray(sample.test.images[IMAGE][np.newaxis, ..., np.newaxis] / 255, np.float32)
    expected = {step: after for step, (_, after) in keras_steps(network, weights, pixels).items()}
    asked, wanted = [], []
    for step in steps_of(network):
        channel = step.output_shape[-1] - 1
        data = shown_at(open_page, run_id, step.name, channel)
        side = 1 if data["isFlat"] else data["outputSide"]
        places = [list(place) for place in sorted({(0, 0), (side - 1, side // 2), (side // 2, side - 1)})]
        asked.append((data, places))
        known = expected.get(step.name)
        if step.name == LOGITS or step.name.endswith("_depthwise"):
            known = None  # inside a layer of Keras; what is computed from it is compared
        wanted.append([None if known is None else float(value_at(known, data, channel, place)) for place in places])
    for shown_places, values, (data, _) in zip(by_browser(asked), wanted, asked, strict=True):
        for shown, value in zip(shown_places, values, strict=True):
            assert_adds_up(shown)
            if value is not None:
                close = 0.51 * 10 ** -shown["decimals"] + 2e-6 * abs(value)
                assert number(shown["ledger"][-1][1]) == pytest.approx(value, abs=close), data["label"]


def value_at(values: np.ndarray, data: dict, channel: int, place: list[int]) -> float:
    if data["operation"] == "flatten":
        row, column = place
        return values[(row * data["inputSide"] + column) * data["inputChannels"] + data["sources"][0]]
    return values[channel] if data["isFlat"] else values[row_column(place) + (channel,)]


def row_column(place: list[int]) -> tuple[int, ...]:
    return tuple(place)


WIDE = Architecture(
    layers=(Conv(filters=512, kernel_size=5, stride=4), Conv(filters=512, kernel_size=6), Flatten(), Dense(units=4096))
)
ONE_PIXEL = Architecture(layers=(Conv(filters=3, kernel_size=28), Conv(filters=2, kernel_size=1), GlobalAveragePool()))


@pytest.mark.parametrize("network", [WIDE, ONE_PIXEL], ids=["wide", "maps of one pixel"])
def test_very_wide_and_very_small_layers_can_be_opened(open_page: OpenPage, store: RunStore, network) -> None:
    run_id = run_of(store, of_layers(network))
    for step in steps_of(network):
        data = shown_at(open_page, run_id, step.name, step.output_shape[-1] - 1)
        assert len(json.dumps(data)) < 1_500_000


@pytest.mark.parametrize("url", [{"pixel": "27-27"}, {"pixel": "x"}, {"pixel": "99-0"}, {"channel": "max_pool_1-9999"}])
def test_a_place_that_is_not_there_is_replaced(open_page: OpenPage, store: RunStore, url) -> None:
    network = NETWORKS["convolutions"]
    app = open_page("inside", run=run_of(store, of_layers(network)), **{"channel": "conv_4-0", **url})
    assert_sound(app)
    data = component(app, KEY)
    assert max(data["pixel"]) < max(1, data["outputSide"])


@pytest.mark.parametrize(
    "moved",
    [
        *("back", 7, None, [], {}, {"way": "up"}, {"way": "back", "at": [0, 0], "origin": [99, 0], "source": 0}),
        *({"way": "back", "at": [0], "origin": [0, 0], "source": 0},),
        *({"way": "forward", "at": [0, 0], "origin": [0, 0], "source": -1},),
        *({"way": "forward", "at": [0.5, 0], "origin": [0, 0], "source": "0"},),
    ],
    ids=str,
)
def test_whatever_the_browser_sends_leads_nowhere_else(open_page: OpenPage, store: RunStore, moved) -> None:
    network = NETWORKS["convolutions"]
    app = open_page("inside", run=run_of(store, of_layers(network)), channel="conv_2-1")
    app.session_state[KEY] = {"moved": moved, "pinned": [400, "x"]}
    app.run()
    assert_sound(app)
    assert component(app, KEY)["id"].endswith("conv_2 1")


def test_a_step_forward_opens_the_next_layer(open_page: OpenPage, store: RunStore) -> None:
    network = NETWORKS["convolutions"]
    app = open_page("inside", run=run_of(store, of_layers(network)), channel="conv_4-1")
    app.session_state[KEY] = {"moved": {"way": "forward", "at": [3, 2], "origin": [0, 0], "source": 0}}
    app.run()
    assert_sound(app)
    data = component(app, KEY)
    assert (data["operation"], data["channel"], data["pixel"]) == ("max_pool", 1, [1, 1])
