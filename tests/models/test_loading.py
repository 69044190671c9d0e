"""Loading Keras, in processes of their own: this one may have loaded it already."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from mnist_core.environment import child_environment
from mnist_core.models.loading import UNUSED

pytestmark = pytest.mark.slow

LOADED = f"import sys, json; print(json.dumps([name for name in {UNUSED} if name in sys.modules]))"

TRAINED = """
import numpy
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
model.compile(loss="mse")
print(json.dumps(float(model.evaluate(numpy.ones((2, 3)), numpy.ones((2, 1)), verbose=0))))
"""


def printed(script: str) -> list[object]:
    """What a fresh process prints, a JSON value a line."""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_keras_is_loaded_without_what_nobody_needs_and_works() -> None:
    later = "import pandas, sklearn\nprint(json.dumps(pandas.Series([1, 2]).sum().item()))"
    load = "from mnist_core.models.loading import load_keras\nload_keras()\nimport keras"
    names, loss, total = printed("\n".join([load, LOADED, TRAINED, later]))
    assert names == []
    assert loss == 4.0  # (1 + 1 + 1 - 1) squared
    assert total == 3


@pytest.mark.thorough
def test_a_package_in_use_stays() -> None:
    load = "import pandas\nfrom mnist_core.models.loading import load_keras\nload_keras()"
    names, same = printed("\n".join([load, LOADED, "print(json.dumps(pandas is sys.modules['pandas']))"]))
    assert names == ["pandas"]
    assert same is True


@pytest.mark.thorough
def test_bare_keras_loads_each_of_them() -> None:
    (names,) = printed("import keras\n" + LOADED)
    assert names, "nothing is gained any more: import Keras as it is"
