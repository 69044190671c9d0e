"""What a process sets before it imports TensorFlow, and before it starts threads."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys

import pytest

from mnist_core.environment import ROOT

# An arena of the GNU C library begins at a multiple of 64 MB.
ARENAS = """
import sys, threading
from mnist_core.environment import share_memory_between_threads
if sys.argv[1] == "shared":
    share_memory_between_threads()
n_threads = 12
meeting = threading.Barrier(n_threads)
def allocate():
    kept = [bytes(50_000) for _ in range(20)]
    meeting.wait()
threads = [threading.Thread(target=allocate) for _ in range(n_threads)]
for thread in threads: thread.start()
for thread in threads: thread.join()
lines = [line.split() for line in open("/proc/self/maps")]
print(sum(int(line[0].split("-")[0], 16) % (64 << 20) == 0 for line in lines if line[1] == "rw-p" and len(line) == 5))
"""

REPORT = (
    "import json, os, sys; from mnist_core.environment import child_environment, prepare_tensorflow; "
    "from mnist_core.models.loading import load_keras; "
    "prepare_tensorflow(deterministic=sys.argv[1] == 'True'); load_keras(); "
    "from tensorflow.python.util import _pywrap_util_port as port; "
    "print(json.dumps([port.IsMklEnabled(), child_environment().get('TF_ENABLE_ONEDNN_OPTS')]))"
)


@pytest.mark.parametrize(
    ("deterministic", "stated", "is_used"),
    [
        ("False", None, True),
        pytest.param("True", None, False, marks=pytest.mark.thorough),
        pytest.param("False", "0", False, marks=pytest.mark.thorough),
    ],
)
def test_tensorflow_computes_with_onednn_unless_it_has_to_be_deterministic(
    deterministic: str, stated: str | None, is_used: bool
) -> None:
    variables = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    if stated is not None:
        variables["TF_ENABLE_ONEDNN_OPTS"] = stated
    done = subprocess.run(
        [sys.executable, "-c", REPORT, deterministic],
        capture_output=True,
        text=True,
        env=variables,
        cwd=ROOT,
        check=True,
    )
    # The worker starts the next run of the queue: it must not inherit what was chosen for this one.
    assert json.loads(done.stdout.splitlines()[-1]) == [is_used, stated]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the GNU C library has arenas")
def test_threads_of_the_server_share_two_arenas() -> None:
    def arenas(how: str) -> int:
        command = [sys.executable, "-c", ARENAS, how]
        return int(subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout)

    assert arenas("shared") < 2  # one of the two is the heap
    assert arenas("each its own") > 4
