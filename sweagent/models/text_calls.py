"""Finds tool calls that a model wrote as text: small local models and servers without a tool parser do so.

Known forms, each from a model family's published chat template:

- ``<tool_call>{"name": …, "arguments": {…}}</tool_call>`` (Hermes, Qwen)
- ``<tool_call><function=NAME><parameter=KEY>VALUE</parameter></function></tool_call>`` (Qwen coder)
- ``<function=NAME>{…}</function>`` (Llama)
- ``[TOOL_CALLS] [{"name": …, "arguments": {…}}]`` (Mistral)
- a fenced ``json`` block, or the whole reply, that is one object with a name that is a tool's (Llama and others)

The last form needs the name of an offered tool, so that an example in an answer is not taken for a call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from sweagent.core.message import ToolSchema
from sweagent.models.arguments import parse_arguments

Found = tuple[str, Any]
"""A tool's name and its arguments as written: an object, or text that should have been one."""

_TAGGED = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_FUNCTION = re.compile(r"<function=([\w.-]{1,64})>(.*?)(?:</function>|\Z)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([\w.-]{1,64})>(.*?)</parameter>", re.DOTALL)
_MISTRAL = re.compile(r"\[TOOL_CALLS\]\s*(\[.*\])", re.DOTALL)
_FENCED = re.compile(r"```([\w+-]*)[ \t]*\n(.*?)\n?```", re.DOTALL)
_LANGUAGES = ("", "json", "tool_call", "tool_code")


def find_calls(text: str, tools: Sequence[ToolSchema]) -> tuple[str, list[Found]]:
    """The text around the calls, and the calls in order. No call: `text` as it was and an empty list."""
    if "<tool_call>" in text:
        return _cut(_TAGGED, text, [call for body in _TAGGED.findall(text) for call in _tagged(body, tools)])
    if "<function=" in text:
        return _cut(_FUNCTION, text, [_function(name, body, tools) for name, body in _FUNCTION.findall(text)])
    mistral = _MISTRAL.search(text)
    if mistral:
        calls = [call for item in _list(mistral[1]) if (call := _named(item)) is not None]
        return _cut(_MISTRAL, text, calls)
    names = {tool.name for tool in tools}
    whole = _offered(text, names)
    if whole is not None:
        return "", [whole]
    fenced = [call for block in _FENCED.finditer(text) if (call := _in_fence(block, names)) is not None]
    if not fenced:
        return text, []
    return _FENCED.sub(lambda block: block[0] if _in_fence(block, names) is None else "", text).strip(), fenced


def _cut(pattern: re.Pattern[str], text: str, calls: list[Found]) -> tuple[str, list[Found]]:
    return (pattern.sub("", text).strip(), calls) if calls else (text, [])


def _in_fence(block: re.Match[str], names: set[str]) -> Found | None:
    return _offered(block[2], names) if block[1] in _LANGUAGES else None


def _tagged(body: str, tools: Sequence[ToolSchema]) -> list[Found]:
    functions = _FUNCTION.findall(body)
    if functions:
        return [_function(name, inner, tools) for name, inner in functions]
    call = _named(_object(body))
    if call is not None:
        return [call]
    name = re.search(r'"name"\s*:\s*"([\w.-]{1,64})"', body)
    return [(name[1] if name else "unknown", body.strip())]


def _function(name: str, body: str, tools: Sequence[ToolSchema]) -> Found:
    parameters = _PARAMETER.findall(body)
    if not parameters:
        return name, body.strip()
    schema = next((tool.parameters for tool in tools if tool.name == name), {})
    properties = schema.get("properties", {})
    return name, {key: _value(value, properties.get(key, {})) for key, value in parameters}


def _value(text: str, schema: Any) -> Any:
    """A parameter written as bare text: JSON, unless the tool wants text (then one line end at each side goes)."""
    text = text.removeprefix("\n").removesuffix("\n")
    if isinstance(schema, dict) and schema.get("type", "string") == "string":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _offered(text: str, names: set[str]) -> Found | None:
    call = _named(_object(text))
    return call if call is not None and call[0] in names else None


def _named(item: Any) -> Found | None:
    """The call in an object such as ``{"name": …, "arguments": …}``, its function's if it wraps one."""
    if isinstance(item, dict) and isinstance(item.get("function"), dict):
        item = item["function"]
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        return None
    for key in ("arguments", "parameters", "args"):
        if key in item:
            return item["name"], item[key]
    return None


def _object(text: str) -> Any:
    arguments, _, error = parse_arguments(text.strip() or "null")
    return None if error else arguments


def _list(text: str) -> list[Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return value if isinstance(value, list) else []
