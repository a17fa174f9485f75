"""Budgets that reserve before they spend, so that parallel work cannot overshoot together."""

from __future__ import annotations

from sweagent.core.errors import LimitReached
from sweagent.core.message import Usage
from sweagent.core.value import Value


class Budget(Value):
    """Upper bounds of one run or attempt; None means no bound. Money is in US dollars, time in wall seconds."""

    usd: float | None = None
    tokens: int | None = None
    steps: int | None = None
    seconds: float | None = None


class Meter:
    """What has been spent and what is reserved against a `Budget`.

    `reserve` before a model call, then `settle` with what it really cost. A call of unknown price reserves and costs 0.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.spent_usd = 0.0
        self.usage = Usage()
        self.steps = 0
        self.unpriced_calls = 0
        self._reserved_usd = 0.0

    def reserve(self, usd: float) -> None:
        """Set `usd` aside for a call that is about to start.

        Raises:
            LimitReached: the call could pass the cost or token limit.
        """
        limit = self.budget.usd
        if limit is not None and self.spent_usd + self._reserved_usd + usd > limit:
            raise LimitReached(
                "cost",
                f"budget of ${limit:.2f} reached: ${self.spent_usd:.4f} spent, the next call may cost ${usd:.4f}",
            )
        tokens = self.usage.prompt + self.usage.completion
        if self.budget.tokens is not None and tokens >= self.budget.tokens:
            raise LimitReached("tokens", f"token limit of {self.budget.tokens} reached ({tokens} used)")
        self._reserved_usd += usd

    def settle(self, reserved_usd: float, cost_usd: float | None, usage: Usage) -> None:
        """Replace a reservation by the true figures of the call; a call that failed settles with zero."""
        self._reserved_usd = max(0.0, self._reserved_usd - reserved_usd)
        if cost_usd is None:
            self.unpriced_calls += 1
        else:
            self.spent_usd += cost_usd
        self.usage = self.usage + usage

    def step(self) -> None:
        """Count one agent step.

        Raises:
            LimitReached: the step limit is used up.
        """
        if self.budget.steps is not None and self.steps >= self.budget.steps:
            raise LimitReached("steps", f"step limit of {self.budget.steps} reached")
        self.steps += 1
