"""What `gallery.py` shows and its tests expect."""

from __future__ import annotations

import numpy as np

HOSTILE = (
    "<script>alert(1)</script> **bold** `code` :red[colour] :material/home: :smile: :streamlit: $x^2$ "
    "[link](http://e.x) https://e.x www.e.x a@e.x -> -- # head ~~gone~~ &amp; \\ ![image](http://e.x/y.png)"
)
# Image i is grey 255 - i // 2 in its first row and black below, so that a test can tell from the screen which is drawn.
IMAGES = np.zeros((500, 28, 28), np.uint8)
IMAGES[:, :14] = (255 - np.arange(500) // 2)[:, None, None]
