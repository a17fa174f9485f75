"""What the tool server may say, checked: lines of JSON-RPC to values, and the shapes of MCP results.

No I/O here. References: JSON-RPC 2.0; Model Context Protocol revision 2025-06-18.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeGuard

from sandboxes.contract import CallResult, ToolInfo
from sandboxes.errors import ProtocolViolation

VERSION = "2025-06-18"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_AUDIENCES = ("agent", "host")
_MAX_TOOLS = 256


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to request `number`: a result, or the text of an error."""

    number: int
    result: dict[str, Any]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class News:
    """Progress of request `number`."""

    number: int
    done: float
    total: float | None
    message: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that the server makes of the host."""

    number: int | str
    method: str


def parse(line: bytes) -> Answer | News | Ask | None:
    """The message in one line; None for a notification that means nothing here.

    Raises:
        ProtocolViolation: it is not a message of the protocol.
    """
    try:
        message = json.loads(line)
        if _SURROGATE.search(line):
            json.dumps(message, ensure_ascii=False).encode()  # half a pair is no text: it could not be stored or shown
    except (ValueError, RecursionError):
        _bad(f"not JSON: {line[:80]!r}")
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        _bad(f"not a JSON-RPC message: {line[:80]!r}")
    number, method = message.get("id"), message.get("method")
    if method is None:
        return _answer(message, number)
    if not isinstance(method, str):
        _bad("a method that is not text")
    if number is None:
        return _news(message.get("params")) if method == "notifications/progress" else None
    if isinstance(number, bool) or not isinstance(number, int | str):
        _bad("a request whose id is neither a number nor text")
    return Ask(number, method)


def check_hello(result: Mapping[str, Any]) -> None:
    """Check the answer to `initialize`.

    Raises:
        ProtocolViolation: it speaks another revision.
    """
    if result.get("protocolVersion") != VERSION:
        _bad(f"the server speaks protocol {result.get('protocolVersion')!r:.40}, not {VERSION}")


def tool_page(result: Mapping[str, Any]) -> tuple[list[ToolInfo], str | None]:
    """One page of `tools/list` and the cursor of the next.

    Raises:
        ProtocolViolation: wrong shape.
    """
    tools, cursor = result.get("tools"), result.get("nextCursor")
    if not isinstance(tools, list) or len(tools) > _MAX_TOOLS or not isinstance(cursor, str | None):
        _bad("a malformed list of tools")
    return [_tool(tool) for tool in tools], cursor


def call_result(result: Mapping[str, Any]) -> CallResult:
    """The result of `tools/call`. Parts that are not text are named, not carried.

    Raises:
        ProtocolViolation: wrong shape.
    """
    content, data, failed = result.get("content"), result.get("structuredContent"), result.get("isError", False)
    if not isinstance(content, list) or not isinstance(data, dict | None) or not isinstance(failed, bool):
        _bad("a malformed tool result")
    return CallResult(text="\n".join(_text(part) for part in content), is_error=failed, data=data)


def _text(part: object) -> str:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(kind, str):
        _bad("a malformed part of a tool result")
    if kind != "text":
        return f"[{kind[:40]}]"
    text = part.get("text")
    if not isinstance(text, str):
        _bad("a text part without text")
    return text


def _tool(tool: object) -> ToolInfo:
    if not isinstance(tool, dict):
        _bad("a tool that is not an object")
    name, description, schema = tool.get("name"), tool.get("description", ""), tool.get("inputSchema")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        _bad(f"a tool with a malformed name: {name!r:.80}")
    if not isinstance(description, str) or not isinstance(schema, dict):
        _bad(f"tool {name} lacks a description or a schema")
    meta = tool.get("_meta")
    audience = meta.get("sweagent/audience", "agent") if isinstance(meta, dict) else "agent"
    if audience not in _AUDIENCES:
        _bad(f"tool {name} is for nobody known: {audience!r:.40}")
    return ToolInfo(name=name, description=description, parameters=schema, audience=audience)


def _answer(message: Mapping[str, Any], number: object) -> Answer | None:
    result, error = message.get("result"), message.get("error")
    if number is None and isinstance(error, dict):
        return None  # it could not read a line of ours; the call concerned will run into its time limit
    if isinstance(number, bool) or not isinstance(number, int):
        _bad("an answer whose id is not one of ours")
    if isinstance(error, dict) and isinstance(error.get("message"), str) and result is None:
        return Answer(number, {}, error["message"])
    if not isinstance(result, dict) or error is not None:
        _bad("an answer with neither a result nor an error")
    return Answer(number, result)


def _news(params: object) -> News | None:
    if not isinstance(params, dict):
        _bad("progress without parameters")
    number, done, total = params.get("progressToken"), params.get("progress"), params.get("total")
    message = params.get("message", "")
    if not _is_number(number) or not _is_number(done) or not _is_number(0 if total is None else total):
        _bad("malformed progress")
    if not isinstance(message, str):
        _bad("progress whose message is not text")
    try:
        return News(int(number), float(done), float(total) if _is_number(total) else None, message)
    except (OverflowError, ValueError):  # NaN, infinity, or an integer beyond any float
        _bad("progress beyond all numbers")


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bad(what: str) -> NoReturn:
    raise ProtocolViolation(f"the sandbox broke the protocol: {what}")
