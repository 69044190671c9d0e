"""Downloads one file over HTTP: in bounded time and memory, cancellable, complete or not at all."""

from __future__ import annotations

import http.client
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_core.errors import DownloadError, shown

Progress = Callable[[int, int | None], object]
"""Called with the downloaded bytes and the total bytes, or None if unknown."""

CONNECT_SECONDS = 4.0
"""With the half second until the page refreshes, a missing network is reported within 5 seconds."""

STALL_SECONDS = 10.0
MAX_BYTES = 200_000_000
CHUNK = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetch:
    """Progress, cancellation and time limits of a download.

    Attributes:
        progress: called after every chunk.
        is_cancelled: called before every chunk; once true, the download ends with a DownloadError.
        connect_seconds: time limit for the response, with the look-up of the address.
        stall_seconds: how long the server may send nothing afterwards.
    """

    progress: Progress = lambda done, total: None
    is_cancelled: Callable[[], bool] = lambda: False
    connect_seconds: float = CONNECT_SECONDS
    stall_seconds: float = STALL_SECONDS

    def to_file(self, url: str, path: Path, *, before: int = 0, total: int | None = None) -> int:
        """Download `url` to `path`, which is left incomplete if this raises.

        Args:
            before: bytes of earlier files, added to the progress.
            total: total bytes for the progress; None for the size that the server announces.

        Returns:
            The number of bytes written.

        Raises:
            DownloadError: no network, refused, cut off, too large, too slow, or cancelled.
            OSError: `path` cannot be written.
        """
        with _answer(url, self.connect_seconds) as response:
            _set_timeout(response, self.stall_seconds)
            expected = _announced_size(response, url)
            done = 0
            with path.open("wb") as stream:
                while chunk := self._next_chunk(response, url):
                    stream.write(chunk)
                    done += len(chunk)
                    if done > MAX_BYTES:
                        raise DownloadError(f"{_host(url)} sends more than {MAX_BYTES:,} bytes.")
                    self.progress(before + done, total or expected)
        if expected is not None and done != expected:
            raise DownloadError(f"The download was cut off. Expected {expected:,} bytes. Received: {done:,}.")
        return done

    def _next_chunk(self, response: http.client.HTTPResponse, url: str) -> bytes:
        if self.is_cancelled():
            raise DownloadError("The download was cancelled.")
        try:
            return response.read1(CHUNK)
        except TimeoutError as error:
            raise DownloadError(f"{_host(url)} stopped sending for {self.stall_seconds:g} seconds.") from error
        except (OSError, http.client.HTTPException) as error:
            raise DownloadError("The download was cut off: the connection was lost.") from error


def _answer(url: str, seconds: float) -> http.client.HTTPResponse:
    """The response of the server, once its headers have arrived."""
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(f"The address cannot be used. Expected http:// or https://. Received: {shown(url)}.")
    results: queue.SimpleQueue[Any] = queue.SimpleQueue()
    # In a thread, because the look-up of an address has no timeout: without a network it can take minutes.
    threading.Thread(target=lambda: results.put(_try_open(url, seconds)), daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except queue.Empty:
        result = TimeoutError()
    if isinstance(result, http.client.HTTPResponse):
        return result
    raise DownloadError(_reason(result, url, seconds)) from result


def _try_open(url: str, seconds: float) -> Any:
    request = urllib.request.Request(url, headers={"User-Agent": "mnist-studio"})
    try:
        return urllib.request.urlopen(request, timeout=seconds)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return error


def _reason(error: Exception, url: str, seconds: float) -> str:
    host = _host(url)
    if isinstance(error, urllib.error.HTTPError):
        return f"{host} does not have the file: it responded with {error.code} {error.reason}."
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"{host} did not respond within {seconds:g} seconds. Check the network connection."
    detail = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return f"{host} cannot be reached: {detail}. Check the network connection."


def _announced_size(response: http.client.HTTPResponse, url: str) -> int | None:
    text = response.headers.get("Content-Length", "")
    size = int(text) if text.isascii() and text.isdigit() else None
    if size is not None and size > MAX_BYTES:
        raise DownloadError(f"{_host(url)} offers {size:,} bytes. Expected at most {MAX_BYTES:,}.")
    return size


def _set_timeout(response: http.client.HTTPResponse, seconds: float) -> None:
    raw = getattr(response.fp, "raw", None)  # the socket is two wrappers down; without it the first timeout stays
    if sock := getattr(raw, "_sock", None):
        sock.settimeout(seconds)


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).netloc.rpartition("@")[2] or "the server"
