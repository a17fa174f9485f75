"""Judgements on a patch: the Verdict of a clean test run and the Review of its diff."""

from __future__ import annotations

from typing import Literal

from sweagent.core.report import TestReport
from sweagent.core.value import Value

Severity = Literal["blocker", "warning", "note"]


class Verdict(Value):
    """What a fresh sandbox said of base + patch, with protected test files restored.

    `fixed` are tests that failed before and pass now; `still_failing` should pass and do not; `broken` passed before
    and do not now (a test that vanished counts as broken).
    """

    passed: bool
    reason: str
    report: TestReport
    fixed: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()


class Finding(Value):
    """One remark of a reviewer, with the line it rests on as evidence."""

    severity: Severity
    message: str
    path: str | None = None
    line: int | None = None
    evidence: str = ""


class Review(Value):
    """What a reviewer says of a diff. `reviewer` names the rules or the model that spoke."""

    approved: bool
    summary: str
    findings: tuple[Finding, ...] = ()
    reviewer: str = "rules"
