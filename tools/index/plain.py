"""A file's text as parsers want it (UTF-8, no byte order mark, plain line ends), and edits of it carried back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from tools.text import Text

_MARK = "\ufeff"


class Edit(NamedTuple):
    """New text, with ``\\n`` as line end, in the place of bytes `start` to `end` of a plain source."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Plain:
    """One file. `source` is what parsers get; `edited` gives the file's own text after edits of that source."""

    text: Text

    @cached_property
    def mark(self) -> str:
        """The byte order mark, or nothing."""
        return _MARK if self.text.content.startswith(_MARK) else ""

    @cached_property
    def _plain(self) -> str:
        content = self.text.content[len(self.mark) :]
        return content.replace("\r", "\n") if self.text.eol == "\r" else content.replace("\r\n", "\n")

    @cached_property
    def source(self) -> bytes:
        """The text as UTF-8 with ``\\n``; bytes that no encoding could read come as they are."""
        return self._plain.encode("utf-8", "surrogateescape")

    @cached_property
    def _returns(self) -> list[int]:
        """Offsets in the plain text of the line ends that have a carriage return in the file."""
        if self.text.eol == "\r" or "\r\n" not in self.text.content:
            return []
        found, at, taken = [], -1, 0
        content = self.text.content[len(self.mark) :]
        while (at := content.find("\r\n", at + 1)) >= 0:
            found.append(at - taken)
            taken += 1
        return found

    def edited(self, edits: Sequence[Edit]) -> str:
        """The file's text after `edits`, which do not overlap; all that they do not touch is as it was.

        Raises:
            ValueError: they overlap.
        """
        content = self.text.content
        parts, done = [], 0
        ordered = sorted(edits, key=lambda edit: (edit.start, edit.end))
        if any(one.end > other.start for one, other in pairwise(ordered)):
            raise ValueError("edits overlap")
        for edit in ordered:
            start, end = self._own(edit.start), self._own(edit.end)
            new = edit.text.replace("\r\n", "\n").replace("\n", self.text.eol)
            parts += [content[done:start], new]
            done = end
        return "".join([*parts, content[done:]])

    def _own(self, offset: int) -> int:
        """The offset in the file's text of a byte of `source`."""
        at = len(self.source[:offset].decode("utf-8", "surrogateescape"))
        return len(self.mark) + at + bisect_left(self._returns, at)
