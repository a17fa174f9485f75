"""Turns a provider's reply, in whatever shape it comes, into a `Message`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sweagent.core.message import Message, ToolCall, ToolSchema, Usage
from sweagent.models.arguments import parse_arguments
from sweagent.models.clean import clean
from sweagent.models.text_calls import find_calls

MAX_CALLS = 64
"""Tool calls taken of one reply; the rest is dropped."""
_THINKING = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>\s*", re.DOTALL)
_GOOD_ID = re.compile(r"[\w.:-]{1,64}")


def get(thing: Any, name: str) -> Any:
    """Field `name` of a mapping or of an object, None where it has none."""
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


def parse_message(raw: Any, tools: Sequence[ToolSchema], used: Iterable[str] = ()) -> Message:
    """`raw` (a message in OpenAI's shape, as mapping or object) as a `Message`; never raises on odd shapes.

    Ids of tool calls that are missing, odd, or in `used` (the conversation's ids so far) are replaced by fresh ones.
    Tool calls written as text count only where there are no others and `tools` were offered.
    """
    content = _THINKING.sub("", text_of(get(raw, "content")), count=1)
    found = [(get(call, "id"), *_named(get(call, "function") or call)) for call in _list(get(raw, "tool_calls"))]
    legacy = get(raw, "function_call")
    if not found and legacy:
        found = [(None, *_named(legacy))]
    if not found and tools:
        content, written = find_calls(content, tools)
        found = [(None, name, arguments) for name, arguments in written]
    taken = set(used)
    calls = tuple(_call(given, name, arguments, taken) for given, name, arguments in found[:MAX_CALLS])
    return Message(role="assistant", content=content, tool_calls=calls)


def text_of(content: Any) -> str:
    """The text of a message's content: text, nothing, or a list of parts."""
    if isinstance(content, str):
        return clean(content)
    parts = [part if isinstance(part, str) else get(part, "text") for part in _list(content)]
    return clean("".join(part for part in parts if isinstance(part, str)))


def parse_usage(raw: Any) -> Usage | None:
    """Token counts of a reply in OpenAI's shape; None where the provider told none."""
    prompt, completion = _count(get(raw, "prompt_tokens")), _count(get(raw, "completion_tokens"))
    if not prompt and not completion:
        return None
    cached = _count(get(get(raw, "prompt_tokens_details"), "cached_tokens"))
    return Usage(prompt=prompt, completion=completion, cached=min(cached, prompt))


def used_ids(messages: Iterable[Message]) -> set[str]:
    """Every tool call id of a conversation."""
    return {call.id for message in messages for call in message.tool_calls}


def _call(given: Any, name: str, raw: Any, taken: set[str]) -> ToolCall:
    arguments, written, error = parse_arguments(raw)
    if not name:
        arguments, error = None, "the call names no tool"
    return ToolCall(id=_fresh(given, taken), name=name or "unknown", arguments=arguments, raw=written, error=error)


def _fresh(given: Any, taken: set[str]) -> str:
    number = len(taken) + 1
    name = given if isinstance(given, str) and _GOOD_ID.fullmatch(given) else f"call_{number}"
    while name in taken:
        name = f"call_{number}"
        number += 1
    taken.add(name)
    return name


def _named(function: Any) -> tuple[str, Any]:
    name = get(function, "name")
    return (clean(name.strip(), 200) if isinstance(name, str) else ""), get(function, "arguments")


def _list(value: Any) -> list[Any] | tuple[Any, ...]:
    return value if isinstance(value, list | tuple) else ()


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
