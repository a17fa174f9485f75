"""Makes a replacement ready: what is new in it for each place, and what of the place's old text stays as it stands.

What pattern and replacement have in common at their ends is left alone, with its layout and comments.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from tools.index.shapes.pattern import PatternError, variables

FIXED = b"\0"
"""A line end of the replacement after which no indentation is put, as it is inside a string."""


class Piece(NamedTuple):
    """A part of a place's new text: new `text`, or bytes of the old one.

    `slot` tells that these are what a variable stands for, `one` that this is one node.
    """

    text: bytes = b""
    start: int = 0
    end: int = 0
    slot: bool = False
    one: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A replacement, and the pattern that it is for.

    `fixed` are the numbers (from 0) of its lines that begin inside a string.
    """

    pattern: bytes
    text: bytes
    spans: tuple[tuple[int, int, str], ...]
    fixed: frozenset[int]

    @classmethod
    def of(cls, pattern: str, replacement: str, language: str, fixed: Collection[int], unit: str) -> Template:
        """The template of a replacement as it is given. `unit` is one step of indentation in the file.

        Raises:
            PatternError: it uses a variable that the pattern has not.
        """
        known = {found[1] or found[2] for found in variables(pattern, language)}
        text = _in_units(tidy(replacement), fixed, unit)
        spans = []
        for found in variables(text, language):
            name = found[1] or found[2]
            if name not in known or name == "_":
                raise PatternError(f"the replacement uses ${name}, which the pattern has not")
            spans.append((len(text[: found.start()].encode()), len(text[: found.end()].encode()), name))
        return cls(tidy(pattern).encode(), text.encode(), tuple(spans), frozenset(fixed))

    def _marked(self) -> bytes:
        """The text, with the line ends inside strings marked."""
        lines = self.text.split(b"\n")
        joined = [(FIXED if n in self.fixed else b"\n") + line for n, line in enumerate(lines) if n]
        return lines[0] + b"".join(joined)

    def pieces(self, row: dict[str, Any]) -> list[Piece]:
        """The new text of a place, in order. `row` is what `structural.find` says of it."""
        pattern, text = self.pattern, self.text
        head, tail = self._kept(row["leaves"])
        pieces = []
        if head is not None:
            pieces += list(self._old(row, row["start"], head[3]))
        middle = (
            head[1] if head is not None else 0,
            len(text) - (len(pattern) - tail[0]) if tail is not None else len(text),
        )
        pieces += self._new(row, *middle)
        if tail is not None:
            pieces += list(self._old(row, tail[2], row["end"]))
        return pieces

    def _kept(self, leaves: list[list[Any]]) -> tuple[list[Any] | None, list[Any] | None]:
        """The last leaf of what pattern and replacement begin with alike, and the first of what they end with alike."""
        pattern, text, spans = self.pattern, self.text, self.spans
        same = _common(pattern, text)
        head = None
        for leaf in leaves:
            if leaf[1] > same or any(start < leaf[1] < end for start, end, _ in spans):
                break
            head = leaf
        least = head[1] if head is not None else 0
        alike = _common(pattern[least:][::-1], text[least:][::-1])
        tail = None
        for leaf in reversed(leaves):
            at = len(text) - (len(pattern) - leaf[0])
            if leaf is head or leaf[0] < len(pattern) - alike or any(start < at < end for start, end, _ in spans):
                break
            tail = leaf
        return head, tail

    def _old(self, row: dict[str, Any], start: int, end: int) -> Iterator[Piece]:
        at = start
        for leaf in sorted(row["leaves"], key=lambda leaf: leaf[2]):
            if leaf[4] and start <= leaf[2] and leaf[3] <= end and at <= leaf[2]:
                yield Piece(start=at, end=leaf[2])
                yield Piece(start=leaf[2], end=leaf[3], slot=True, one=leaf[5])
                at = leaf[3]
        yield Piece(start=at, end=end)

    def _new(self, row: dict[str, Any], start: int, end: int) -> Iterator[Piece]:
        text = self._marked()
        at = start
        for first, last, name in self.spans:
            if first < start or last > end:
                continue
            a, b = row["bound"][name]
            if b > a:
                yield Piece(text=text[at:first])
                one = any(leaf[4] == name and leaf[5] for leaf in row["leaves"])
                yield Piece(start=a, end=b, slot=True, one=one)
                at = last
                continue
            # Nothing to put here: the comma beside it goes too, or the line that it has to itself.
            before, after = text[at:first], text[last:end]
            comma = re.match(rb"\s*,\s*", after)
            alone = re.search(rb"\n[ \t]*$", before) and re.match(rb"[ \t]*(?:\n|$)", after)
            if alone:
                before = before[: before.rindex(b"\n")]
            elif comma is not None and not re.search(rb",\s*$", before):
                last += comma.end()
            else:
                before = re.sub(rb"\s*,\s*$", b"", before)
            yield Piece(text=before)
            at = last
        yield Piece(text=text[at:end])


def _common(one: bytes, other: bytes) -> int:
    """How many bytes two texts begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def tidy(text: str) -> str:
    """A pattern or replacement with ``\\n`` as line end and no blanks around it."""
    return text.replace("\r\n", "\n").strip()


def _in_units(text: str, fixed: Collection[int], unit: str) -> str:
    """`text` with its steps of indentation as the file has them."""
    lines = text.split("\n")
    leads = [re.match(r"[ \t]*", line) for line in lines]
    deep = [
        found[0] for n, found in enumerate(leads) if n and n not in fixed and found and found[0] and lines[n].strip()
    ]
    own = min(deep, key=len, default="")
    if not own or own == unit or set(own) > {own[0]} or (own[0] == unit[:1] == " " and len(own) % len(unit)):
        return text
    result = []
    for number, line in enumerate(lines):
        steps = 0
        while number and number not in fixed and line.startswith(own * (steps + 1)):
            steps += 1
        result.append(unit * steps + line[len(own) * steps :])
    return "\n".join(result)
