"""The protocol's lines: JSON-RPC 2.0 messages, one a line, on descriptors that no child can reach.

Reference: Model Context Protocol, revision 2025-06-18, stdio transport; JSON-RPC 2.0 for the error codes.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MAX_LINE = 16 << 20
"""Longest line taken, in bytes."""
MAX_REPLY = 4 << 20
"""Longest line sent, in bytes."""

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no message: the JSON-RPC code and the reason."""

    code: int
    reason: str


class Wire:
    """Reads and writes messages. One reader; any number of writers."""

    def __init__(self, source: int, sink: int) -> None:
        self._source, self._sink = source, sink
        self._lock = threading.Lock()

    def messages(self) -> Iterator[dict[str, Any] | BadLine]:
        """Every message until the other side closes."""
        for line in self._lines():
            if line is None:
                yield BadLine(PARSE_ERROR, f"line longer than {MAX_LINE} bytes")
                continue
            if not line.strip():
                continue
            try:
                message = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield BadLine(PARSE_ERROR, f"not JSON: {error!s:.200}")
                continue
            if isinstance(message, dict):
                yield message
            else:
                yield BadLine(INVALID_REQUEST, "a message must be a JSON object")

    def _lines(self) -> Iterator[bytes | None]:
        """Lines without their end; None for one that was too long. Never holds more than a line and a chunk."""
        buffer = bytearray()
        overlong = False
        while chunk := os.read(self._source, 1 << 16):
            start = 0
            while (end := chunk.find(b"\n", start)) >= 0:
                buffer += chunk[start:end]
                yield None if overlong or len(buffer) > MAX_LINE else bytes(buffer)
                buffer.clear()
                overlong = False
                start = end + 1
            buffer += chunk[start:]
            if len(buffer) > MAX_LINE:
                overlong = True
                buffer.clear()

    def send(self, message: Mapping[str, Any]) -> bool:
        """Write one message; False where it would be longer than `MAX_REPLY` (nothing is written then).

        Raises:
            ValueError: it is not JSON (a NaN, a foreign object).
            BrokenPipeError: the other side is gone.
        """
        line = encode(message)
        if len(line) > MAX_REPLY:
            return False
        with self._lock:
            view = memoryview(line)
            while view:
                view = view[os.write(self._sink, view) :]
        return True


def encode(message: Mapping[str, Any]) -> bytes:
    """One line of UTF-8; lone surrogates become question marks, so that every reader can decode it."""
    text = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def take_over_stdio() -> Wire:
    """Move the protocol to high, close-on-exec descriptors and leave harmless ones at 0 and 1.

    Nothing that prints, in this process or in a child, can reach the channel afterwards.
    """
    source = _high(0)
    sink = _high(1)
    null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return Wire(source, sink)


def _high(fd: int) -> int:
    for least in (512, 100, 10):
        try:
            return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, least)
        except OSError:
            continue
    return os.dup(fd)
