"""Finds the text that an edit means: exact, else without line ends and trailing blanks, else indented otherwise.

Pure: text in, text out. Each rung needs exactly one hit; only the bytes that differ are replaced; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools import text
from tools.edit.indent import Shift, shift_between
from tools.edit.literals import adrift
from tools.edit.merge import Unit, local_eol, merged, units_of, with_ends
from tools.edit.miss import explain, place
from tools.edit.numbers import without_numbers

EXACT = "exact"
BLANKS = "line ends and trailing blanks aside"
INDENT = "indentation shifted"
NUMBERS = "pasted line numbers removed"

_MOST_PLACES = 60
_OPENERS = (":", "{", "(", "[", "->", "=>")


class RefusedError(Exception):
    """The edit cannot be applied with certainty; the text tells what to do instead."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place to edit: characters `start` to `end` of the content become `replacement`."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class Edited:
    """The new content, the rung that found the place, and the hits in terms of the old content, in order."""

    content: str
    rung: str
    hits: tuple[Hit, ...]


def replace(content: str, old: str, new: str, *, occurrence: int | None = None, replace_all: bool = False) -> Edited:
    """Replace `old` by `new` in `content`.

    `occurrence` (from 1) picks one of several hits, `replace_all` takes all of them.

    Raises:
        RefusedError: no hit, several hits and no choice, or nothing would change.
    """
    if not old:
        raise RefusedError("old_str is empty; use insert to add lines, or create for a new file")
    if old == new:
        raise RefusedError("old_str and new_str are the same: nothing would change")
    if occurrence is not None and replace_all:
        raise RefusedError("occurrence picks one place and replace_all means every one: give only one of the two")
    rung, hits = _find(content, old, new)
    if not hits:
        bare = next(iter(without_numbers(old, new)), None)
        raise RefusedError(explain(content, *((bare.old, bare.new) if bare else (old, new))))
    chosen = _choose(content, hits, rung, occurrence, replace_all)
    if occurrence is None and not replace_all:
        _refuse_repetition(content, chosen[0], rung, old, new)
    result = splice(content, chosen)
    if result == content:
        raise RefusedError(f"nothing would change at {place(content, chosen[0].start, chosen[0].end)}")
    return Edited(result, rung, tuple(chosen))


def splice(content: str, hits: Sequence[Hit]) -> str:
    """`content` with every hit replaced; hits are in order and do not overlap."""
    pieces, at = [], 0
    for hit in hits:
        pieces += [content[at : hit.start], hit.replacement]
        at = hit.end
    return "".join([*pieces, content[at:]])


def _find(content: str, old: str, new: str) -> tuple[str, list[Hit]]:
    for name, rung in _RUNGS:
        hits = rung(content, old, new)
        if name != INDENT and len(hits) == 1 and _misses_indent(content, hits[0], old, new):
            continue
        if hits:
            return name, hits
    return _find_listed(content, old, new)


def _find_listed(content: str, old: str, new: str) -> tuple[str, list[Hit]]:
    """Hits of a text with line numbers pasted in. They are whole lines, and all readings count together."""
    readings = without_numbers(old, new)
    for name, rung in _RUNGS:
        hits: dict[tuple[int, int], Hit] = {}
        for bare in readings:
            if name == INDENT and not bare.both:
                continue  # new text that was not copied from a listing has its own indentation
            for hit in rung(content, bare.old, bare.new):
                if hit.start == 0 or content[hit.start - 1] in "\r\n":
                    hits.setdefault((hit.start, hit.end), hit)
        if hits:
            return f"{NUMBERS}, {name}", sorted(hits.values(), key=lambda hit: hit.start)
    return "", []


def _misses_indent(content: str, hit: Hit, old: str, new: str) -> bool:
    """Whether an exact hit begins inside the indentation of its line, so that further lines of `new` would go astray.

    True where all of old and new is indented too little: another rung may shift it. A text that begins at the first
    character that is not blank is right as long as its other lines have the file's indentation.

    Raises:
        RefusedError: it cannot be told which of the two is meant.
    """
    line = max(content.rfind("\n", 0, hit.start), content.rfind("\r", 0, hit.start)) + 1
    prefix = content[line : hit.start]
    solid = [piece for piece in new.splitlines() if piece.strip()]
    if not prefix or prefix.strip(" \t") or len(solid) < 2 or len(old.split()) == 0:
        return False
    if sum(bool(piece.strip()) for piece in old.splitlines()) > 1 or old[0] in "\r\n":
        return False  # its further lines are there as the file has them, so those of new are too
    if old[0] in " \t":
        return True
    opens = solid[0].rstrip().endswith(_OPENERS) and len(_blanks_of(solid[1])) <= len(prefix)
    if opens or not all(_blanks_of(piece) for piece in solid[1:]):
        raise RefusedError(
            f"old_str stands at {place(content, hit.start, hit.end)} after {len(prefix)} blanks, and further lines of "
            "new_str are indented less than fits: give whole lines, with the file's indentation in both"
        )
    return False


def _blanks_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _choose(content: str, hits: list[Hit], rung: str, occurrence: int | None, replace_all: bool) -> list[Hit]:
    if occurrence is not None:
        if not 1 <= occurrence <= len(hits):
            raise RefusedError(f"occurrence {occurrence} does not exist: {_places(content, hits)}")
        return [hits[occurrence - 1]]
    if replace_all:
        apart, end = [], -1
        for hit in hits:
            if hit.start >= end:
                apart.append(hit)
                end = hit.end
        return apart
    if len(hits) > 1:
        how = "" if rung == EXACT else f" ({rung})"
        raise RefusedError(
            f"old_str is there {len(hits)} times{how}: {_places(content, hits)}. "
            "Add lines around it to make it unique, or choose occurrence=N, or replace_all=true"
        )
    return hits


def _refuse_repetition(content: str, hit: Hit, rung: str, old: str, new: str) -> None:
    """Refuse what looks like an edit that was made before.

    Raises:
        RefusedError: the new text stands at the hit already, or it stands elsewhere and the hit is a shifted one.
    """
    there = None
    if rung == EXACT:
        before = content[max(0, hit.end - len(hit.replacement)) : hit.end]
        same = (hit.replacement.startswith(old) and content.startswith(hit.replacement, hit.start)) or (
            hit.replacement.endswith(old) and before == hit.replacement
        )
        if same and hit.replacement.replace(old, "", 1).strip():
            there = hit.start
    elif rung.endswith(INDENT) and sum(bool(line.strip()) for line in new.splitlines()) > 1:
        fresh = with_ends(new, local_eol(content, hit.start, hit.end))
        at = content.find(fresh)
        while at >= 0 and there is None:
            apart = at >= hit.end or at + len(fresh) <= hit.start
            if apart and (at == 0 or content[at - 1] in "\r\n"):
                there = at
            at = content.find(fresh, at + 1)
    if there is not None:
        raise RefusedError(
            f"new_str is already there at {place(content, there, there + len(new))}: perhaps this edit was made "
            f"before. To edit {place(content, hit.start, hit.end)} all the same, pass occurrence=1"
        )


def _places(content: str, hits: Sequence[Hit]) -> str:
    shown = [place(content, hit.start, hit.end) for hit in hits[:_MOST_PLACES]]
    return ", ".join(f"#{number} {where}" for number, where in enumerate(shown, 1)) + (
        " …" if len(hits) > _MOST_PLACES else ""
    )


def _exact(content: str, old: str, new: str) -> list[Hit]:
    # Line ends in the call count only where it is about them; else those of the file do.
    literal = "\r" in old and ("\r" in new or with_ends(old, "\n") == with_ends(new, "\n"))
    hits = []
    at = content.find(old)
    while at >= 0:
        end = at + len(old)
        hits.append(Hit(at, end, new if literal else with_ends(new, local_eol(content, at, end))))
        at = content.find(old, at + 1)
    return hits


def _blanks(content: str, old: str, new: str) -> list[Hit]:
    units = units_of(old)
    if not old.strip():
        return []
    end = r"\r" if text.commonest_eol(content) == "\r" else r"\r?\n"
    parts = [re.escape(line.rstrip(" \t")) + (rf"[ \t]*(?:{end})" if ended else "") for line, ended in units]
    if units[-1][1]:
        parts[-1] = re.escape(units[-1][0].rstrip(" \t")) + rf"[ \t]*(?:{end}|\Z)"
    else:
        parts[-1] += r"(?:[ \t]+(?=[\r\n]|\Z))?"  # blanks at the end of its line belong to it
    pattern = re.compile("".join(parts))
    hits: list[Hit] = []
    found = pattern.search(content)
    while found:
        # An empty first line fits anywhere in the blanks before a line end: that is one place, not several.
        if not hits or found.end() != hits[-1].end:
            hits.append(
                Hit(
                    found.start(),
                    found.end(),
                    merged(content, found.start(), found.end(), units, units_of(new, not units[-1][1])),
                )
            )
        found = pattern.search(content, found.start() + 1)
    return hits


def _indent(content: str, old: str, new: str) -> list[Hit]:
    units = units_of(old)
    first = next((i for i, (line, _) in enumerate(units) if line.strip()), None)
    if first is None:
        return []
    lines = text.split_lines(content)
    bodies = [text.body(line) for line in lines]
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    wanted = units[first][0].strip()
    hits = []
    for index, body in enumerate(bodies):
        start = index - first
        if body.strip() != wanted or start < 0 or start + len(units) > len(bodies):
            continue
        shift = shift_between([line for line, _ in units], bodies[start : start + len(units)])
        if shift is None:
            continue
        last = start + len(units) - 1
        end = offsets[last + 1] if units[-1][1] else offsets[last] + len(bodies[last])
        moved = _moved(units_of(new, not units[-1][1]), shift)
        if moved is None:
            raise RefusedError(
                f"old_str fits {place(content, offsets[start], end)} with {len(shift.take)} fewer blanks on each line, "
                "but a line of new_str is indented less than that: give both with the file's indentation"
            )
        if (astray := adrift(old, new)) is not None:
            raise RefusedError(
                f"old_str fits {place(content, offsets[start], end)} only with its indentation shifted, and whether "
                f"{astray.strip()[:60]!r} of new_str shifts too, inside of a string, cannot be told: give both with "
                "the file's indentation"
            )
        quoted = _moved(units, shift) or units  # compared as they stand in the file, else deeper lines pair with others
        hits.append(Hit(offsets[start], end, merged(content, offsets[start], end, quoted, moved)))
    return hits


def _moved(units: list[Unit], shift: Shift) -> list[Unit] | None:
    moved = [(shift.moved(line), ended) for line, ended in units]
    return (
        [(line, ended) for line, ended in moved if line is not None] if all(m is not None for m, _ in moved) else None
    )


_RUNGS: tuple[tuple[str, Callable[[str, str, str], list[Hit]]], ...] = (
    (EXACT, _exact),
    (BLANKS, _blanks),
    (INDENT, _indent),
)
