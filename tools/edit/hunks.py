"""Puts the hunks of a patch into a text: where they fit for certain, touching only the lines that change. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tools import text
from tools.edit.filepatch import Hunk
from tools.edit.ladder import EXACT, INDENT, RefusedError
from tools.edit.literals import adrift
from tools.edit.locate import Place, locate


def apply_hunks(content: str, hunks: Sequence[Hunk]) -> tuple[str, list[str]]:
    """`content` with all `hunks` applied, and the rungs that were needed besides exact.

    Raises:
        RefusedError: a hunk fits nowhere, or at several places, or two contradict each other.
    """
    mark = "\ufeff" if content.startswith("\ufeff") else ""
    lines = text.split_lines(content[len(mark) :])
    bodies = [text.body(line) for line in lines]
    places = locate(bodies, hunks)
    for place in places:
        if place.rung == INDENT:
            _refuse_repetition(bodies, place)
            _refuse_adrift(place)
    rungs = [f"hunk {place.number}: {place.rung}" for place in places if place.rung != EXACT]
    return mark + _built(lines, places), rungs


def _refuse_repetition(bodies: list[str], place: Place) -> None:
    """Refuse a hunk that fits only shifted while its outcome stands elsewhere: it was made before, and there.

    Raises:
        RefusedError: so it is.
    """
    new = place.hunk.new()
    if sum(bool(line.strip()) for line in new) < 2:
        return
    for at in range(len(bodies) - len(new) + 1):
        if bodies[at : at + len(new)] == new and (at >= place.end or at + len(new) <= place.start):
            raise RefusedError(
                f"hunk {place.number}: its new text is already there at line {at + 1}: perhaps it was applied before"
            )


def _refuse_adrift(place: Place) -> None:
    """Refuse a shift of new lines that may be meant as they are.

    Raises:
        RefusedError: they stand in a string, or all that stays is one blank short: the blank that marks it, perhaps.
    """
    hunk = place.hunk
    if (line := adrift("\n".join(hunk.old()), "\n".join(hunk.new()))) is not None:
        raise RefusedError(
            f"hunk {place.number} fits only with its indentation shifted, and whether {line.strip()[:60]!r} inside of "
            "a string shifts too cannot be told; give all lines with the file's indentation"
        )
    if place.shift.put == " " and not any(tag == "-" for tag, _ in hunk.lines):
        raise RefusedError(
            f"hunk {place.number} fits only with one blank more: a line that stays needs a blank before it that is not "
            "part of the line"
        )


def _built(lines: list[str], places: Sequence[Place]) -> str:
    """The lines that stay as the file has them, and new ones with the line end of their neighbours."""
    gone, added = _merged(lines, places)
    result: list[str] = []
    for at in range(len(lines) + 1):
        result += added.get(at, [])
        if at < len(lines) and at not in gone:
            result.append(lines[at])
    eol = text.commonest_eol("".join(lines))
    result = [line if text.end_of(line) else line + eol for line in result]
    if result and _ends_bare(lines, places):
        result[-1] = text.body(result[-1])
    return "".join(result)


def _merged(lines: list[str], places: Sequence[Place]) -> tuple[set[int], dict[int, list[str]]]:
    """What all hunks together remove, and what they add before which line.

    Raises:
        RefusedError: two want different things of a line, or add at one place and it cannot be told in which order.
    """
    wants: dict[int, tuple[str, int]] = {}
    added: dict[int, list[str]] = {}
    last: dict[int, Place] = {}
    for place in sorted(places, key=lambda place: (place.start, place.end)):
        at = place.start
        for tag, line in place.hunk.lines:
            if tag == "+":
                before = last.setdefault(at, place)
                if before is not place and before.end > place.start:
                    raise RefusedError(f"hunks {before.number} and {place.number} both add lines after line {at}")
                last[at] = place
                added.setdefault(at, []).append(_moved(line, place) + _eol_at(lines, at, place.start))
                continue
            there = wants.setdefault(at, (tag, place.number))
            if there != (tag, place.number) and "-" in (tag, there[0]):
                raise RefusedError(f"hunks {there[1]} and {place.number} contradict each other at line {at + 1}")
            at += 1
    return {at for at, (tag, _) in wants.items() if tag == "-"}, added


def _ends_bare(lines: list[str], places: Sequence[Place]) -> bool:
    """Whether the new text is to end without a line end: as the hunk at the end says, else as the file has it."""
    was_bare = bool(lines) and not text.end_of(lines[-1])
    last = [place.hunk for place in places if place.end == len(lines)]
    if any(hunk.new_bare for hunk in last):
        return True
    return was_bare and not any(hunk.old_bare for hunk in last)


def _moved(line: str, place: Place) -> str:
    moved = place.shift.moved(line)
    if moved is None:
        raise RefusedError("a new line is indented less than the shift that makes the patch fit; mend its indentation")
    return moved


def _eol_at(lines: list[str], at: int, start: int) -> str:
    """The line end before `at` within the hunk that begins at `start`, else after it, else before that."""
    around = [*lines[max(start, at - 1) : at], *lines[at : at + 1], *lines[max(0, at - 1) : at]]
    return next((end for line in around if (end := text.end_of(line))), text.commonest_eol("".join(lines)))
