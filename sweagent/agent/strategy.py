"""What a strategy is given and what it gives back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from sandboxes.contract import Sandbox
from sweagent.core.budget import Meter
from sweagent.core.event import Body
from sweagent.core.report import TestReport
from sweagent.core.task import AttemptResult, Task
from sweagent.models.protocol import Model

Emit = Callable[[Body], Awaitable[None]]
"""Append an event to the log; returns once it is stored."""


@dataclass(frozen=True, slots=True)
class AttemptContext:
    """All that an attempt may use. `before` is the test report at the base commit."""

    attempt: str
    task: Task
    before: TestReport
    sandbox: Sandbox
    meter: Meter
    emit: Emit
    model: Model | None = None
    test_seconds: float = 600.0
    """Time limit of one run of the whole test command."""


class Strategy(Protocol):
    """A way of working on a task in a sandbox. The workspace it leaves behind is its answer."""

    name: str

    async def run(self, context: AttemptContext) -> AttemptResult:
        """Work until submitted, given up, or at a limit.

        Raises:
            LimitReached: a budget or limit ended the attempt; the workspace keeps what was done.
            sandboxes.errors.SandboxError: the wall failed.
            ModelError: no model could answer.
        """
