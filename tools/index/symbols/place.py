"""Moves new text to the indentation of its place; lines that begin inside a multi-line string keep every blank."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tools.index.symbols.align import aligned
from tools.index.symbols.style import indent_of, style_of, unit_of

__all__ = ["reindent", "unit_of"]

_CLOSING = re.compile(r"[)\]}]|\*/|</|(?:end|fi|done|esac)\b")
_BLOCK = re.compile(r"(?:async[ \t]+)?(?:def|class)\b|@|#")
_HEADS = ("@", "#", "//", "/*", "[", "<!--")
"""Beginnings of lines below which a definition goes on at the same indentation."""


def reindent(body: str, indent: str, unit: str, frozen: Collection[int], *, indents: bool, old: str = "") -> str:
    """`body` with its code at `indent`, its first line without it (the place already has it).

    `frozen` are the numbers (from 0) of lines that begin inside a string. `unit` is one step of the file's indentation;
    `indents` tells a language whose indentation is syntax. `old` are the whole lines that the new ones replace: a line
    that is there already keeps its blanks, and where a body can be read in two ways, they decide. Text whose first line
    alone lost its blanks (cut out of the middle of a file) is recognised by its other lines.
    """
    given, before = body.split("\n"), old.split("\n")
    code = [n for n, line in enumerate(given) if line.strip() and n not in frozen]
    if not code or code[0] != 0:
        return body
    twins = [(number, other) for number, other in aligned(given, before).items() if number]
    style = style_of(given, indent, unit, before, twins)
    lines = [style.converted(line) if n not in frozen else line for n, line in enumerate(given)]
    place = _Place(indent, indent_of(lines[0]), indent_of(given[0]), style.width)
    if indent and not place.base:
        cut, sure = _cut(lines[0], [lines[n] for n in code[1:]], indent, unit, indents=indents)
        if not sure:
            votes = [(lines[n] == before[m]) - (place.moved(lines[n]) == before[m]) for n, m in twins if n in code]
            cut = sum(votes) > 0 or (cut and sum(votes) == 0)
        if cut:
            place = _Place(indent, indent, indent, style.width)
    result = [line if n in frozen else place.moved(line) for n, line in enumerate(lines)]
    for number, other in twins:
        if number not in frozen and place.has(given[number], before[other]):
            result[number] = before[other]
    _move_strings(result, before, dict(twins), frozen, place)
    result[0] = result[0].lstrip(" \t")
    return "\n".join(result)


@dataclass(frozen=True, slots=True)
class _Place:
    """The way of a body to `indent` from `base`. Before its blanks were converted, its first line had `first`."""

    indent: str
    base: str
    first: str
    width: int
    """Columns of a tab."""

    def moved(self, line: str) -> str:
        """`line` at its place."""
        own = indent_of(line)
        if not line.strip() or self.base == self.indent:
            return line
        if own.startswith(self.base):
            return self.indent + own[len(self.base) :] + line[len(own) :]
        # Further left than the first line: as far left of the new place, if there is room.
        missing = _columns(self.base) - _columns(own)
        return self.indent[: max(0, len(self.indent) - missing)] + line[len(own) :]

    def has(self, line: str, old: str) -> bool:
        """Whether `line` as it was given comes to stand exactly where `old` stands, which says the same."""
        if not line.strip():
            return not old.strip()
        if line.lstrip(" \t") != old.lstrip(" \t"):
            return False
        here, there, start, first = (_columns(text, self.width) for text in (line, old, self.indent, self.first))
        # What stood left of a definition is at the edge once all of it was moved there.
        return here - first == there - start or (first == here == 0 and there < start)


def _move_strings(
    result: list[str], before: Sequence[str], twins: dict[int, int], frozen: Collection[int], place: _Place
) -> None:
    """Move the strings that were moved with the code when the body was written: the old text shows which."""
    for run in _runs(frozen):
        inside = [n for n in run if n in twins and result[n].strip()]
        as_given = sum(result[n] == before[twins[n]] for n in inside)
        if sum(place.has(result[n], before[twins[n]]) for n in inside) <= as_given:
            continue
        for n in run:
            fits = n in twins and place.has(result[n], before[twins[n]])
            result[n] = before[twins[n]] if fits else place.moved(result[n])


def _runs(numbers: Collection[int]) -> Iterator[list[int]]:
    run: list[int] = []
    for number in sorted(numbers):
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _cut(first: str, rest: list[str], indent: str, unit: str, *, indents: bool) -> tuple[bool, bool]:
    """Whether `first` alone lost its blanks while `rest` still has them, and whether that is sure."""
    if not indents:
        rest = [line for line in rest if not line.startswith("#")]  # directives stand at the left edge anyhow
    if not rest or not all(indent_of(line) for line in rest):
        return False, True
    edge = _columns(indent)
    depths = [_columns(line) for line in rest]
    if min(depths) < edge:
        return False, False
    column = _open_column(first)
    if column is not None and depths[0] in (column + 1, edge + column + 1):
        return depths[0] != column + 1, depths[0] != edge  # aligned below a bracket of the first line
    if first.startswith(_HEADS) and depths[0] in (edge, edge + 1):
        return True, indents
    closing = [_CLOSING.match(line.lstrip()) is not None for line in rest]
    others = [depth for depth, closes in zip(depths, closing, strict=True) if not closes]
    if not indents:
        cut = depths[-1] == edge and closing[-1]
        return cut, cut and bool(others) and min(others) > edge
    deeper = not others or min(others) >= edge + _columns(unit)
    item = rest[0].lstrip().startswith("- ")  # in YAML a list may stand as far left as its key
    return deeper, not item and (first.rstrip().endswith(":") or _BLOCK.match(first) is not None)


def _columns(line: str, tab: int = 8) -> int:
    return len(indent_of(line).expandtabs(tab))


def _open_column(line: str) -> int | None:
    """The column of the last bracket that `line` leaves open in its midst; strings are not looked into."""
    stack: list[int] = []
    for column, char in enumerate(line):
        if char in "([{":
            stack.append(column)
        elif char in ")]}" and stack:
            stack.pop()
    return stack[-1] if stack and line[stack[-1] + 1 :].strip() else None
