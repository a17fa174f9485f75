"""The values of a patch, and what its formats share: headers of hunks, empty lines that may be layout. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NUMBERED = re.compile(r"^@@ ?-(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))?(?: ?@@.*)?$")
_ANCHOR = re.compile(r"^@@\s*(.*?)(?:\s+@@)?\s*$")
_NOTHING = re.compile(r"[.…@\s]*")

Counts = tuple[int, int]
"""How many old and new lines a hunk's header speaks of."""


class BadPatchError(Exception):
    """The text is no patch; the message says in which line and why."""


@dataclass(slots=True)
class Hunk:
    """One place to change.

    `lines` are pairs of a tag (space: stays, ``-``: goes, ``+``: comes) and a line without its end. `at` is the line
    (from 1) where the old text should begin, None where the patch does not say; `anchors` are lines that stand before
    it or in it, in order. `old_bare` and `new_bare` say that the old or new text is without a line end at the end of
    the file. `appends` says that lines which come without any that stays go to the end of the file. `extra` is how many
    lines, changes among them, come after as many as the header says: perhaps a hunk of their own that lost its header.
    """

    lines: list[tuple[str, str]] = field(default_factory=list)
    at: int | None = None
    anchors: list[str] = field(default_factory=list)
    at_end: bool = False
    old_bare: bool = False
    new_bare: bool = False
    appends: bool = False
    extra: int = 0

    def old(self) -> list[str]:
        """The lines that must be there."""
        return [line for tag, line in self.lines if tag != "+"]

    def new(self) -> list[str]:
        """The lines that will be there."""
        return [line for tag, line in self.lines if tag != "-"]


@dataclass(slots=True)
class FilePatch:
    """What happens to one file. `kind` is ``add``, ``update``, ``delete`` or ``copy``.

    `target` is the new path of a file that moves, or that of the copy. `guessed` says that the move follows only from
    the two names of a diff: they may as well be the names of an old and a new state of one file.
    """

    kind: str
    path: str
    target: str | None = None
    hunks: list[Hunk] = field(default_factory=list)
    mode: int | None = None
    guessed: bool = False


def read_header(hunk: Hunk, line: str, number: int) -> Counts | None:
    """Take what a line of ``@@`` says into `hunk`; the counts where it has them.

    What stands behind the numbers is a heading, which git takes from anywhere above; without numbers it is an anchor.

    Raises:
        BadPatchError: it is the header of a merge.
    """
    if line.startswith("@@@"):
        raise BadPatchError(f"line {number}: diffs of merges (@@@) cannot be applied; give a diff against one side")
    if found := _NUMBERED.match(line):
        hunk.at = int(found[1])
        return int(found[2] or 1), int(found[4] or 1)
    anchor = _ANCHOR.match(line)
    if anchor and not _NOTHING.fullmatch(anchor[1]):
        hunk.anchors.append(anchor[1])
    return None


def close(hunk: Hunk, blanks: int, counts: Counts | None, number: int) -> None:
    """Take the last `blanks` lines off `hunk`, empty ones that may be context or layout: without them it fits as well.

    Where no other line says where the hunk belongs, they stay if the counts say so.

    Raises:
        BadPatchError: nothing is left, or it cannot be told what they are.
    """
    if blanks:
        del hunk.lines[-blanks:]
    if not hunk.lines:
        raise BadPatchError(f"line {number}: this hunk has no lines")
    hunk.extra = _extra(hunk, counts) if counts else 0
    if hunk.old():
        return
    stay, come = counts or (0, len(hunk.lines))
    if stay <= blanks and come == len(hunk.lines) + stay:
        hunk.lines += [(" ", "")] * stay
    if stay != len(hunk.old()):
        raise BadPatchError(
            f"line {number}: the hunk only adds lines, but its header speaks of {stay} old ones: {_GIVE}"
        )
    if blanks and not stay and not (hunk.at_end or hunk.new_bare) and (counts is None or come != len(hunk.lines)):
        raise BadPatchError(
            f"line {number}: the hunk only adds lines, and whether the empty line behind them belongs to it cannot be "
            f"told: {_GIVE}"
        )


def _extra(hunk: Hunk, counts: Counts) -> int:
    old = new = 0
    for at, (tag, _) in enumerate(hunk.lines):
        if at and (old, new) == counts:
            rest = hunk.lines[at:]
            return len(rest) if any(tag != " " for tag, _ in rest) else 0
        old += tag != "+"
        new += tag != "-"
    return 0


_GIVE = "give some lines around them, each with a blank before it"


def only_added(hunk: Hunk, number: int) -> None:
    """Make `hunk` the content of a new file, in which an empty line is one that lost its ``+``.

    Raises:
        BadPatchError: it has lines that are no new ones, or begins with an empty line.
    """
    if not hunk.lines or hunk.lines[0][0] != "+" or hunk.anchors:
        raise BadPatchError(f"line {number}: every line of an added file begins with '+'")
    for at, (tag, line) in enumerate(hunk.lines):
        if tag != "+" and (tag, line) != (" ", ""):
            raise BadPatchError(
                f"line {number}: every line of an added file begins with '+', not {(tag + line)[:40]!r}"
            )
        hunk.lines[at] = ("+", line)
