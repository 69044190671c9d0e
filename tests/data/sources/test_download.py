"""Downloads from a server on this machine that behaves as well or as badly as a test asks."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import http.server
import io
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.data.sources import download as download_module
from mnist_core.data.sources.catalogue import list_datasets, load_dataset
from mnist_core.data.sources.download import IDX_FILES, Download, download_into, downloads, fetch_dataset
from mnist_core.data.sources.fetching import Fetch
from mnist_core.errors import DatasetNotFoundError, DownloadError
from tests.data.idx_files import write_idx

QUICK = Fetch(connect_seconds=2.0, stall_seconds=0.3)


class Server:
    """Serves `files` by path; `behave` may handle a request instead and return True."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.behave: Callable[[http.server.BaseHTTPRequestHandler, bytes], bool] = lambda handler, content: False
        self.requests: list[str] = []
        self.may_end = threading.Event()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests.append(self.path)
                content = server.files.get(self.path)
                if content is None:
                    self.send_error(404)
                elif not server.behave(self, content):
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        self._httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._httpd.daemon_threads = True
        threading.Thread(target=self._httpd.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._httpd.server_address[1]}"

    def close(self) -> None:
        self.may_end.set()
        self._httpd.shutdown()
        self._httpd.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def npz_of(dataset: Dataset) -> bytes:
    buffer = io.BytesIO()
    train, test = dataset.train, dataset.test
    np.savez(buffer, x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels)
    return buffer.getvalue()


def idx_of(dataset: Dataset, folder: Path) -> dict[str, bytes]:
    arrays = (dataset.train.images, dataset.train.labels, dataset.test.images, dataset.test.labels)
    for name, array in zip(IDX_FILES, arrays, strict=True):
        write_idx(folder / name, array)
    return {name: (folder / name).read_bytes() for name in IDX_FILES}


@pytest.fixture
def npz_offer(server: Server, tiny: Dataset) -> Download:
    """A small `mnist` as one npz."""
    server.files["/mnist.npz"] = npz_of(tiny)
    return Download(name="mnist", url=f"{server.url}/mnist.npz", n_bytes=0, sha256=tiny.sha256)


@pytest.fixture
def idx_offer(server: Server, tiny: Dataset, tmp_path: Path) -> Download:
    """A small `mnist` as four IDX files."""
    files = idx_of(tiny, tmp_path)
    server.files |= {f"/idx/{name}": content for name, content in files.items()}
    total = sum(map(len, files.values()))
    return Download(name="mnist", url=f"{server.url}/idx/", n_bytes=total, sha256=tiny.sha256)


def nothing_left(folder: Path) -> bool:
    return not folder.exists() or list(folder.iterdir()) == []


def test_an_npz_is_fetched_verified_and_found(data_folder: Path, npz_offer: Download, tiny: Dataset):
    told: list[tuple[int, int | None]] = []
    download_into(data_folder, npz_offer, Fetch(progress=lambda done, total: told.append((done, total))))
    assert load_dataset("mnist").sha256 == tiny.sha256
    size = (data_folder / "mnist.npz").stat().st_size
    assert told[-1] == (size, size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_four_idx_files_are_fetched_verified_and_found(data_folder: Path, idx_offer: Download, tiny: Dataset):
    told: list[tuple[int, int | None]] = []
    download_into(data_folder, idx_offer, Fetch(progress=lambda done, total: told.append((done, total))))
    assert sorted(path.name for path in (data_folder / "mnist").iterdir()) == sorted(IDX_FILES)
    assert load_dataset("mnist").sha256 == tiny.sha256
    assert told[-1] == (idx_offer.n_bytes, idx_offer.n_bytes)
    assert [path.name for path in data_folder.glob(".*")] == []


def test_a_missing_idx_file_is_completed(data_folder: Path, idx_offer: Download, tiny: Dataset):
    (data_folder / "mnist").mkdir(parents=True)
    write_idx(data_folder / "mnist" / IDX_FILES[1], tiny.train.labels)
    download_into(data_folder, idx_offer, Fetch())
    assert load_dataset("mnist").sha256 == tiny.sha256


def cut_off(handler: http.server.BaseHTTPRequestHandler, content: bytes) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    return True


def cut_off_without_a_length(handler: http.server.BaseHTTPRequestHandler, content: bytes) -> bool:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    return True


def wrong_content(handler: http.server.BaseHTTPRequestHandler, content: bytes) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    if content.startswith(b"\x1f\x8b"):  # still a whole IDX file, of other pixels
        unpacked = bytearray(gzip.decompress(content))
        unpacked[-1] ^= 1
        content = gzip.compress(unpacked, mtime=0)
    else:
        content = content[:200] + bytes([content[200] ^ 1]) + content[201:]
    handler.wfile.write(content)
    return True


def web_page(handler: http.server.BaseHTTPRequestHandler, content: bytes) -> bool:
    page = b"<html>Please sign in to this network</html>"
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(page)))
    handler.end_headers()
    handler.wfile.write(page)
    return True


def claims_gigabytes(handler: http.server.BaseHTTPRequestHandler, content: bytes) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Length", str(10**10))
    handler.end_headers()
    return True


@pytest.mark.parametrize("offer", ["npz_offer", "idx_offer"])
@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        (cut_off, r"cut off. Expected [\d,]+ bytes. Received: [\d,]+"),
        (cut_off_without_a_length, "cannot be used: .* (cut off|damaged)"),
        (wrong_content, "cannot be used|not mnist. Expected SHA-256|cut off"),
        (web_page, "cannot be used: .*(not an npz|not an IDX)"),
        (claims_gigabytes, "offers 10,000,000,000 bytes"),
    ],
)
def test_a_bad_response_is_one_error_and_leaves_nothing(
    *, offer: str, behaviour, sentence: str, server: Server, data_folder: Path, request: pytest.FixtureRequest
):
    download = request.getfixturevalue(offer)
    server.behave = behaviour
    with pytest.raises(DownloadError, match=sentence):
        download_into(data_folder, download, QUICK)
    assert nothing_left(data_folder)
    server.behave = lambda handler, content: False
    download_into(data_folder, download, Fetch())  # and it works when the server does
    assert load_dataset("mnist").sha256 == download.sha256


def test_the_right_files_of_another_set_do_not_verify(
    server: Server, data_folder: Path, npz_offer: Download, sample: Dataset
):
    server.files["/mnist.npz"] = npz_of(sample)
    with pytest.raises(DownloadError, match=f"mnist. Expected SHA-256 {npz_offer.sha256}"):
        download_into(data_folder, npz_offer, Fetch())
    assert nothing_left(data_folder)


def test_each_file_is_compared_with_its_published_md5(server: Server, data_folder: Path, tiny: Dataset, tmp_path: Path):
    files = idx_of(tiny, tmp_path)
    server.files |= {f"/{name}": content for name, content in files.items()}
    sums = [hashlib.md5(files[name], usedforsecurity=False).hexdigest() for name in IDX_FILES]
    wrong = Download(name="fashion-mnist", url=server.url, n_bytes=1, md5=(*sums[:3], "0" * 32))
    with pytest.raises(DownloadError, match=r"t10k-labels-idx1-ubyte.gz .* Expected MD5 0000"):
        download_into(data_folder, wrong, Fetch())
    assert nothing_left(data_folder)
    download_into(data_folder, dataclasses.replace(wrong, md5=tuple(sums)), Fetch())
    assert load_dataset("fashion-mnist").sha256 == tiny.sha256


def test_a_missing_file_is_reported_with_the_response_of_the_server(
    server: Server, data_folder: Path, npz_offer: Download
):
    server.files.clear()
    with pytest.raises(DownloadError, match=r"127.0.0.1:\d+ does not have the file: .* 404 Not Found"):
        download_into(data_folder, npz_offer, Fetch())
    assert nothing_left(data_folder)


def test_a_server_that_stops_sending_times_out(server: Server, data_folder: Path, npz_offer: Download):
    def stall(handler, content):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:1000])
        handler.wfile.flush()
        server.may_end.wait(10)
        return True

    server.behave = stall
    started = time.monotonic()
    with pytest.raises(DownloadError, match="stopped sending for 0.3 seconds"):
        download_into(data_folder, npz_offer, QUICK)
    assert time.monotonic() - started < 3
    assert nothing_left(data_folder)


def test_a_server_that_never_responds_times_out(data_folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/mnist.npz"
        started = time.monotonic()
        with pytest.raises(DownloadError, match="did not respond within 0.3 seconds"):
            download_into(data_folder, Download(name="mnist", url=url, n_bytes=0), Fetch(connect_seconds=0.3))
        assert time.monotonic() - started < 3
    assert nothing_left(data_folder)


def test_looking_up_an_address_is_bounded_in_time(data_folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Without a network the resolver may think for minutes, which no timeout of a socket ends."""
    may_end = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: may_end.wait(30) and [])
    download = Download(name="mnist", url="http://data.example/mnist.npz", n_bytes=0)
    started = time.monotonic()
    with pytest.raises(DownloadError, match=r"data.example did not respond within 0.3 seconds"):
        download_into(data_folder, download, Fetch(connect_seconds=0.3))
    assert time.monotonic() - started < 3
    may_end.set()


def test_an_unreachable_server_is_one_error(data_folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(DownloadError, match="cannot be reached: Connection refused"):
        download_into(data_folder, Download(name="mnist", url=f"http://127.0.0.1:{port}/m.npz", n_bytes=0), Fetch())
    assert nothing_left(data_folder)


def test_with_the_default_limits_an_error_is_on_screen_within_five_seconds():
    seconds_until_drawn = 0.5 + 0.3  # the page looks twice a second, and needs a moment itself
    assert Fetch().connect_seconds + seconds_until_drawn <= 5


def test_a_slow_download_can_be_cancelled(server: Server, data_folder: Path, npz_offer: Download):
    def trickle(handler, content):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        for start in range(0, len(content), 1000):
            handler.wfile.write(content[start : start + 1000])
            handler.wfile.flush()
            if server.may_end.wait(0.05):
                break
        return True

    server.behave = trickle
    told: list[int] = []
    fetch = Fetch(progress=lambda done, total: told.append(done), is_cancelled=lambda: len(told) >= 3)
    with pytest.raises(DownloadError, match="was cancelled"):
        download_into(data_folder, npz_offer, fetch)
    assert len(told) == 3
    assert nothing_left(data_folder)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/mnist.npz", "mnist.npz"])
def test_only_http_addresses_are_fetched(url: str, data_folder: Path):
    with pytest.raises(DownloadError, match="Expected http:// or https://"):
        download_into(data_folder, Download(name="mnist", url=url, n_bytes=0), Fetch())


def test_a_read_only_folder_is_refused_before_anything_is_fetched(
    server: Server, data_folder: Path, npz_offer: Download
):
    data_folder.mkdir(mode=0o555)
    with pytest.raises(DownloadError, match="is read-only"):
        download_into(data_folder, npz_offer, Fetch())
    assert server.requests == []


def test_files_of_a_killed_download_are_removed(data_folder: Path, npz_offer: Download):
    old, young = data_folder / ".fetching.old", data_folder / ".fetching.young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (1, 1))
    download_into(data_folder, npz_offer, Fetch())
    assert not old.exists()
    assert young.exists()  # it may belong to a download in another process


def test_the_address_of_mnist_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    assert downloads()["mnist"].url.endswith("/mnist.npz")
    monkeypatch.setenv("MNIST_STUDIO_MNIST_URL", "http://127.0.0.1:1/idx/")
    assert downloads()["mnist"].url == "http://127.0.0.1:1/idx/"


def test_a_set_that_is_here_is_not_fetched_again(
    server: Server, data_folder: Path, npz_offer: Download, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(download_module, "downloads", lambda: {"mnist": npz_offer})
    fetch_dataset("mnist")
    fetch_dataset("mnist")
    assert server.requests == ["/mnist.npz"]


def test_damaged_files_in_the_way_are_named(server: Server, data_folder: Path, npz_offer: Download, tiny: Dataset):
    (data_folder / "mnist").mkdir(parents=True)
    idx_of(tiny, data_folder / "mnist")
    (data_folder / "mnist" / IDX_FILES[0]).write_bytes(b"damaged")
    with pytest.raises(DownloadError, match="Damaged files are in the way in .*mnist: .*Remove them, then try again"):
        fetch_dataset("mnist")


def test_an_unknown_data_set_is_not_found():
    with pytest.raises(
        DatasetNotFoundError, match="'emnist' cannot be downloaded. Expected one of: mnist, fashion-mnist"
    ):
        fetch_dataset("emnist")


@pytest.mark.parametrize("kind", ["npz", "idx"])
def test_the_published_mnist_verifies_from_either_kind_of_address(
    *,
    kind: str,
    server: Server,
    full_mnist: Dataset,
    full_mnist_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    if kind == "npz":
        server.files["/mnist.npz"] = npz_of(full_mnist)
        monkeypatch.setenv("MNIST_STUDIO_MNIST_URL", f"{server.url}/mnist.npz")
    else:
        server.files |= {f"/x/{name}": (full_mnist_folder / "mnist" / name).read_bytes() for name in IDX_FILES}
        monkeypatch.setenv("MNIST_STUDIO_MNIST_URL", f"{server.url}/x")
    fetch_dataset("mnist")
    assert {info.name: info for info in list_datasets()}["mnist"].sha256 == full_mnist.sha256
