from __future__ import annotations

import pytest

from mnist_core.models.advice import advice
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
    Padding,
    Residual,
)
from mnist_core.models.recipes import RECIPES

LINEAR, SIGMOID = Activation.LINEAR, Activation.SIGMOID


def stack(*layers):
    return Architecture(layers=layers)


def rules(network):
    return [(item.rule, item.layer) for item in advice(network)]


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (stack(Flatten(), Dense()), [("no_convolution", None)]),
        (stack(Conv(), Flatten(), Dense(units=128)), [("dense_holds_all", 2), ("many_parameters", None)]),
        (stack(Conv(), MaxPool(), Flatten(), Dense(units=8)), [("few_features", 3), ("dense_holds_all", 3)]),
        (stack(Conv(activation=LINEAR), Conv(), GlobalAveragePool()), [("nothing_between", 0)]),
        (stack(Conv(activation=LINEAR), BatchNorm(), Residual(), GlobalAveragePool()), []),
        (stack(Conv(), Flatten(), Dense(units=10, activation=LINEAR)),
         [("nothing_between", 2), ("dense_holds_all", 2)]),
        (stack(Conv(activation=LINEAR), BatchNorm(), AveragePool(), Flatten()), [("nothing_between", 0)]),
        (stack(Conv(activation=LINEAR), BatchNorm(), Activate(), GlobalAveragePool()), []),
        (stack(Conv(activation=LINEAR), MaxPool(), GlobalAveragePool()), []),
        (stack(Conv(activation=LINEAR), Activate(function=LINEAR), Conv(), GlobalAveragePool()),
         [("nothing_between", 0), ("without_effect", 1)]),
        (stack(Conv(), GlobalAveragePool(), Flatten(), Dropout(rate=0)),
         [("without_effect", 2), ("without_effect", 3)]),
        (stack(Conv(), Dropout(rate=0.8), GlobalAveragePool()), [("high_dropout", 1)]),
        (stack(Conv(), MaxPool(size=9), Conv(kernel_size=5, padding=Padding.SAME), Flatten()),
         [("window_beyond_image", 2)]),
        (stack(*[Conv(activation=SIGMOID)] * 3, GlobalAveragePool()), [("saturating", None)]),
        (stack(*[Conv()] * 11, GlobalAveragePool()), [("deep_without_norm", None)]),
        (stack(*[Conv()] * 10, Residual(), GlobalAveragePool()), []),
    ],
)  # fmt: skip
def test_each_rule_finds_its_fault_and_no_other(network, expected):
    assert network.problem is None
    assert rules(network) == expected


def test_the_share_in_the_sentence_is_the_share_in_the_network():
    (found,) = advice(RECIPES["two-conv"].architecture)
    share = 401_536 / 421_642
    assert all(fact in found.sentence for fact in ("dense_1", f"{share:.2%} of the parameters", "3,136 inputs"))


def test_a_stack_that_cannot_be_built_gets_its_problem_not_advice():
    assert advice(stack(Dense())) == ()


@pytest.mark.parametrize("name", ["three-conv", "sgd-cnn", "dropout-cnn", "lenet-5", "mini-vgg", "mini-resnet"])
def test_good_recipes_get_no_advice(name):
    assert advice(RECIPES[name].architecture) == ()
