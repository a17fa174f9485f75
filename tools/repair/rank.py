"""Rank lines by suspicion: Ochiai over traced tests, traceback frames, and what the issue and the tests speak of."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Place = tuple[str, int]
_VENDORED = frozenset(
    [
        "vendor",
        "vendored",
        "_vendor",
        "_vendored",
        "third_party",
        "extern",
        "externals",
        "site-packages",
        "node_modules",
        ".venv",
        "venv",
        ".tox",
        ".git",
    ]
)
_TEST_FOLDERS = frozenset(["test", "tests", "testing", "testsuite"])
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")
FUNCTION_BONUS = 0.1


def editable(path: str) -> bool:
    """Whether a repair may touch `path`: not a test, not vendored, inside the workspace."""
    parts = path.split("/")
    name = parts[-1]
    if path.startswith("/") or ".." in parts or any(part in _VENDORED for part in parts):
        return False
    if any(part in _TEST_FOLDERS for part in parts[:-1]):
        return False
    return not (
        name.startswith("test_")
        or name.endswith(("_test.py", "_tests.py"))
        or name in ("conftest.py", "setup.py", "tests.py")
    )


@dataclass(frozen=True, slots=True)
class Trace:
    """What one test ran: path → lines (from 1)."""

    failed: bool
    lines: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Clues:
    """All that points at the fault.

    `frames` holds, for each failing test, its frames (path, line), outermost first. `words` is the issue's text with
    the names of the failing tests. `functions` maps a path to (name, first, last line).
    """

    traces: Sequence[Trace] = ()
    imported: Mapping[str, Sequence[int]] | None = None
    frames: Sequence[Sequence[Place]] = ()
    words: str = ""
    functions: Mapping[str, Sequence[tuple[str, int, int]]] | None = None


def rank(clues: Clues) -> list[tuple[str, int, float]]:
    """Places with suspicion in 0..1, most suspicious first."""
    scores = _ochiai(clues.traces)
    _add_frames(scores, clues.frames)
    _add_words(scores, clues)
    if not scores:
        return []
    top = max(scores.values())
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(path, line, round(score / top, 4)) for (path, line), score in ranked]


def _ochiai(traces: Iterable[Trace]) -> dict[Place, float]:
    """Abreu et al. 2006: failed(s) / sqrt(all failed * (failed(s) + passed(s)))."""
    failed: Counter[Place] = Counter()
    passed: Counter[Place] = Counter()
    total = 0
    for trace in traces:
        total += trace.failed
        into = failed if trace.failed else passed
        for path, lines in trace.lines.items():
            if editable(path):
                into.update((path, line) for line in lines)
    return {place: count / math.sqrt(total * (count + passed[place])) for place, count in failed.items()}


def _add_frames(scores: dict[Place, float], frames: Sequence[Sequence[Place]]) -> None:
    """The deepest frame outside of tests weighs most; a frame's neighbours weigh a little."""
    share = 1.0 / max(1, len(frames))
    for trace in frames:
        inside = [place for place in trace if editable(place[0])]
        for depth, (path, line) in enumerate(reversed(inside[-8:])):
            bonus = share * (0.5 if depth == 0 else 0.3 / depth)
            scores[path, line] = scores.get((path, line), 0.0) + bonus
            for offset in (-3, -2, -1, 1, 2, 3):
                near = (path, line + offset)
                if near in scores:
                    scores[near] += bonus * 0.15


def _add_words(scores: dict[Place, float], clues: Clues) -> None:
    words = {word.lower() for word in _WORD.findall(clues.words)}
    parts = words | {part for word in words for part in word.split("_") if len(part) > 3}
    for path, functions in (clues.functions or {}).items():
        for name, first, last in functions:
            lower = name.lower().strip("_")
            bonus = 0.15 if lower in words else 0.07 if lower in parts else 0.0
            if bonus:
                for line in range(first, last + 1):
                    if (path, line) in scores:
                        scores[path, line] += bonus


def module_level(
    statements: Iterable[tuple[int, int, frozenset[str]]], path: str, used: Mapping[str, float]
) -> list[tuple[str, int, float]]:
    """Suspicion of module-level statements (first line, last line, names bound) whose names suspicious code reads."""
    found = []
    for first, last, names in statements:
        score = max((used[name] for name in names if name in used), default=0.0)
        if score > 0:
            found += [(path, line, round(0.5 * score, 4)) for line in range(first, last + 1)]
    return found
