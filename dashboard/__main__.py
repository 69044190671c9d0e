"""Start the dashboard: `python -m dashboard [options of streamlit run]`."""

from __future__ import annotations

import gc
import sys

from dashboard.settings import ROOT, enter_project
from mnist_core.environment import compute_on_one_core, share_memory_between_threads


def main() -> None:
    gc.disable()  # what is imported is no garbage: see `preload`, which enables it again
    enter_project()
    compute_on_one_core()
    share_memory_between_threads()
    from streamlit.web import cli  # at import, it reads the configuration in the current folder

    sys.argv = ["streamlit", "run", str(ROOT / "dashboard" / "asgi.py"), *sys.argv[1:]]
    sys.exit(cli.main(prog_name="streamlit"))


if __name__ == "__main__":
    main()
