"""Stands for the worker of a run: sleeps for as many seconds as the name of the run says, and completes it.

Imports next to nothing, so that what is measured is the cluster.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(folder: Path) -> None:
    path = folder / "run.json"
    document = json.loads(path.read_bytes())
    time.sleep(float(document["name"]))
    document["status"] = "completed"
    temporary = folder / ".run.json.simulated"
    temporary.write_text(json.dumps(document))
    temporary.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
