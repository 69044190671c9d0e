"""The command line: parses arguments, calls the core and prints.

Errors go to standard error as one sentence; the exit code for invalid input is 2.
"""

from __future__ import annotations

import io
import os
import sys

from mnist_core.cli.parser import make_parser
from mnist_core.errors import MnistCoreError

BAD_INPUT = 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    _print_whatever_the_terminal()
    options = make_parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except MnistCoreError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # `... | head` closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


def _print_whatever_the_terminal() -> None:
    """A character that the terminal does not have becomes a question mark; JSON is ASCII, so it stays as it is."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
