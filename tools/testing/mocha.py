"""Reads the end of what Mocha prints, which all its reports for people share: the sums, and the failing tests."""

from __future__ import annotations

import re
from pathlib import Path

from tools.testing.report import Findings
from tools.testing.stacks import javascript_failure

_SUM = re.compile(r"^  (\d+) passing(?: \(.*\))?$", re.M)
_OTHER = re.compile(r"^  (\d+) (pending|failing)$", re.M)
_FIRST = re.compile(r"^  (\d+)\) (.*)$")


def read(output: str, workspace: Path) -> Findings | None:
    """What Mocha's run in `output` says; None where there is none."""
    total = _SUM.search(output)
    if total is None:
        return None
    findings = Findings("mocha")
    counts = {"passed": int(total[1])}
    end = total.end()
    for match in _OTHER.finditer(output, end):
        counts["skipped" if match[2] == "pending" else "failed"] = int(match[1])
        end = match.end()
    findings.counts = counts
    if not any(counts.values()):
        findings.note = "no tests ran"
    block: list[str] = []
    for line in [*output[end:].split("\n"), "  0) end:"]:
        if _FIRST.match(line):
            _add(findings, block, workspace)
            block = [line]
        elif block:
            block.append(line)
    return findings


def _add(findings: Findings, block: list[str], workspace: Path) -> None:
    """One failing test: its title over several lines, the last one with a colon, and then the error."""
    first = _FIRST.match(block[0]) if block else None
    if first is None:
        return
    title = [first[2]]
    at = 1
    while not title[-1].endswith(":") and at < len(block) and block[at].strip():
        title.append(block[at].strip())
        at += 1
    test = " > ".join([*title[:-1], title[-1].removesuffix(":")])[:500]
    findings.fail(javascript_failure(test, block[at:], workspace))
