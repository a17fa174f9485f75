"""A run, an event and a list of runs as JSON: the machine's side of every command."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sweagent.core.event import Event, Unknown
from sweagent.core.report import TestReport
from sweagent.core.run import AttemptState, RunState


def outcome(state: RunState) -> dict[str, Any]:
    """The object that `solve --json` and `show --json` print. Money in US dollars, times in wall seconds."""
    best = state.best
    verdict = best.verdict if best else None
    patch = best.patch if best else None
    started, commit = state.started, state.commit
    return {
        "run": state.id,
        "status": state.status,
        "reason": state.reason,
        "repo": started.repo if started else None,
        "issue": started.issue.title if started else None,
        "strategy": started.strategy if started else None,
        "model": started.model if started else None,
        "sandbox": started.backend if started else None,
        "branch": commit.branch if commit else None,
        "base": state.base or (commit.base if commit else None),
        "head": commit.head if commit else patch.head if patch else None,
        "where": commit.where if commit else None,
        "patch": patch.text if patch else None,
        "tests_before": _tests(state.before),
        "tests_after": _tests(state.after),
        "fixed": list(verdict.fixed) if verdict else [],
        "review": best.review.model_dump(mode="json") if best and best.review else None,
        "verdict": verdict.model_dump(mode="json", exclude={"report"}) if verdict else None,
        "cost_usd": state.cost_usd,
        "unpriced_calls": state.unpriced_calls,
        "tokens": state.usage.model_dump(),
        "seconds": round(state.seconds, 3),
        "attempts": [_attempt(attempt) for attempt in state.attempts.values()],
        "warnings": list(state.warnings),
    }


def no_run(status: str, reason: str) -> dict[str, Any]:
    """The same object where no run came to be."""
    return {**outcome(RunState("")), "run": None, "status": status, "reason": reason}


def event_record(event: Event) -> dict[str, Any]:
    """One line of `log --json`: the envelope and, in `body`, the event as it is stored."""
    body = event.body
    fields = {**body.fields, "kind": body.kind} if isinstance(body, Unknown) else dict(body)
    return {"run": event.run, "seq": event.seq, "at": event.at.isoformat(), "body": fields}


def listing(states: Iterable[RunState]) -> dict[str, Any]:
    """The object that `runs --json` prints."""
    return {"runs": [_listed(state) for state in states]}


def to_json(record: dict[str, Any]) -> str:
    """One line of ASCII JSON: harmless on a terminal whatever is in it."""
    return json.dumps(record, default=dict)


def _listed(state: RunState) -> dict[str, Any]:
    return {
        "run": state.id,
        "status": state.status,
        "started_at": state.started_at.isoformat() if state.started_at else None,
        "seconds": round(state.seconds, 3),
        "repo": state.started.repo if state.started else None,
        "issue": state.started.issue.title if state.started else None,
        "strategy": state.started.strategy if state.started else None,
        "branch": state.commit.branch if state.commit else None,
    }


def _tests(report: TestReport | None) -> dict[str, Any] | None:
    if report is None:
        return None
    return {
        "command": report.command,
        "exit_code": report.exit_code,
        "timed_out": report.timed_out,
        "seconds": report.seconds,
        "passed": len(report.ids("passed")),
        "failed": len(report.ids("failed")),
        "errors": len(report.ids("error")),
        "skipped": len(report.ids("skipped")),
        "failing": sorted(report.failing),
    }


def _attempt(attempt: AttemptState) -> dict[str, Any]:
    return {
        "attempt": attempt.id,
        "strategy": attempt.strategy,
        "model": attempt.model,
        "status": attempt.status,
        "reason": attempt.reason,
        "steps": attempt.steps,
        "candidates": {"proposed": attempt.proposed, "tried": attempt.tried, "plausible": attempt.plausible},
        "passed": attempt.verdict.passed if attempt.verdict else None,
    }
