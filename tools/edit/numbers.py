"""Takes line numbers out of text that was copied from a listing, where every line of it carries one. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBERED = re.compile(r"^ *(\d+)(\t|[ ]?[|:→]|$)")


@dataclass(frozen=True, slots=True)
class Bare:
    """`old` and `new` without numbers. `both` tells whether new had them too; else its indentation is its own."""

    old: str
    new: str
    both: bool


def without_numbers(old: str, new: str) -> list[Bare]:
    """The readings of `old` as a listing, empty where it is none.

    Every line must carry the number after the one before, all with the same separator. A listing may have put a blank
    between separator and text or not; where both can be, both readings are given.
    """
    lines = old.replace("\r\n", "\n").split("\n")
    listed = _listed(lines)
    if listed is None:
        return []
    first, mark, bodies = listed
    fresh = new.replace("\r\n", "\n").split("\n")
    again = _listed(fresh, mark)
    if again is not None and again[0] != first:
        again = None
    if again is None and any((found := _NUMBERED.match(line)) and found[2] == mark for line in fresh):
        return []  # numbers on some lines, or other numbers: what was meant cannot be told
    readings = [Bare("\n".join(bodies), "\n".join(again[2] if again else fresh), again is not None)]
    padded = [*bodies, *(again[2] if again else [])]
    if mark != "\t" and all(body.startswith(" ") for body in padded if body):
        cut = [body[1:] for body in bodies]
        readings.append(Bare("\n".join(cut), "\n".join(b[1:] for b in again[2]) if again else new, again is not None))
    return readings


def _listed(lines: list[str], mark: str | None = None) -> tuple[int, str, list[str]] | None:
    """First number, separator and texts of lines that all are numbered in turn; a last empty one is only a line end."""
    bodies: list[str] = []
    first = 0
    for at, line in enumerate(lines):
        if not line and at == len(lines) - 1 and at:
            bodies.append("")
            continue
        found = _NUMBERED.match(line)
        if found is None:
            return None
        bare = not found[2]  # an empty line whose separator was cut off as trailing blank
        mark = mark or found[2] or None
        if (not bare and found[2] != mark) or (bare and mark not in (None, "\t")):
            return None
        first = first or int(found[1]) - at
        if int(found[1]) != first + at:
            return None
        bodies.append(line[found.end() :])
    return (first, mark, bodies) if mark is not None and any(body.strip() for body in bodies) else None
