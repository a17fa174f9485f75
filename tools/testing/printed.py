"""Understands what runners without a report of their own print: Go, Cargo, TAP and the runners of JavaScript.

Such a report is as good as the output, and the tests write to the same output: it is marked as `printed`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tools.testing import cargo, go_test, jest, junit_report, mocha, node_spec, tap, vitest
from tools.testing.report import Findings

_MOST = 2 << 20
"""Characters that are read of the beginning of an output, and as many of its end."""
_LONGEST = 600
_LONGEST_EVENT = 20_000
"""Characters of a line that are read: patterns must not meet a line without an end."""
_READERS = (go_test.read, cargo.read, tap.read, node_spec.read, vitest.read, jest.read, mocha.read)


def read(output: str, files: Iterable[bytes], workspace: Path) -> Findings:
    """What `output`, and the XML reports that the run wrote, say; framework ``unknown`` where that is nothing."""
    whole = output if len(output) <= 2 * _MOST else f"{output[:_MOST]}\n{output[-_MOST:]}"
    written = [report for report in (junit_report.parse(data, "junit") for data in files) if report.seen]
    if written:
        return _joined(written)
    text = "\n".join(line[: _LONGEST_EVENT if line.startswith("{") else _LONGEST] for line in whole.split("\n"))
    said = [found for found in (reader(text, workspace) for reader in _READERS) if found is not None]
    return _joined(said or [found for found in [junit_report.inside(whole)] if found is not None])


def _joined(parts: list[Findings]) -> Findings:
    """One `Findings` of several, for commands that start one runner after another."""
    if not parts:
        return Findings()
    whole = Findings(", ".join(dict.fromkeys(part.framework for part in parts)), seen=len(parts), printed=True)
    for part in parts:
        for test, outcome in part.tests.items():
            whole.add(test, outcome)
        for failure in part.failures.values():
            whole.fail(failure, part.tests.get(failure.id, "failed"))
    if any(part.counts for part in parts):
        whole.counts = {}
        for part in parts:
            for outcome, number in (part.counts or part.count()).items():
                whole.counts[outcome] = whole.counts.get(outcome, 0) + number
    whole.note = "; ".join(part.note for part in parts if part.note)
    return whole
