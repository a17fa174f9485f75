"""The host's end of the wall: a Model Context Protocol client over a wire, whose other end is not to be trusted.

Messages are newline-delimited JSON-RPC 2.0 (MCP revision 2025-06-18, stdio transport). Every reply is hostile input:
lines are bounded, shapes are checked, an answer nobody asked for is dropped, and anything that is not the protocol
ends the channel.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Protocol, TypeVar

from sandboxes import messages
from sandboxes.contract import CallResult, Progress, ToolInfo
from sandboxes.errors import CallTimeout, ProtocolViolation, SandboxError, SandboxLost

MAX_LINE = 8 << 20
"""Longest line taken from the other side, in bytes."""
_MAX_PAGES = 16
_MAX_NEWS = 1024  # progress reports that may wait for a slow listener; more are dropped
_MAX_STRAYS = 1024  # answers to nothing, and requests of the server, before the peer counts as hostile


class Wire(Protocol):
    """Bytes to and from the server."""

    async def receive(self) -> bytes:
        """The next bytes of its output; empty at the end."""

    async def send(self, data: bytes) -> None:
        """Write to its input; waits while that is full.

        Raises:
            OSError: the other side is gone.
        """

    def close(self) -> None:
        """Close both directions; safe to call twice. The server ends when its input does."""


_T = TypeVar("_T")
_Item = messages.Answer | messages.News | SandboxError


class Channel:
    """A client of one tool server. `open` first; then any number of concurrent `call`s; `close` at the end."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Queue[_Item]] = {}
        self._forgotten: deque[int] = deque(maxlen=1024)
        self._strays = 0
        self._end: SandboxError | None = None
        self._reader: asyncio.Task[None] | None = None
        self._notes: set[asyncio.Task[None]] = set()

    @property
    def ended(self) -> SandboxError | None:
        """Why the channel ended; None while it works."""
        return self._end

    async def open(self) -> tuple[ToolInfo, ...]:
        """Shake hands and learn the server's tools.

        Raises:
            ProtocolViolation: it does not speak the protocol.
            SandboxLost: it ended first.
        """
        self._reader = asyncio.create_task(self._read(), name="sandbox-channel")
        hello = {
            "protocolVersion": messages.VERSION,
            "capabilities": {},
            "clientInfo": {"name": "sweagent", "version": "1"},
        }
        self._checked(messages.check_hello, self._result(await self._request("initialize", hello)))
        await self.notify("notifications/initialized")
        tools: list[ToolInfo] = []
        cursor: str | None = None
        for _ in range(_MAX_PAGES):
            page = self._result(await self._request("tools/list", {"cursor": cursor} if cursor else {}))
            found, cursor = self._checked(messages.tool_page, page)
            tools += found
            if cursor is None:
                break
        return tuple(tools)

    async def call(
        self, tool: str, arguments: Mapping[str, Any], within: float, progress: Progress | None = None
    ) -> CallResult:
        """Use a tool and wait `within` seconds at most. Cancelling tells the server.

        Raises:
            CallTimeout: no answer in time.
            ProtocolViolation, SandboxLost: the channel ended.
        """
        params: dict[str, Any] = {"name": tool, "arguments": dict(arguments)}
        try:
            async with asyncio.timeout(within):
                answer = await self._request("tools/call", params, progress)
        except TimeoutError:
            raise CallTimeout(f"tool {tool!r} gave no answer within {within:g} s") from None
        if answer.error is not None:
            return CallResult(text=answer.error, is_error=True)
        return self._checked(messages.call_result, answer.result)

    async def notify(self, method: str) -> None:
        """Tell the server something that it does not answer.

        Raises:
            SandboxLost: it went away.
        """
        await self._send({"method": method})

    async def close(self) -> None:
        """Close the wire; calls that still run fail with `SandboxLost`."""
        self._finish(SandboxLost("the sandbox was closed"))
        if self._reader is not None and self._reader is not asyncio.current_task():
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader

    def _result(self, answer: messages.Answer) -> dict[str, Any]:
        if answer.error is not None:
            self._violation(f"the server refused: {answer.error:.200}")
        return answer.result

    def _checked(self, check: Callable[[dict[str, Any]], _T], value: dict[str, Any]) -> _T:
        try:
            return check(value)
        except ProtocolViolation as error:
            self._finish(error)
            raise

    def _violation(self, what: str) -> NoReturn:
        error = ProtocolViolation(what)
        self._finish(error)
        raise error

    async def _request(self, method: str, params: dict[str, Any], progress: Progress | None = None) -> messages.Answer:
        if self._end is not None:
            raise self._end
        number = next(self._ids)
        if progress is not None:
            params["_meta"] = {"progressToken": number}
        queue: asyncio.Queue[_Item] = asyncio.Queue()
        self._waiting[number] = queue
        answered = False
        try:
            await self._send({"id": number, "method": method, "params": params})
            while True:
                item = await queue.get()
                if isinstance(item, messages.News):
                    if progress is not None:
                        await progress(item.done, item.total, item.message)
                    continue
                answered = True
                if isinstance(item, SandboxError):
                    raise item
                return item
        finally:
            del self._waiting[number]
            if not answered:
                self._forget(number)

    def _forget(self, number: int) -> None:
        """Tell the server that nobody waits any more, without waiting for it."""
        self._forgotten.append(number)
        if self._end is None:
            note = asyncio.create_task(self._tell_cancelled(number))
            self._notes.add(note)
            note.add_done_callback(self._notes.discard)

    async def _tell_cancelled(self, number: int) -> None:
        with contextlib.suppress(SandboxError):
            await self._send({"method": "notifications/cancelled", "params": {"requestId": number}})

    async def _send(self, message: dict[str, Any]) -> None:
        line = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode() + b"\n"
        try:
            await self._wire.send(line)
        except OSError as error:
            self._finish(SandboxLost(f"the sandbox went away: {error.strerror or error}"))
            raise self._end or SandboxLost("the sandbox went away") from error

    async def _read(self) -> None:
        buffer = bytearray()
        try:
            while chunk := await self._wire.receive():
                start = 0
                while (stop := chunk.find(b"\n", start)) >= 0:
                    buffer += chunk[start:stop]
                    await self._take(bytes(buffer))
                    buffer.clear()
                    start = stop + 1
                buffer += chunk[start:]
                if len(buffer) > MAX_LINE:
                    raise ProtocolViolation(f"a line longer than {MAX_LINE} bytes")
            self._finish(SandboxLost("the sandbox went away"))
        except OSError as error:
            self._finish(SandboxLost(f"the sandbox went away: {error.strerror or error}"))
        except SandboxError as error:
            self._finish(error)

    async def _take(self, line: bytes) -> None:
        if len(line) > MAX_LINE:
            raise ProtocolViolation(f"a line longer than {MAX_LINE} bytes")
        message = messages.parse(line)
        match message:
            case messages.Answer(number=number):
                queue = self._waiting.get(number)
                if queue is not None:
                    queue.put_nowait(message)
                elif number not in self._forgotten:
                    self._stray()
            case messages.News(number=number):
                queue = self._waiting.get(number)
                if queue is not None and queue.qsize() < _MAX_NEWS:
                    queue.put_nowait(message)
            case messages.Ask(number=number, method=method):
                self._stray()
                fault = {"code": -32601, "message": "the host offers no methods"}
                await self._send({"id": number, "result": {}} if method == "ping" else {"id": number, "error": fault})

    def _stray(self) -> None:
        self._strays += 1
        if self._strays > _MAX_STRAYS:
            raise ProtocolViolation("a flood of messages that nobody asked for")

    def _finish(self, error: SandboxError) -> None:
        if self._end is not None:
            return
        self._end = error
        self._wire.close()
        for queue in self._waiting.values():
            queue.put_nowait(error)
