"""The resident tool server: answers Model Context Protocol messages until its input ends. PID 1 of its sandbox.

One thread reads; every call has a thread of its own; when the input ends, everything that was started is killed.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tools import catalog, guard, wire
from tools.names import UnknownTool, resolve
from tools.process import Runner
from tools.reaper import Reaper
from tools.registry import Call, Result, Tool, ToolFailure
from tools.schema import BadArguments, fit
from tools.threads import Threads

VERSIONS = ("2025-06-18", "2025-03-26", "2024-11-05")
"""Protocol revisions that this server can speak; the first is what it offers."""
MAX_CALLS = 64
"""Calls that may run at once."""

RequestId = str | int


class _Fault(Exception):
    """A fault of the protocol (not of a tool): answered as a JSON-RPC error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Server:
    """Serves `tools` over `channel`."""

    def __init__(self, channel: wire.Wire, runner: Runner, tools: Mapping[str, Tool]) -> None:
        self._wire, self._runner, self._tools = channel, runner, tools
        self._calls: dict[RequestId, threading.Event] = {}
        self._session: dict[str, Any] = {}
        self._lock = threading.RLock()  # a signal may call `stop` while this thread holds it
        self._threads = Threads()

    def serve(self) -> None:
        """Answer until the input ends."""
        for message in self._wire.messages():
            if isinstance(message, wire.BadLine):
                self._error(None, message.code, message.reason)
            else:
                self._take(message)

    def stop(self) -> None:
        """Cancel every call and kill everything that was started."""
        with self._lock:
            for cancelled in self._calls.values():
                cancelled.set()
        self._runner.kill_all()

    def _take(self, message: dict[str, Any]) -> None:
        method, request = message.get("method"), message.get("id")
        if message.get("jsonrpc") != "2.0" or not isinstance(method, str):
            if "result" not in message and "error" not in message:
                self._error(_id(request), wire.INVALID_REQUEST, "not a JSON-RPC 2.0 request")
            return
        params = message.get("params") or {}
        if request is None:
            if method == "notifications/cancelled" and isinstance(params, dict):
                self._cancel(params.get("requestId"))
            if method == "notifications/roots/list_changed":
                self._enter_workspace()
            return
        if _id(request) is None or not isinstance(params, dict):
            self._error(_id(request), wire.INVALID_REQUEST, "the id must be text or a number, params an object")
            return
        try:
            answer = self._answer(method, request, params)
        except _Fault as fault:
            self._error(request, fault.code, str(fault))
            return
        if answer is not None:
            self._wire.send({"jsonrpc": "2.0", "id": request, "result": answer})

    def _answer(self, method: str, request: RequestId, params: dict[str, Any]) -> dict[str, Any] | None:
        """The result of a request, or None where a thread will send it."""
        match method:
            case "initialize":
                wanted = params.get("protocolVersion")
                return {
                    "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
                    "capabilities": {"tools": {"listChanged": False}},
                    "serverInfo": {"name": "sweagent-tools", "version": "1"},
                }
            case "ping":
                return {}
            case "tools/list":
                return {"tools": [listed(tool) for tool in self._tools.values()]}
            case "tools/call":
                self._start_call(request, params)
                return None
            case _:
                raise _Fault(wire.METHOD_NOT_FOUND, f"no method {method!r:.80}")

    def _start_call(self, request: RequestId, params: dict[str, Any]) -> None:
        name, arguments = params.get("name"), params.get("arguments")
        if not isinstance(name, str) or not isinstance(arguments, dict | None):
            raise _Fault(wire.INVALID_PARAMS, "tools/call needs a name and an object of arguments")
        meta = params.get("_meta")
        token = meta.get("progressToken") if isinstance(meta, dict) else None
        cancelled = threading.Event()
        with self._lock:
            if request in self._calls:
                raise _Fault(wire.INVALID_REQUEST, f"a call with id {request!r} is running")
            busy = len(self._calls) >= MAX_CALLS
            if not busy:
                self._calls[request] = cancelled
        if busy:
            self._reply(request, Result(f"{MAX_CALLS} calls are running; wait for one to end", is_error=True))
            return
        body = (request, name, arguments or {}, token, cancelled)
        if not self._run_thread(body):
            with self._lock:
                self._calls.pop(request, None)
            full = "the sandbox's process limit is reached: no call can start"
            self._reply(request, Result(full, is_error=True, data={"limit": "pids"}))

    def _run_thread(self, arguments: tuple[RequestId, str, dict[str, Any], object, threading.Event]) -> bool:
        """Run a call in a thread; the process limit holds for threads too, so room is made for it once."""
        for make_room in (self._runner.make_room, None):
            try:
                self._threads.run(partial(self._run_call, *arguments))
                return True
            except RuntimeError:
                if make_room is not None:
                    make_room()
        return False

    def _run_call(
        self, request: RequestId, name: str, arguments: dict[str, Any], token: object, cancelled: threading.Event
    ) -> None:
        def report(done: float, total: float | None, message: str) -> None:
            params = {"progressToken": token, "progress": done, "message": message}
            if total is not None:
                params["total"] = total
            self._send({"jsonrpc": "2.0", "method": "notifications/progress", "params": params})

        call = Call(self._runner.workspace, self._runner, cancelled, session=self._session)
        if isinstance(token, str | int):
            call.report = report
        try:
            result = use(name, arguments, self._tools, call)
        finally:
            with self._lock:
                self._calls.pop(request, None)
        if not cancelled.is_set():
            self._reply(request, result)

    def _cancel(self, request: object) -> None:
        with self._lock:
            cancelled = self._calls.get(request) if isinstance(request, str | int) else None
        if cancelled is not None:
            cancelled.set()

    def _enter_workspace(self) -> None:
        """Stand in the workspace again: another folder was mounted over it, and the old one is empty."""
        with contextlib.suppress(OSError):
            os.chdir(self._runner.workspace)

    def _reply(self, request: RequestId, result: Result) -> None:
        message = {"jsonrpc": "2.0", "id": request, "result": rendered(result)}
        if not self._send(message):
            short = Result(f"{result.text[:100_000]}\n[answer too large, cut here]", is_error=True)
            self._send({"jsonrpc": "2.0", "id": request, "result": rendered(short)})

    def _send(self, message: dict[str, Any]) -> bool:
        try:
            return self._wire.send(message)
        except (ValueError, TypeError, RecursionError) as error:
            return self._wire.send(
                {**{k: v for k, v in message.items() if k in ("jsonrpc", "id")}, "error": _fault(error)}
            )
        except OSError:  # the other side is gone; the reader sees the end of the input
            return True

    def _error(self, request: RequestId | None, code: int, message: str) -> None:
        self._send({"jsonrpc": "2.0", "id": request, "error": {"code": code, "message": message}})


def use(name: str, arguments: dict[str, Any], tools: Mapping[str, Tool], call: Call) -> Result:
    """Use the tool called `name`; whatever goes wrong is a result."""
    try:
        tool, arguments = resolve(name, arguments, tools)
        return tool.handler(fit(tool.schema, arguments, tool.parameter_aliases), call)
    except (UnknownTool, BadArguments, ToolFailure) as error:
        return Result(str(error), is_error=True)
    except OSError as error:
        return Result(f"{name}: {error.strerror or error}: {error.filename or ''}".rstrip(": "), is_error=True)
    except Exception as error:  # noqa: BLE001  (the boundary of a call: one broken tool must not end the server)
        return Result(f"{name} broke: {type(error).__name__}: {error!s:.500}", is_error=True)


def listed(tool: Tool) -> dict[str, Any]:
    """A tool as `tools/list` shows it."""
    return {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": {"type": "object", "properties": {}, **tool.schema},
        "annotations": {"readOnlyHint": tool.read_only, "openWorldHint": False},
        "_meta": {"sweagent/audience": tool.audience},
    }


def rendered(result: Result) -> dict[str, Any]:
    """A result as `tools/call` answers it."""
    answer: dict[str, Any] = {"content": [{"type": "text", "text": result.text}], "isError": result.is_error}
    if result.data is not None:
        answer["structuredContent"] = dict(result.data)
    return answer


def _fault(error: Exception) -> dict[str, Any]:
    return {"code": wire.INTERNAL_ERROR, "message": f"the answer is not JSON: {type(error).__name__}"}


def _id(value: object) -> RequestId | None:
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def _open_egress(setting: str) -> None:
    from tools import egress  # costs start-up time and memory, and few sandboxes have a network

    try:
        egress.start(setting)
    except (OSError, ValueError, RuntimeError) as error:
        sys.stderr.write(f"no network: {error}\n")


def main() -> None:
    """Serve on stdin and stdout until stdin ends, then end everything."""
    channel = wire.take_over_stdio()
    workspace = Path(os.environ.get("SWEAGENT_WORKSPACE", "/workspace"))
    try:
        os.chdir(workspace)
    except OSError as error:
        sys.stderr.write(f"no workspace at {workspace}: {error.strerror}\n")
        raise SystemExit(2) from None
    reaper = Reaper()
    runner = Runner(workspace.resolve(), reaper)
    server = Server(channel, runner, catalog.load())

    def stop() -> None:
        server.stop()
        os._exit(0)

    for failed in guard.harden(stop):
        sys.stderr.write(f"could not set {failed}\n")
    threading.Thread(target=reaper.run_forever, name="reaper", daemon=True).start()
    if setting := os.environ.get("SWEAGENT_EGRESS"):
        _open_egress(setting)
    server.serve()
    stop()
