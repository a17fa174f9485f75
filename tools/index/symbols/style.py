"""Reads how a text is indented, and turns the indentation of one text into that of another: tabs and blanks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LEADING = re.compile(r"[ \t]*")


def indent_of(line: str) -> str:
    """The blanks and tabs with which `line` begins."""
    found = _LEADING.match(line)
    return found[0] if found else ""


def unit_of(source: str) -> str:
    """One step of indentation as the file has it: a tab, or its commonest small difference of blanks."""
    counts: Counter[str] = Counter()
    before: str | None = None
    for line in source.split("\n")[:2000]:
        if not line.strip():
            continue
        now = indent_of(line)
        if before is not None and now.startswith(before) and now != before:
            counts[now[len(before) :]] += 1
        before = now
    good = {step: n for step, n in counts.items() if step == "\t" or step in ("  ", "   ", "    ", "        ")}
    return max(good, key=lambda step: (good[step], -len(step))) if good else "    "


@dataclass(frozen=True, slots=True)
class Style:
    """How a text's blanks become those of a file: one `step` of its own is one `unit` of the file. Empty: they stay."""

    step: str = ""
    unit: str = ""

    @property
    def width(self) -> int:
        """Columns of a tab, where the two are compared."""
        return len(self.step if self.unit == "\t" else self.unit) if self.unit else 8

    def converted(self, line: str) -> str:
        """`line` with its indentation in the file's steps."""
        own = indent_of(line)
        if not self.unit or not own:
            return line
        steps = 0
        while own.startswith(self.step, steps * len(self.step)):
            steps += 1
        return self.unit * steps + line[steps * len(self.step) :]


def style_of(
    body: Sequence[str], indent: str, unit: str, old: Sequence[str], twins: Iterable[tuple[int, int]]
) -> Style:
    """The conversion between tabs and blanks that the lines of `body` need at `indent`, if they need one.

    None where the place itself has both. `twins` are numbers of lines of `body` and of `old` that say the same: these
    tell how many blanks one tab is.
    """
    leads, around = [indent_of(line) for line in body if line.strip()], [indent, *map(indent_of, old)]
    deep = [lead for lead in leads if len(lead) > 1 or lead == "\t"]
    if not deep or (leads[0] and leads[0] == indent):
        return Style()
    known = [(leads[0], indent), *((indent_of(body[number]), indent_of(old[other])) for number, other in twins)]
    tabs = any("\t" in lead for lead in around)
    if "\t" not in unit and not tabs and all(lead[0] == "\t" or len(lead) < len(unit) for lead in deep):
        return Style("\t", _step((lead, other) for other, lead in known) or unit)
    blanks = not tabs and any(len(lead) > 1 for lead in around)
    if unit == "\t" and not blanks and not any("\t" in lead for lead in deep):
        return Style(_step(known) or unit_of("\n".join(body)), unit)
    return Style()


def _step(pairs: Iterable[tuple[str, str]]) -> str:
    """The blanks that stand for one tab by most of `pairs`: indentations by blanks and by tabs of the same depth."""
    counts: Counter[int] = Counter()
    for blanks, tabs in pairs:
        if tabs and not tabs.strip("\t") and blanks and not blanks.strip(" ") and not len(blanks) % len(tabs):
            counts[len(blanks) // len(tabs)] += 1
    good = [(n, -size) for size, n in counts.items() if 2 <= size <= 8]
    return " " * -max(good)[1] if good else ""
