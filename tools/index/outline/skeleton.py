"""Leaves out what an outline of Python does not need: statements of functions that define and import nothing.

They are most of the text of a project, and parsing the rest costs a third. A run of them becomes an empty tuple whose
inside the parser skips, so that all offsets hold. What can be left out is judged by lines, strings and comments alone:
where that is wrong, a bracket or a keyword has lost its partner, which the parser reports as an error, and `extract`
parses the whole file.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

_STRING = rb"\"[^\"\\\n]*+(?:\\.[^\"\\\n]*+)*+\"|'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'"
_TRIPLE = rb"\"\"\"[^\"\\]*+(?:(?:\\.|\"(?!\"\"))[^\"\\]*+)*+\"\"\"|'''[^'\\]*+(?:(?:\\.|'(?!''))[^'\\]*+)*+'''"
_OPAQUE = re.compile(rb"#[^\n]*|" + _TRIPLE + rb"|" + _STRING, re.DOTALL)
"""Comments and strings, which hide what would else be code."""
_HEADER = re.compile(
    rb"def[ \t]+\w+[ \t]*\("
    rb"(?:[^()#\"']++|\((?:[^()#\"']++|\([^()#\"']*+\))*+\)|#[^\n]*+|" + _STRING + rb")*+\)[ \t]*"
    rb"(?:->(?:[^:#\"'\n(){}\[\]]++|\[[^\[\]\n]*+\]|" + _STRING + rb")*+)?:[ \t]*(?:#[^\n]*)?\r?\n",
    re.DOTALL,
)
"""A function's head, when its body begins on a line of its own."""
_LEAD = re.compile(rb"(?:[ \t]*(?:#[^\n]*)?\r?\n)*+([ \t]*)")
"""Blank lines and comments before a body, and the indentation of its first statement."""
_LEAST = 24
"""Fewer bytes than these are not worth a cut."""


class Span(NamedTuple):
    """Bytes from `start` to before `stop`."""

    start: int
    stop: int


def skeleton(source: bytes) -> tuple[bytes, list[Span]]:
    """`source` with empty tuples for what an outline does not need, and the spans to parse; no spans: all of it."""
    cuts = sorted(_Cutter(source).cuts()) if b"def " in source and not _odd(source) else []
    if not cuts:
        return source, []
    edited = bytearray(source)
    spans: list[Span] = []
    done = 0
    for start, stop in cuts:
        edited[start], edited[stop - 1] = b"()"
        spans.append(Span(done, start + 1))
        done = stop - 1
    spans.append(Span(done, len(source)))
    return bytes(edited), spans


def _odd(source: bytes) -> bool:
    """Whether lines or indentation may count otherwise for Python than here."""
    lone = b"\r" in source and source.count(b"\r") != source.count(b"\r\n")
    return lone or b"\x0c" in source or (b"\n\t" in source and b"\n " in source)


class _Cutter:
    """Finds the runs of statements of one file that can be left out."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._strings = _strings_over_lines(source)
        self._functions = self._heads(b"def ")
        others = [*self._heads(b"class "), *self._heads(b"type "), *self._found(b"import")]
        self._telling = sorted([*self._functions, *others])

    def cuts(self) -> list[Span]:
        """Start and end of each run. They do not overlap; in no order."""
        found: list[Span] = []
        for at in self._functions:
            head = _HEADER.match(self._source, at)
            if head is not None:
                found += self._in_body(head.end() - 1, self._end(head.end() - 1, self._column(at)))
        return found

    def _found(self, word: bytes) -> Iterator[int]:
        """Where `word` stands outside of strings over several lines."""
        at = self._source.find(word)
        while at >= 0:
            beyond = self._around(at)
            if not beyond:
                yield at
            at = self._source.find(word, beyond or at + 1)

    def _heads(self, word: bytes) -> list[int]:
        """Where `word` begins a line of code."""
        return [at for at in self._found(word) if self._source[self._line(at) : at].strip() in (b"", b"async")]

    def _line(self, at: int) -> int:
        return self._source.rfind(b"\n", 0, at) + 1

    def _column(self, at: int) -> int:
        before = self._source[self._line(at) : at]
        return len(before) - len(before.lstrip())

    def _around(self, at: int) -> int:
        """The end of the string over several lines that `at` lies in, or 0."""
        number = bisect_right(self._strings, (at, at)) - 1  # one that begins at `at` hides nothing before it
        return self._strings[number].stop if number >= 0 and at < self._strings[number].stop else 0

    def _fresh(self, newline: int) -> bool:
        """Whether what follows the line end at `newline` begins a line of code, brackets not considered."""
        if self._source[newline - 2 : newline].rstrip(b"\r").endswith(b"\\"):
            tokens = _OPAQUE.finditer(self._source, self._line(newline), newline)
            if not any(token[0].startswith(b"#") for token in tokens):
                return False
        return not self._around(newline)

    def _end(self, newline: int, column: int) -> int:
        """The line end before the first line of code after `newline` that is not deeper than `column`."""
        found = _shallower(column).search(self._source, newline)
        while found is not None and not self._fresh(found.start()):
            found = _shallower(column).search(self._source, max(found.start() + 1, self._around(found.start()) - 1))
        return found.start() if found is not None else len(self._source)

    def _in_body(self, newline: int, stop: int) -> Iterator[Span]:
        """The runs in the body between the line end of a function's head and its own last one."""
        lead = _LEAD.match(self._source, newline + 1, stop)
        if lead is None:
            return
        begin, column = lead.end(), len(lead[1])
        number = bisect_left(self._telling, newline)
        while number < len(self._telling) and (at := self._telling[number]) < stop:
            number += 1
            if at < begin:
                continue
            end = self._statement(at, begin, column)
            if end - begin >= _LEAST:
                yield Span(begin, begin + len(self._source[begin:end].rstrip()))
            after = _statements(column).search(self._source, at, stop)
            while after is not None and not self._fresh(after.start()):
                after = _statements(column).search(self._source, after.end(), stop)
            if after is None:
                return
            begin = after.end()
        end = self._last(stop)
        if end - begin >= _LEAST:
            yield Span(begin, end)

    def _statement(self, at: int, least: int, column: int) -> int:
        """Where the statement at `column` begins that `at` is in; not before `least`."""
        line = self._line(at)
        while line > least:
            if _statements(column).match(self._source, line - 1) and self._fresh(line - 1):
                return line
            line = self._line(line - 1)
        return least

    def _last(self, stop: int) -> int:
        """Where the last statement before `stop` ends; 0 where that is not plain."""
        source = self._source
        while stop > 0:
            line = self._line(stop)
            text = source[line:stop].strip()
            if not text or (text[:1] == b"#" and not self._around(line)):
                stop = line - 1
                continue
            if b"#" in text:
                if self._around(line):
                    return 0
                stop = next((t.start() for t in _OPAQUE.finditer(source, line, stop) if t[0][:1] == b"#"), stop)
                text = source[line:stop].strip()
            return line + len(source[line:stop].rstrip()) if text[-1:] not in (b";", b"\\") else 0
        return 0


def _strings_over_lines(source: bytes) -> list[Span]:
    spans: list[Span] = []
    if any(mark in source for mark in (b'"""', b"'''", b"\\\n", b"\\\r")):
        at = 0
        for token in _OPAQUE.findall(source):
            at = source.find(token, at)  # exact: there is neither a quote nor a comment between two of them
            if b"\n" in token:
                spans.append(Span(at, at + len(token)))
            at += len(token)
    return spans


@cache
def _shallower(column: int) -> re.Pattern[bytes]:
    return re.compile(rb"\n[ \t]{0,%d}[^\s#]" % column)


@cache
def _statements(column: int) -> re.Pattern[bytes]:
    """A line that begins a statement at `column` and is not the further part of one."""
    return re.compile(rb"\n[ \t]{%d}(?![\s#)\]}]|(?:else|elif|except|finally)\b)" % column)
