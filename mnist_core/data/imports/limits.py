"""The limits of an import, each stated once. They hold for all files and archives of an import together."""

from __future__ import annotations

MAX_IMPORT_BYTES = 600_000_000
"""Files as they are given, packed or not."""

MAX_UNPACKED_BYTES = 1_000_000_000
"""What all archives and all compressed arrays unpack to, however deep they are nested."""

MAX_UNPACKER_BYTES = 150_000_000
"""An xz file claims the memory that unpacking it takes; with `xz -9`, the most that is usual, it is 65 MiB."""

MAX_MEMORY_BYTES = 2_500_000_000
"""Of the process that reads the files."""

MAX_SECONDS = 300.0
"""Time of the process that reads the files."""

MAX_FILES = 100_000
"""Files given, and members of all archives."""

MAX_DATA_FILES = 64
"""Files with arrays or tables; pictures are not counted."""

MAX_DEPTH = 3
"""Archives within archives."""

MAX_IMAGES = 300_000
"""EMNIST's digits are 240,000 and 40,000."""

MIN_SIDE, MAX_SIDE = 7, 512
"""Pixels of an image in an array or a table. Fewer numbers beside a label are rather measures of a digit."""

MIN_PICTURE_SIDE = 4
"""Pixels of a picture, which is an image however small it is."""

MAX_PICTURE_BYTES = 8_000_000
MAX_PICTURE_PIXELS = 4_000_000

MAX_COLUMNS = 20_000
MAX_LINE_BYTES = 1_000_000

MAX_LIST_BYTES = 16_000_000
"""A list of pictures in JSON that is not one object on each line, and so has to be read at once."""

MAX_LEFT_OUT_SHARE = 0.2
"""Of the pictures of an import: if more cannot be used, the import is refused."""

MAX_NAMED = 3
"""Files, arrays or columns that a sentence names before it says how many more there are, unless they are needed."""
