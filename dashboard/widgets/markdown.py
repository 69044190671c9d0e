"""Text that a person wrote, shown as it is: where Streamlit reads Markdown, and beside words of ours."""

from __future__ import annotations

import re
import unicodedata

# Every ASCII punctuation mark may be escaped in Markdown.
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")

# What Streamlit still turns into links, arrows, dashes and icons after the Markdown has been read: addresses, `->`,
# `--`, `:smile:`. A character without width in between stops it.
_REPLACED_LATER = re.compile(r"(?<=:)(?=[A-Za-z/])|(?<=www)(?=\.)|(?<=@)|(?<=[<>~-])(?=[-=>])", re.IGNORECASE)
_WORD_JOINER = "\u2060"


_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = frozenset(("R", "AL", "AN"))


def escape_markdown(text: str) -> str:
    """`text` so that it appears as it is: on one line, without links, formats, formulas, icons or HTML."""
    line = isolated(" ".join(text.split()))
    return _PUNCTUATION.sub(r"\\\1", _REPLACED_LATER.sub(_WORD_JOINER, line))


def isolated(text: str) -> str:
    """`text` so that it does not turn round what stands beside it; only with letters that are read from right to left.

    After a Hebrew name, a browser takes the numbers of a label to be part of it, and shows them in front of it.
    """
    if text.isascii() or _ISOLATE in text or not any(map(_is_right_to_left, text)):
        return text
    return f"{_ISOLATE}{text}{_END_OF_ISOLATE}"


def _is_right_to_left(character: str) -> bool:
    return unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
