"""Pairs the lines of a new text with the lines of an old one that say the same, blanks at their beginning aside."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

_MOST = 4_000_000
"""Pairs of lines past which only what is alike at the beginning and at the end is paired."""


def aligned(new: Sequence[str], old: Sequence[str]) -> dict[int, int]:
    """For numbers of lines of `new` those of their twins in `old`; both from 0, in the same order."""
    mine, theirs = [line.strip() for line in new], [line.strip() for line in old]
    low, short = 0, min(len(mine), len(theirs))
    while low < short and mine[low] == theirs[low]:
        low += 1
    high = 0
    while high < short - low and mine[-1 - high] == theirs[-1 - high]:
        high += 1
    pairs = {number: number for number in range(low)}
    left, right = len(mine) - high, len(theirs) - high
    if (left - low) * (right - low) <= _MOST:
        matcher = SequenceMatcher(None, mine[low:left], theirs[low:right], autojunk=False)
        for block in matcher.get_matching_blocks():
            pairs.update((low + block.a + at, low + block.b + at) for at in range(block.size))
    pairs.update((left + at, right + at) for at in range(high))
    return pairs
