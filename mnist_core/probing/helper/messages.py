"""What server and helper say to each other: a JSON object a line, and arrays as an npz in base 64."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

Answer = Mapping[str, np.ndarray]
"""Named arrays."""


class What(StrEnum):
    """What a line to the helper asks for."""

    JOB = "job"
    """Store something in a run directory: minutes. Gives way to questions between its steps."""
    QUESTION = "question"
    """Answer with arrays: seconds at most."""
    PICTURES = "pictures"
    """The same, but longer: gives way to questions between its steps."""
    WARM = "warm"
    """Load TensorFlow."""
    CANCEL = "cancel"
    """Give up the question with that number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A line to the helper.

    Attributes:
        number: of the question, which every line about it repeats.
        name: of the job or of the kind of question.
        folder: the run directory.
        asked: what else is asked, in JSON's types: of a job a list of texts, of a question a mapping.
    """

    number: int
    what: What
    name: str = ""
    folder: str = ""
    asked: Any = None

    @property
    def is_quick(self) -> bool:
        """Whether it is answered between the steps of a longer one."""
        return self.what is What.QUESTION

    def line(self) -> bytes:
        """The request as it is sent."""
        sent = {"number": self.number, "what": self.what.value, "name": self.name, "folder": self.folder}
        return _line({**sent, "asked": self.asked})


def read_request(line: bytes) -> Request:
    """The request in a line.

    Raises:
        ValueError: it is none.
    """
    said = json.loads(line)
    if not isinstance(said, dict) or isinstance(said.get("number"), bool) or not isinstance(said.get("number"), int):
        raise ValueError("A request is a JSON object with a number.")
    name, folder = said.get("name", ""), said.get("folder", "")
    if not isinstance(name, str) or not isinstance(folder, str):
        raise ValueError("The name and the folder of a request are texts.")
    return Request(
        number=said["number"], what=What(str(said.get("what"))), name=name, folder=folder, asked=said.get("asked")
    )


class Event(StrEnum):
    """What a line from the helper reports about a question."""

    BEGUN = "begun"
    PROGRESS = "progress"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


def report(number: int, event: Event, **more: Any) -> bytes:
    """A line from the helper."""
    return _line({"number": number, "event": event.value, **more})


def read_report(line: bytes) -> dict[str, Any] | None:
    """What the helper said; None if it is not a report."""
    try:
        said = json.loads(line)
        Event(said["event"])
        int(said["number"])
    except (ValueError, KeyError, TypeError):
        return None
    return dict(said)


def packed(answer: Answer) -> str:
    """Arrays as text."""
    return base64.b64encode(npz(answer)).decode()


def unpacked(text: str) -> dict[str, np.ndarray]:
    """The arrays in a text, read-only."""
    with np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    for array in arrays.values():
        array.setflags(write=False)
    return arrays


def npz(answer: Answer) -> bytes:
    """Arrays as the content of an npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, **answer)  # type: ignore[arg-type]
    return buffer.getvalue()


def _line(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode() + b"\n"
