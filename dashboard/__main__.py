"""Start the dashboard: `python -m dashboard [options of streamlit run]`."""

from __future__ import annotations

import gc
import sys

from dashboard.settings import ROOT, class_folder, enter_project
from mnist_core.environment import compute_on_one_core, share_memory_between_threads
from mnist_core.errors import MnistCoreError

BAD_INPUT = 2


def main() -> int:
    gc.disable()  # what is imported is no garbage: see `preload`, which enables it again
    enter_project()
    compute_on_one_core()
    share_memory_between_threads()
    options = sys.argv[1:]
    folder = class_folder()
    if folder is not None:
        from dashboard.class_server import class_options  # one person needs nothing of it

        try:
            options = class_options(folder, options)
        except MnistCoreError as error:
            print(error, file=sys.stderr)
            return BAD_INPUT
    from streamlit.web import cli  # at import, it reads the configuration in the current folder

    sys.argv = ["streamlit", "run", str(ROOT / "dashboard" / "asgi.py"), *options]
    return int(cli.main(prog_name="streamlit") or 0)


if __name__ == "__main__":
    sys.exit(main())
