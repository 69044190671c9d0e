"""Which addresses of a cluster are accepted, and that nothing unencrypted leaves this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mnist_core.errors import ClusterError, ConfigError
from mnist_core.jobs.cluster.address import find_address, parse_address
from mnist_core.jobs.cluster.serving import scheduler_command, worker_command


@pytest.mark.parametrize(
    "text",
    ["tcp://127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:8786", "tls://10.0.0.1:8786", "tls://node-1.lab:65535"],
)
def test_an_address_is_read_as_it_is_written(text: str) -> None:
    assert str(parse_address(text)) == text


@pytest.mark.parametrize(
    "text",
    ["tcp://10.0.0.1:8786", "tcp://0.0.0.0:8786", "tcp://node-1:8786", "tcp://localhost.evil.example:8786",
     "tcp://127.0.0.1.example:8786", "tcp://[::]:8786", "tcp://2130706433:8786"],
)  # fmt: skip
def test_plain_connections_to_other_machines_are_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(ClusterError, match="cluster keys --output"):
        parse_address(text)


@pytest.mark.parametrize(
    "text",
    ["tcp://", "tls://host", "http://127.0.0.1:8786", "tls://host:99999", "tls://host:0", "tls://host:1/path",
     "tls://[::1:8786", "tls://:8786", "inproc://127.0.0.1:1", "://"],
)  # fmt: skip
def test_what_is_no_address_is_shown_with_what_was_expected(text: str) -> None:
    with pytest.raises(ClusterError, match=r"Expected tls://.* Received: "):
        find_address(text)


def test_a_scheduler_file_holds_an_address(tmp_path: Path) -> None:
    path = tmp_path / "scheduler.json"
    path.write_text(json.dumps({"type": "Scheduler", "address": "tls://10.0.0.1:8786"}))
    assert str(find_address(str(path))) == "tls://10.0.0.1:8786"
    path.write_text(json.dumps({"address": "tcp://10.0.0.1:8786"}))
    with pytest.raises(ClusterError, match="not encrypted"):
        find_address(str(path))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '"x"', "[" * 5000, '{"address": 7}'])
def test_a_damaged_scheduler_file_is_one_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "scheduler.json"
    path.write_text(content)
    with pytest.raises(ClusterError):
        find_address(str(path))
    with pytest.raises(ClusterError, match="cannot be read"):
        find_address(str(tmp_path / "none.json"))


def test_a_scheduler_is_not_reachable_from_elsewhere_without_keys(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "10.0.0.1", "node-1"):
        with pytest.raises(ClusterError, match="not encrypted"):
            scheduler_command(host, 8786, keys=None, file=None)
    _, options = scheduler_command("127.0.0.1", 0, keys=None, file=tmp_path / "file")
    assert options[options.index("--host") + 1] == "127.0.0.1"
    assert options[options.index("--dashboard-address") + 1].startswith("127.0.0.1:")
    with pytest.raises(ConfigError, match="port"):
        scheduler_command("127.0.0.1", 70000, keys=None, file=None)


def test_a_worker_needs_keys_for_an_encrypted_cluster() -> None:
    with pytest.raises(ClusterError, match="--keys"):
        worker_command("tls://10.0.0.1:8786", keys=None, places=1, name="")
    with pytest.raises(ConfigError, match="places"):
        worker_command("tcp://127.0.0.1:8786", keys=None, places=0, name="")
    _, options = worker_command("tcp://127.0.0.1:8786", keys=None, places=2, name="a")
    assert options[options.index("--host") + 1] == "127.0.0.1"
    assert options[options.index("--nthreads") + 1] == "2"
