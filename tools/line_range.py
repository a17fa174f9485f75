"""Reads the ways in which models give a range of lines besides ``view_range=[first, last]``."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any

RANGE = "view_range"
_FIRST = ("start_line", "line_start", "first_line", "from_line", "start", "offset")
_LAST = ("end_line", "line_end", "last_line", "to_line", "end")
_COUNT = ("limit", "line_count", "num_lines")
_PAIR = re.compile(r"[\[(]?\s*(\d+)\s*(?:-|–|:|,|\.\.\.?|to)\s*(-1|\d+|\$|end|)\s*[\])]?$", re.IGNORECASE)


def pair(text: str) -> list[int] | None:
    """First and last line of ``1-20``, ``1:20``, ``[1, -1]`` or ``10-`` (-1: the end); None for other text."""
    found = _PAIR.match(text.strip())
    if found is None:
        return None
    return [int(found[1]), int(found[2]) if found[2].lstrip("-").isdigit() else -1]


def gathered(given: Mapping[str, Any], known: Container[str]) -> dict[str, Any]:
    """`given` with a range in place of a first line and a last one (or how many) in parameters of their own.

    Parameters in `known` mean what the tool says, and a range that is given stays.

    Raises:
        ValueError: one of them is no number.
    """
    rest = dict(given)
    found = {word: rest.pop(name) for name in list(rest) if (word := _meaning(name)) and name not in known}
    numbers = {word: _number(value) for word, value in found.items() if value is not None}
    if not numbers or rest.get(RANGE):
        return rest
    first = max(numbers.get("first", 1), 1)
    last = numbers.get("last", first + numbers["count"] - 1 if "count" in numbers else -1)
    return {**rest, RANGE: [first, last]}


def _meaning(name: str) -> str | None:
    for word, names in (("first", _FIRST), ("last", _LAST), ("count", _COUNT)):
        if name.lower() in names:
            return word
    return None


def _number(value: object) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"-?\d+(?:\.0+)?", text):
        raise ValueError(f"a line is a whole number, not {value!r:.60}; give view_range=[first, last]")
    return int(float(text))
