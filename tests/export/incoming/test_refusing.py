"""Model files that must not be accepted: each is refused in a sentence that says what is wrong, and changes nothing."""

from __future__ import annotations

import json
import stat
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from mnist_core.cli import main
from mnist_core.data.dataset import Dataset
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import IncomingError
from mnist_core.export.incoming.foreign_model import import_model
from mnist_core.export.incoming.kinds import FileKind, kind_of_file
from mnist_core.runs.store import RunStore
from tests.export.incoming.keras_files import (
    FLOAT32,
    conv,
    dense,
    flatten,
    hdf5,
    input_layer,
    keras_file,
    layer,
    plain,
    plain_weights,
    pool,
    sequential,
)
from tests.thorough import some_of


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


def refusal(store: RunStore, path: Path) -> str:
    """The sentence with which a file is refused, in less than a second and without a trace."""
    dataset, before = load_dataset("mnist-sample"), time.process_time()
    with pytest.raises(IncomingError) as caught:
        imported(store, path, dataset)
    assert time.process_time() - before < 2
    assert store.run_ids() == ()
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert len(sentence) < 400
    return sentence


def imported(store: RunStore, path: Path, dataset: Dataset) -> None:
    """As the process does it that reads such a file."""
    if kind_of_file(path, path.name) is FileKind.MODEL:
        import_model(store, path, path.name, dataset, name="", pixels="auto", tell=lambda share, note: None)


def with_layer(described: dict[str, Any]) -> dict[str, Any]:
    return sequential(input_layer(), described, conv(), pool(), flatten(), dense())


def foreign(class_name: str, name: str, module: str, registered: str | None, **config: Any) -> dict[str, Any]:
    return {**layer(class_name, name, **config), "module": module, "registered_name": registered}


LAYERS = {
    "lambda": layer("Lambda", "evil", function={"class_name": "__lambda__", "config": {"code": "4wEAAAAA"}}),
    "tfsm": layer("TFSMLayer", "evil", filepath="/tmp/x", call_endpoint="serve"),
    "torch": layer("TorchModuleWrapper", "evil", module="AAAA"),
    "lookup": layer("StringLookup", "evil", vocabulary="/etc/passwd"),
    "custom": foreign("Custom", "evil", "my_module", "package>Custom"),
    "registered": foreign("Dense", "evil", "keras.layers", "package>Dense", units=3),
    "os": foreign("system", "evil", "os", None),
    "function": foreign("function", "evil", "keras.config", "function"),
    "nested": foreign("Functional", "evil", "keras.src.models.functional", "Functional", layers=[]),
    "operation": foreign("Sum", "evil", "keras.src.ops.numpy", "Sum"),
    "wrapper": layer("TimeDistributed", "evil", layer=conv()),
    "activation": conv("evil", activation={"module": "builtins", "class_name": "function", "config": "os.system"}),
    "activation name": conv("evil", activation="softplus"),
    "lambda class": foreign("__lambda__", "evil", "builtins", None),
    "unknown key": conv("evil", new_option=3),
    "dilated": conv("evil", dilation_rate=[2, 2]),
    "grouped": conv("evil", groups=3),
    "channels first": conv("evil", data_format="channels_first"),
    "bias": conv("evil", use_bias="yes"),
    "huge filters": conv("evil", filters=10**9),
    "text filters": conv("evil", filters="32"),
    "true filters": conv("evil", filters=True),
    "wide": conv("evil", kernel_size=[3, 5]),
    "norm": layer("BatchNormalization", "evil", axis=-1, epsilon=0.1, center=True, scale=True),
    "leaky": layer("LeakyReLU", "evil", negative_slope=0.3),
    "normalization": layer("Normalization", "evil", axis=None, mean=0.0, variance=1.0),
    "depthwise": layer("DepthwiseConv2D", "evil", kernel_size=[3, 3], depth_multiplier=1),
    "int8": conv(
        "evil",
        dtype={**FLOAT32, "class_name": "QuantizedDTypePolicy", "config": {"mode": "int8", "source_name": "float32"}},
    ),
    "whole numbers": conv("evil", dtype="int8"),
    "overlapping": layer("MaxPooling2D", "evil", pool_size=[3, 3], strides=[2, 2], padding="valid"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_that_is_not_known_is_refused_by_its_name(name: str, store: RunStore, tmp_path: Path) -> None:
    assert "evil" in refusal(store, keras_file(tmp_path / "m.keras", with_layer(LAYERS[name])))


def test_a_model_within_a_model_is_refused_as_what_it_is(store: RunStore, tmp_path: Path) -> None:
    """As Keras 3.15 describes them: a Sequential is registered by no name, a Functional by its own."""
    inner = [conv("inner"), flatten()]
    for described in (
        foreign("Sequential", "backbone", "keras", None, layers=inner),
        foreign("Functional", "backbone", "keras.src.models.functional", "Functional", layers=inner),
    ):
        sentence = refusal(store, keras_file(tmp_path / "m.keras", sequential(input_layer(), described, dense())))
        assert "`backbone` is a model within the model" in sentence
        assert "code" not in sentence
    own = foreign("Functional", "evil", "my_module", "package>Functional", layers=inner)
    assert "may run code" in refusal(store, keras_file(tmp_path / "m.keras", sequential(input_layer(), own, dense())))


CONFIGS = {
    "length of a whole row": json.dumps(
        sequential(input_layer(784), layer("UnitNormalization", "lengths", axis=1), dense())
    ).encode(),
    "no json": b"{",
    "list": b"[]",
    "null": b"null",
    "nested": b"[" * 200_000,
    "nested objects": b'{"config":' * 50_000,
    "long number": b'{"config": ' + b"9" * 6_000 + b"}",
    "infinite": b'{"config": {"layers": 1e999}}',
    "endless": json.dumps(sequential(input_layer(), conv(kernel_size=[3, float("inf")]), dense())).encode(),
    "no layers": json.dumps(sequential()).encode(),
    "strings": json.dumps(sequential("a", "b")).encode(),  # type: ignore[arg-type]
    "numbers": json.dumps({"class_name": "Sequential", "config": {"layers": [1, 2]}}).encode(),
    "other class": json.dumps({**plain(), "class_name": "function"}).encode(),
    "class of a list": json.dumps({**plain(), "class_name": ["Sequential"]}).encode(),
    "many layers": json.dumps(sequential(input_layer(), *(conv(f"c{i}") for i in range(2_000)), dense())).encode(),
    "colour": json.dumps(sequential(input_layer(32, 32, 3), flatten(), dense())).encode(),
    "seven": json.dumps(sequential(input_layer(), flatten(), dense(units=7))).encode(),
    "no end": json.dumps(sequential(input_layer(), flatten())).encode(),
    "no input": json.dumps(sequential(flatten(), dense())).encode(),
    "image into dense": json.dumps(sequential(input_layer(), dense("first", 5, activation="relu"), dense())).encode(),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_description_of_something_else_is_refused(name: str, store: RunStore, tmp_path: Path) -> None:
    refusal(store, keras_file(tmp_path / "m.keras", CONFIGS[name]))


def test_a_network_that_would_take_gigabytes_is_refused_by_its_parameters(store: RunStore, tmp_path: Path) -> None:
    """A small file that makes Keras allocate them: here it is counted, not built."""
    units = dense("large", 200_000_000, activation="relu")
    path = keras_file(tmp_path / "m.keras", sequential(input_layer(), flatten(), units, dense()), b"")
    assert path.stat().st_size < 3_000
    assert "large" in refusal(store, path)
    two = [dense(f"d{i}", 8_000, activation="relu") for i in range(3)]
    path = keras_file(tmp_path / "n.keras", sequential(input_layer(), flatten(), *two, dense()))
    assert "20,000,000" in refusal(store, path)
    slow = [conv(f"c{i}", 512, padding="same") for i in range(6)]
    path = keras_file(tmp_path / "o.keras", sequential(input_layer(), *slow, pool(), flatten(), dense()))
    assert "multiply-adds" in refusal(store, path)


def graph(*nodes: tuple[dict[str, Any], list[str]]) -> dict[str, Any]:
    """A functional model: layers with the names of those whose outputs they get."""

    def tensor(name: str) -> dict[str, Any]:
        return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}

    layers = [
        {**described, "name": described["config"]["name"],
         "inbound_nodes": [{"args": [tensor(name) for name in names], "kwargs": {}}] if names else []}
        for described, names in nodes
    ]  # fmt: skip
    return {"module": "keras", "class_name": "Functional", "config": {"layers": layers}, "registered_name": None}


def test_other_shapes_of_graphs_are_refused(store: RunStore, tmp_path: Path) -> None:
    a, b, add = conv("a"), conv("b"), layer("Add", "add")
    start = (input_layer(), [])
    graphs = {
        "circle": graph(start, (a, ["input", "b"]), (b, ["a"]), (dense(), ["b"])),
        "own circle": graph(start, (a, ["a"]), (dense(), ["input"])),
        "gone": graph(start, (a, ["nowhere"]), (dense(), ["a"])),
        "two inputs": graph(
            start, (layer("InputLayer", "other", batch_shape=[None, 28, 28, 1]), []), (dense(), ["input"])
        ),
        "same name": graph(start, (a, ["input"]), (a, ["a"]), (dense(), ["a"])),
        "three ways": graph(start, (a, ["input"]), (b, ["input"]), (conv("c"), ["input"]), (add, ["a", "b", "c"])),
        "two ends": graph(start, (a, ["input"]), (b, ["input"]), (dense(), ["a"])),
        "unknown block": graph(
            start, (a, ["input"]), (add, ["a", "input"]), (flatten(), ["add"]), (dense(), ["flatten"])
        ),
    }
    for name, config in graphs.items():
        assert refusal(store, keras_file(tmp_path / f"{name}.keras", config)), name
    always_on = graph(start, (a, ["input"]), (dense(), ["a"]))
    always_on["config"]["layers"][1]["inbound_nodes"][0]["kwargs"] = {"training": True}
    assert "options" in refusal(store, keras_file(tmp_path / "on.keras", always_on))
    several = graph(start, (a, ["input"]), (dense(), ["a"]))
    for outputs in ([["a", 0, 0], ["dense", 0, 0]], [["a", 0, 0]], ["a", 0, 0], {"x": ["dense", 0, 0]}, []):
        several["config"]["output_layers"] = outputs
        assert refusal(store, keras_file(tmp_path / "several.keras", several))
    shared = graph(start, (a, ["input"]), (dense(), ["a"]))
    shared["config"]["layers"][1]["inbound_nodes"] *= 2
    assert "more than once" in refusal(store, keras_file(tmp_path / "shared.keras", shared))


# The zip -------------------------------------------------------------------------------------------------------------


def test_what_is_no_zip_is_called_what_it_is(store: RunStore, tmp_path: Path) -> None:
    whole = keras_file(tmp_path / "m.keras").read_bytes()
    for name, content in {"empty": b"", "text": b"hello", "cut": whole[: len(whole) * 6 // 10],
                          "pickle": b"\x80\x04}q\x00.", "torch": b"PK\x03\x04" + bytes(40)}.items():  # fmt: skip
        path = tmp_path / f"{name}.keras"
        path.write_bytes(content)
        assert path.name in refusal(store, path)


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "assets/a.txt", "x.py", "model.pkl"])
def test_a_member_that_does_not_belong_there_is_refused(name: str, store: RunStore, tmp_path: Path) -> None:
    refusal(store, keras_file(tmp_path / "m.keras", more={name: b"x"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zip_tricks_are_refused(store: RunStore, tmp_path: Path) -> None:
    path = keras_file(tmp_path / "twice.keras", more={"config.json": json.dumps(plain()).encode()})
    assert "same name" in refusal(store, path)
    path = tmp_path / "link.keras"
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo("config.json")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, "/etc/passwd")
    assert "link" in refusal(store, path)
    path = tmp_path / "many.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(5_000):
            archive.writestr(f"{number}", b"")
    assert "too many" in refusal(store, path)
    path = tmp_path / "locked.keras"
    content = bytearray(keras_file(path).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    assert "encrypted" in refusal(store, path)


def test_a_description_that_unpacks_to_much_is_refused_without_unpacking(store: RunStore, tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * 60_000_000)
        archive.writestr("model.weights.h5", b"")
    assert "1,048,576" in refusal(store, path)
    # The same with a size that is told wrongly: it ends where the limit is.
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(mark) + offset
        content[at : at + 4] = struct.pack("<I", 100)
    path.write_bytes(bytes(content))
    refusal(store, path)


def test_a_file_without_weights_is_refused(store: RunStore, tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(plain()))
    assert "no weights" in refusal(store, path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.weights.h5", hdf5(plain_weights()))
    assert "config.json" in refusal(store, path)


# HDF5 ----------------------------------------------------------------------------------------------------------------


def external_array(file: h5py.File, outside: Path) -> None:
    del file["layers/conv2d/vars/1"]
    file.create_dataset("layers/conv2d/vars/1", (3,), np.float32, external=[(str(outside), 0, 12)])


def virtual_array(file: h5py.File, outside: Path) -> None:
    layout = h5py.VirtualLayout((3,), np.float32)
    layout[:] = h5py.VirtualSource(str(outside), "x", (3,))
    del file["layers/conv2d/vars/1"]
    file.create_virtual_dataset("layers/conv2d/vars/1", layout)


def external_link(file: h5py.File, outside: Path) -> None:
    file["optimizer"] = h5py.ExternalLink(str(outside), "/")


def soft_link(file: h5py.File, outside: Path) -> None:
    file["optimizer"] = h5py.SoftLink("/layers")


def circle(file: h5py.File, outside: Path) -> None:
    file["layers/again"] = file["layers"]


def compressed(file: h5py.File, outside: Path) -> None:
    file.create_dataset("optimizer/vars/0", data=np.zeros(50_000_000, np.uint8), compression="gzip", chunks=True)


def empty_claim(file: h5py.File, outside: Path) -> None:
    """Gigabytes that are not there: they would be read as zeros."""
    del file["layers/conv2d/vars/1"]
    file.create_dataset("layers/conv2d/vars/1", (10**9,), np.float32, chunks=(1_000,))


def objects(file: h5py.File, outside: Path) -> None:
    file["optimizer/name"] = np.array("x" * 10, dtype=h5py.string_dtype())


def deep(file: h5py.File, outside: Path) -> None:
    file["/".join("abcdefghijklmnopqrst")] = np.zeros(1, np.float32)


def many(file: h5py.File, outside: Path) -> None:
    for number in range(5_100):
        file.create_group(f"optimizer/{number}")


@pytest.mark.parametrize(
    "attack",
    [external_array, virtual_array, external_link, soft_link, circle, compressed, empty_claim, objects, deep, many],
)
def test_tricks_of_hdf5_are_refused(attack: Any, store: RunStore, tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.write_bytes(bytes(range(12)))
    weights = hdf5(plain_weights(), lambda file: attack(file, outside))
    refusal(store, keras_file(tmp_path / "m.keras", weights=weights))


def test_weights_that_do_not_fit_are_named(store: RunStore, tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    assert "(3, 3, 1, 4)" in refusal(store, keras_file(path, weights=hdf5(plain_weights(4))))
    missing = {name: value for name, value in plain_weights().items() if "dense" not in name}
    assert "output/kernel" in refusal(store, keras_file(path, weights=hdf5(missing)))
    double = {name: value.astype(np.float64) for name, value in plain_weights().items()}
    assert "float64" in refusal(store, keras_file(path, weights=hdf5(double)))
    nan = plain_weights()
    nan["layers/dense/vars/1"][3] = np.nan
    assert "output/bias" in refusal(store, keras_file(path, weights=hdf5(nan)))
    for content in (b"", b"garbage", hdf5(plain_weights())[:700]):
        assert "unreadable" in refusal(store, keras_file(path, weights=content))


def test_mutated_files_never_do_more_than_be_refused(store: RunStore, tmp_path: Path) -> None:
    """Bytes that are overwritten at random places of the weights: refused, or other numbers."""
    whole, rng, path = hdf5(plain_weights()), np.random.default_rng(0), tmp_path / "m.keras"
    dataset = load_dataset("mnist-sample")
    for _ in range(60):
        content = bytearray(whole)
        for place in rng.integers(0, 3_000, 6):
            content[place] = rng.integers(0, 256)
        keras_file(path, weights=bytes(content))
        try:
            import_model(store, path, "m", dataset, name="", pixels="unit", tell=lambda share, note: None)
        except IncomingError:
            continue


# As a command --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["softmax", "relu"])
def test_an_activation_before_the_last_softmax_is_refused(kind: str, store: RunStore, tmp_path: Path) -> None:
    head = [dense("last", activation=kind), layer("Softmax", "softmax", axis=-1)]
    assert "last" in refusal(
        store, keras_file(tmp_path / "m.keras", sequential(input_layer(), conv(), pool(), flatten(), *head))
    )


@pytest.mark.parametrize("attribute", some_of(["model_config", "layer_names"], always=["model_config"]))
def test_the_old_form_is_called_what_it_is(
    attribute: str, store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "old.h5"
    path.write_bytes(hdf5(plain_weights(), lambda file: file.attrs.create(attribute, "{}")))
    for options in ([], ["--recipe", "two-conv"]):
        assert main(["import", str(path), "--dataset", "mnist-sample", *options]) == 2
        assert ".keras" in capsys.readouterr().err
    assert store.run_ids() == ()


def test_the_command_refuses_in_a_sentence(store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = keras_file(tmp_path / "m.keras", with_layer(LAYERS["lambda"]))
    assert main(["import", str(path), "--dataset", "mnist-sample"]) == 2
    assert "evil" in capsys.readouterr().err
    (tmp_path / "w.h5").write_bytes(hdf5(plain_weights()))
    assert main(["import", str(tmp_path / "w.h5"), "--dataset", "mnist-sample"]) == 2
    assert main(["import", str(tmp_path / "gone.keras")]) == 2
    assert store.run_ids() == ()
