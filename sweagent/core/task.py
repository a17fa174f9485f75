"""The work itself: an Issue comes in, a Plan splits it into Tasks, and each Task is tried in Attempts."""

from __future__ import annotations

from typing import Literal

from sweagent.core.value import Value

AttemptStatus = Literal["submitted", "gave_up", "limit", "failed", "cancelled"]


class Issue(Value):
    """What a person wants changed. `text` is untrusted: it is data for a model, never an instruction to the host."""

    title: str
    text: str
    source: str = "text"
    url: str | None = None


class Task(Value):
    """A unit of work for one agent.

    `test_command` runs with the workspace root as its folder. `fail_to_pass` names the tests that must turn green;
    empty means: every test that fails at the base.
    """

    id: str
    title: str
    issue: Issue
    base: str
    test_command: str
    fail_to_pass: tuple[str, ...] = ()
    strategy: str = "auto"


class Plan(Value):
    """What the lead decided, in words for people (`why`) and as tasks for agents."""

    tasks: tuple[Task, ...]
    why: str


class AttemptResult(Value):
    """How an agent's attempt ended, in its own words. Never evidence: the verdict comes from a clean sandbox."""

    status: AttemptStatus
    reason: str
    summary: str = ""
