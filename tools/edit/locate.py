"""Finds where the hunks of a patch belong: for certain, or not at all. Pure.

All of them are looked for in the file as it was, so neither their order nor what they change moves the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.edit.anchors import anchor_lines, belonging
from tools.edit.filepatch import Hunk
from tools.edit.indent import Shift, shift_between
from tools.edit.ladder import BLANKS, EXACT, INDENT, RefusedError
from tools.edit.miss import explain

_MOST_SHOWN = 20
_MOST_SPLIT = 200
_UNMOVED = Shift()
_GIVE = "give more lines of context"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hunk belongs: the line (from 0) of its first old one, the rung that found it, how its lines shift."""

    hunk: Hunk
    number: int
    start: int
    rung: str = EXACT
    shift: Shift = _UNMOVED

    @property
    def end(self) -> int:
        """The line after its last old one."""
        return self.start + len(self.hunk.old())


def locate(bodies: Sequence[str], hunks: Sequence[Hunk]) -> list[Place]:
    """The places of `hunks` in a file of the lines `bodies` (without ends), in the order given.

    Raises:
        RefusedError: one fits nowhere, or at several places.
    """
    search = _Search(list(bodies))
    for number, hunk in enumerate(hunks, 1):
        search.place(hunk, number)
    return search.places


class _Search:
    """The places found so far, which tell where later hunks are expected."""

    def __init__(self, bodies: list[str]) -> None:
        self._bodies = bodies
        self.places: list[Place] = []
        self._in_order = True
        self._offset = 0
        self._gone: set[int] = set()

    def place(self, hunk: Hunk, number: int) -> None:
        """Find the place of one hunk.

        Raises:
            RefusedError: there is none, or no certain one.
        """
        found = self._found(hunk, number) if hunk.old() else Place(hunk, number, self._insertion(hunk, number))
        self._refuse_extra(found)
        if self.places and found.start < self.places[-1].start:
            self._in_order = False
        if hunk.at is not None and hunk.at > 1 and hunk.old():
            self._offset = found.start - (hunk.at - 1)
        at = found.start
        for tag, _ in hunk.lines:
            if tag == "-":
                self._gone.add(at)
            at += tag != "+"
        self.places.append(found)

    def _found(self, hunk: Hunk, number: int) -> Place:
        old = hunk.old()
        anchors = anchor_lines(self._bodies, hunk.anchors, number)
        starts = _starts(self._bodies, old)
        for fits in (_but_for_blanks, _shifted):
            hits = [
                Place(hunk, number, at, rung, shift)
                for at in starts
                if (fit := fits(self._bodies[at : at + len(old)], old)) is not None
                for rung, shift in [fit]
            ]
            if hits:
                return self._chosen(hunk, hits, anchors)
        raise RefusedError(_miss(self._bodies, hunk, number))

    def _chosen(self, hunk: Hunk, hits: list[Place], anchors: list[int]) -> Place:
        number, all_hits = hits[0].number, hits
        if hunk.at_end or hunk.old_bare or hunk.new_bare:
            hits = [hit for hit in hits if hit.end == len(self._bodies)]
            if not hits:
                raise RefusedError(f"hunk {number} fits at {_lines(all_hits)}, but not at the end of the file")
        if hunk.anchors:
            wanted = belonging(self._bodies, anchors, [(hit.start, hit.end) for hit in hits])
            hits = [hit for hit in hits if hit.start in wanted]
            if not hits:
                raise RefusedError(
                    f"hunk {number} fits only outside of what its @@ line names ({_lines(all_hits)}); {_GIVE}"
                )
        if len(hits) == 1:
            return hits[0]
        named = self._by_number(hunk, hits)
        later = [hit for hit in hits if self._in_order and self._is_later(hit)]
        for narrowed in (named, later):
            if len(narrowed) == 1:
                return narrowed[0]
        raise RefusedError(f"hunk {number} fits at several places ({_lines(hits)}); {_GIVE}")

    def _by_number(self, hunk: Hunk, hits: list[Place]) -> list[Place]:
        """The hits where the hunk's header says, or as far from there as the hunk before was from its own."""
        # A hunk said to be at line 1 is as a rule one whose line its writer did not know.
        if hunk.at is None or hunk.at <= 1 or hits[0].rung == INDENT:
            return []
        return [hit for hit in hits if hit.start in (hunk.at - 1, hunk.at - 1 + self._offset)]

    def _is_later(self, hit: Place) -> bool:
        """Whether a hit comes after the hunk before; both may have lines that stay in common."""
        if not self.places:
            return False
        return hit.start > self.places[-1].start and self._gone.isdisjoint(range(hit.start, hit.end))

    def _refuse_extra(self, found: Place) -> None:
        """Refuse a hunk of more lines than its header says, if these may be a hunk of their own that lost its header.

        Raises:
            RefusedError: so it is: they fit elsewhere, or the lines before them do, away from where the header says.
        """
        hunk = found.hunk
        rest = [line for tag, line in hunk.lines[len(hunk.lines) - hunk.extra :] if tag != "+"]
        if not hunk.extra or not rest:
            return
        head = hunk.old()[: -len(rest)]
        layout = next((at for at, line in enumerate(rest) if line.strip()), 0)  # empty lines between two hunks
        elsewhere = self._fits_elsewhere(rest[layout:], found.start + len(head) + layout)
        if hunk.at != found.start + 1:
            elsewhere = elsewhere or self._fits_elsewhere(head, found.start)
        if elsewhere:
            raise RefusedError(
                f"hunk {found.number} has {hunk.extra} lines more than its header says, and they may be another hunk: "
                f"begin that of {rest[0].strip()[:80]!r} with a line @@ of its own, or mend the counts"
            )

    def _fits_elsewhere(self, old: list[str], there: int) -> bool:
        starts = (at for at in _starts(self._bodies, old) if at != there) if old else ()
        return any(_but_for_blanks(self._bodies[at : at + len(old)], old) for at in starts)

    def _insertion(self, hunk: Hunk, number: int) -> int:
        """Where a hunk that only adds lines goes: after its anchors, after the line it names, or to the end."""
        count = len(self._bodies)
        if hunk.anchors:
            lines = anchor_lines(self._bodies, hunk.anchors, number)
            if len(lines) > 1:
                raise RefusedError(
                    f"hunk {number}: the line {hunk.anchors[-1][:80]!r} after @@ is there {len(lines)} times"
                )
            return lines[0] + 1
        if hunk.appends or hunk.at_end or not count:
            return count
        if hunk.at is None:
            raise RefusedError(f"hunk {number} adds lines, but does not say where: {_GIVE}")
        if not 0 <= hunk.at <= count:
            raise RefusedError(f"hunk {number} adds after line {hunk.at}, but the file has {count} lines")
        if self._offset:
            raise RefusedError(
                f"hunk {number} adds after line {hunk.at}, but the numbers of an earlier hunk are wrong: {_GIVE}"
            )
        return hunk.at


def _lines(hits: Sequence[Place]) -> str:
    return ", ".join(f"line {hit.start + 1}" for hit in hits[:_MOST_SHOWN])


def _starts(bodies: list[str], old: list[str]) -> list[int]:
    """Places whose line fits the first line of `old` that is not blank, blanks at the ends aside."""
    first = next((i for i, line in enumerate(old) if line.strip()), 0)
    wanted = old[first].strip()
    last = len(bodies) - len(old)
    return [at for at in range(last + 1) if bodies[at + first].strip() == wanted]


def _but_for_blanks(there: list[str], old: list[str]) -> tuple[str, Shift] | None:
    if there == old:
        return EXACT, Shift()
    same = all(a.rstrip() == b.rstrip() for a, b in zip(there, old, strict=True))
    return (BLANKS, Shift()) if same else None


def _shifted(there: list[str], old: list[str]) -> tuple[str, Shift] | None:
    shift = shift_between(old, there)
    return None if shift is None else (INDENT, shift)


def _miss(bodies: list[str], hunk: Hunk, number: int) -> str:
    old = hunk.old()
    reason = explain("\n".join(bodies), "\n".join(old), "\n".join(hunk.new()))
    reason = reason.replace("old_str", "its old text").replace("new_str", "its new text")
    return f"hunk {number}: {reason}" + _several(bodies, old)


def _several(bodies: list[str], old: list[str]) -> str:
    """The advice for a hunk whose lines belong to two places, as when the ``@@`` between two hunks is missing."""

    def fits(part: list[str]) -> bool:
        return any(_but_for_blanks(bodies[at : at + len(part)], part) for at in _starts(bodies, part))

    for cut in range(len(old) - 1, 0, -1) if len(old) <= _MOST_SPLIT else ():
        head, tail = "\n".join(old[:cut]).rstrip().split("\n"), old[cut:]
        if tail[0].strip() and head[-1] and fits(head) and fits(tail):
            return (
                f"\nIts lines stand at two places: begin the hunk of {tail[0].strip()[:80]!r} with a line @@ of its own"
            )
    return ""
