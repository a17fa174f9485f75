"""Reads what Jest prints: with several files only failing tests are named, and a sum says how many passed."""

from __future__ import annotations

import re
from pathlib import Path

from tools.testing.report import Findings
from tools.testing.stacks import javascript_failure

_SUM = re.compile(r"^Tests: +(.*\d+ total)$", re.M)
_NONE = re.compile(r"^No tests found, exiting with code \d+", re.M)
_FILE = re.compile(r"^(?:PASS|FAIL) (?:.* )?(\S+\.[cm]?[jt]sx?)(?: \([\d.]+ m?s\))?$")
_TEST = re.compile(r"^( +)([✓✕○✎√×]) (?:skipped |todo )?(.*?)(?: \([\d.]+ m?s\))?$")
_DETAIL = re.compile(r"^  ● (.+)$")
_BROKEN = "Test suite failed to run"
_OUTCOMES = {"✓": "passed", "√": "passed", "✕": "failed", "×": "failed"}


def read(output: str, workspace: Path) -> Findings | None:
    """What Jest's runs in `output` say; None where there are none."""
    sums = _SUM.findall(output)
    if not sums:
        return Findings("jest", note="no tests ran") if _NONE.search(output) else None
    reader = _Reader(workspace)
    for line in output.split("\n"):
        reader.take(line)
    reader.close()
    findings = reader.findings
    errors = sum(outcome == "error" for outcome in findings.tests.values())
    findings.counts = {"error": errors}
    for number, word in re.findall(r"(\d+) (\w+)", ", ".join(sums)):
        kind = "skipped" if word == "todo" else word
        if kind in ("failed", "passed", "skipped"):
            findings.counts[kind] = findings.counts.get(kind, 0) + int(number)
    return findings


class _Reader:
    """Goes through the lines: a file, the tree of its tests, and then what failed."""

    def __init__(self, workspace: Path) -> None:
        self.findings = Findings("jest")
        self._workspace = workspace
        self._file = ""
        self._groups: list[tuple[int, str]] = []
        self._failing = ""
        self._text: list[str] = []

    def take(self, line: str) -> None:
        """One line."""
        file, detail, test = _FILE.match(line), _DETAIL.match(line), _TEST.match(line)
        if file or detail or line.startswith(("Test Suites: ", "Summary of all failing tests")):
            self.close()
        if file:
            self._file, self._groups = file[1], []
        elif detail:
            self._failing = detail[1]
        elif self._failing:
            self._text.append(line)
        elif self._file and test:
            self._up(len(test[1]))
            outcome = _OUTCOMES.get(test[2], "skipped")
            self.findings.add(self._name([*(name for _, name in self._groups), test[3]]), outcome)
        elif self._file and line.startswith("  ") and line.strip():
            indent = len(line) - len(line.lstrip())
            self._up(indent)
            self._groups.append((indent, line.strip()))

    def close(self) -> None:
        """The text since the last failing test's title is over."""
        title, text, self._failing, self._text = self._failing, self._text, "", []
        if title == _BROKEN:
            self.findings.fail(javascript_failure(self._file, text, self._workspace), "error")
        elif title and self._file:
            test = self._name(title.split(" › "))
            self.findings.fail(javascript_failure(test, text, self._workspace))

    def _up(self, indent: int) -> None:
        while self._groups and self._groups[-1][0] >= indent:
            self._groups.pop()

    def _name(self, parts: list[str]) -> str:
        return " > ".join([self._file, *parts])[:500]
