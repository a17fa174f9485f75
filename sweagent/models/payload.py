"""Writes a conversation and tools in OpenAI's chat format, the one that LiteLLM takes for every provider."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sweagent.core.message import Message, ToolCall, ToolSchema

_CACHE = {"type": "ephemeral"}


def messages_of(messages: Sequence[Message], mark_cache: bool = False) -> list[dict[str, Any]]:
    """The conversation, byte for byte the same for the same messages, so that providers' prompt caches hit.

    `mark_cache` puts cache breakpoints on the first and the last message, as Anthropic's models want them.
    """
    written = [_message(message) for message in messages]
    if mark_cache and written:
        for entry in (written[0], written[-1]):
            if isinstance(entry["content"], str) and entry["content"]:
                entry["content"] = [{"type": "text", "text": entry["content"], "cache_control": _CACHE}]
    return written


def tools_of(tools: Sequence[ToolSchema]) -> list[dict[str, Any]]:
    """The tools as function declarations."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
        }
        for tool in tools
    ]


def size_of(messages: Sequence[Message], tools: Sequence[ToolSchema]) -> int:
    """Bytes of the texts that a call sends, JSON of tools and arguments included."""
    size = sum(len(message.content.encode("utf-8", "replace")) + 16 for message in messages)
    size += sum(len(_arguments(call)) + 32 for message in messages for call in message.tool_calls)
    return size + sum(len(json.dumps(tool.parameters)) + len(tool.description) + 32 for tool in tools)


def _message(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.tool_call_id or "", "content": message.content}
    if not message.tool_calls:
        return {"role": message.role, "content": message.content}
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": _arguments(call)}}
        for call in message.tool_calls
    ]
    return {"role": message.role, "content": message.content or None, "tool_calls": calls}


def _arguments(call: ToolCall) -> str:
    """Valid JSON in any case: several providers' adapters parse it, and what a model garbled would break them."""
    if call.arguments is None:
        return json.dumps({"unreadable": call.raw[:2000]})
    return json.dumps(call.arguments)
