"""The one seam between agents and whatever answers them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from sweagent.core.message import Message, Reply, ToolSchema

Retried = Callable[[str, float, int], Awaitable[None]]
"""Told before each retry: what failed, seconds to wait, tries so far."""


class Model(Protocol):
    """Something that continues a conversation. Implementations must be safe to use from several tasks of one loop."""

    @property
    def name(self) -> str:
        """The provider string, for example ``openai/gpt-x`` or ``scripted``."""

    @property
    def context_window(self) -> int | None:
        """Tokens that the model can see at once; None where unknown."""

    def worst_cost(self, messages: Sequence[Message], tools: Sequence[ToolSchema], max_output_tokens: int) -> float:
        """An upper estimate in US dollars of the next call, to reserve; 0.0 where no price is known."""

    async def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSchema],
        *,
        max_output_tokens: int = 4096,
        retried: Retried | None = None,
    ) -> Reply:
        """Continue the conversation.

        Tool calls whose arguments are not a JSON object come back with ``arguments=None`` and the reason in ``error``.

        Raises:
            ModelUnavailable: every retry failed.
            ModelRefused: the request can never succeed as it is.
            ContextOverflow: the conversation does not fit.
        """
