"""What a process sets before it imports TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from mnist_core.environment import ROOT

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
