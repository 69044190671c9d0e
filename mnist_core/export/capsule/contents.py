"""What is in a capsule.

capsule.json                    schema, where it comes from and what wrote it, SHA-256 of every other member
run.json                        configuration, status and summary, as in the run directory
config.json                     the configuration alone, for `python -m mnist_core train --config`
history.json                    metrics of every epoch
weights.npz                     best checkpoint: float32 arrays named `conv_1|kernel`
weights/epoch-NNN.npz           of a small network after each epoch or some, kernels in float16; 000: initial
predictions/test.npz            class probabilities of the test digits
predictions/validation-NNN.npz  of the validation digits after each epoch, in a long run after some
experiment.py, experiment.ipynb the same training with Keras alone
README.txt
"""

from __future__ import annotations

from collections.abc import Mapping

from mnist_core.runs.epoch_weights import MAX_RUN_BYTES

SCHEMA = 2
"""Version of the form of a capsule; 2 has weights of epochs."""

KIND = "MNIST Studio run capsule"
ENDING = ".capsule.zip"

MANIFEST, RUN, CONFIG, HISTORY, WEIGHTS = "capsule.json", "run.json", "config.json", "history.json", "weights.npz"
SCRIPT, NOTEBOOK, README = "experiment.py", "experiment.ipynb", "README.txt"
TEXTS = (SCRIPT, NOTEBOOK, README)
TEST = "predictions/test.npz"
EPOCH = r"([0-9]{3}|[1-9][0-9]{3,4})"
"""An epoch in a name, which has one form only."""
VALIDATION = rf"predictions/validation-{EPOCH}\.npz"
EPOCH_WEIGHTS = rf"weights/epoch-{EPOCH}\.npz"

MAX_BYTES = 400_000_000
"""Of a capsule; what is in it is bounded member by member."""

MAX_EPOCHS, MAX_EPOCHS_OF_WEIGHTS = 1_500, 400
MAX_PREDICTION_BYTES = 250_000_000
"""So many validation predictions, of so many bytes, are written into a capsule; of a longer run, some epochs."""

MAX_READ_PREDICTION_BYTES, MAX_READ_WEIGHT_BYTES = 2 * MAX_PREDICTION_BYTES, 2 * MAX_RUN_BYTES
"""What validation predictions, and weights of epochs, may take in memory when they are read: twice what is written."""

LIMITS: Mapping[str, int] = {
    r"capsule\.json": 1 << 20,
    r"run\.json": 8 << 20,
    r"config\.json": 1 << 20,
    r"history\.json": 8 << 20,
    r"weights\.npz": 90 << 20,  # the largest network has 80 MB of weights
    r"predictions/test\.npz": 60 << 20,
    VALIDATION: 60 << 20,
    EPOCH_WEIGHTS: 8 << 20,  # twice what a run keeps of an epoch
    r"experiment\.py": 1 << 20,
    r"experiment\.ipynb": 1 << 20,
    r"README\.txt": 1 << 20,
}
"""Members by their names, and the most bytes that each may unpack to."""

CODE_TEXT = {
    False: """\
experiment.ipynb   scores the stored weights, trains the network again and compares: Keras alone is needed
experiment.py      the same training as a script""",
    True: """\
experiment.ipynb   scores the stored weights: Keras alone is needed
experiment.py      trains the network anew, with default settings: how it was trained is not known""",
}
"""Of the two files of code, by whether the network is a model from elsewhere."""

README_TEXT = """\
{title}
Run {run_id} of MNIST Studio, on the data set {dataset} (SHA-256 {sha256}).

{code}
weights.npz        weights of the best epoch, as arrays by layer and weight
weights/           the same after some epochs of a small network, rounded
predictions/       class probabilities that the run stored: index, labels, probabilities
history.json       metrics of every epoch
config.json        all settings
capsule.json       SHA-256 of all files

With MNIST Studio: python -m mnist_core verify FILE, python -m mnist_core import FILE
"""
