"""What `gallery.py` shows and its tests expect."""

from __future__ import annotations

import numpy as np

from dashboard.widgets.confusion_grid import ConfusionCells

HOSTILE = (
    "<script>alert(1)</script> **bold** `code` :red[colour] :material/home: :smile: :streamlit: $x^2$ "
    "[link](http://e.x) https://e.x www.e.x a@e.x -> -- # head ~~gone~~ &amp; \\ ![image](http://e.x/y.png)"
)
# Image i is grey 255 - i // 2 in its first row and black below, so that a test can tell from the screen which is drawn.
IMAGES = np.zeros((500, 28, 28), np.uint8)
IMAGES[:, :14] = (255 - np.arange(500) // 2)[:, None, None]
CELLS = ConfusionCells(
    names=("a", "b", "c"),
    texts=(("", "2", ""), ("1", "", "4"), ("", "", "")),
    shades=((0.0, 0.7, 0.0), (0.5, 0.0, 1.0), (0.0, 0.0, 0.0)),
    notes=tuple(tuple(f"true {i}, predicted {j}" for j in "abc") for i in "abc"),
    row_notes=tuple(f"all true {i}" for i in "abc"),
    column_notes=tuple(f"all predicted {j}" for j in "abc"),
)
