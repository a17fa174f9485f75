"""Finds the lines that ``@@ class A:`` and the like name, and what belongs to them by indentation. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.edit.ladder import RefusedError

_NO_END = re.compile(r"[{}()\[\]#]|(?:public|private|protected|internal)\b.*:$|$")
"""Lines that do not end a block although they are indented no deeper than the line that opens it."""


def anchor_lines(bodies: Sequence[str], anchors: Sequence[str], number: int) -> list[int]:
    """The lines (from 0) that the last of `anchors` may mean, each below one that the anchor before it means.

    Raises:
        RefusedError: an anchor is nowhere.
    """
    above: list[int] = []
    for nth, anchor in enumerate(anchors):
        same = [at for at, line in enumerate(bodies) if line.strip() == anchor]
        same = same or [at for at, line in enumerate(bodies) if line.strip().startswith(anchor)]
        if nth:
            first = [next((at for at in same if at > low), None) for low in above]
            same = sorted(
                {at for low, at in zip(above, first, strict=True) if at is not None and _holds(bodies, low, at)}
            )
        if not same:
            where = f" in {anchors[nth - 1][:80]!r}" if nth else ""
            raise RefusedError(f"hunk {number}: the line {anchor[:80]!r} after @@ was not found{where}")
        above = same
    return above


def belonging(bodies: Sequence[str], anchors: Sequence[int], hits: Sequence[tuple[int, int]]) -> set[int]:
    """The starts of those `hits` (line ranges) that hold an anchor or stand in the block that it opens.

    Where there is none, the one hit after an anchor that opens no block, or after any if it is the only one at all.
    """
    inside = {
        start
        for start, end in hits
        for at in anchors
        if start <= at < end or (start > at and _holds(bodies, at, _solid(bodies, start, end)))
    }
    if inside:
        return inside
    flat = [at for at in anchors if len(hits) == 1 or not _opens(bodies, at)]
    return {start for start, _ in hits if any(start > at for at in flat)}


def _solid(bodies: Sequence[str], start: int, end: int) -> int:
    return next((at for at in range(start, end) if bodies[at].strip()), start)


def _holds(bodies: Sequence[str], opener: int, at: int) -> bool:
    """Whether every line after `opener` up to `at` is indented deeper, or is one that ends no block."""
    least = _depth(bodies[opener])
    return all(_depth(line) > least or _NO_END.match(line.strip()) for line in bodies[opener + 1 : at + 1])


def _opens(bodies: Sequence[str], at: int) -> bool:
    below = next((line for line in bodies[at + 1 :] if line.strip()), "")
    return _depth(below) > _depth(bodies[at]) or below.strip() == "{"


def _depth(line: str) -> int:
    line = line.expandtabs()
    return len(line) - len(line.lstrip())
