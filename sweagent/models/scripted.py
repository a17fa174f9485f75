"""A model that needs no provider: it replays replies from a file, or computes them, faults included.

The file is JSON (a list of replies, or an object with `replies`) or JSON lines. A reply is one of

- ``{"content": "text", "tool_calls": [{"name": "bash", "arguments": {"command": "ls"}}]}``; arguments given as text
  stand for what a model wrote and are read strictly, so that malformed calls can be played;
- ``{"error": {"status": 429, "message": "slow down", "retry_after": 0.1}}``: a failed try, dealt with as LiteLLM's
  would be (429 and 5xx are tried again with the *next* reply; ``"code": "context_length_exceeded"`` is an overflow).

Optional in a reply: ``usage`` (``prompt``, ``completion``, ``cached``), ``cost_usd``, ``finish_reason``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sweagent.core.errors import BadInput
from sweagent.core.message import Message, Reply, ToolSchema, Usage
from sweagent.models.options import PLAIN, ModelOptions
from sweagent.models.parse import parse_message, used_ids
from sweagent.models.payload import size_of
from sweagent.models.price import BYTES_PER_TOKEN
from sweagent.models.protocol import Retried
from sweagent.models.retry import Action, Failure, by_status, patiently

MAX_BYTES = 64 << 20


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScriptedCall(_Strict):
    """A tool call to play; `arguments` as text is what a model wrote."""

    name: str
    arguments: dict[str, Any] | str = Field(default_factory=dict)
    id: str | None = None


class Fault(_Strict):
    """A failed try. No `status` stands for a lost connection."""

    status: int | None = None
    message: str = "scripted fault"
    code: str = ""
    retry_after: float | None = None


class ScriptedReply(_Strict):
    """One reply or one fault."""

    content: str = ""
    tool_calls: tuple[ScriptedCall, ...] = ()
    error: Fault | None = None
    usage: Usage | None = None
    cost_usd: float | None = 0.0
    finish_reason: str | None = None


Brain = Callable[[Sequence[Message], Sequence[ToolSchema]], ScriptedReply]
"""Computes the next reply from the conversation and the tools on offer."""

_REPLIES = TypeAdapter(list[ScriptedReply])


class Scripted:
    """Replays `replies` in order, or asks `brain`.

    Every try takes the next reply, so a fault is followed by what comes after it. At the end of the list the next call
    is refused.
    """

    def __init__(self, source: Iterable[ScriptedReply] | Brain, options: ModelOptions = PLAIN) -> None:
        self._options = options
        self._brain = source if callable(source) else _replay(list(source))

    @property
    def name(self) -> str:
        """Always ``scripted``."""
        return "scripted"

    @property
    def context_window(self) -> int | None:
        """What the options say."""
        return self._options.context_window

    def worst_cost(self, messages: Sequence[Message], tools: Sequence[ToolSchema], max_output_tokens: int) -> float:
        """Always 0.0: nothing is paid."""
        return 0.0

    async def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSchema],
        *,
        max_output_tokens: int = 4096,
        retried: Retried | None = None,
    ) -> Reply:
        """Continue the conversation; see `Model.complete`."""
        started = time.monotonic()

        async def once() -> Reply | Failure:
            played = self._brain(messages, tools)
            if played.error is not None:
                return _failure(played.error)
            return _reply(played, messages, tools, time.monotonic() - started)

        return await patiently(once, self._options.retry, retried)


def read_script(path: Path) -> list[ScriptedReply]:
    """The replies of a script file.

    Raises:
        BadInput: it cannot be read, or it is not a script; the message says where.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"the script {path} is larger than {MAX_BYTES >> 20} MB")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read the script {path}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    try:
        return _REPLIES.validate_python(_entries(text))
    except json.JSONDecodeError as error:
        raise BadInput(f"the script {path} is not JSON: {error.msg} at line {error.lineno}") from None
    except (ValidationError, ValueError, RecursionError) as error:
        raise BadInput(f"the script {path} is wrong: {_first(error)}") from None


def _entries(text: str) -> Any:
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        if len(lines) > 1 and lines[0].rstrip().endswith("}"):
            return [json.loads(line) for line in lines]
        raise
    if isinstance(whole, dict):
        return whole.get("replies", [whole])
    return whole


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problem = error.errors(include_url=False)[0]
        return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
    return str(error)


def _replay(replies: list[ScriptedReply]) -> Brain:
    rest = iter(replies)
    ended = Fault(status=400, message=f"the script is at its end ({len(replies)} replies)")

    def brain(messages: Sequence[Message], tools: Sequence[ToolSchema]) -> ScriptedReply:
        return next(rest, ScriptedReply(error=ended))

    return brain


def _failure(fault: Fault) -> Failure:
    status = f" {fault.status}" if fault.status else ""
    action = by_status(fault.status, f"{fault.code} {fault.message}", Action.BY_STATUS)
    return Failure(action, f"scripted: error{status}: {fault.message}", fault.retry_after)


def _reply(played: ScriptedReply, messages: Sequence[Message], tools: Sequence[ToolSchema], seconds: float) -> Reply:
    calls = [
        {"id": call.id, "function": {"name": call.name, "arguments": call.arguments}} for call in played.tool_calls
    ]
    message = parse_message({"content": played.content, "tool_calls": calls}, tools, used_ids(messages))
    usage = played.usage or Usage(
        prompt=int(size_of(messages, tools) / BYTES_PER_TOKEN), completion=int(size_of([message], ()) / BYTES_PER_TOKEN)
    )
    finish = played.finish_reason or ("tool_calls" if message.tool_calls else "stop")
    return Reply(
        message=message,
        model="scripted",
        usage=usage,
        cost_usd=played.cost_usd,
        finish_reason=finish,
        seconds=seconds,
    )
