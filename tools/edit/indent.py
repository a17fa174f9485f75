"""Uniform shifts of indentation between two versions of the same lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shift:
    """What to take from the start of every line that is not blank, and what to put there."""

    take: str = ""
    put: str = ""

    def moved(self, line: str) -> str | None:
        """`line` shifted; None where it does not begin with what is to be taken."""
        if not line.strip():
            return line
        return self.put + line[len(self.take) :] if line.startswith(self.take) else None


def shift_between(mine: Sequence[str], theirs: Sequence[str]) -> Shift | None:
    """The one shift that turns every line of `mine` into that of `theirs`, blanks at line ends aside.

    None where the lines differ otherwise, or are not shifted all alike; also where none of them is more than blank.
    """
    shift: Shift | None = None
    for have, want in zip(mine, theirs, strict=True):
        if have.strip() != want.strip():
            return None
        if not have.strip():
            continue
        this = _shift(_indentation(have), _indentation(want))
        if this is None or shift not in (None, this):
            return None
        shift = this
    return shift


def _shift(have: str, want: str) -> Shift | None:
    if want.endswith(have):
        return Shift(put=want[: len(want) - len(have)])
    if have.endswith(want):
        return Shift(take=have[: len(have) - len(want)])
    return None


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]
