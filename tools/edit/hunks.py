"""Puts the hunks of a patch into a text: where they fit for certain, touching only the lines that change. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tools import text
from tools.edit.indent import Shift, shift_between
from tools.edit.ladder import BLANKS, EXACT, INDENT, RefusedError
from tools.edit.miss import explain
from tools.edit.patch import Hunk


def apply_hunks(content: str, hunks: Sequence[Hunk]) -> tuple[str, list[str], list[tuple[int, int]]]:
    """`content` with all `hunks` applied, the rungs that were needed besides exact, and the new lines' spans (from 1).

    Raises:
        RefusedError: a hunk fits nowhere, or at several places.
    """
    mark = "\ufeff" if content.startswith("\ufeff") else ""
    lines = text.split_lines(content[len(mark) :])
    rungs: list[str] = []
    spans: list[tuple[int, int]] = []
    cursor = drift = 0
    for number, hunk in enumerate(hunks, 1):
        start, rung, fit = _locate(lines, hunk, number, cursor, drift)
        old_count = len(hunk.old())
        if rung == INDENT:
            _refuse_repetition(lines, start, hunk, number)
        fresh = _fresh(lines, start, hunk, fit)
        lines[start : start + old_count] = fresh
        if hunk.at is not None:
            drift = start - (hunk.at - 1 if old_count else hunk.at) + len(fresh) - old_count
        cursor = start + len(fresh)
        spans.append((start + 1, max(start + 1, cursor)))
        if rung != EXACT:
            rungs.append(f"hunk {number}: {rung}")
    return mark + "".join(lines), rungs, spans


def _locate(lines: list[str], hunk: Hunk, number: int, cursor: int, drift: int) -> tuple[int, str, Shift]:
    """Where (from 0) the hunk's old lines stand, by which rung, and how they are shifted."""
    old = hunk.old()
    hint = None if hunk.at is None else hunk.at - 1 + drift
    if not old:
        return _insertion(lines, hunk, number, cursor, hint), EXACT, Shift()
    bodies = [text.body(line) for line in lines]
    low = _after_anchors(bodies, hunk, number, cursor)
    for rung, fits in ((EXACT, _equal), (BLANKS, _equal_but_blanks), (INDENT, _shifted)):
        found = [(at, fit) for at in _starts(bodies, old) if (fit := fits(bodies[at : at + len(old)], old)) is not None]
        if hunk.at_end:
            found = [(at, fit) for at, fit in found if at + len(old) == len(bodies)]
        later = [(at, fit) for at, fit in found if at >= low]
        if hunk.anchors and later:
            return later[0][0], rung, later[0][1]
        # A hunk said to be at line 1 is as a rule one whose line its writer did not know.
        if hint is not None and rung != INDENT and (hunk.at or 0) > 1:
            for at, fit in later:
                if at == hint:
                    return at, rung, fit
        if len(later) == 1:
            return later[0][0], rung, later[0][1]
        if later or found:
            where = ", ".join(f"line {at + 1}" for at, _ in (later or found)[:20])
            why = "fits at several places" if later else "fits only before the hunk that precedes it"
            raise RefusedError(f"hunk {number} {why} ({where}); give more lines of context")
    raise RefusedError(_miss(bodies, hunk, number))


def _refuse_repetition(lines: list[str], start: int, hunk: Hunk, number: int) -> None:
    """Refuse a hunk that fits only shifted while its outcome stands elsewhere: it was made before, and there.

    Raises:
        RefusedError: so it is.
    """
    bodies, new, size = [text.body(line) for line in lines], hunk.new(), len(hunk.old())
    if sum(bool(line.strip()) for line in new) < 2:
        return
    for at in range(len(bodies) - len(new) + 1):
        if bodies[at : at + len(new)] == new and (at >= start + size or at + len(new) <= start):
            raise RefusedError(
                f"hunk {number}: its new text is already there at line {at + 1}: perhaps it was applied before"
            )


def _insertion(lines: list[str], hunk: Hunk, number: int, cursor: int, hint: int | None) -> int:
    """Where a hunk that only adds lines goes: after its anchors, after the line it names, or to the end."""
    if hunk.anchors:
        return _after_anchors([text.body(line) for line in lines], hunk, number, cursor)
    if hint is not None and not hunk.at_end:
        at = hint + 1
        if not 0 <= at <= len(lines):
            raise RefusedError(f"hunk {number} adds after line {hunk.at}, but the file has {len(lines)} lines")
        return at
    return len(lines)


def _after_anchors(bodies: list[str], hunk: Hunk, number: int, cursor: int) -> int:
    low = cursor
    for anchor in hunk.anchors:
        same = [at for at in range(low, len(bodies)) if bodies[at].strip() == anchor]
        same = same or [at for at in range(low, len(bodies)) if bodies[at].strip().startswith(anchor)]
        if not same:
            raise RefusedError(f"hunk {number}: the line {anchor[:80]!r} after @@ was not found")
        if len(same) > 1 and hunk.old() == []:
            raise RefusedError(f"hunk {number}: the line {anchor[:80]!r} after @@ is there {len(same)} times")
        low = same[0] + 1
    return low


def _starts(bodies: list[str], old: list[str]) -> list[int]:
    """Places whose line fits the first line of `old` that is not blank, blanks at the ends aside."""
    first = next((i for i, line in enumerate(old) if line.strip()), 0)
    wanted = old[first].strip()
    last = len(bodies) - len(old)
    return [at for at in range(last + 1) if bodies[at + first].strip() == wanted]


def _equal(there: list[str], old: list[str]) -> Shift | None:
    return Shift() if there == old else None


def _equal_but_blanks(there: list[str], old: list[str]) -> Shift | None:
    same = all(a.rstrip() == b.rstrip() for a, b in zip(there, old, strict=True))
    return Shift() if same else None


def _shifted(there: list[str], old: list[str]) -> Shift | None:
    return shift_between(old, there)


def _fresh(lines: list[str], start: int, hunk: Hunk, fit: Shift) -> list[str]:
    """The lines that replace the hunk's old ones: those that stay as the file has them, new ones with its line end."""
    eol = _eol_at(lines, start)
    was_bare = bool(lines) and start + len(hunk.old()) == len(lines) and text.end_of(lines[-1]) == ""
    fresh: list[str] = []
    at = start
    for tag, line in hunk.lines:
        if tag == "+":
            fresh.append(_moved(line, fit) + eol)
            continue
        if tag == " ":
            fresh.append(lines[at] if text.end_of(lines[at]) else lines[at] + eol)
        at += 1
    if start == len(lines) and start and text.end_of(lines[-1]) == "" and not hunk.old():
        lines[-1] += eol  # lines are added after a last line without an end
        was_bare = True
    ends_file = start + len(hunk.old()) >= len(lines)
    if fresh and ends_file and (hunk.new_bare or (was_bare and not hunk.old_bare)):
        fresh[-1] = text.body(fresh[-1])
    return fresh


def _moved(line: str, shift: Shift) -> str:
    moved = shift.moved(line)
    if moved is None:
        raise RefusedError("a new line is indented less than the shift that makes the patch fit; mend its indentation")
    return moved


def _eol_at(lines: list[str], start: int) -> str:
    for line in [*lines[start : start + 1], *lines[max(0, start - 1) : start]]:
        if end := text.end_of(line):
            return end
    return text.commonest_eol("".join(lines))


def _miss(bodies: list[str], hunk: Hunk, number: int) -> str:
    reason = explain("\n".join(bodies), "\n".join(hunk.old()), "\n".join(hunk.new()))
    return f"hunk {number}: " + reason.replace("old_str", "its old text").replace("new_str", "its new text")
