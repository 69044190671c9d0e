from __future__ import annotations

import json
import subprocess
import sys
import tomllib
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


def test_all_of_mnist_as_a_csv_file_can_be_uploaded() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["maxUploadSize"] * 2**20 >= 109_640_201  # mnist_train.csv; Kaggle's has 76,775,041
