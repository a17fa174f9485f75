"""Explains why a text was not found: what is nearest, where it differs first, and whether the edit was made before."""

from __future__ import annotations

from collections import Counter
from difflib import get_close_matches

from tools import text

_MOST_LINES = 50_000
_SHOWN = 12
_WIDE = 160


def place(content: str, start: int, end: int) -> str:
    """Characters `start` to `end` as people name them: ``line 12`` or ``lines 12-15``."""
    first = text.line_of(content, start)
    last = text.line_of(content, max(start, end - 1))
    return f"line {first}" if first == last else f"lines {first}-{last}"


def explain(content: str, old: str, new: str) -> str:
    """Why `old` is not in `content`, for whoever wants to replace it by `new`."""
    parts = ["old_str was not found."]
    lines = [text.body(line) for line in text.split_lines(content)]
    if where := _whole_lines(lines, new):
        parts.append(f"new_str is already there at {where}: perhaps this edit was made before.")
    if not lines:
        return " ".join([*parts, "The file is empty; use create."])
    wanted = old.replace("\r\n", "\n").removesuffix("\n").split("\n")
    start = _nearest(lines[:_MOST_LINES], wanted)
    if start is None:
        return " ".join([*parts, "Nothing in the file is like it; look at the file with view or search."])
    parts.append(_difference(lines, wanted, start))
    low, high = max(0, start), min(len(lines), start + min(len(wanted), _SHOWN))
    window = [f"{number + 1:>6}\t{lines[number][:_WIDE]}" for number in range(low, high)]
    return " ".join(parts) + "\nThe nearest text in the file is:\n" + "\n".join(window)


def _whole_lines(lines: list[str], new: str) -> str | None:
    """Where `new` stands as lines of its own, however indented; None also where it is but signs, as ``}`` is."""
    wanted = [line.strip() for line in new.strip().replace("\r\n", "\n").split("\n")]
    if not any(char.isalnum() for line in wanted for char in line):
        return None
    for at, line in enumerate(lines):
        if line.strip() == wanted[0] and [line.strip() for line in lines[at : at + len(wanted)]] == wanted:
            return f"line {at + 1}" if len(wanted) == 1 else f"lines {at + 1}-{at + len(wanted)}"
    return None


def _nearest(lines: list[str], wanted: list[str]) -> int | None:
    """The line (from 0) at which `wanted` fits best: most lines equal but for outer blanks, else a similar one."""
    where: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        where.setdefault(line.strip(), []).append(number)
    votes: Counter[int] = Counter()
    for offset, line in enumerate(wanted):
        key = line.strip()
        if key and len(where.get(key, ())) <= 200:
            votes.update(number - offset for number in where.get(key, ()))
    if votes:
        best = max(votes.values())
        return max(0, min(start for start, count in votes.items() if count == best))
    key = next((line.strip() for line in wanted if line.strip()), "")
    candidates = [line for line in where if line and abs(len(line) - len(key)) <= max(20, len(key))]
    near = get_close_matches(key[:400], candidates[:5000], n=1, cutoff=0.6)
    return where[near[0]][0] if near else None


def _difference(lines: list[str], wanted: list[str], start: int) -> str:
    for offset, line in enumerate(wanted):
        number = start + offset
        there = lines[number] if number < len(lines) else None
        if there is None:
            return f"The file ends before line {offset + 1} of old_str."
        if there.rstrip() != line.rstrip():
            what = "only in its indentation" if there.strip() == line.strip() else "here"
            return (
                f"Line {offset + 1} of old_str differs {what} from line {number + 1} of the file:"
                f"\n  old_str: {line[:_WIDE]!r}\n  file:    {there[:_WIDE]!r}\n"
            )
    return f"It begins like line {start + 1} of the file but stands there as a part of longer lines."
