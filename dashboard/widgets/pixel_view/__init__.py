"""One digit enlarged; hovering a pixel shows its value."""

from __future__ import annotations

import base64

from dashboard.widgets.component import component
from mnist_core.data.dataset import Float32Array, UInt8Array

_component = component(__file__)


def pixel_view(
    image: UInt8Array,
    *,
    key: str,
    label: str,
    values: Float32Array | None = None,
    width: int = 280,
    follow: bool = False,
) -> None:
    """Show a digit, uint8 (28, 28); the value of a pixel appears on hover, or with the arrow keys.

    Args:
        key: "<page>.<field>".
        label: what the digit is, for screen readers.
        values: float32 (28, 28), the value to show for each pixel; its pixel value from 0 to 255 if left out.
        width: in CSS pixels, at most; a narrow column makes it smaller.
        follow: scroll it into view when another image is shown: on a phone it is below what was clicked.
    """
    _component(
        key=key,
        data={
            "pixels": base64.b64encode(image.tobytes()).decode(),
            "values": None if values is None else base64.b64encode(values.astype("<f4").tobytes()).decode(),
            "label": label,
            "width": width,
            "follow": follow,
        },
    )
