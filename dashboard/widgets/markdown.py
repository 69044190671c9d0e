"""Text that is not markup, shown where Streamlit reads Markdown."""

from __future__ import annotations

import re

# Every ASCII punctuation mark may be escaped in Markdown.
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")

# What Streamlit still turns into links, arrows, dashes and icons after the Markdown has been read: addresses, `->`,
# `--`, `:smile:`. A character without width in between stops it.
_REPLACED_LATER = re.compile(r"(?<=:)(?=[A-Za-z/])|(?<=www)(?=\.)|(?<=@)|(?<=[<>~-])(?=[-=>])", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def escape_markdown(text: str) -> str:
    """`text` so that it appears as it is: on one line, without links, formats, formulas, icons or HTML."""
    return _PUNCTUATION.sub(r"\\\1", _REPLACED_LATER.sub(_WORD_JOINER, " ".join(text.split())))
