"""Puts a spec into a list of Go imports: into the group of its kind, in order."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from tools.index.plain import Edit


def takes_lines(source: bytes, one: dict[str, Any]) -> bool:
    """Whether each spec of a Go import has a line to itself, as have its brackets; not the one of C."""
    specs = one["specs"]
    if not specs or not source[one["start"] : one["end"]].endswith(b")") or specs[0][2] == "C":
        return False
    edges = [one["start"], *(spec[0] for spec in specs), one["end"] - 1]
    return all(b"\n" in source[a:b] for a, b in pairwise(edges))


def into_list(source: bytes, one: dict[str, Any], spec: str, path: str) -> Edit:
    """The edit that puts `spec`, which imports `path`, into an import that `takes_lines`."""
    specs = one["specs"]
    start = _line_start(source, specs[0][0])
    lead = source[start : specs[0][0]].decode() if not source[start : specs[0][0]].strip() else "\t"
    standard = _is_standard(path)
    groups = _groups(source, specs)
    kin = [group for group in groups if all(_is_standard(other[2]) == standard for other in group)]
    if not kin and (len(groups) > 1 or all(_is_standard(other[2]) != standard for other in specs)):
        # A group of its own: what is standard comes first.
        at = _line_end(source, source.index(b"(", one["start"]) if standard else specs[-1][1])
        return Edit(at, at, f"\n{lead}{spec}\n" if standard else f"\n\n{lead}{spec}")
    group = max(kin or groups[-1:], key=lambda group: max(_shared(other[2], path) for other in group))
    before = [other for other in group if other[2] < path]
    first = _line_start(source, group[0][0])
    above = source[_line_start(source, first - 1) : first].strip()
    if not before and above and not above.endswith(b"("):
        before = group[:1]  # the comment above the first one is its own, or the heading of all
    if before:
        end = _line_end(source, before[-1][1])
        return Edit(end, end, f"\n{lead}{spec}")
    return Edit(first, first, f"{lead}{spec}\n")


def _groups(source: bytes, specs: list[list[Any]]) -> list[list[list[Any]]]:
    """The specs with no blank line between them together."""
    groups: list[list[list[Any]]] = []
    for one in specs:
        above = source[groups[-1][-1][1] : one[0]] if groups else b""
        if not groups or re.search(rb"\n[ \t]*\n", above):
            groups.append([])
        groups[-1].append(one)
    return groups


def _is_standard(path: str) -> bool:
    return "." not in path.partition("/")[0]


def _shared(one: str, other: str) -> int:
    """How many leading elements two paths share."""
    pairs = list(zip(one.split("/"), other.split("/"), strict=False))
    return next((n for n, (a, b) in enumerate(pairs) if a != b), len(pairs))


def _line_start(source: bytes, at: int) -> int:
    return source.rfind(b"\n", 0, at) + 1


def _line_end(source: bytes, at: int) -> int:
    end = source.find(b"\n", at)
    return len(source) if end < 0 else end
