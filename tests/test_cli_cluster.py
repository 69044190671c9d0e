"""The commands about a cluster, as far as they end by themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mnist_core.cli import main
from tests.jobs.cluster.conftest import needs_dask


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MNIST_STUDIO_CLUSTER", raising=False)
    monkeypatch.delenv("MNIST_STUDIO_CLUSTER_KEYS", raising=False)


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("cluster", "MNIST_STUDIO_CLUSTER"),
        ("cluster worker", "MNIST_STUDIO_CLUSTER"),
        ("cluster worker tcp://10.0.0.1:8786", "cluster keys"),
        ("cluster worker tls://10.0.0.1:8786", "--keys"),
        ("cluster worker tcp://127.0.0.1:8786 --places 0", "places"),
        ("cluster worker nowhere.json", "nowhere.json"),
        ("cluster scheduler --host 0.0.0.0", "cluster keys"),
        ("cluster scheduler --port 70000", "port"),
        ("cluster scheduler --keys nowhere", "ca.pem"),
    ],
)
def test_what_cannot_start_says_so_in_one_sentence(
    command: str, names: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(command.split()) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert names in printed.err
    assert printed.err.count("\n") == 1


@needs_dask
def test_keys_are_made_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    command = ["cluster", "keys", "--output", str(tmp_path / "keys"), "--json"]
    assert main(command) == 0
    files = [Path(text) for text in json.loads(capsys.readouterr().out)]
    assert sorted(files) == sorted((tmp_path / "keys").iterdir())
    before = {path: path.read_bytes() for path in files}
    assert main(command) == 2
    assert {path: path.read_bytes() for path in files} == before
