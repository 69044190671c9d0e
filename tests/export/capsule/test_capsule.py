"""Run capsules: written, imported as a run again, verified; and what is refused."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.cli import main
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ExportError, IncomingError, RunError
from mnist_core.export.capsule import contents
from mnist_core.export.capsule.importing import import_capsule
from mnist_core.export.capsule.reading import read_capsule
from mnist_core.export.capsule.verifying import verify
from mnist_core.export.capsule.writing import write_capsule
from mnist_core.jobs.queue import resume
from mnist_core.models.recipes import RECIPES
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from mnist_core.training.progress import Adjustments
from tests.export.incoming.keras_files import keras_file
from tests.export.random_runs import random_run
from tests.finished_runs import finished_run
from tests.thorough import some_of


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture
def capsule(store: RunStore, tmp_path: Path) -> Path:
    return write_capsule(store, finished_run(store), tmp_path)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None], *, is_signed: bool = True) -> Path:
    """The capsule with other members; signed: with the SHA-256 of the new ones."""
    found = members(path)
    change(found)
    if is_signed:
        manifest = json.loads(found["capsule.json"])
        manifest["files"] = {name: hashlib.sha256(content).hexdigest() for name, content in found.items()
                             if name != "capsule.json"}  # fmt: skip
        found["capsule.json"] = json.dumps(manifest).encode()
    other = path.with_name("other.zip")
    with zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return other


def edited(found: dict[str, bytes], name: str, change: Callable[[Any], None]) -> None:
    document = json.loads(found[name])
    change(document)
    found[name] = json.dumps(document).encode()


def test_a_capsule_has_everything_that_was_measured(store: RunStore, capsule: Path) -> None:
    (run_id,) = store.run_ids()
    found = members(capsule)
    assert run_id in capsule.name
    stored = store.predictions(run_id)
    with np.load(io.BytesIO(found["predictions/test.npz"])) as arrays:
        np.testing.assert_array_equal(arrays["probabilities"], stored.probabilities)
    with np.load(io.BytesIO(found["weights.npz"])) as arrays:
        for name, value in store.weights(run_id).items():
            np.testing.assert_array_equal(arrays[name.replace("/", "|")], value)
    assert [epoch["val_accuracy"] for epoch in json.loads(found["history.json"])] == [
        metrics.val_accuracy for metrics in store.history(run_id)
    ]
    manifest = json.loads(found["capsule.json"])
    assert manifest["dataset"]["sha256"] == load_dataset("mnist-sample").sha256
    assert manifest["files"] == {
        name: hashlib.sha256(content).hexdigest() for name, content in found.items() if name != "capsule.json"
    }
    assert {"keras", "tensorflow", "numpy", "Python", "processor"} <= manifest["environment"].keys()
    compile(found["experiment.py"], "experiment.py", "exec")


def test_a_capsule_becomes_the_same_run_elsewhere(store: RunStore, capsule: Path, tmp_path: Path) -> None:
    (run_id,) = store.run_ids()
    elsewhere = RunStore(tmp_path / "elsewhere")
    copy_id = import_capsule(elsewhere, capsule)
    old, new = store.get(run_id), elsewhere.get(copy_id)
    assert (new.name, new.status, new.config, new.summary) == (old.name, old.status, old.config, old.summary)
    assert (new.dataset, new.scaler) == (old.dataset, old.scaler)
    assert elsewhere.history(copy_id) == store.history(run_id)
    assert elsewhere.validation_epochs(copy_id) == store.validation_epochs(run_id)
    for split in ("test", "validation"):
        first, second = store.predictions(run_id, split), elsewhere.predictions(copy_id, split)
        np.testing.assert_array_equal(first.probabilities, second.probabilities)
        np.testing.assert_array_equal(first.index, second.index)
    for name, value in store.weights(run_id).items():
        np.testing.assert_array_equal(value, elsewhere.weights(copy_id)[name])
    kept = sorted(path.name for path in (store.folder(run_id) / "weights").iterdir())
    assert kept == sorted(path.name for path in (elsewhere.folder(copy_id) / "weights").iterdir())
    for name in kept:
        first, second = (
            np.load(one.folder(i) / "weights" / name) for one, i in ((store, run_id), (elsewhere, copy_id))
        )
        assert {key: first[key].tobytes() for key in first} == {key: second[key].tobytes() for key in second}
    assert [run.run_id for run in elsewhere.list()] == [copy_id]
    with pytest.raises(RunError, match="imported"):
        resume(elsewhere, copy_id, Adjustments(epochs=9))


def test_a_capsule_of_a_capsule_is_the_same(store: RunStore, capsule: Path, tmp_path: Path) -> None:
    elsewhere = RunStore(tmp_path / "elsewhere")
    again = members(write_capsule(elsewhere, import_capsule(elsewhere, capsule), tmp_path / "elsewhere"))
    names = ("weights.npz", "predictions/test.npz", "history.json", "config.json", "experiment.py")
    for name in (*names, "weights/epoch-001.npz", "weights/epoch-004.npz"):
        assert again[name] == members(capsule)[name], name


@pytest.mark.parametrize("name", some_of(RECIPES, always=("mini-resnet",)))
def test_a_capsule_of_any_recipe_is_read_again(name: str, store: RunStore, tmp_path: Path) -> None:
    run_id = random_run(store, RECIPES[name].architecture)
    capsule = read_capsule(write_capsule(store, run_id, tmp_path))
    assert capsule.weights.keys() == store.weights(run_id).keys()


def test_of_a_long_run_some_epochs_are_kept_among_them_the_best_and_the_last(
    store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_EPOCHS", 4)
    run_id = finished_run(store, epochs=12)
    store.update(run_id, lambda found: found["summary"].update(best_epoch=6))
    capsule = read_capsule(write_capsule(store, run_id, tmp_path))
    assert {1, 6, 12} <= capsule.validation.keys()
    assert len(capsule.validation) == 4
    assert len(capsule.history) == 12


def test_scored_again_it_matches(capsule: Path) -> None:
    found = verify(capsule)
    assert found.matches
    assert (found.split, found.compared, found.labels_changed) == ("test", 1000, 0)
    assert found.largest_difference < 1e-5
    assert found.accuracy == found.stored_accuracy


def test_weights_that_were_exchanged_do_not_match(store: RunStore, capsule: Path, tmp_path: Path) -> None:
    other = members(write_capsule(store, finished_run(store, seed=3), tmp_path))["weights.npz"]
    found = verify(rewritten(capsule, lambda content: content.update({"weights.npz": other})))
    assert not found.matches
    assert found.labels_changed > 10
    assert found.largest_difference > 0.1


def test_an_accuracy_that_was_improved_by_hand_does_not_match(capsule: Path) -> None:
    better = rewritten(
        capsule, lambda found: edited(found, "run.json", lambda run: run["summary"].update(test_accuracy=0.999))
    )
    assert [item.stored for item in verify(better).differences] == ["0.999000"]


def test_what_differs_here_is_named(capsule: Path) -> None:
    def change(found: dict[str, bytes]) -> None:
        edited(found, "capsule.json", lambda manifest: manifest["environment"].update(keras="3.0.0"))

    found = verify(rewritten(capsule, change))
    assert found.matches
    assert ("keras", "3.0.0") in [(item.what, item.stored) for item in found.circumstances]


def test_verify_as_other_programs_call_it(capsule: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(capsule), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["matches"] is True
    assert document["differences"] == []
    worse = rewritten(
        capsule, lambda found: edited(found, "run.json", lambda run: run["summary"].update(test_accuracy=0.5))
    )
    assert main(["verify", str(worse)]) == 1
    assert main(["verify", str(capsule.with_name("gone.zip"))]) == 2


def test_a_capsule_needs_its_data_set(capsule: Path) -> None:
    def change(found: dict[str, bytes]) -> None:
        edited(found, "capsule.json", lambda manifest: manifest["dataset"].update(sha256="0" * 64))

    with pytest.raises(IncomingError, match="another one"):
        verify(rewritten(capsule, change))


def test_a_capsule_of_an_imported_model_does_not_claim_to_know_its_training(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = keras_file(tmp_path / "m.keras")
    assert main(["import", str(model), "--dataset", "mnist-sample", "--json"]) == 0
    run_id = json.loads(capsys.readouterr().out)["run_id"]
    path = write_capsule(store, run_id, tmp_path)
    found = members(path)
    cells = [cell["metadata"].get("tags") for cell in json.loads(found["experiment.ipynb"])["cells"]]
    assert ["score"] in cells
    assert ["train"] not in cells
    assert b"not known" in found["README.txt"]
    assert verify(path).matches
    with pytest.raises(IncomingError, match="not known"):
        verify(path, retrain=True)
    elsewhere = RunStore(tmp_path / "elsewhere")
    copy_id = import_capsule(elsewhere, path)
    assert elsewhere.get(copy_id).is_foreign
    assert not store.get(finished_run(store)).is_foreign


def with_other_weights(found: dict[str, bytes]) -> None:
    with np.load(io.BytesIO(found["weights.npz"])) as arrays:
        weights = {name: arrays[name] for name in arrays.files}
    weights["output|kernel"] = weights["output|kernel"][:, ::-1]
    buffer = io.BytesIO()
    np.savez(buffer, **weights)
    found["weights.npz"] = buffer.getvalue()


def test_a_capsule_whose_weights_do_not_give_its_predictions_is_not_imported(
    store: RunStore, capsule: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = store.run_ids()
    other = rewritten(capsule, with_other_weights)
    assert main(["import", str(other)]) == 2
    said = capsys.readouterr()
    assert "do not follow from its weights" in said.err
    assert said.err.count("\n") == 1
    assert store.run_ids() == before


def test_probabilities_that_differ_a_little_are_imported_with_a_note(
    store: RunStore, capsule: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another processor adds in another order; a network with large logits shows it."""

    def change(found: dict[str, bytes]) -> None:
        with np.load(io.BytesIO(found["weights.npz"])) as arrays:
            weights = {name: arrays[name] for name in arrays.files}
        weights["output|kernel"] = weights["output|kernel"] * np.float32(1.002)
        buffer = io.BytesIO()
        np.savez(buffer, **weights)
        found["weights.npz"] = buffer.getvalue()

    assert main(["import", str(rewritten(capsule, change)), "--json"]) == 0
    assert "largest difference of a probability" in json.loads(capsys.readouterr().out)["notes"][0]


def test_a_result_that_does_not_follow_is_imported_with_a_note(
    store: RunStore, capsule: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(capsule), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == []
    better = rewritten(
        capsule, lambda found: edited(found, "run.json", lambda run: run["summary"].update(test_accuracy=0.999))
    )
    assert main(["import", str(better), "--json"]) == 0
    (note,) = json.loads(capsys.readouterr().out)["notes"]
    assert "test accuracy" in note
    assert "0.999" in note


def test_a_capsule_whose_digits_are_not_here_is_imported_unchecked_and_says_so(
    store: RunStore, capsule: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(found: dict[str, bytes]) -> None:
        with_other_weights(found)
        edited(found, "capsule.json", lambda manifest: manifest["dataset"].update(sha256="0" * 64))

    assert main(["import", str(rewritten(capsule, change)), "--json"]) == 0
    (note,) = json.loads(capsys.readouterr().out)["notes"]
    assert "could not be checked" in note


# What is refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "C:\\x", "predictions/../../x"])
def test_a_name_that_leads_out_is_refused(name: str, capsule: Path, tmp_path: Path) -> None:
    bad = rewritten(capsule, lambda found: found.update({name: b"x"}))
    with pytest.raises(IncomingError, match="leads out"):
        read_capsule(bad)


def test_a_changed_member_is_refused(capsule: Path) -> None:
    def change(found: dict[str, bytes]) -> None:
        found["history.json"] = found["history.json"].replace(b"1", b"2", 1)

    with pytest.raises(IncomingError, match=r"history\.json has another SHA-256"):
        read_capsule(rewritten(capsule, change, is_signed=False))
    with pytest.raises(IncomingError, match="missing or new"):
        read_capsule(rewritten(capsule, lambda found: found.pop("README.txt"), is_signed=False))


@pytest.mark.parametrize("schema", [3, 0, True, "1", None])
def test_another_schema_is_refused(schema: object, capsule: Path) -> None:
    def change(found: dict[str, bytes]) -> None:
        edited(found, "capsule.json", lambda manifest: manifest.update(schema=schema))

    with pytest.raises(IncomingError, match="schema"):
        read_capsule(rewritten(capsule, change))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.json", b"[]"), ("run.json", b"{"), ("run.json", b"[" * 100_000), ("history.json", b'{"a": 1}'),
        ("history.json", b"[1]"), ("weights.npz", b"no zip"), ("predictions/test.npz", b"PK\x03\x04"),
        ("predictions/test.npz", b""),
    ],
)  # fmt: skip
def test_a_damaged_member_is_refused(name: str, content: bytes, capsule: Path) -> None:
    with pytest.raises(IncomingError):
        read_capsule(rewritten(capsule, lambda found: found.update({name: content})))


def test_a_bomb_is_refused_before_it_unpacks(capsule: Path) -> None:
    bomb = rewritten(capsule, lambda found: found.update({"README.txt": bytes(50_000_000)}))
    assert bomb.stat().st_size < 2_000_000
    with pytest.raises(IncomingError, match="too large"):
        read_capsule(bomb)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{"conv_1|kernel": np.zeros(10_000_000, np.float32)})
    inner = rewritten(capsule, lambda found: found.update({"weights.npz": buffer.getvalue()}))
    with pytest.raises(IncomingError, match="unpacks to"):
        read_capsule(inner)


def test_weights_of_another_shape_are_refused(capsule: Path) -> None:
    def change(found: dict[str, bytes]) -> None:
        with np.load(io.BytesIO(found["weights.npz"])) as arrays:
            weights = {name: arrays[name] for name in arrays.files}
        weights["output|bias"] = np.zeros(11, np.float32)
        buffer = io.BytesIO()
        np.savez(buffer, **weights)
        found["weights.npz"] = buffer.getvalue()

    with pytest.raises(IncomingError, match="output/bias"):
        read_capsule(rewritten(capsule, change))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("weights/epoch-005.npz", "epoch-005.npz is of an epoch that the run has not trained. Expected at most 4"),
        ("weights/epoch-99999.npz", "has not trained"),
        ("weights/epoch-0002.npz", "does not belong there"),
        ("weights/epoch-02.npz", "does not belong there"),
        ("weights/epoch-٠٠٣.npz", "does not belong there"),
    ],
)
def test_weights_of_an_epoch_that_cannot_be_are_refused(name: str, words: str, capsule: Path) -> None:
    with pytest.raises(IncomingError, match=words):
        read_capsule(rewritten(capsule, lambda found: found.update({name: found["weights/epoch-002.npz"]})))


def test_predictions_of_an_epoch_that_was_not_trained_are_refused(capsule: Path) -> None:
    def change(found: dict[str, bytes]) -> None:
        found["predictions/validation-005.npz"] = found["predictions/validation-004.npz"]

    with pytest.raises(IncomingError, match="has not trained"):
        read_capsule(rewritten(capsule, change))


@pytest.mark.parametrize("limit", ["MAX_READ_WEIGHT_BYTES", "MAX_READ_PREDICTION_BYTES"])
def test_epochs_that_take_too_much_memory_together_are_refused(
    limit: str, capsule: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, limit, 10_000)
    with pytest.raises(IncomingError, match="too large"):
        read_capsule(capsule)


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        (np.zeros((3, 3, 1, 5), np.float16), "conv_1/kernel"),
        (np.zeros((3, 3, 1, 4), np.int8), "float16 or float32"),
        (np.full((3, 3, 1, 4), np.nan, np.float16), r"epoch-002\.npz in .* not finite"),
        (np.full((3, 3, 1, 4), np.inf, np.float32), "not finite"),
    ],
)
def test_weights_of_an_epoch_that_do_not_fit_are_refused(kernel: np.ndarray, words: str, capsule: Path) -> None:
    def change(found: dict[str, bytes]) -> None:
        with np.load(io.BytesIO(found["weights/epoch-002.npz"])) as arrays:
            weights = {name: arrays[name] for name in arrays.files}
        buffer = io.BytesIO()
        np.savez(buffer, **{**weights, "conv_1|kernel": kernel})
        found["weights/epoch-002.npz"] = buffer.getvalue()

    with pytest.raises(IncomingError, match=words):
        read_capsule(rewritten(capsule, change))


def test_a_run_without_weights_has_no_capsule(store: RunStore, tmp_path: Path) -> None:
    run_id = store.create(config_from_recipe("two-conv", dataset="mnist-sample"))
    with pytest.raises(ExportError, match="queued"):
        write_capsule(store, run_id, tmp_path)
    store.set(run_id, status="failed")
    with pytest.raises(ExportError, match="no weights"):
        write_capsule(store, run_id, tmp_path)


def test_a_full_disk_leaves_no_half_capsule(store: RunStore, tmp_path: Path) -> None:
    run_id, folder = finished_run(store), tmp_path / "out"
    folder.mkdir()
    code = (
        "import resource, sys; from mnist_core.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)); sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["export", run_id, "--format", "capsule", "--output", str(folder)]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "full" in done.stderr
    assert list(folder.iterdir()) == []


def test_an_import_that_cannot_be_stored_leaves_nothing_behind(store: RunStore, capsule: Path, tmp_path: Path) -> None:
    code = (
        "import resource, sys; from mnist_core.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000)); sys.exit(main(sys.argv[1:]))"
    )
    before = sorted(store.root.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", code, "import", str(capsule)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert [path for path in sorted(store.root.iterdir()) if path.name.startswith((".new", "20"))] == [
        path for path in before if path.name.startswith((".new", "20"))
    ]


# By other programs ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.thorough
def test_the_notebook_runs_and_finds_what_is_stored(store: RunStore, capsule: Path, tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(capsule) as archive:
        archive.extractall(folder)
    data = load_dataset("mnist-sample")
    np.savez(folder / "digits.npz", x_train=data.train.images, y_train=data.train.labels, x_test=data.test.images,
             y_test=data.test.labels)  # fmt: skip
    document = nbformat.read(folder / "experiment.ipynb", as_version=4)
    nbformat.validate(document)
    NotebookClient(document, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    outputs = {
        cell.metadata.tags[0]: "".join(output.get("text", "") for output in cell.outputs)
        for cell in document.cells
        if cell.cell_type == "code"
    }
    (run_id,) = store.run_ids()
    lines = outputs["score"].splitlines()
    assert float(lines[-3].split()[-1]) == pytest.approx(store.predictions(run_id).accuracy)
    assert float(lines[-2].split()[-1]) < 1e-5
    assert int(lines[-1].split()[-1]) == 0
    assert len([line for line in outputs["compare"].splitlines() if line.startswith("epoch")]) == 4


@pytest.mark.slow
@pytest.mark.thorough
def test_trained_again_it_matches(store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A real training, and the same once more by `verify`, in a folder of its own."""
    arguments = ["--recipe", "softmax-regression", "--dataset", "mnist-sample", "--epochs", "2", "--limit", "500"]
    assert main(["train", *arguments, "--deterministic", "--json"]) == 0
    run_id = json.loads(capsys.readouterr().out)["run_id"]
    path = write_capsule(store, run_id, tmp_path)
    assert main(["verify", str(path), "--retrain", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["matches"] is True
    assert document["labels_changed"] == 0
    assert document["largest_difference"] < 1e-5
    assert store.run_ids() == (run_id,)
