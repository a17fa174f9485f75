"""Writes a replacement into the places that fit a pattern. Pure: knows the tree only by what was found in it.

Places inside what a variable stands for are rewritten too. Lines of a replacement stand at the indentation of their
place, and those of what is moved go with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tools.index.shapes.template import FIXED, Piece, Template

_LEADING = re.compile(rb"[ \t]*")


class Skipped(NamedTuple):
    """A place that fits and was left alone: where it starts, and why."""

    start: int
    why: str


class Slot(NamedTuple):
    """Bytes of the new text that must be read there as one node: the place's number, and the part's (-1: all of it)."""

    start: int
    end: int
    place: int
    part: int


@dataclass(slots=True)
class _Place:
    row: dict[str, Any]
    pieces: list[Piece]
    inner: list[int] = field(default_factory=list)


class Rewriting:
    """The places of one file and their new text. `found` is what `structural.find` says of `source`."""

    def __init__(
        self,
        source: bytes,
        found: Sequence[dict[str, Any]],
        template: Template,
        strings: Collection[int],
        *,
        force: bool,
    ) -> None:
        self.source = source
        self.skipped: list[Skipped] = []
        self._template = template
        self._strings = frozenset(strings)
        self._places: dict[int, _Place] = {}
        self._outer: list[int] = []
        self._wrapped: set[tuple[int, int]] = set()
        self._dropped: set[int] = set()
        self._take(found, force)

    def __len__(self) -> int:
        return len(self._places) - len(self._dropped)

    def starts(self) -> list[int]:
        """Where the places that are rewritten start."""
        return sorted(place.row["start"] for number, place in self._places.items() if number not in self._dropped)

    def wrap(self, slots: Sequence[Slot]) -> None:
        """Put these parts into parentheses."""
        self._wrapped |= {(slot.place, slot.part) for slot in slots}

    def unwrap(self, slots: Sequence[Slot]) -> None:
        """Take the parentheses of these parts away."""
        self._wrapped -= {(slot.place, slot.part) for slot in slots}

    def wrapped(self, slot: Slot) -> bool:
        """Whether a part is in parentheses."""
        return (slot.place, slot.part) in self._wrapped

    def drop(self, numbers: Collection[int], why: str) -> None:
        """Leave these places alone."""
        for number in numbers:
            if number not in self._dropped:
                self._dropped.add(number)
                self.skipped.append(Skipped(self._places[number].row["start"], why))

    def edits(self) -> tuple[list[tuple[int, int, bytes]], list[Slot]]:
        """Edits of the old text, one for each outermost place, and what must be one node each in the new text."""
        edits: list[tuple[int, int, bytes]] = []
        slots: list[Slot] = []
        grown = 0
        for number in self._standing(self._outer):
            start, end = self.bounds(number)
            line = self.source.rfind(b"\n", 0, start) + 1
            writer = _Writer(self)
            writer.out += self.source[line:start]
            writer.place(number)
            edits.append((start, end, bytes(writer.out[start - line :])))
            slots += [
                slot._replace(start=slot.start + line + grown, end=slot.end + line + grown) for slot in writer.slots
            ]
            grown += len(edits[-1][2]) - (end - start)
        return edits, slots

    def text(self, edits: Sequence[tuple[int, int, bytes]]) -> bytes:
        """The new text of the file."""
        parts, done = [], 0
        for start, end, new in edits:
            parts += [self.source[done:start], new]
            done = end
        return b"".join([*parts, self.source[done:]])

    def _standing(self, numbers: Sequence[int]) -> Iterator[int]:
        for number in numbers:
            if number in self._dropped:
                yield from self._standing(self._places[number].inner)
            else:
                yield number

    def bounds(self, number: int) -> tuple[int, int]:
        """The bytes that a place's new text takes the place of: with its line, where nothing is left of that."""
        row = self._places[number].row
        start, end = row["start"], row["end"]
        if row["statement"] and not self._template.text:
            line = self.source.rfind(b"\n", 0, start) + 1
            stop = self.source.find(b"\n", end)
            stop = len(self.source) if stop < 0 else stop + 1
            if not self.source[line:start].strip() and not self.source[end:stop].strip(b" \t\n"):
                return line, stop
        return start, end

    def place_of(self, number: int) -> _Place | None:
        """A place, unless it is left alone."""
        return None if number in self._dropped else self._places[number]

    def inner_of(self, number: int) -> list[int]:
        """The places inside a place."""
        return self._places[number].inner

    def row_of(self, number: int) -> dict[str, Any]:
        """What was found at a place."""
        return self._places[number].row

    @property
    def strings(self) -> frozenset[int]:
        """Numbers of the old text's lines that begin inside a string."""
        return self._strings

    def _take(self, found: Sequence[dict[str, Any]], force: bool) -> None:
        open_places: list[int] = []
        for number, row in enumerate(found):
            while open_places and self._places[open_places[-1]].row["end"] <= row["start"]:
                open_places.pop()
            holder = self._places[open_places[-1]] if open_places else None
            if holder is not None:
                slots = [piece for piece in holder.pieces if piece.slot]
                if not any(piece.start <= row["start"] and row["end"] <= piece.end for piece in slots):
                    held = any(a <= row["start"] and row["end"] <= b for a, b in holder.row["bound"].values())
                    why = "it goes with the place that it is part of" if held else "it overlaps another place"
                    self.skipped.append(Skipped(row["start"], why))
                    continue
            pieces = self._template.pieces(row)
            kept = [(piece.start, piece.end) for piece in pieces if not piece.text]
            lost = [c for c in row["comments"] if not any(a <= c[0] and c[1] <= b for a, b in kept)]
            if lost and not force:
                text = self.source[lost[0][0] : lost[0][1]].decode("utf-8", "replace").split("\n")[0]
                self.skipped.append(Skipped(row["start"], f"a comment would be lost: {text[:60]}"))
                continue
            self._places[number] = _Place(row, pieces)
            (holder.inner if holder is not None else self._outer).append(number)
            open_places.append(number)


class _Writer:
    """Writes the text of a region of the file with its places rewritten."""

    def __init__(self, rewriting: Rewriting) -> None:
        self.out = bytearray()
        self.slots: list[Slot] = []
        self._rewriting = rewriting
        self._source = rewriting.source
        self._shift: tuple[bytes, bytes] = (b"", b"")

    def region(self, start: int, end: int, numbers: Sequence[int]) -> None:
        """Write old text, with these places in it rewritten."""
        at = start
        for number in numbers:
            if self._rewriting.place_of(number) is None:
                inner = self._rewriting.inner_of(number)
                row = self._rewriting.row_of(number)
                if start <= row["start"] and row["end"] <= end:
                    self._copy(at, row["start"])
                    self.region(row["start"], row["end"], inner)
                    at = row["end"]
                continue
            first, last = self._rewriting.bounds(number)
            if start <= first and last <= end:
                self._copy(at, first)
                self.place(number)
                at = last
        self._copy(at, end)

    def place(self, number: int) -> None:
        """Write a place's new text."""
        place = self._rewriting.place_of(number)
        if place is None:
            return
        indent, start = self._indent(), len(self.out)
        self._open(number, -1)
        inside = len(self.out)
        for part, piece in enumerate(place.pieces):
            if piece.text:
                self._add(piece.text, indent)
            elif piece.end > piece.start:
                self._moved(number, part, piece, place.inner)
        end = len(self.out)
        self._close(number, -1)
        if not place.row["statement"] and end > inside:
            self.slots.append(Slot(start, len(self.out), number, -1))

    def _moved(self, number: int, part: int, piece: Piece, inner: Sequence[int]) -> None:
        """Write old text at a new place: its further lines move as its first one does."""
        line = self._source.rfind(b"\n", 0, piece.start) + 1
        found = _LEADING.match(self._source, line, piece.start)
        before, self._shift = self._shift, (found[0] if found else b"", self._indent())
        if piece.slot:
            self._open(number, part)
        start = len(self.out)
        self.region(piece.start, piece.end, inner if piece.slot else [])
        if piece.slot:
            if piece.one:
                self.slots.append(Slot(start, len(self.out), number, part))
            self._close(number, part)
        self._shift = before

    def _open(self, number: int, part: int) -> None:
        if self._rewriting.wrapped(Slot(0, 0, number, part)):
            self.out += b"("

    def _close(self, number: int, part: int) -> None:
        if self._rewriting.wrapped(Slot(0, 0, number, part)):
            self.out += b")"

    def _copy(self, start: int, end: int) -> None:
        old, new = self._shift
        if old == new or b"\n" not in self._source[start:end]:
            self.out += self._source[start:end]
            return
        number = self._source.count(b"\n", 0, start)
        for count, line in enumerate(self._source[start:end].split(b"\n")):
            if not count:
                self.out += line
            elif number + count in self._rewriting.strings or not line.startswith(old) or not line.strip():
                self.out += b"\n" + line
            else:
                self.out += b"\n" + new + line[len(old) :]

    def _add(self, text: bytes, indent: bytes) -> None:
        lines = text.split(b"\n")
        self.out += lines[0].replace(FIXED, b"\n")
        for number, line in enumerate(lines[1:], 1):
            blank = not line and number < len(lines) - 1
            self.out += b"\n" + (b"" if blank else indent) + line.replace(FIXED, b"\n")

    def _indent(self) -> bytes:
        """The blanks at the start of the line that is being written."""
        found = _LEADING.match(self.out, self.out.rfind(b"\n") + 1)
        return bytes(found[0]) if found else b""
