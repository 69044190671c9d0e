"""The generated script against the trainer: same parameters, and for the same seed the same losses."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.data.splitting import split_training
from mnist_core.errors import ArchitectureError
from mnist_core.export.script import keras_script
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Dense, Dropout, Flatten
from mnist_core.models.recipes import RECIPES
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.progress import Adjustments, EpochResult
from mnist_core.training.settings import Optimizer, Precision, TrainingSettings
from tests.callbacks import QuietRecorder
from tests.thorough import some_of

LIMIT = 200
SMALL = Architecture(layers=(Flatten(), Dense(units=16), Dropout(rate=0.3)))

VARIANTS: dict[str, dict[str, Any]] = {
    "one_cycle": {"schedule": "one_cycle", "optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    "cosine": {"schedule": "cosine", "label_smoothing": 0.1, "optimizer": "adamw", "weight_decay": 0.01},
    "step": {"schedule": "step", "step_epochs": 1, "step_factor": 0.3, "gradient_clip": 1.0, "optimizer": "rmsprop"},
    "augmented": {
        "augmentation": {"rotation_degrees": 12, "shift_pixels": 2, "scale_fraction": 0.1, "shear_degrees": 8},
        "last_augmented_epoch": 1,
    },
    "last": {"kept_weights": "last"},
    "noisy": {"augmentation": {"noise": 0.2}, "optimizer": "lion", "learning_rate": 0.0003},
    "balanced": {"class_weighting": "balanced"},
    "weighted": {"class_weighting": "custom", "class_weights": (1, 2, 1, 1, 1, 1, 3, 1, 1, 0.5)},
}


class Losses(QuietRecorder):
    """A recorder that keeps the loss of each epoch."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.val_losses: list[float] = []

    def epoch(self, result: EpochResult) -> None:
        self.losses.append(result.metrics.loss)
        self.val_losses.append(result.metrics.val_loss)


def small_experiment(**training: Any) -> ExperimentConfig:
    settings = TrainingSettings.from_dict({"epochs": 2, "batch_size": 32, "seed": 5, **training})
    return ExperimentConfig(dataset="mnist-sample", limit=LIMIT, architecture=SMALL, training=settings)


@pytest.fixture(scope="module")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as the script wants it."""
    dataset = load_dataset("mnist-sample")
    path = tmp_path_factory.mktemp("npz") / "sample.npz"
    np.savez(
        path,
        x_train=dataset.train.images,
        y_train=dataset.train.labels,
        x_test=dataset.test.images,
        y_test=dataset.test.labels,
    )
    return path


def trained_by_script(config: ExperimentConfig, data: Path, folder: Path) -> tuple[Any, Any]:
    path = folder / "experiment.py"
    path.write_text(keras_script(config), encoding="utf-8")
    return runpy.run_path(str(path))["train"](data, config.limit, config.training.epochs)


def trained_by_us(config: ExperimentConfig) -> Losses:
    from mnist_core.training.trainer import Trainer

    losses = Losses()
    training = replace(config.training, precision=Precision.FLOAT32)  # as in the script, whatever the processor has
    Trainer(replace(config, training=training), load_dataset(config.dataset)).fit(losses, None, Adjustments())
    return losses


@pytest.mark.slow
@pytest.mark.parametrize("name", some_of(RECIPES, always=("softmax-regression",)))
def test_the_script_of_a_recipe_learns_as_its_run_does(name: str, sample_file: Path, tmp_path: Path) -> None:
    config = config_from_recipe(name, dataset="mnist-sample", limit=LIMIT, epochs=2, seed=3)
    model, history = trained_by_script(config, sample_file, tmp_path)
    assert model.count_params() == RECIPES[name].parameters
    ours = trained_by_us(config)
    assert history.history["loss"] == pytest.approx(ours.losses, rel=2e-3)
    assert history.history["val_loss"] == pytest.approx(ours.val_losses, rel=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize("variant", some_of(VARIANTS, always=("augmented",)))
def test_every_training_setting_is_in_the_script(variant: str, sample_file: Path, tmp_path: Path) -> None:
    config = small_experiment(**VARIANTS[variant])
    _, history = trained_by_script(config, sample_file, tmp_path)
    ours = trained_by_us(config)
    assert history.history["loss"] == pytest.approx(ours.losses, rel=2e-3)
    plain = "val_cross_entropy" if config.training.label_smoothing else "val_loss"
    assert history.history[plain] == pytest.approx(ours.val_losses, rel=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize("variant", some_of(("cosine", "balanced"), always=("balanced",)))
def test_the_test_loss_of_the_script_is_plain_cross_entropy(
    variant: str, sample_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = small_experiment(**VARIANTS[variant])
    model, _ = trained_by_script(config, sample_file, tmp_path)
    printed = float(capsys.readouterr().out.splitlines()[-1].split()[2].rstrip(","))
    test = load_dataset(config.dataset).test
    probabilities = model.predict((test.images / np.float32(255))[..., None], verbose=0).astype(np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    assert printed == pytest.approx(log_loss(test.labels, probabilities), abs=1e-3)


@pytest.mark.slow
def test_the_script_runs_on_its_own(sample_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "experiment.py"
    path.write_text(keras_script(small_experiment()), encoding="utf-8")
    command = [
        sys.executable,
        str(path),
        "--data",
        str(sample_file),
        "--epochs",
        "1",
        "--save",
        str(tmp_path / "m.keras"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={"PATH": "/usr/bin"}, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    counts = re.findall(r"\d[\d,]*", done.stdout.splitlines()[0])
    assert [int(count.replace(",", "")) for count in counts] == [SMALL.parameters, 180, 20]
    assert "test accuracy" in done.stdout
    assert (tmp_path / "m.keras").stat().st_size > 0


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", Optimizer)
@pytest.mark.parametrize("weight_decay", [0.0, 0.02])
def test_optimizers_are_those_of_the_trainer(optimizer: Optimizer, weight_decay: float) -> None:
    import keras

    from mnist_core.training.optimizers import make_optimizer

    settings = TrainingSettings(optimizer=optimizer, weight_decay=weight_decay, momentum=0.5, gradient_clip=2.0)
    script = keras_script(replace(small_experiment(), training=settings))
    call = next(
        node.value for node in ast.walk(ast.parse(script)) if isinstance(node, ast.keyword) and node.arg == "optimizer"
    )
    written = eval(ast.unparse(call), {"keras": keras, "LEARNING_RATE": settings.learning_rate})
    expected = {key: value for key, value in make_optimizer(settings).get_config().items() if key != "name"}
    assert {key: value for key, value in written.get_config().items() if key != "name"} == expected


@pytest.mark.slow
def test_among_epochs_of_equal_accuracy_the_script_keeps_that_with_the_lowest_loss(
    sample_file: Path, tmp_path: Path
) -> None:
    """As a run does; Keras itself keeps the first. The steps are so small that no digit changes its class."""
    config = small_experiment(learning_rate=1e-6, epochs=3)
    model, history = trained_by_script(config, sample_file, tmp_path)
    assert len(set(history.history["val_accuracy"])) == 1
    losses = history.history["val_loss"]
    assert min(losses) < losses[0]
    training = config.training
    labels = load_dataset(config.dataset).train.labels
    _, rows = split_training(labels, fraction=training.validation_fraction, seed=training.seed, limit=config.limit)
    images = load_dataset(config.dataset).train.images[rows] / np.float32(255)
    loss, _ = model.evaluate(images[..., None], labels[rows].astype(int), verbose=0)
    assert loss == pytest.approx(min(losses), abs=1e-7)


@pytest.mark.parametrize(
    "scaler",
    [
        Scaler(kind=Scaling.UNIT),
        Scaler(kind=Scaling.L2_ROWS),
        Scaler(kind=Scaling.STANDARDISED, mean=127.5, std=127.5),
        Scaler(kind=Scaling.STANDARDISED, mean=0.0, std=1.0),
    ],
)
def test_the_script_of_an_imported_network_has_the_scaling_that_it_expects(scaler: Scaler) -> None:
    code = keras_script(replace(small_experiment(), scaling=scaler.kind), foreign=scaler)
    assert "not known" in (ast.get_docstring(ast.parse(code)) or "")
    function = next(node for node in ast.parse(code).body if getattr(node, "name", "") == "make_scaler")
    names: dict[str, Any] = {"np": np}
    exec(ast.unparse(function), names)
    images = load_dataset("mnist-sample").train.images[:20]
    np.testing.assert_allclose(names["make_scaler"](images[:3])(images), scaler.apply(images), rtol=1e-6, atol=1e-6)


def test_text_of_a_person_does_not_become_code() -> None:
    evil = '"""\nimport os; os.system("true")\n"""'
    config = replace(small_experiment(), recipe=evil[:60], dataset=evil[:60])
    assert "os.system" not in keras_script(config)


def test_auto_precision_is_written_as_the_one_used() -> None:
    config = small_experiment(precision="auto")
    assert "mixed_bfloat16" not in keras_script(config)
    assert 'set_dtype_policy("mixed_bfloat16")' in keras_script(config, precision=Precision.MIXED_BFLOAT16)


def test_a_stack_that_cannot_be_built_has_no_script() -> None:
    with pytest.raises(ArchitectureError, match="cannot be built"):
        keras_script(replace(small_experiment(), architecture=Architecture(layers=(Dense(),))))
