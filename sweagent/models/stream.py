"""Folds what a provider sends, deltas of a stream or one whole message (OpenAI's shapes), into one raw message."""

from __future__ import annotations

from typing import Any

from sweagent.models.clean import MAX_TEXT
from sweagent.models.parse import MAX_CALLS, get, text_of


class TooLongError(Exception):
    """The stream carries more than any honest reply would."""


class Fold:
    """Collects chunks; `message()` is then what a reply without streaming would have held."""

    def __init__(self) -> None:
        self.finish_reason: str | None = None
        self.usage: Any = None
        self._text: list[str] = []
        self._calls: dict[int, dict[str, Any]] = {}
        self._function: dict[str, Any] = {}
        self._size = 0
        self._whole: Any = None

    def whole(self, message: Any, finish_reason: str | None, usage: Any) -> None:
        """Take a reply that came without streaming."""
        self._whole, self.finish_reason, self.usage = message, finish_reason, usage

    def add(self, chunk: Any) -> None:
        """Take one chunk.

        Raises:
            TooLongError: more than a million characters or 64 calls came.
        """
        self.usage = get(chunk, "usage") or self.usage
        for choice in get(chunk, "choices") or ():
            if get(choice, "index") not in (0, None):
                continue
            self.finish_reason = get(choice, "finish_reason") or self.finish_reason
            self._take(get(choice, "delta"))

    @property
    def empty(self) -> bool:
        """True where nothing but perhaps usage came."""
        return not (self._text or self._calls or self._function)

    def message(self) -> Any:
        """The raw message so far."""
        if self._whole is not None:
            return self._whole
        calls = [self._calls[index] for index in sorted(self._calls)]
        return {"content": "".join(self._text), "tool_calls": calls, "function_call": self._function or None}

    def _take(self, delta: Any) -> None:
        text = text_of(get(delta, "content")) if get(delta, "content") else ""
        if text:
            self._text.append(text)
            self._grow(len(text))
        for place, call in enumerate(get(delta, "tool_calls") or ()):
            index = get(call, "index")
            self._take_call(index if isinstance(index, int) else place, call)
        if get(delta, "function_call"):
            self._join(self._function, get(delta, "function_call"))

    def _take_call(self, index: int, call: Any) -> None:
        known = self._calls.get(index)
        fresh = get(call, "id")
        if known is not None and fresh and known["id"] and fresh != known["id"]:
            # Some servers number every call 0: a new id then begins a new call.
            index = max(self._calls) + 1
            known = None
        elif known is None and not fresh and self._calls and not get(get(call, "function"), "name"):
            index = max(self._calls)
            known = self._calls[index]
        if known is None:
            if len(self._calls) >= MAX_CALLS:
                raise TooLongError(f"more than {MAX_CALLS} tool calls in one reply")
            known = self._calls[index] = {"id": None, "function": {}}
        known["id"] = known["id"] or fresh
        self._join(known["function"], get(call, "function"))

    def _join(self, function: dict[str, Any], piece: Any) -> None:
        name, arguments = get(piece, "name"), get(piece, "arguments")
        if isinstance(name, str) and name and function.get("name") != name:
            function["name"] = function.get("name", "") + name
            self._grow(len(name))
        if isinstance(arguments, dict):
            function["arguments"] = arguments
        elif isinstance(arguments, str) and arguments:
            before = function.get("arguments")
            function["arguments"] = (before if isinstance(before, str) else "") + arguments
            self._grow(len(arguments))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MAX_TEXT:
            raise TooLongError(f"more than {MAX_TEXT:,} characters in one reply")
