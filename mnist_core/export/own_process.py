"""A process of its own for the part of an export that needs a large library: what asks it, and how it answers.

The process is given a JSON object. Progress and result are JSON objects on its standard output, one per line.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mnist_core import processes
from mnist_core.errors import ExportError, MnistCoreError
from mnist_core.export.output import cannot_write, is_full
from mnist_core.files import write_bytes
from mnist_core.probing.helper.client import few_threads
from mnist_core.processes import Tell, end_without_parent, lower_priority

BAD_INPUT = 2
LOG = "export.log"
"""What a process complained about before it failed, in the run directory."""

Say = Callable[..., None]
Request = Mapping[str, Any]


def result_of(program: str, request: Request, *, tell: Tell, is_cancelled: Callable[[], bool]) -> dict[str, Any]:
    """What the process reports as its result; what it complained about is kept in the run directory if it fails.

    Args:
        program: the module.
        request: has `folder` (of the run), `draft` (alone in its folder) and `path` (what that will be called), and
            what else `program` needs.
        is_cancelled: called a few times a second; once true, the process is ended.

    Raises:
        ExportError: it reports a problem, was cancelled, or ended early.
    """
    said, ended = processes.ask(program, request, tell=tell, is_cancelled=is_cancelled, variables=few_threads())
    if "result" in said:
        return dict(said["result"])
    if ended.is_cancelled:
        raise ExportError("The export was cancelled.")
    problem = f"The process that exports ended early (code {ended.code}), perhaps because memory ran out."
    hint = "" if said.get("is_expected") else _kept(ended.complaints, Path(request["folder"]))
    raise ExportError(said.get("problem", problem) + hint)


def serve(arguments: list[str], work: Callable[[Request, Say], dict[str, Any]]) -> int:
    """Do what is requested, and report it; returns the exit code."""
    request = json.loads(arguments[0])
    say = _conversation()
    lower_priority()
    end_without_parent(Path(request["draft"]).parent)
    try:
        say(result=work(request, say))
    except MnistCoreError as error:
        say(problem=str(error), is_expected=True)
    except MemoryError:
        say(problem="There is not enough memory for this. Close other programs and try again.", is_expected=True)
    except Exception as error:
        traceback.print_exc()
        say(problem=_in_words(error, Path(request["path"])))
    else:
        return 0
    return BAD_INPUT


def _kept(complaints: tuple[str, ...], run_folder: Path) -> str:
    """Where a person finds what the process has written to standard error."""
    with contextlib.suppress(OSError):
        if complaints:
            write_bytes(run_folder / LOG, "\n".join([*complaints, ""]).encode())
            return f" See {LOG} in the run directory."
    return ""


def _conversation() -> Say:
    """What prints a line for the parent; everything that libraries print goes to standard error."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(**told: Any) -> None:
        print(json.dumps(told, allow_nan=False), file=output, flush=True)

    return say


def _in_words(error: Exception, path: Path) -> str:
    """A sentence for what a library raised: TensorFlow and SQLAlchemy have their own errors for a full disk."""
    signs = ("No space left", "File too large", "database or disk is full")
    is_about_space = any(sign in str(error) for sign in signs) or is_full(path.parent)
    if isinstance(error, OSError) or is_about_space:
        number = errno.ENOSPC if is_about_space else getattr(error, "errno", 0) or 0
        return str(cannot_write(path, OSError(number, str(error))))
    return f"The run cannot be written in this format ({type(error).__name__}). Try another format."
