"""An OpenAI-compatible HTTP server on loopback: answers by a policy, misbehaves by a script, records every request."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "loopback-model"


@dataclass(frozen=True)
class Say:
    """A good answer. `calls` are (name, arguments as text) or raw tool call objects; `raw` replaces the message."""

    content: str | None = None
    calls: tuple[Any, ...] = ()
    raw: Mapping[str, Any] | None = None
    usage: Mapping[str, Any] | None = field(default_factory=lambda: {"prompt_tokens": 100, "completion_tokens": 10})
    finish: str | None = None
    piece: int = 7
    """Characters of each streamed delta."""
    drop_after: int | None = None
    """Streamed: reset the connection after this many chunks."""

    def message(self) -> dict[str, Any]:
        if self.raw is not None:
            return {"role": "assistant", **self.raw}
        calls = [
            call
            if isinstance(call, dict)
            else {"id": f"id_{n}", "type": "function", "function": {"name": call[0], "arguments": call[1]}}
            for n, call in enumerate(self.calls)
        ]
        return {"role": "assistant", "content": self.content} | ({"tool_calls": calls} if calls else {})

    def reason(self) -> str:
        return self.finish or ("tool_calls" if self.message().get("tool_calls") else "stop")


@dataclass(frozen=True)
class Status:
    """An HTTP error with OpenAI's error body."""

    code: int
    message: str = "scripted"
    kind: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bytes:
    """A 200 with any body at all."""

    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True)
class Hang:
    """No answer until the server closes."""


@dataclass(frozen=True)
class Reset:
    """The connection is reset before any answer."""


Behaviour = Say | Status | Bytes | Hang | Reset
Policy = Callable[[dict[str, Any]], Behaviour]


class OpenAIServer:
    """Serves ``/v1/chat/completions`` and ``/v1/models``. `script` answers first, one item a request, then `policy`."""

    def __init__(self, script: Iterable[Behaviour] = (), policy: Policy | None = None, models: Any = (MODEL,)) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.models = models
        self._script = list(script)
        self._policy = policy or (lambda request: Say("ok"))
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self.connections: set[socket.socket] = set()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = False
        self._http.world = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> OpenAIServer:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.closing.set()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def next(self, request: dict[str, Any], headers: Mapping[str, str]) -> Behaviour:
        with self._lock:
            self.requests.append(request)
            self.headers.append({key.lower(): value for key, value in headers.items()})
            if self._script:
                return self._script.pop(0)
        return self._policy(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open, as with real servers
    timeout = 30

    def setup(self) -> None:
        super().setup()
        self.world.connections.add(self.connection)

    def finish(self) -> None:
        self.world.connections.discard(self.connection)
        super().finish()

    @property
    def world(self) -> OpenAIServer:
        world = self.server.world  # type: ignore[attr-defined]
        assert isinstance(world, OpenAIServer)
        return world

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.path != "/v1/models":
            return self._send(404, b"{}")
        entries = [
            m if isinstance(m, dict) else {"id": m, "object": "model", "owned_by": "x"} for m in self.world.models
        ]
        return self._send(200, json.dumps({"object": "list", "data": entries}).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path != "/v1/chat/completions":
            return self._send(404, b"{}")
        request = json.loads(body)
        try:
            return self._do(self.world.next(request, dict(self.headers)), request)
        except (BrokenPipeError, ConnectionResetError):
            return None

    def _do(self, what: Behaviour, request: dict[str, Any]) -> None:
        match what:
            case Say() if request.get("stream"):
                self._stream(what, request)
            case Say():
                self._send(200, json.dumps(_completion(what)).encode())
            case Status():
                error = {"message": what.message, "type": what.kind, "param": None, "code": what.kind}
                self._send(what.code, json.dumps({"error": error}).encode(), headers=what.headers)
            case Bytes():
                self._send(200, what.body, what.content_type)
            case Hang():
                self.world.closing.wait(60)
            case Reset():
                self._reset()

    def _send(
        self, code: int, body: bytes, kind: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(code)
        for key, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, say: Say, request: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for number, chunk in enumerate(_chunks(say, bool((request.get("stream_options") or {}).get("include_usage")))):
            if number == say.drop_after:
                return self._reset()
            self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
            self.wfile.flush()
        return self._finish()

    def _finish(self) -> None:
        self.wfile.write(b"data: [DONE]\n\n")

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.wfile.flush()
        self.connection.close()
        self.close_connection = True


def _completion(say: Say) -> dict[str, Any]:
    choice = {"index": 0, "message": say.message(), "finish_reason": say.reason()}
    answer = {"id": "c1", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice]}
    return answer | ({"usage": _usage(say)} if say.usage is not None else {})


def _usage(say: Say) -> dict[str, Any]:
    usage = dict(say.usage or {})
    return usage | {"total_tokens": usage.get("prompt_tokens", 0) + usage.get("completion_tokens", 0)}


def _chunks(say: Say, with_usage: bool) -> Iterator[dict[str, Any]]:
    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}

    message = say.message()
    yield chunk({"role": "assistant", "content": ""})
    for piece in _pieces(message.get("content") or "", say.piece):
        yield chunk({"content": piece})
    for index, call in enumerate(message.get("tool_calls") or ()):
        function = call["function"]
        yield chunk({"tool_calls": [{**call, "index": index, "function": {"name": function["name"], "arguments": ""}}]})
        for piece in _pieces(function["arguments"], say.piece):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, say.reason())
    if with_usage and say.usage is not None:
        yield {**chunk({}), "choices": [], "usage": _usage(say)}


def _pieces(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]
