"""Builds the text that replaces a hit: lines that stay keep the file's bytes, new ones take its line end. Pure."""

from __future__ import annotations

from difflib import SequenceMatcher

from tools import text

Unit = tuple[str, bool]
"""A line without its end, and whether it had one."""
_MOST_DIFFED = 4000
"""Lines of old and new that are compared in full; more of them only from both ends."""


def units_of(value: str, bare: bool = False) -> list[Unit]:
    """Lines without their ends, each with whether it had one; with `bare` the last has none, if only by being empty."""
    pieces = value.replace("\r\n", "\n").split("\n")
    units = [(piece, True) for piece in pieces[:-1]]
    return [*units, (pieces[-1], False)] if pieces[-1] or not units or bare else units


def merged(content: str, start: int, end: int, old: list[Unit], new: list[Unit]) -> str:
    """The text for characters `start` to `end`: lines that old and new share stay as the file has them."""
    there = text.split_lines(content[start:end])
    if len(there) < len(old):  # a last line of blanks only, or the end of the file
        there += [""] * (len(old) - len(there))
    eol = local_eol(content, start, end)
    ended = bool(there) and text.end_of(there[-1]) != ""
    pieces: list[str] = []
    for kept, low, high, to in _diff(old, new):
        if kept:
            pieces += [_kept(there[i], old[i], new[to + i - low], eol) for i in range(low, high)]
        else:
            pieces += [line + (eol if terminated else "") for line, terminated in new[low:high]]
    if pieces and old[-1][1] and not ended:  # the file ends here without a line end, and keeps it so
        pieces[-1] = text.body(pieces[-1])
    return "".join(pieces)


def _kept(line: str, old: Unit, new: Unit, eol: str) -> str:
    """A line that stays: as the file has it, unless blanks at its end were quoted rightly and are to be others."""
    end = (text.end_of(line) or eol) if new[1] else ""
    return (new[0] if text.body(line) == old[0] else text.body(line)) + end


def _diff(old: list[Unit], new: list[Unit]) -> list[tuple[bool, int, int, int]]:
    """How to build `new`: (True, low, high, to) keeps those lines of old, which in new begin at `to`.

    (False, low, high, low) takes those lines of new.
    """
    a = [line.rstrip(" \t") for line, _ in old]
    b = [line.rstrip(" \t") for line, _ in new]
    head = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    most = min(len(a), len(b)) - head
    tail = next((i for i in range(most) if a[-1 - i] != b[-1 - i]), most)
    end_a, end_b = len(a) - tail, len(b) - tail
    steps = [(True, 0, head, 0)]
    if end_a + end_b - 2 * head > _MOST_DIFFED:
        steps.append((False, head, end_b, head))
    else:
        middle = SequenceMatcher(None, a[head:end_a], b[head:end_b], autojunk=False)
        for kind, a0, a1, b0, b1 in middle.get_opcodes():
            if kind == "equal":
                steps.append((True, head + a0, head + a1, head + b0))
            elif b1 > b0:
                steps.append((False, head + b0, head + b1, head + b0))
    return [*steps, (True, end_a, len(a), end_b)]


def with_ends(value: str, eol: str) -> str:
    """`value` with `eol` at every line end."""
    return value.replace("\r\n", "\n").replace("\n", eol) if "\n" in value else value


def local_eol(content: str, start: int, end: int) -> str:
    """The line end used at the place of an edit: in it, else after it, else before it, else the file's commonest."""
    if text.commonest_eol(content) == "\r":
        return "\r"
    for low, high in ((start, end), (end, len(content))):
        at = content.find("\n", low, high)
        if at >= 0:
            return "\r\n" if at > 0 and content[at - 1] == "\r" else "\n"
    return text.commonest_eol(content)
