"""One digit enlarged; pointing at a pixel shows its value."""

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
    """Show a digit, uint8 (28, 28); its pixels' values appear when pointed at or walked to with the arrow keys.

    Args:
        key: "<page>.<field>".
        label: what the digit is, for those who hear the page.
        values: float32 (28, 28), what to say of each pixel; its brightness from 0 to 255 if left out.
        width: in CSS pixels, at most; a narrow column makes it smaller.
        follow: scroll it into sight when another image is shown: on a phone it lies below what was clicked.
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
