"""The steps of a network in words."""

from __future__ import annotations

from mnist_core.models.layers import LAYERS
from mnist_core.network.steps import LOGITS, Operation, Step

TITLES = {
    Operation.CONVOLUTION: "Convolution",
    Operation.DEPTHWISE: "Depthwise convolution",
    Operation.MAX_POOL: "Max pooling",
    Operation.AVERAGE_POOL: "Average pooling",
    Operation.GLOBAL_AVERAGE_POOL: "Global average pooling",
    Operation.BATCH_NORM: "Batch normalisation",
    Operation.ACTIVATION: "Activation",
    Operation.DROPOUT: "Dropout",
    Operation.FLATTEN: "Flatten",
    Operation.DENSE: "Dense",
    Operation.ADDITION: "Sum with the skip connection",
    Operation.SOFTMAX: "Softmax: the probabilities",
}


def step_title(step: Step) -> str:
    """What a step does, in a few words."""
    if step.operation is Operation.CONVOLUTION and step.window is not None and step.window.size == 1:
        return "1 x 1 convolution"
    return "Dense: the logits" if step.name == LOGITS else TITLES[step.operation]


def step_help(step: Step) -> str:
    """What the layer does that a step belongs to; for the classifier head, what the step does."""
    if step.kind in LAYERS:
        return LAYERS[step.kind].help
    if step.name == LOGITS:
        return "The classifier head: a dense layer with one unit per class."
    return "Turns the logits into probabilities that add up to 1."
