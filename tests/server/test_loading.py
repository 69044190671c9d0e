"""What the server loads before it answers: what it loads then, every start waits for."""

from __future__ import annotations

import subprocess
import sys

from streamlit import delta_generator

from dashboard.server.warm_up import HAS_WARNED
from tests.conftest import ROOT

HEAVY = ("keras", "pandas", "scipy", "sklearn", "tensorflow")


def test_heavy_libraries_are_not_loaded_before_the_server_answers() -> None:
    code = f"import sys, dashboard.asgi; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == []


def test_garbage_is_collected_again_once_the_first_page_is_loaded_or_fails_to() -> None:
    code = """
import gc, time
gc.disable()
from dashboard.server.warm_up import preload
def fail(): raise ImportError("as a broken installation would")
preload(fail)
deadline = time.monotonic() + 60
while not gc.isenabled() and time.monotonic() < deadline: time.sleep(0.01)
print(int(gc.isenabled()), int(gc.get_freeze_count() > 10_000))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == ["1", "1"]


def test_streamlit_still_has_the_note_that_spares_it_a_search_through_all_modules() -> None:
    assert getattr(delta_generator, HAS_WARNED) in (True, False)
