"""Sources of one import that are stored in different orientations, such as MNIST's images beside EMNIST's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_core.data.dataset import UInt8Array
from mnist_core.data.imports.recognising.orientation import Recognition, recognise, stored_in, turned


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Rows of the joined images that come from one file or array.

    Attributes:
        title: for a message.
        rows: where they are.
    """

    title: str
    rows: slice


def with_one_orientation(
    images: UInt8Array, labels: UInt8Array, sources: Sequence[Source], usual: Recognition
) -> tuple[UInt8Array, tuple[str, ...]]:
    """The images as if all were stored in the usual orientation, with a note on each source that clearly was not."""
    if len(sources) < 2:
        return images, ()
    notes: list[str] = []
    for source in sources:
        its = images[source.rows]
        found = recognise(its, labels[source.rows], is_background_light=usual.is_background_light)
        if found is None or not found.is_clear or found.orientation is usual.orientation:
            continue
        if not notes:
            images = images.copy()
        images[source.rows] = stored_in(turned(its, found.orientation), usual.orientation)
        notes.append(
            f"{source.title}: the digits were {found.orientation.words}, unlike the others, and were turned like these."
        )
    return images, tuple(notes)
