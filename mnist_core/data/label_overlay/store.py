"""Label overlays on disk: `<data folder>/label-review/<SHA-256 of the data set>.json`.

    {"schema": 1, "decisions": [{"split": "test", "row": 247, "decision": "relabel", "label": 2, "time": ...}, ...],
     "changes": [{"split": "test", "row": 247, "before": null}, ...]}

The SHA-256 is that of the images and labels, so that another data set of the same name is not touched. Every change
reads the file, changes what it read and replaces it under a lock, so that two tabs lose nothing. A damaged file is
never replaced.
"""

from __future__ import annotations

import json
import re
import stat
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from mnist_core.data.changing import changing
from mnist_core.data.dataset import SplitName
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.label_overlay.overlay import Change, Decision, DecisionKind, LabelOverlay
from mnist_core.errors import DatasetError, shown
from mnist_core.files import write_bytes

SCHEMA = 1
FOLDER, LOCK = "label-review", "lock"
MAX_DECISIONS = 5_000
"""About one data set: more than one person reviews, and a file that is written in a moment."""
MAX_BYTES = 4_000_000
N_HEX = 64
RowCounts = Mapping[SplitName, int]
"""How many images each split has."""
_SHA256 = re.compile(rf"[0-9a-f]{{{N_HEX}}}", re.ASCII)


class _NewerError(DatasetError):
    """A file that a later version has written: nothing is damaged."""


def overlay_file(folder: Path, sha256: str) -> Path:
    """Where the overlay of a data set is in the folder of data sets, whether there is one or not.

    Raises:
        DatasetError: this is no SHA-256.
    """
    if not _SHA256.fullmatch(sha256):
        raise DatasetError(
            f"Invalid SHA-256 of a data set. Expected {N_HEX} hexadecimal digits. Received: {shown(sha256)}."
        )
    return folder / FOLDER / f"{sha256}.json"


def read_overlay(folder: Path, sha256: str, *, n_rows: RowCounts | None = None) -> LabelOverlay:
    """The decisions about the data set with this SHA-256; none if nobody has taken any.

    Args:
        n_rows: of each split of the data set, where it is known: a decision about another row means damage.

    Raises:
        DatasetError: the file is damaged, or of a later version.
    """
    return _read(overlay_file(folder, sha256), n_rows)


def decide(
    folder: Path,
    sha256: str,
    image: ImageRef,
    kind: DecisionKind,
    label: int | None = None,
    *,
    n_rows: RowCounts | None = None,
) -> Decision:
    """Save what is decided about the label of an image, and return it; it replaces an earlier decision.

    Args:
        label: the new label, if `kind` is `RELABEL`.
        n_rows: as of `read_overlay`.

    Raises:
        DatasetError: the decision is not valid, there are too many, the file is damaged, or it cannot be written.
    """
    decision = Decision(image=image, kind=kind, label=label, time=time.time())
    with _changing(folder, sha256) as path:
        found = _read(path, n_rows)
        if len(found) >= MAX_DECISIONS and found.of(image) is None:
            raise DatasetError(
                f"Too many decisions about this data set. Expected at most {MAX_DECISIONS:,}. Remove some first."
            )
        _write(path, found.decided(decision))
    return decision


def withdraw(folder: Path, sha256: str, image: ImageRef, *, n_rows: RowCounts | None = None) -> None:
    """Remove the decision about an image; nothing happens if there is none. `n_rows` is as of `read_overlay`.

    Raises:
        DatasetError: the file is damaged, or it cannot be written.
    """
    with _changing(folder, sha256) as path:
        _write(path, _read(path, n_rows).withdrawn(image))


def undo(folder: Path, sha256: str, *, n_rows: RowCounts | None = None) -> ImageRef | None:
    """Undo the last change; returns the image it was about, None if no change is known.

    `n_rows` is as of `read_overlay`.

    Raises:
        DatasetError: the file is damaged, or it cannot be written.
    """
    with _changing(folder, sha256) as path:
        found = _read(path, n_rows)
        if not found.changes:
            return None
        _write(path, found.undone())
        return found.changes[-1].image


def _changing(folder: Path, sha256: str) -> AbstractContextManager[Path]:
    return changing(folder, overlay_file(folder, sha256), lock=LOCK, what="The decision")


def _read(path: Path, n_rows: RowCounts | None) -> LabelOverlay:
    try:
        overlay = _parsed(_content(path), path)
        _check_rows(overlay, n_rows)
    except FileNotFoundError:
        return LabelOverlay()
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except json.JSONDecodeError as error:
        raise _unreadable(path, "it is not JSON") from error
    except _NewerError:
        raise
    except (ValueError, ArithmeticError, RecursionError, DatasetError) as error:
        raise _unreadable(path, str(error)) from error
    except KeyError as error:
        raise _unreadable(path, f"expected the key {error}") from error
    except (TypeError, AttributeError) as error:
        raise _unreadable(path, f"a part has another form than expected: {error}") from error
    return overlay


def _unreadable(path: Path, reason: str) -> DatasetError:
    return DatasetError(
        f"The decisions about the labels cannot be read: {reason.removesuffix('.')}. Repair or remove {path}."
    )


def _content(path: Path) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is not a file")
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it is too large, expected at most {MAX_BYTES:,} bytes")
    return content


def _parsed(content: bytes, path: Path) -> LabelOverlay:
    document = _object(json.loads(content))
    schema = document["schema"]
    if type(schema) is int and schema > SCHEMA:
        raise _NewerError(
            f"The decisions about the labels are from a newer version of MNIST Studio. Expected schema {SCHEMA}. "
            f"Received: {shown(schema)}, in {path}."
        )
    if type(schema) is not int or schema != SCHEMA:
        raise ValueError(f"expected schema {SCHEMA}, received {shown(schema)}")
    return LabelOverlay(
        decisions=tuple(_decision(_image(item), item) for item in document["decisions"]),
        changes=tuple(_change(item) for item in document["changes"]),
    )


def _check_rows(overlay: LabelOverlay, n_rows: RowCounts | None) -> None:
    for image in (*(item.image for item in overlay.decisions), *(item.image for item in overlay.changes)):
        if n_rows is not None and not image.row < n_rows[image.split]:
            expected = f"expected rows below {n_rows[image.split]:,} in the {image.split} split"
            raise ValueError(f"{expected}, received {shown(image.row)}")


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, received {shown(value)}")
    return value


def _image(value: object) -> ImageRef:
    item = _object(value)
    row = item["row"]
    if type(row) is not int or row < 0:
        raise ValueError(f"expected a row of 0 or more, received {shown(row)}")
    return ImageRef(split=SplitName(item["split"]), row=row)


def _decision(image: ImageRef, value: object) -> Decision:
    item = _object(value)
    kind = DecisionKind(item["decision"])
    return Decision(image=image, kind=kind, label=item.get("label"), time=float(item["time"]))


def _change(item: dict[str, Any]) -> Change:
    image, before = _image(item), item["before"]
    return Change(image=image, before=None if before is None else _decision(image, before))


def _write(path: Path, overlay: LabelOverlay) -> None:
    document = {
        "schema": SCHEMA,
        "decisions": [{**_of_image(item.image), **_of_decision(item)} for item in overlay.decisions],
        "changes": [
            {**_of_image(item.image), "before": None if item.before is None else _of_decision(item.before)}
            for item in overlay.changes
        ],
    }
    write_bytes(path, json.dumps(document, allow_nan=False).encode() + b"\n")


def _of_image(image: ImageRef) -> dict[str, Any]:
    return {"split": image.split.value, "row": image.row}


def _of_decision(decision: Decision) -> dict[str, Any]:
    label = {} if decision.label is None else {"label": decision.label}
    return {"decision": decision.kind.value, **label, "time": decision.time}
