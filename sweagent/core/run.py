"""The state of a run as a pure fold of its events: what `show`, `runs` and `--json` print."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sweagent.core import event as ev
from sweagent.core.message import Usage
from sweagent.core.patch import Patch
from sweagent.core.report import TestReport
from sweagent.core.task import Plan
from sweagent.core.verdict import Review, Verdict


@dataclass(slots=True)
class AttemptState:
    """One attempt as the log tells it."""

    id: str
    strategy: str
    model: str | None
    status: str = "running"
    reason: str = ""
    summary: str = ""
    steps: int = 0
    tried: int = 0
    proposed: int = 0
    plausible: int = 0
    patch: Patch | None = None
    verdict: Verdict | None = None
    review: Review | None = None


@dataclass(slots=True)
class RunState:
    """Everything that the log tells of one run. `status` is `running` until a `run_ended` event says otherwise."""

    id: str
    started: ev.RunStarted | None = None
    started_at: datetime | None = None
    last_at: datetime | None = None
    status: str = "running"
    reason: str = ""
    phase: str = ""
    base: str | None = None
    plan: Plan | None = None
    before: TestReport | None = None
    after: TestReport | None = None
    attempts: dict[str, AttemptState] = field(default_factory=dict)
    best_attempt: str | None = None
    commit: ev.Committed | None = None
    warnings: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    unpriced_calls: int = 0
    open_sandboxes: set[str] = field(default_factory=set)

    @property
    def best(self) -> AttemptState | None:
        """The attempt whose patch was kept; while the run goes on, the latest one."""
        if self.best_attempt:
            return self.attempts.get(self.best_attempt)
        return next(reversed(self.attempts.values()), None) if self.attempts else None

    @property
    def seconds(self) -> float:
        """Wall seconds from the first to the last event."""
        if self.started_at is None or self.last_at is None:
            return 0.0
        return (self.last_at - self.started_at).total_seconds()


def fold(run: str, events: Iterable[ev.Event]) -> RunState:
    """Fold the events of run `run` (in order) into its state; events of unknown kinds only move the clock."""
    state = RunState(run)
    for event in events:
        apply(state, event)
    return state


def apply(state: RunState, event: ev.Event) -> None:
    """Move `state` on by one event."""
    state.started_at = state.started_at or event.at
    state.last_at = event.at
    body = event.body
    match body:
        case ev.RunStarted():
            state.started = body
        case ev.Progressed():
            state.phase = body.phase
        case ev.Warned():
            state.warnings.append(body.message)
        case ev.Planned():
            state.plan, state.base = body.plan, body.base
        case ev.TestsRan(phase="before"):
            state.before = body.report
        case ev.SandboxStarted():
            state.open_sandboxes.add(body.name)
        case ev.SandboxClosed():
            state.open_sandboxes.discard(body.name)
        case ev.ModelCalled():
            state.usage = state.usage + body.usage
            state.cost_usd += body.cost_usd or 0.0
            state.unpriced_calls += body.cost_usd is None
        case ev.Committed():
            state.commit = body
        case ev.RunEnded():
            state.status, state.reason, state.best_attempt = body.status, body.reason, body.best_attempt
        case _:
            _apply_to_attempt(state, body)


def _apply_to_attempt(state: RunState, body: ev.Body | ev.Unknown) -> None:
    if isinstance(body, ev.AttemptStarted):
        state.attempts[body.attempt] = AttemptState(body.attempt, body.strategy, body.model)
        return
    attempt = state.attempts.get(getattr(body, "attempt", None) or "")
    if attempt is None:
        return
    match body:
        case ev.ToolCalled():
            attempt.steps = max(attempt.steps, body.step)
        case ev.CandidatesTried():
            attempt.tried, attempt.proposed, attempt.plausible = body.tried, body.proposed, body.plausible
        case ev.AttemptEnded():
            attempt.status, attempt.reason = body.status, body.reason
            attempt.summary, attempt.patch = body.summary, body.patch
        case ev.Verified():
            attempt.verdict = body.verdict
            state.after = body.verdict.report
        case ev.Reviewed():
            attempt.review = body.review
        case _:
            pass
