"""What a test run said, in the shape that the host reads: outcomes by test id, failures with their frames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_TESTS_BYTES = 2 << 20
MAX_DETAILED = 60
MAX_FAILURES = 500
MAX_TEXT = 4000
OUTCOMES = ("failed", "error", "passed", "skipped")
_WORST = {"skipped": 0, "passed": 1, "failed": 2, "error": 3}


@dataclass(frozen=True, slots=True)
class Frame:
    """A traceback frame; `path` is relative to the workspace, `line` counts from 1."""

    path: str
    line: int
    function: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failing test; frames are outermost first."""

    id: str
    message: str = ""
    frames: tuple[Frame, ...] = ()
    text: str = ""


@dataclass(slots=True)
class Findings:
    """What was understood of a run's tests. `framework` is ``unknown`` where nothing was.

    `printed` outcomes were read off the output of a runner that nothing else vouches for: whatever the tests print
    looks the same. They are shown, and kept out of the host's report, whose verdict then rests on the exit status.
    """

    framework: str = "unknown"
    tests: dict[str, str] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    seen: int = 0
    """Reports that were read."""
    printed: bool = False
    counts: dict[str, int] | None = None
    """Tests by outcome in the runner's own sum, where it does not name every test."""
    note: str = ""
    """What the runner said where it ran no test, or of what has no name."""

    def add(self, test: str, outcome: str) -> None:
        """Record an outcome; the worse one stays where a test has several phases."""
        if outcome in _WORST and _WORST[outcome] >= _WORST.get(self.tests.get(test, "skipped"), 0):
            self.tests[test] = outcome

    def count(self) -> dict[str, int]:
        """How many tests ended in each outcome: by the runner's own sum where there is one."""
        if self.counts is not None:
            return self.counts
        outcomes = list(self.tests.values())
        return {kind: outcomes.count(kind) for kind in OUTCOMES}

    def fail(self, failure: Failure, outcome: str = "failed") -> None:
        """Record a failing test; of two reports the one that says more stays."""
        self.add(failure.id, outcome)
        known = self.failures.get(failure.id)
        if known is None or len(failure.message) + len(failure.frames) > len(known.message) + len(known.frames):
            self.failures[failure.id] = failure


def frames_in(workspace: Path, frames: Iterable[tuple[str, int, str]], root: Path) -> tuple[Frame, ...]:
    """Those of `frames` that lie in the workspace (installed packages apart), paths made relative to it.

    Relative paths of `frames` count from `root`.
    """
    kept = []
    real = Path(os.path.realpath(workspace))
    for path, line, function in frames:
        absolute = Path(os.path.realpath(root / path))
        installed = {"site-packages", "node_modules"} & set(absolute.parts)
        if absolute.is_relative_to(real) and not installed and line > 0:
            kept.append(Frame(str(absolute.relative_to(real)), line, function))
    return tuple(kept)


def as_json(command: str, findings: Findings, output: str, **run: Any) -> dict[str, Any]:
    """The report as a JSON object with exactly the host's fields, bounded in size.

    Failing tests are always named; of a run with very many tests, passed ones beyond the bound are left out and the
    output says so.
    """
    tests, left_out = _bounded({} if findings.printed else findings.tests)
    if left_out:
        output = f"[{left_out} more passed or skipped tests are not listed]\n{output}"
    failures = [_failure(failure, index < MAX_DETAILED) for index, failure in enumerate(findings.failures.values())]
    return {
        "command": command,
        "framework": findings.framework,
        "tests": tests,
        "failures": failures[:MAX_FAILURES],
        "output": output,
        **run,
    }


def _bounded(tests: Mapping[str, str]) -> tuple[dict[str, str], int]:
    room = MAX_TESTS_BYTES
    kept = {}
    for failing in (True, False):
        for test, outcome in tests.items():
            if (outcome in ("failed", "error")) == failing and room > 0:
                kept[test] = outcome
                room -= len(test) * 2 + 16
    return kept, len(tests) - len(kept)


def _failure(failure: Failure, detailed: bool) -> dict[str, Any]:
    return {
        "id": failure.id,
        "message": failure.message[:1000],
        "frames": [{"path": f.path, "line": f.line, "function": f.function} for f in failure.frames],
        "text": failure.text[-MAX_TEXT:] if detailed else "",
    }
