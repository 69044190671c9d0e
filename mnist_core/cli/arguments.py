"""The parser, and how a command is added to it."""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from mnist_core.errors import shown


class Parser(argparse.ArgumentParser):
    """Reports an error in one sentence, without the usage, and takes no empty text that it was not told to expect.

    An empty argument is mostly a variable of the shell that is not set. Where the default is an empty text, it may be
    given too.
    """

    def add_argument(self, *names: str, may_be_empty: bool = False, **options: Any) -> argparse.Action:
        """As in `argparse`; `may_be_empty` says whether an empty text is a value."""
        takes_text = options.get("action", "append") == "append"
        if takes_text and not may_be_empty and options.get("default") != "":
            options["type"] = _not_empty(options.get("type", str))
        return super().add_argument(*names, **options)

    def error(self, message: str) -> NoReturn:
        print(f"{message[:1].upper()}{message[1:]}. See `{self.prog} --help`.", file=sys.stderr)
        raise SystemExit(2)


def integer(low: int, high: int | None = None) -> Callable[[str], int]:
    """The type of an option that is an integer in this range; the error names the option."""
    expected = f"an integer from {low}" + ("" if high is None else f" to {high}")

    def converted(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if number < low or (high is not None and number > high):
            raise argparse.ArgumentTypeError(f"invalid value. Expected {expected}. Received: {shown(text)}")
        return number

    return converted


def _not_empty(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """A conversion that refuses an empty text."""

    @functools.wraps(convert)  # `argparse` names it
    def converted(text: str) -> Any:
        if not text:
            raise argparse.ArgumentTypeError("invalid value. Expected a text that is not empty. Received: ''")
        return convert(text)

    return converted


def add_command(commands: Any, name: str, command: Any, text: str, *, is_nested: bool = False) -> Parser:
    """A command with its help; `is_nested` if it belongs to another command, which takes `--json` as well."""
    parser: Parser = commands.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
    # The default of a nested command would undo what was given before it.
    default = argparse.SUPPRESS if is_nested else False
    parser.add_argument("--json", action="store_true", default=default, help="print one JSON document")
    parser.set_defaults(command=command)
    return parser
