"""What passes between an agent and a model: messages, tool calls and their results."""

from __future__ import annotations

from typing import Any, Literal

from sweagent.core.value import Value

Role = Literal["system", "user", "assistant", "tool"]


class ToolCall(Value):
    """A model's wish to use a tool.

    `arguments` is None where the model's JSON could not be parsed; `raw` then holds what it wrote and `error` says why.
    """

    id: str
    name: str
    arguments: dict[str, Any] | None
    raw: str = ""
    error: str | None = None


class ToolResult(Value):
    """What came back through the wall: untrusted text, plus the tool's structured answer where it has one."""

    text: str
    is_error: bool = False
    data: dict[str, Any] | None = None


class Message(Value):
    """One entry of an append-only conversation. Messages of role `tool` answer the call named by `tool_call_id`."""

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None


class ToolSchema(Value):
    """A tool as the model sees it; `parameters` is a JSON Schema object."""

    name: str
    description: str
    parameters: dict[str, Any]


class Usage(Value):
    """Tokens of one model call; `cached` counts prompt tokens that were read from the provider's cache."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt=self.prompt + other.prompt,
            completion=self.completion + other.completion,
            cached=self.cached + other.cached,
        )


class Reply(Value):
    """A model's answer. `cost_usd` is None where no price is known."""

    message: Message
    model: str
    usage: Usage = Usage()
    cost_usd: float | None = None
    finish_reason: str = "stop"
    seconds: float = 0.0
