"""Finds the comments at the beginning and at the end of a piece of code, line by line, without a parser."""

from __future__ import annotations

from collections.abc import Sequence

_ENDS = {"/*": "*/", "<!--": "-->"}
_QUOTES = "\"'`"


def is_comment(text: str, comments: tuple[str, ...]) -> bool:
    """Whether one line of `text` is one comment and nothing else; `comments` are the beginnings of such."""
    text = text.strip()
    opening = next((start for start in comments if text.startswith(start)), None)
    if opening is None:
        return False
    end = _ENDS.get(opening)
    return end is None or text.find(end, len(opening)) == len(text) - len(end)


def leading(lines: Sequence[str], comments: tuple[str, ...], marking: tuple[str, ...] = ()) -> int:
    """How many of the first `lines` are comments or blank; lines that begin like `marking` are neither."""
    number = 0
    while number < len(lines):
        text = lines[number].strip()
        opening = next((start for start in comments if text.startswith(start)), None)
        if text and (opening is None or (marking and text.startswith(marking))):
            break
        end = _ENDS.get(opening or "")
        if end is not None:
            start = len(opening or "")
            while number < len(lines) and end not in lines[number].strip()[start:]:
                number, start = number + 1, 0
            if number >= len(lines) or not lines[number].rstrip().endswith(end):
                break
        number += 1
    return number


def split_last(line: str, comments: tuple[str, ...]) -> tuple[str, str, str]:
    """The code of `line`, the blanks behind it, and the comment that ends it (empty where there is none)."""
    at = 0
    while at < len(line):
        opening = next((start for start in comments if line.startswith(start, at)), None)
        if opening is not None and (at == 0 or line[at - 1] in " \t,;)}]"):
            end = _ENDS.get(opening)
            closed = line.find(end, at + len(opening)) + len(end) if end is not None else len(line)
            if closed >= len(line.rstrip()):
                code = line[:at].rstrip(" \t")
                return code, line[len(code) : at], line[at:].rstrip()
            if end is not None and closed >= len(end):
                at = closed
                continue
        at = _behind_string(line, at) if line[at] in _QUOTES else at + 1
    return line, "", ""


def _behind_string(line: str, at: int) -> int:
    """Where the string that begins at `at` ends; the next character where it does not end on this line."""
    quote, end = line[at], at + 1
    while end < len(line) and line[end] != quote:
        end += 2 if line[end] == "\\" else 1
    return end + 1 if end < len(line) else at + 1
