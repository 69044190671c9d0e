"""Handwritten digits on a photograph: paper and lines removed, digits found and prepared one by one.

`opening` reads a picture within limits, `paper` tells ink from paper, `lines` finds ruled and squared lines, `finding`
groups the ink into digits in reading order, `sheet` does all of it: once as if there were paper around the digits, and,
if none is found, as if the picture were cropped to them. Nothing here knows a network.
"""
