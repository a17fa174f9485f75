"""Writes hunks as `str_replace` calls: clean, and with the mistakes that models make. Pure; seeded from outside."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.edits.releases import Hunk

_CONTEXT = 3
_WIDEST = 15
_WORD = re.compile(r"[A-Za-z_]\w{2,}")


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `truth` is what the file must be afterwards; None where only a refusal is right.

    `line` (from 1) is where `old` is meant to stand, `patch_line` what a patch says of it: the truth, or 1 where the
    request is one that does not tell its place. A request with `truth` may also be refused; any third outcome is wrong.
    """

    hunk: Hunk
    before: str
    old: str
    new: str
    truth: str | None
    line: int
    patch_line: int


@dataclass(slots=True)
class _Block:
    """The lines of a call while mistakes are made: context above, removed, added, context below."""

    above: list[str]
    removed: list[str]
    added: list[str]
    below: list[str]

    def old(self) -> list[str]:
        return [*self.above, *self.removed, *self.below]

    def new(self) -> list[str]:
        return [*self.above, *self.added, *self.below]


Maker = Callable[[Hunk, random.Random], "Request | None"]


def clean(hunk: Hunk, rng: random.Random) -> Request | None:
    """The call as a careful caller writes it: three lines of context, more only where that is not unique."""
    block = _unique(hunk)
    return None if block is None else _request(hunk, block, rng)


def indent_deeper(hunk: Hunk, rng: random.Random) -> Request | None:
    """Every line has the same blanks too many."""
    extra = " " * rng.choice((1, 2, 4, 4, 8))
    return _reindented(hunk, rng, lambda line: extra + line)


def indent_lost(hunk: Hunk, rng: random.Random) -> Request | None:
    """Every line has the same blanks too few: all of the common indentation, or a part."""
    block = _unique(hunk)
    if block is None:
        return None
    solid = [line for line in (*block.old(), *block.new()) if line.strip()]
    common = min(len(line) - len(line.lstrip(" ")) for line in solid)
    if not common:
        return None
    less = rng.choice((common, min(4, common), rng.randint(1, common)))
    return _reindented(hunk, rng, lambda line: line[less:])


def first_indent_lost(hunk: Hunk, rng: random.Random) -> Request | None:
    """The call begins at the first character that is not blank, as when text is marked with a mouse."""
    found = clean(hunk, rng)
    if found is None or found.old[0] not in " \t":
        return None
    blanks = found.old[: len(found.old) - len(found.old.lstrip(" \t"))]
    if not found.new.startswith(blanks) or found.new[len(blanks) :][:1] in {" ", "\t", ""}:
        return None
    return replace(found, old=found.old[len(blanks) :], new=found.new[len(blanks) :])


def stale_word(hunk: Hunk, rng: random.Random) -> Request | None:
    """A context line has another word than the file: it was changed since the caller looked."""
    block = _unique(hunk)
    if block is None:
        return None
    places = [(side, i) for side in (block.above, block.below) for i, line in enumerate(side) if _WORD.search(line)]
    if not places:
        return None
    side, at = rng.choice(places)
    word = rng.choice(list(_WORD.finditer(side[at])))
    other = rng.choice((word[0] + "_old", word[0][:-1] + "0", word[0].swapcase()))
    side[at] = side[at][: word.start()] + other + side[at][word.end() :]
    return _only_refusal(_request(hunk, block, rng))


def stale_line(hunk: Hunk, rng: random.Random) -> Request | None:
    """A context line inside the call is missing: it came into the file since the caller looked.

    Calls that begin or end with an empty line are left out: without the line after it, that one is but a line end, and
    the call is a correct request for fewer lines.
    """
    block = _unique(hunk)
    if block is None or not block.old()[0].strip() or not block.old()[-1].strip():
        return None
    inner = [(block.above, i) for i in range(1, len(block.above)) if block.above[i].strip()]
    inner += [(block.below, i) for i in range(len(block.below) - 1) if block.below[i].strip()]
    if not inner:
        return None
    side, at = rng.choice(inner)
    del side[at]
    return _only_refusal(_request(hunk, block, rng))


def made_before(hunk: Hunk, rng: random.Random) -> Request | None:
    """The edit is in the file already; the caller makes it again."""
    found = clean(hunk, rng)
    return None if found is None else _only_refusal(replace(found, before=hunk.after))


def blank_line_lost(hunk: Hunk, rng: random.Random) -> Request | None:
    """An empty line inside the call was left out. Right is the edit with that line kept, or a refusal."""
    block = _unique(hunk)
    if block is None:
        return None
    inner = [(block.above, i) for i in range(1, len(block.above)) if not block.above[i].strip()]
    inner += [(block.below, i) for i in range(len(block.below) - 1) if not block.below[i].strip()]
    inner += [(block.removed, i) for i in range(1, len(block.removed) - 1) if not block.removed[i].strip()]
    if not inner:
        return None
    side, at = rng.choice(inner)
    del side[at]
    return _elsewhere_is_no_mistake(_request(hunk, block, rng))


def blanks_added(hunk: Hunk, rng: random.Random) -> Request | None:
    """Lines quoted from the file end in blanks that it does not have; in the new text too, or there not.

    Hunks are left out as in `blanks_lost`.
    """
    block = _unique(hunk)
    if block is None or _slides(block):
        return None

    def spoilt(lines: list[str]) -> list[str]:
        return [_with_tail(line, rng.choice(("", " ", "  ", "\t"))) for line in lines]

    worse = _Block(spoilt(block.above), spoilt(block.removed), block.added, spoilt(block.below))
    if worse.old() == block.old():
        worse.removed = [_with_tail(line, " ") for line in worse.removed]
    found = _request(hunk, worse, rng)
    if rng.random() < 0.5:
        found = replace(found, new=_cut_like(found.old, worse.old(), block.new()))
    return _elsewhere_is_no_mistake(found)


def blanks_lost(hunk: Hunk, rng: random.Random) -> Request | None:
    """The file has blanks at line ends in the context, the call has not.

    Hunks are left out in which a removed or added line is also the context next to it: which of the two stayed, and its
    blanks with it, nobody can tell.
    """
    block = _unique(hunk)
    if block is None or _slides(block):
        return None
    low, high = hunk.start - len(block.above), hunk.end + len(block.below)
    lines = list(hunk.lines)
    for at in (*range(low, hunk.start), *range(hunk.end, high)):
        if rng.random() < 0.7:
            lines[at] = _with_tail(lines[at], rng.choice((" ", "   ", "\t")))
    spoilt = replace_lines(hunk, lines)
    found = replace(_request(hunk, block, rng), before=spoilt.before, truth=spoilt.after)
    return _elsewhere_is_no_mistake(found)


def line_ends(hunk: Hunk, rng: random.Random) -> Request | None:
    """Call and file disagree about ``\\r\\n``: one of them, or only one half of the call, has it."""
    found = clean(hunk, rng)
    if found is None or "\r" in found.before + hunk.after:
        return None
    old, new = _crlf(found.old), _crlf(found.new)
    before, truth = _crlf(found.before), _crlf(hunk.after)
    return rng.choice(
        (
            replace(found, old=old, new=new),
            replace(found, before=before, truth=truth),
            replace(found, before=before, truth=truth, old=old),
            replace(found, before=before, truth=truth, new=new),
        )
    )


def duplicate(hunk: Hunk, rng: random.Random) -> Request | None:
    """Context is cut until the old text stands in the file more than once. Only a refusal is right."""
    lines = hunk.lines
    for above, below in ((2, 2), (1, 1), (2, 0), (0, 2), (1, 0), (0, 1), (0, 0)):
        low, high = max(0, hunk.start - above), min(len(lines), hunk.end + below)
        block = _Block(
            list(lines[low : hunk.start]),
            list(lines[hunk.start : hunk.end]),
            list(hunk.fresh),
            list(lines[hunk.end : high]),
        )
        if "".join(block.old()).strip() and _count(lines, block.old()) > 1:
            found = _request(hunk, block, rng)
            return replace(found, truth=None, patch_line=1)
    return None


def numbers_tab(hunk: Hunk, rng: random.Random) -> Request | None:
    """Line numbers pasted in as `view` and ``cat -n`` print them."""
    return _numbered(hunk, rng, lambda number: f"{number:>6}\t")


def numbers_colon(hunk: Hunk, rng: random.Random) -> Request | None:
    """Line numbers pasted in as other tools print them."""
    form = rng.choice(("{}: ", "{} | ", "{:>4}|"))
    return _numbered(hunk, rng, form.format)


KINDS: Mapping[str, Maker] = {
    "clean": clean,
    "indent: too deep": indent_deeper,
    "indent: too shallow": indent_lost,
    "indent: first line's lost": first_indent_lost,
    "stale: a word differs": stale_word,
    "stale: a line is missing": stale_line,
    "stale: made before": made_before,
    "blank line left out": blank_line_lost,
    "trailing blanks added": blanks_added,
    "trailing blanks lost": blanks_lost,
    "line ends differ": line_ends,
    "duplicate match": duplicate,
    "line numbers, tab": numbers_tab,
    "line numbers, other": numbers_colon,
}


def replace_lines(hunk: Hunk, lines: list[str]) -> Hunk:
    """The same change of a file with other lines around."""
    return replace(hunk, lines=tuple(lines))


def _slides(block: _Block) -> bool:
    return common_ends(block.old(), block.new()) != (len(block.above), len(block.below))


def common_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines are equal at the start, and how many of the others at the end."""
    head = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    most = min(len(old), len(new)) - head
    return head, next((i for i in range(most) if old[-1 - i] != new[-1 - i]), most)


def _unique(hunk: Hunk) -> _Block | None:
    for context in range(_CONTEXT, _WIDEST):
        low, high = max(0, hunk.start - context), min(len(hunk.lines), hunk.end + context)
        old = "".join(hunk.lines[low:high])
        if old.strip() and _places(hunk.before, old) == 1 and _places(hunk.before, old.rstrip("\r\n")) == 1:
            above, below = hunk.lines[low : hunk.start], hunk.lines[hunk.end : high]
            return _Block(list(above), list(hunk.lines[hunk.start : hunk.end]), list(hunk.fresh), list(below))
    return None


def _request(hunk: Hunk, block: _Block, rng: random.Random) -> Request:
    """The call for a block; half of the callers leave the last line end out."""
    old, new = "".join(block.old()), "".join(block.new())
    if rng.random() < 0.5 and old.endswith("\n") and new.endswith("\n") and new.strip():
        old, new = old.removesuffix("\n"), new.removesuffix("\n")
    line = hunk.start - len(block.above) + 1
    return Request(hunk, hunk.before, old, new, hunk.after, line, line)


def _cut_like(old: str, lines: list[str], new_lines: list[str]) -> str:
    new = "".join(new_lines)
    return new if old == "".join(lines) else new.removesuffix("\n")


def _reindented(hunk: Hunk, rng: random.Random, change: Callable[[str], str]) -> Request | None:
    block = _unique(hunk)
    if block is None:
        return None

    def moved(lines: list[str]) -> list[str]:
        return [change(line) if line.strip() else line for line in lines]

    worse = _Block(moved(block.above), moved(block.removed), moved(block.added), moved(block.below))
    return _elsewhere_is_no_mistake(_request(hunk, worse, rng))


def _numbered(hunk: Hunk, rng: random.Random, prefix: Callable[[int], str]) -> Request | None:
    found = clean(hunk, rng)
    if found is None:
        return None

    def numbered(value: str) -> str:
        lines = value.split("\n")
        last = [""] if lines[-1] == "" else []
        body = lines[:-1] if last else lines
        return "\n".join([*(prefix(found.line + i) + line for i, line in enumerate(body)), *last])

    new = numbered(found.new) if rng.random() < 0.5 else found.new
    return replace(found, old=numbered(found.old), new=new)


def _only_refusal(found: Request) -> Request | None:
    checked = _elsewhere_is_no_mistake(found)
    return None if checked is None else replace(checked, truth=None)


def _elsewhere_is_no_mistake(found: Request) -> Request | None:
    """None where the spoilt text stands in the file all the same: then it is another request, and a correct one."""
    exact = found.old in found.before
    return None if exact or f"\n{found.old.rstrip()}\n" in f"\n{found.before}\n" else found


def _places(content: str, old: str) -> int:
    first = content.find(old)
    return 0 if first < 0 else 1 if content.find(old, first + 1) < 0 else 2


def _count(lines: tuple[str, ...], old: list[str]) -> int:
    return sum(list(lines[at : at + len(old)]) == old for at in range(len(lines) - len(old) + 1))


def _with_tail(line: str, tail: str) -> str:
    body = line.rstrip("\r\n")
    return body + tail + line[len(body) :]


def _crlf(value: str) -> str:
    return value.replace("\n", "\r\n")
