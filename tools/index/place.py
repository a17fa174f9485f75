"""Moves new text to the indentation of its place; lines that begin inside a multi-line string keep every blank."""

from __future__ import annotations

import re
from collections.abc import Collection

_LEADING = re.compile(r"[ \t]*")


def reindent(body: str, indent: str, unit: str, frozen: Collection[int], *, indents: bool) -> str:
    """`body` with its code at `indent`, its first line without it (the place already has it).

    `frozen` are the numbers (from 0) of lines that begin inside a string. `unit` is one step of the file's indentation;
    `indents` tells a language whose indentation is syntax. Text whose first line alone lost its blanks (cut out of the
    middle of a file) is recognised by its other lines.
    """
    lines = body.split("\n")
    moving = [n for n, line in enumerate(lines) if line.strip() and n not in frozen]
    if not moving or moving[0] != 0:
        return body
    base = _indent(lines[0])
    rest = [_indent(lines[n]) for n in moving[1:]]
    if not base and indent and rest and _first_line_was_cut(lines[0], rest, indent, unit, indents):
        base, shift = indent, {0}
    else:
        shift = set(moving)
    result = []
    for number, line in enumerate(lines):
        if number == 0:
            result.append(line.lstrip(" \t"))
        elif number in shift or (number in moving and base == indent):
            result.append(_moved(line, base, indent))
        else:
            result.append(line)
    return "\n".join(result)


def _moved(line: str, base: str, indent: str) -> str:
    own = _indent(line)
    if own.startswith(base):
        return indent + own[len(base) :] + line[len(own) :]
    # Further left than the first line: as far left of the new place, if there is room.
    missing = len(base.expandtabs(8)) - len(own.expandtabs(8))
    return indent[: max(0, len(indent) - missing)] + line[len(own) :]


def _first_line_was_cut(first: str, rest: list[str], indent: str, unit: str, indents: bool) -> bool:
    least = min(rest, key=len)
    if not least.startswith(indent):
        return False
    column = _open_column(first)
    if column is not None and rest[0] == " " * (column + 1):
        return False  # aligned below a bracket of the first line as it stands here
    opens = first.rstrip().endswith((":", "(", "[", "{", ","))
    if not indents:
        # A closing line at the old place, or everything one step deeper than it.
        return rest[-1] == indent or (least != unit and least.startswith(indent))
    if first.startswith(("@", "#")) and rest[0] == indent:
        return True
    return least.startswith(indent + unit) if opens or not first.startswith("@") else least.startswith(indent)


def _open_column(line: str) -> int | None:
    """The column of the last bracket that `line` leaves open; strings are not looked into."""
    stack: list[int] = []
    for column, char in enumerate(line):
        if char in "([{":
            stack.append(column)
        elif char in ")]}" and stack:
            stack.pop()
    return stack[-1] if stack else None


def _indent(line: str) -> str:
    found = _LEADING.match(line)
    return found[0] if found else ""


def unit_of(source: str) -> str:
    """One step of indentation as the file has it: a tab, or its commonest small difference of blanks."""
    counts: dict[str, int] = {}
    before = ""
    for line in source.split("\n")[:2000]:
        if not line.strip():
            continue
        now = _indent(line)
        if now.startswith(before) and now != before:
            step = now[len(before) :]
            counts[step] = counts.get(step, 0) + 1
        before = now
    good = {step: n for step, n in counts.items() if step == "\t" or step in ("  ", "   ", "    ", "        ")}
    return max(good, key=good.__getitem__) if good else "    "
