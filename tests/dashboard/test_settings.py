from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from mnist_core.environment import child_environment
from tests.conftest import ROOT

SCRIPT = """
import json, os
from dashboard.settings import enter_project
enter_project()
print(json.dumps([os.getcwd(), os.environ["MNIST_STUDIO_RUNS"], os.environ["PYTHONPATH"].split(os.pathsep)[0]]))
"""


def test_runs_stay_in_the_folder_of_the_person_who_starts_the_dashboard(tmp_path: Path) -> None:
    environment = child_environment()
    del environment["MNIST_STUDIO_RUNS"]
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(result.stdout) == [str(ROOT), str(tmp_path / "runs"), str(ROOT)]
