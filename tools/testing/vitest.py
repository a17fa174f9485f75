"""Reads what Vitest prints: failing tests by name, and a sum that says how many passed."""

from __future__ import annotations

import re
from pathlib import Path

from tools.testing.report import Findings
from tools.testing.stacks import javascript_failure

_SUM = re.compile(r"^ +Tests  +((?:\d+ [a-z]+(?: \| )?)+ *\(\d+\)|no tests)$", re.M)
_FILES = re.compile(r"^ +Test Files  +", re.M)
_NONE = re.compile(r"^No test files found, exiting with code \d+", re.M)
_LINE = re.compile(r"^ ([✓×↓]) (?:\|[^|]+\| )?(\S+\.[cm]?[jt]sx?) > (.+?)(?: \d+ms)?$")
_FAIL = re.compile(r"^ FAIL  (?:\|[^|]+\| )?(\S+)(?: > (.+)| \[ .* \])?$")
_RULE = re.compile(r"^⎯{5,}")
_OUTCOMES = {"✓": "passed", "×": "failed", "↓": "skipped"}


def read(output: str, workspace: Path) -> Findings | None:
    """What Vitest's runs in `output` say; None where there are none."""
    sums = _SUM.findall(output)
    if not sums or not _FILES.search(output):
        return Findings("vitest", note="no tests ran") if _NONE.search(output) else None
    findings = Findings("vitest")
    titles: list[tuple[str, str]] = []
    text: list[str] = []
    for line in [*output.split("\n"), "⎯" * 5]:
        test, fail = _LINE.match(line), _FAIL.match(line)
        if test:
            findings.add(f"{test[2]} > {test[3]}"[:500], _OUTCOMES[test[1]])
        if (fail and text) or _RULE.match(line):
            for title, outcome in titles:  # tests with one error stand above it together
                findings.fail(javascript_failure(title, text, workspace), outcome)
            titles, text = [], []
        if fail:
            titles.append((f"{fail[1]} > {fail[2]}"[:500], "failed") if fail[2] else (fail[1], "error"))
        elif titles:
            text.append(line)
    _count(findings, ", ".join(sums))
    return findings


def _count(findings: Findings, sums: str) -> None:
    counts = {"error": sum(outcome == "error" for outcome in findings.tests.values())}
    for number, word in re.findall(r"(\d+) (failed|passed|skipped|todo)", sums):
        kind = "skipped" if word == "todo" else word
        counts[kind] = counts.get(kind, 0) + int(number)
    findings.counts = counts
    if not any(counts.values()):
        findings.note = "no tests ran"
