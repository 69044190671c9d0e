"""A notebook that scores stored weights, trains the network again and compares, with Keras alone."""

from __future__ import annotations

import json
from typing import Any

from mnist_core.data.scaling import Scaler
from mnist_core.export.capsule.contents import HISTORY, TEST, WEIGHTS
from mnist_core.export.script import KERAS_DATASETS, keras_script
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import Precision

FORMAT, MINOR = 4, 5
MAIN = '\n\n\nif __name__ == "__main__":'

DATA = """\
from pathlib import Path

DATA = "digits.npz" if Path("digits.npz").exists() else None{note}"""

NO_DOWNLOAD = "  # x_train, y_train, x_test, y_test: Keras cannot download these digits"

SCORE = f"""\
(images, labels), (test_images, test_labels) = load(DATA)
rows, held_back = split(labels, LIMIT)
scale = make_scaler(images[rows])
stored_model = build_model()
with np.load("{WEIGHTS}") as file:
    for variable in stored_model.weights:
        variable.assign(file["|".join(variable.path.split("/")[-2:])])
probabilities = stored_model.predict(scale(test_images), verbose=0)
print("Test accuracy with the stored weights:", (probabilities.argmax(axis=1) == test_labels).mean())
if Path("{TEST}").exists():
    with np.load("{TEST}") as file:
        stored = file["probabilities"]
    print("Largest difference from the stored probabilities:", abs(probabilities - stored).max())
    print("Changed labels:", (probabilities.argmax(axis=1) != stored.argmax(axis=1)).sum())"""

TRAIN = "model, history = train(DATA)"

COMPARE = f"""\
import json

stored_history = json.loads(Path("{HISTORY}").read_text())
for epoch, (stored_epoch, loss, accuracy) in enumerate(
    zip(stored_history, history.history["loss"], history.history["val_accuracy"]), start=1
):
    print(
        f"epoch {{epoch}}: training loss {{loss:.4f}} (stored {{stored_epoch['loss']:.4f}}), "
        f"validation accuracy {{accuracy:.4f}} (stored {{stored_epoch['val_accuracy']:.4f}})"
    )"""


def notebook(config: ExperimentConfig, *, precision: Precision, foreign: Scaler | None = None) -> str:
    """The notebook as JSON, to lie beside the other files of a capsule.

    Args:
        foreign: as for `keras_script`; such a network is scored, but not trained again.

    Raises:
        ConfigError: the network cannot be built.
    """
    code = keras_script(config, precision=precision, foreign=foreign).partition(MAIN)[0]
    note = "" if config.dataset in KERAS_DATASETS else NO_DOWNLOAD
    cells = (
        _text("# A run of MNIST Studio, with Keras alone\n\nRun the cells in their order, in the folder of this file."),
        _code("data", DATA.format(note=note)),
        _text("## The experiment"),
        _code("experiment", code),
        _text("## Score the stored weights"),
        _code("score", SCORE),
        *(_training_again() if foreign is None else ()),
    )
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    numbered = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells)]
    document = {"nbformat": FORMAT, "nbformat_minor": MINOR, "metadata": metadata, "cells": numbered}
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _training_again() -> tuple[dict[str, Any], ...]:
    return (
        _text("## Train again\n\nThe same split, initial weights and order of batches."),
        _code("train", TRAIN),
        _code("compare", COMPARE),
    )


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(name: str, source: str) -> dict[str, Any]:
    metadata = {"tags": [name]}
    return {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [], "source": source}
