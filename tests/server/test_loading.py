"""What the server loads before it answers: what it loads then, every start waits for."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

HEAVY = ("keras", "pandas", "scipy", "sklearn", "tensorflow")


def test_heavy_libraries_are_not_loaded_before_the_server_answers() -> None:
    code = f"import sys, dashboard.asgi; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == []
