"""Finds lines of strings that span several: whether such a line shifts with the code around it is not always clear.

Pure, and for any language: triple quotes, backquotes, double quotes and here-documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_TOKEN = re.compile(
    r"""
      (?P<comment>(?:^|\s)(?:\#|//)(?:\s.*)?$)
    | (?P<one>'(?!'')(?:\\.|[^'\\])*')
    | (?P<quote>\"{3}|'{3}|`|\")
    | <<<?[-~]?\s?["']?(?P<here>[A-Za-z_]\w*)["']?
    """,
    re.VERBOSE,
)


def adrift(old: str, new: str) -> str | None:
    """A line of `new` inside of a string that is indented less than the line where the string begins; else None.

    Nothing is said where `old` has such a line too: how that one is shifted tells how those of `new` are.
    """
    return None if any(_shallow(old)) else next(_shallow(new), None)


def _shallow(value: str) -> Iterator[str]:
    lines = value.replace("\r\n", "\n").split("\n")
    number = column = 0
    while number < len(lines):
        token = _TOKEN.search(lines[number], column)
        if token is None:
            number, column = number + 1, 0
            continue
        last, column = _end(lines, number, token)
        least = _depth(lines[number])
        yield from (line for line in lines[number + 1 : last + 1] if line.strip() and _depth(line) < least)
        number = last


def _end(lines: Sequence[str], number: int, token: re.Match[str]) -> tuple[int, int]:
    """Line and column behind what `token` begins; just behind it where it has no end, and so begins nothing."""
    behind = number, token.end()
    if quote := token["quote"]:
        closing = re.compile(r"(?:\\.|(?!" + quote + r").)*" + quote)
        for last in range(number, len(lines)):
            if found := closing.match(lines[last], token.end() if last == number else 0):
                return last, found.end()
    elif word := token["here"]:
        for last in range(number + 1, len(lines)):
            if lines[last].strip().rstrip(";,)") == word:
                return last, len(lines[last])
    return behind


def _depth(line: str) -> int:
    line = line.expandtabs()
    return len(line) - len(line.lstrip())
