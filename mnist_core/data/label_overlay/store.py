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
import time
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
_SHA256 = re.compile(rf"[0-9a-f]{{{N_HEX}}}", re.ASCII)


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


def read_overlay(folder: Path, sha256: str) -> LabelOverlay:
    """The decisions about the data set with this SHA-256; none if nobody has taken any.

    Raises:
        DatasetError: the file is damaged, or of a later version.
    """
    return _read(overlay_file(folder, sha256))


def decide(folder: Path, sha256: str, image: ImageRef, kind: DecisionKind, label: int | None = None) -> Decision:
    """Save what is decided about the label of an image, and return it; it replaces an earlier decision.

    Args:
        label: the new label, if `kind` is `RELABEL`.

    Raises:
        DatasetError: the decision is not valid, there are too many, the file is damaged, or it cannot be written.
    """
    decision = Decision(image=image, kind=kind, label=label, time=time.time())
    with _changing(folder, sha256) as path:
        found = _read(path)
        if len(found) >= MAX_DECISIONS and found.of(image) is None:
            raise DatasetError(
                f"Too many decisions about this data set. Expected at most {MAX_DECISIONS:,}. Remove some first."
            )
        _write(path, found.decided(decision))
    return decision


def withdraw(folder: Path, sha256: str, image: ImageRef) -> None:
    """Remove the decision about an image; nothing happens if there is none.

    Raises:
        DatasetError: the file is damaged, or it cannot be written.
    """
    with _changing(folder, sha256) as path:
        _write(path, _read(path).withdrawn(image))


def undo(folder: Path, sha256: str) -> ImageRef | None:
    """Undo the last change; returns the image it was about, None if no change is known.

    Raises:
        DatasetError: the file is damaged, or it cannot be written.
    """
    with _changing(folder, sha256) as path:
        found = _read(path)
        if not found.changes:
            return None
        _write(path, found.undone())
        return found.changes[-1].image


def _changing(folder: Path, sha256: str) -> AbstractContextManager[Path]:
    return changing(folder, overlay_file(folder, sha256), lock=LOCK, what="The decision")


def _read(path: Path) -> LabelOverlay:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("it is too large")
        document = json.loads(path.read_bytes())
        if document["schema"] != SCHEMA:
            raise ValueError(f"expected schema {SCHEMA}, received {document['schema']!r}")
        return LabelOverlay(
            decisions=tuple(_decision(_image(item), item) for item in document["decisions"]),
            changes=tuple(_change(item) for item in document["changes"]),
        )
    except FileNotFoundError:
        return LabelOverlay()
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, DatasetError) as error:
        raise DatasetError(
            f"The decisions about the labels cannot be read: {shown(str(error))}. Repair or remove {path}."
        ) from error


def _image(item: dict[str, Any]) -> ImageRef:
    return ImageRef(split=SplitName(item["split"]), row=item["row"])


def _decision(image: ImageRef, item: dict[str, Any]) -> Decision:
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
