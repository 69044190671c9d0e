"""A run as TensorBoard's event files. Only for the process that exports, since TensorFlow writes them.

`tf.summary` needs the package `tensorboard`, and gives every value the time at which it is written. So the events are
put together here, in TensorFlow's own messages; the names of the plugins are those of TensorBoard's documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import tensorflow as tf
from google.protobuf.struct_pb2 import Struct

from mnist_core.export.tracking.tracked import VALIDATION, Setting, Tracked
from mnist_core.runs.record import RunStatus

VERSION = "brain.Event:2"
FILE_NAME = "events.out.tfevents.{seconds:010d}.mnist-studio"
TRAINING, VALIDATED = "train", "validation"
SCORED = {"test": "test", "validation": "validation_best"}
SESSION_START, SESSION_END = "_hparams_/session_start_info", "_hparams_/session_end_info"
START_FIELD, END_FIELD = 3, 4
"""Of a session's start and end in the message of the plugin for settings."""
SUCCESS, FAILURE = 1, 2


def write_event_files(told: Tracked, folder: Path) -> None:
    """Write the curves of training and validation, the scores, the settings, and texts about the run.

    Training, validation and test are subfolders, which TensorBoard draws in one chart; the settings lie above them.
    """
    with _Log(folder, told.started_at) as log:
        log.settings(told.settings, told.started_at)
        for tag, text in _texts(told).items():
            log.text(tag, text, told.ended_at)
        log.ending(is_success=told.run.status in (RunStatus.COMPLETED, RunStatus.STOPPED), time=told.ended_at)
    _write_curves(told, folder)
    with _Log(folder / SCORED[told.split], told.ended_at) as log:
        for name, value in told.scores.items():
            tag = f"epoch/{name}" if name in ("accuracy", "loss") else f"scores/{name}"
            log.scalar(tag, value, told.run.best_epoch or 0, told.ended_at)


def _write_curves(told: Tracked, folder: Path) -> None:
    if not told.epochs:
        return
    with _Log(folder / TRAINING, told.started_at) as training, _Log(folder / VALIDATED, told.started_at) as validation:
        for epoch in told.epochs:
            for name, value in epoch.metrics.items():
                log = validation if name.startswith(VALIDATION) else training
                log.scalar(f"epoch/{name.removeprefix(VALIDATION)}", value, epoch.number, epoch.time)


def _texts(told: Tracked) -> dict[str, str]:
    """Markdown by tag. What a person has written is indented, so that it is shown as it stands."""
    run = told.run
    head, *rows = (f"| {' | '.join(map(_without_markup, row))} |" for row in told.matrix_rows())
    rule = "|" + " --- |" * (len(told.class_names) + 1)
    texts = {
        "run": _as_it_stands("\n".join((run.title, run.run_id, f"{run.status}"))),
        "tags": _as_it_stands(", ".join(run.tags)),
        "note": _as_it_stands(run.note),
        "confusion_matrix": "\n".join((head, rule, *rows)),
    }
    return {tag: text for tag, text in texts.items() if text}


def _as_it_stands(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _without_markup(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter == " " else f"&#{ord(letter)};" for letter in text)


class _Log:
    """One event file."""

    def __init__(self, folder: Path, time: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._writer = tf.io.TFRecordWriter(str(folder / FILE_NAME.format(seconds=int(time))))
        self._add(time, file_version=VERSION)

    def __enter__(self) -> _Log:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._writer.close()

    def scalar(self, tag: str, value: float, step: int, time: float) -> None:
        self._summary(tag, "scalars", tf.make_tensor_proto(value, tf.float32), time, step=step)

    def text(self, tag: str, text: str, time: float) -> None:
        self._summary(tag, "text", tf.make_tensor_proto(text, tf.string), time)

    def settings(self, settings: Mapping[str, Setting], time: float) -> None:
        values = Struct()  # its bytes are those of the plugin's message, of which the settings are the first field too
        values.update(settings)
        self._session(SESSION_START, START_FIELD, values.SerializeToString(), time)

    def ending(self, *, is_success: bool, time: float) -> None:
        self._session(SESSION_END, END_FIELD, bytes((8, SUCCESS if is_success else FAILURE)), time)

    def _session(self, tag: str, field: int, message: bytes, time: float) -> None:
        content = bytes((field << 3 | 2,)) + _varint(len(message)) + message
        self._summary(tag, "hparams", tf.make_tensor_proto(0.0, tf.float32, (1,)), time, content=content)

    def _summary(self, tag: str, plugin: str, tensor: Any, time: float, *, step: int = 0, content: bytes = b"") -> None:
        metadata = tf.compat.v1.SummaryMetadata(
            plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name=plugin, content=content)
        )
        value = tf.compat.v1.Summary.Value(tag=tag, tensor=tensor, metadata=metadata)
        self._add(time, step=step, summary=tf.compat.v1.Summary(value=[value]))

    def _add(self, time: float, **fields: Any) -> None:
        self._writer.write(tf.compat.v1.Event(wall_time=time, **fields).SerializeToString())


def _varint(number: int) -> bytes:
    """A number as Protocol Buffers write it: seven bits a byte, the lowest first."""
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*parts, number))
