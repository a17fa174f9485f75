"""Finds the whole words of a source that spell a name, and the lines that they are on."""

from __future__ import annotations

import re
from bisect import bisect_right

from tools.index.languages import Language


def word_of(name: str) -> str:
    """The longest part of `name` that posting lists of words hold."""
    parts: list[str] = re.findall(r"[^\W\d]\w*", name)
    return max(parts or [name], key=len)


def written(name: str, language: Language) -> str:
    """What of `name` stands in the text: HTML uses a rule without its mark, Ruby assigns without ``=`` in the name."""
    if language.name == "html":
        return name[1:] if re.fullmatch(r"[.#][\w-]+", name) else name
    return plain(name) if language.name == "ruby" else name


def plain(name: str) -> str:
    """A name of Ruby without the ``=`` of a method that assigns."""
    return name[:-1] if re.fullmatch(r"\w+=", name) else name


def pattern(word: bytes) -> re.Pattern[bytes]:
    """What matches `word` where it is whole."""
    edge = rb"[\w\x80-\xff]"
    before = rb"(?<!" + edge + rb")" if re.match(edge, word[:1]) else b""
    after = rb"(?!" + edge + rb")" if re.match(edge, word[-1:]) else b""
    return re.compile(before + re.escape(word) + after)


class Lines:
    """Numbers and texts of lines by offset."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._ends = [found.start() for found in re.finditer(rb"\n", source)]

    def number(self, at: int) -> int:
        """The line, from 1, of byte `at`."""
        return bisect_right(self._ends, at - 1) + 1

    def text(self, at: int) -> str:
        """The line of byte `at`, without blanks around, and cut where it is long."""
        number = self.number(at)
        start = self._ends[number - 2] + 1 if number > 1 else 0
        end = self._ends[number - 1] if number <= len(self._ends) else len(self._source)
        line = self._source[start : min(end, start + 4_000)].decode("utf-8", "replace").strip()
        return line if len(line) <= 160 else line[:159] + "…"
