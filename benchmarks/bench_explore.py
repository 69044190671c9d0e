"""Response time of the page Explore with the full data set, and memory of the server.

    python benchmarks/bench_explore.py [--times 50]

A client speaks Streamlit's own protocol to a real server: it asks for links that differ in filter, sorting, page or
opened digit, as clicks do, and waits until the script has finished. The exit code is 1 if a figure is over its limit.
"""

from __future__ import annotations

import argparse
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402
from streamlit.proto.BackMsg_pb2 import BackMsg  # noqa: E402
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg  # noqa: E402
from websockets.sync.client import ClientConnection, connect  # noqa: E402
from websockets.typing import Origin, Subprotocol  # noqa: E402

from benchmarks.report import figure, report  # noqa: E402
from mnist_core.data.measures.registry import MEASURES  # noqa: E402
from mnist_core.data.measures.stored import dataset_measures  # noqa: E402
from mnist_core.data.sources.catalogue import default_dataset_name, load_dataset  # noqa: E402
from mnist_core.environment import child_environment  # noqa: E402

LIMITS_MILLISECONDS = {"grid": 100, "open": 100, "load": 200}
LIMIT_MEGABYTES = 500
PATIENCE_SECONDS = 120
MAX_MESSAGE = 64 << 20
N_WARM_UP = 3
SAME_GRID = {"split": "train", "labels": "0123456789", "sort": "-ink", "where": "ink:~", "page": 1}


class Tab:
    """One browser tab with one page of the dashboard."""

    def __init__(self, connection: ClientConnection, page: str) -> None:
        self.socket = connection
        self.page = page
        self.script = ""

    def ask(self, *, shows: str, **link: object) -> float:
        """Open a link; milliseconds until the server has finished, with this component on the page if it is named."""
        message = BackMsg()
        message.rerun_script.query_string = urlencode(link)
        message.rerun_script.page_script_hash = self.script
        message.rerun_script.page_name = "" if self.script else self.page
        components: Counter[str] = Counter()
        began = time.perf_counter()
        self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(self.socket.recv(PATIENCE_SECONDS))
            kind = answer.WhichOneof("type")
            if kind == "navigation":
                self.script = answer.navigation.page_script_hash
            elif kind == "delta":
                components[answer.delta.new_element.bidi_component.component_name] += 1
            elif kind == "script_finished":
                break
        took = 1000 * (time.perf_counter() - began)
        if shows and not any(name.endswith(shows) for name in components):
            raise SystemExit(f"The page at {link} does not show {shows}, but {dict(components)}.")
        return took


@contextmanager
def opened_tab(url: str, page: str = "explore") -> Iterator[Tab]:
    address = f"{url.replace('http', 'ws')}/_stcore/stream"
    with connect(address, subprotocols=[Subprotocol("streamlit")], max_size=MAX_MESSAGE, origin=Origin(url)) as opened:
        yield Tab(opened, page)


@contextmanager
def serving() -> Iterator[tuple[str, psutil.Process]]:
    """A separate dashboard without runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as runs:
        server = subprocess.Popen(
            [sys.executable, "-m", "dashboard", "--server.port", str(port)],
            cwd=ROOT,
            env=child_environment() | {"MNIST_STUDIO_RUNS": runs},
            stdout=subprocess.DEVNULL,
        )
        try:
            url = f"http://localhost:{port}"
            wait_for(url)
            yield url, psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait(10)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"The server did not answer at {url}.")


def grid_links(times: int) -> Iterator[dict[str, object]]:
    """Links that filter, sort and page in turn."""
    randomly = random.Random(0)
    names = list(MEASURES)
    for number in range(times):
        name = randomly.choice(names)
        yield {
            "split": "train",
            "labels": "".join(str(label) for label in sorted(randomly.sample(range(10), randomly.randint(1, 9)))),
            "sort": randomly.choice(("", "-")) + randomly.choice(names),
            "where": f"{name}:~1000" if number % 3 else "ink:40~160,slant:-20~30",
            "page": randomly.randint(1, 5),
        }


def processor_milliseconds(server: psutil.Process) -> float:
    """CPU time of the server so far: unlike wall-clock time, it does not depend on the load of the machine."""
    times = server.cpu_times()
    return 1000 * (times.user + times.system)


def measure(url: str, server: psutil.Process, times: int, n_images: int) -> dict[str, tuple[list[float], float]]:
    """Milliseconds of every interaction, and mean CPU time of one, by kind."""
    found: dict[str, tuple[list[float], float]] = {}

    def keep(kind: str, interactions: Iterator[float]) -> None:
        before = processor_milliseconds(server)
        took = list(interactions)
        found[kind] = took, (processor_milliseconds(server) - before) / len(took)

    with opened_tab(url) as tab:
        for _ in range(N_WARM_UP):
            tab.ask(shows="rank_table", image="train-0")
        time.sleep(2)  # the server prepares its other pages a second after it has sent the first
        keep("grid", (tab.ask(shows="digit_grid", **link) for link in grid_links(times)))
        rows = random.Random(1).sample(range(n_images), times)
        keep("open", (tab.ask(shows="rank_table", **SAME_GRID, image=f"train-{row}") for row in rows))
    keep("load", (load(url) for _ in range(times)))
    return found


def load(url: str) -> float:
    """The page in a new tab."""
    with opened_tab(url) as tab:
        return tab.ask(shows="pixel_view")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=50)
    arguments = parser.parse_args()
    name = default_dataset_name()
    dataset = load_dataset(name)
    with serving() as (url, process):
        dataset_measures(dataset)  # computed once, then read from the cache
        found = measure(url, process, arguments.times, len(dataset.train))
        megabytes = process.memory_info().rss / 1e6
    names = {
        "grid": "Explore, a filter, sorting or page",
        "open": "Explore, a digit opened",
        "load": "Explore, a new tab",
    }
    figures = [
        figure(f"{names[kind]}, p95", took, "ms", at_most=LIMITS_MILLISECONDS[kind], percentile=95)
        for kind, (took, _) in found.items()
    ]
    memory = figure("Memory of the server afterwards", megabytes, "MB", at_most=LIMIT_MEGABYTES)
    processor = {kind: round(milliseconds, 1) for kind, (_, milliseconds) in found.items()}
    return report("explore", *figures, memory, dataset=name, processor_ms=processor).shown()


if __name__ == "__main__":
    sys.exit(main())
