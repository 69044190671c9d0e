"""What reading a damaged zip archive raises. An npz file is one too."""

from __future__ import annotations

import errno
import lzma
import struct
import zipfile
import zlib

ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, ValueError, OSError
)  # fmt: skip
"""ValueError: a name that is no UTF-8 although it says so, or a place before the start of a file in memory."""


def is_zip_damage(error: BaseException) -> bool:
    """Whether one of these errors comes from what the archive holds, not from the disk that it is on.

    An archive that lost bytes sends zipfile to a place before the start of the file, which the system calls an invalid
    argument; damaged bzip2 raises an OSError without a number.
    """
    return not isinstance(error, OSError) or error.errno in (None, errno.EINVAL)
