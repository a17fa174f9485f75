"""Events: the only truth about a run. A discriminated union on `kind`; old records always load.

A body says what happened; the envelope `Event` adds where it stands in the log. To add a kind, write its body here and
add it to `Body`. Never rename or retype a stored field: give the new one a default instead.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from sweagent.core.budget import Budget
from sweagent.core.message import Message, ToolCall, ToolResult, Usage
from sweagent.core.patch import Patch
from sweagent.core.report import TestReport
from sweagent.core.task import AttemptStatus, Issue, Plan
from sweagent.core.value import Value
from sweagent.core.verdict import Review, Verdict

RunStatus = Literal["solved", "unsolved", "limit", "bad_input", "cancelled", "failed", "interrupted"]


class Owner(Value):
    """The process that drives a run: enough to tell later whether it still lives."""

    host: str
    boot_id: str
    pid: int
    started: int
    """Start time of the process in clock ticks since boot (`/proc/PID/stat`, field 22)."""


class RunStarted(Value):
    """A run began."""

    kind: Literal["run_started"] = "run_started"
    repo: str
    issue: Issue
    strategy: str
    model: str | None = None
    backend: str
    budget: Budget
    owner: Owner
    version: str


class Progressed(Value):
    """The lead entered a phase: prepare, plan, baseline, attempt, verify, review, integrate."""

    kind: Literal["progressed"] = "progressed"
    phase: str
    message: str


class Warned(Value):
    """Something a person should know that did not stop the work."""

    kind: Literal["warned"] = "warned"
    message: str


class Planned(Value):
    """The lead made its plan."""

    kind: Literal["planned"] = "planned"
    plan: Plan
    base: str


class TestsRan(Value):
    """A test command ended. `phase` is `before` (base commit), `attempt` (agent's sandbox) or `after` (clean)."""

    __test__ = False

    kind: Literal["tests_ran"] = "tests_ran"
    phase: Literal["before", "attempt", "after"]
    report: TestReport
    attempt: str | None = None


class SandboxStarted(Value):
    """A sandbox came up."""

    kind: Literal["sandbox_started"] = "sandbox_started"
    name: str
    backend: str
    image: str
    purpose: str
    seconds: float


class SandboxClosed(Value):
    """A sandbox is gone."""

    kind: Literal["sandbox_closed"] = "sandbox_closed"
    name: str


class NetworkUsed(Value):
    """A sandbox asked something of the network: `host` and `port` are its words, `address` what was connected to.

    `sent` and `received` are bytes as the sandbox sees them. `reason` says why it was refused or cut short.
    """

    kind: Literal["network_used"] = "network_used"
    purpose: str
    allowed: bool
    host: str
    port: int
    address: str = ""
    sent: int = 0
    received: int = 0
    reason: str = ""


class AttemptStarted(Value):
    """An agent began on a task."""

    kind: Literal["attempt_started"] = "attempt_started"
    attempt: str
    task: str
    strategy: str
    model: str | None = None


class MessageAdded(Value):
    """The conversation of an attempt grew by one message (append-only)."""

    kind: Literal["message_added"] = "message_added"
    attempt: str
    message: Message


class ModelCalled(Value):
    """A model answered."""

    kind: Literal["model_called"] = "model_called"
    attempt: str | None
    role: str
    model: str
    usage: Usage
    cost_usd: float | None
    seconds: float
    finish_reason: str


class ModelRetried(Value):
    """A model call failed and is tried again after `wait_seconds`."""

    kind: Literal["model_retried"] = "model_retried"
    attempt: str | None
    model: str
    error: str
    wait_seconds: float
    tries: int


class ToolCalled(Value):
    """An agent is about to use a tool."""

    kind: Literal["tool_called"] = "tool_called"
    attempt: str
    step: int
    call: ToolCall


class ToolReturned(Value):
    """A tool answered, through the wall."""

    kind: Literal["tool_returned"] = "tool_returned"
    attempt: str
    step: int
    call_id: str
    result: ToolResult
    seconds: float


class Compacted(Value):
    """Older messages of an attempt were replaced by `summary` in what the model sees; the log keeps them."""

    kind: Literal["compacted"] = "compacted"
    attempt: str
    dropped: int
    summary: str


class SuspectsRanked(Value):
    """Fault localisation: places in order of suspicion, each as path, line and score in 0..1."""

    kind: Literal["suspects_ranked"] = "suspects_ranked"
    attempt: str
    suspects: tuple[tuple[str, int, float], ...]
    method: str


class CandidatesTried(Value):
    """Progress of a repair search: how many small edits were tried of how many proposed, and how many passed."""

    kind: Literal["candidates_tried"] = "candidates_tried"
    attempt: str
    proposed: int
    tried: int
    plausible: int
    seconds: float
    note: str = ""


class AttemptEnded(Value):
    """An agent stopped. `patch` is what was harvested from its workspace, kept even where it did not pass."""

    kind: Literal["attempt_ended"] = "attempt_ended"
    attempt: str
    status: AttemptStatus
    reason: str
    summary: str = ""
    patch: Patch | None = None


class Verified(Value):
    """A clean sandbox gave its verdict on an attempt's patch."""

    kind: Literal["verified"] = "verified"
    attempt: str
    verdict: Verdict


class Reviewed(Value):
    """A reviewer spoke on an attempt's patch."""

    kind: Literal["reviewed"] = "reviewed"
    attempt: str
    review: Review


class Committed(Value):
    """The patch stands as a commit on a branch. `where` is the repository that holds the branch."""

    kind: Literal["committed"] = "committed"
    attempt: str
    branch: str
    base: str
    head: str
    where: str


class RunEnded(Value):
    """A run ended; `best_attempt` names the attempt whose patch was kept."""

    kind: Literal["run_ended"] = "run_ended"
    status: RunStatus
    reason: str
    best_attempt: str | None = None


Body = Annotated[
    RunStarted
    | Progressed
    | Warned
    | Planned
    | TestsRan
    | SandboxStarted
    | SandboxClosed
    | NetworkUsed
    | AttemptStarted
    | MessageAdded
    | ModelCalled
    | ModelRetried
    | ToolCalled
    | ToolReturned
    | Compacted
    | SuspectsRanked
    | CandidatesTried
    | AttemptEnded
    | Verified
    | Reviewed
    | Committed
    | RunEnded,
    Field(discriminator="kind"),
]

_BODY: TypeAdapter[Body] = TypeAdapter(Body)


class Unknown(Value):
    """A stored event of a kind that this version does not know, kept as it is."""

    kind: str
    fields: dict[str, Any] = Field(default_factory=dict)


class Event(Value):
    """A body at its place in the log: `seq` counts from 1 within a run, `at` is UTC."""

    run: str
    seq: int
    at: datetime
    body: Body | Unknown


def load_body(record: dict[str, Any]) -> Body | Unknown:
    """Read a stored body; a kind from a newer version comes back as `Unknown`.

    Raises:
        pydantic.ValidationError: the kind is known and the record does not fit it.
    """
    kind = record.get("kind", "")
    if kind not in KINDS:
        return Unknown(kind=str(kind), fields=record)
    return _BODY.validate_python(record)


KINDS: frozenset[str] = frozenset(
    body.model_fields["kind"].default
    for body in (
        RunStarted, Progressed, Warned, Planned, TestsRan, SandboxStarted, SandboxClosed, NetworkUsed, AttemptStarted,
        MessageAdded, ModelCalled, ModelRetried, ToolCalled, ToolReturned, Compacted, SuspectsRanked, CandidatesTried,
        AttemptEnded, Verified, Reviewed, Committed, RunEnded,
    )
)  # fmt: skip
