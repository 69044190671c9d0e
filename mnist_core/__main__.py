"""The command line: `python -m mnist_core COMMAND`. Plain text, or one JSON document with `--json`."""

from __future__ import annotations

import sys

from mnist_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
