"""Ten ways in which an edit breaks a file, each on lines with their ends, at a line. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Mutation = Callable[[Sequence[str], int], list[str]]
"""Lines and an index to new lines; the same lines where it has nothing to do there."""

_ELISION = "... rest of the code remains the same ..."


def _changed(lines: Sequence[str], at: int, line: str) -> list[str]:
    return [*lines[:at], line, *lines[at + 1 :]]


def indent_one(lines: Sequence[str], at: int) -> list[str]:
    """One blank more before a line."""
    return _changed(lines, at, " " + lines[at])


def tab(lines: Sequence[str], at: int) -> list[str]:
    """A tab before a line."""
    return _changed(lines, at, "\t" + lines[at])


def dedent(lines: Sequence[str], at: int) -> list[str]:
    """A line one level further out."""
    return _changed(lines, at, lines[at].removeprefix("    "))


def delete(lines: Sequence[str], at: int) -> list[str]:
    """A line lost."""
    return [*lines[:at], *lines[at + 1 :]]


def elide(lines: Sequence[str], at: int) -> list[str]:
    """The block below a line replaced by a comment that stands for it."""
    depth = _depth(lines[at])
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or _depth(lines[end]) > depth):
        end += 1
    if end == at + 1 or not lines[at].rstrip().endswith((":", "{")):
        return list(lines)
    mark = "#" if lines[at].rstrip().endswith(":") else "//"
    return [*lines[: at + 1], f"{' ' * (depth + 4)}{mark} {_ELISION}\n", *lines[end:]]


def drop_bracket(lines: Sequence[str], at: int) -> list[str]:
    """The first closing bracket of a line lost."""
    found = next((c for c in lines[at] if c in ")]}"), None)
    return _changed(lines, at, lines[at].replace(found, "", 1)) if found else list(lines)


def drop_colon(lines: Sequence[str], at: int) -> list[str]:
    """The last colon of a line lost."""
    head, colon, tail = lines[at].rpartition(":")
    return _changed(lines, at, head + tail) if colon else list(lines)


def drop_quote(lines: Sequence[str], at: int) -> list[str]:
    """The first quotation mark of a line lost."""
    found = next((c for c in lines[at] if c in "\"'`"), None)
    return _changed(lines, at, lines[at].replace(found, "", 1)) if found else list(lines)


def extra_bracket(lines: Sequence[str], at: int) -> list[str]:
    """A closing bracket too many."""
    return _changed(lines, at, lines[at].rstrip("\r\n") + ")\n")


def halve(lines: Sequence[str], at: int) -> list[str]:
    """The second half of a line lost, as when an answer was cut off."""
    body = lines[at].rstrip("\r\n")
    return _changed(lines, at, body[: len(body) // 2] + "\n")


MUTATIONS: Mapping[str, Mutation] = {
    "indent +1": indent_one,
    "tab before": tab,
    "dedent": dedent,
    "line lost": delete,
    "body elided": elide,
    "bracket lost": drop_bracket,
    "colon lost": drop_colon,
    "quote lost": drop_quote,
    "bracket too many": extra_bracket,
    "line cut off": halve,
}


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
