"""A resident child process for work that may hang, crash or eat memory: it answers questions and can be killed.

Parent: `Worker.ask`. Child: `serve`, called by the ``main()`` of the module that does the work. A frame is a 4-byte
length, a JSON object of that length, and the byte strings whose sizes it names: what the child says, which may have
fallen to the bytes that it parsed, can be wrong but cannot run code in the parent.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from tools.interpreter import python_command
from tools.process import Runner

_IDLE = 300.0
"""Seconds without a question after which the child ends; the next question starts another."""
_MEMORY = 2 << 30
_LENGTH = struct.Struct(">I")
_BIGGEST = 64 << 20

Blobs = Sequence[bytes]
Answer = Callable[[dict[str, Any], list[bytes]], tuple[dict[str, Any], Blobs]]
"""What a child does: a question and its byte strings in, an answer and its byte strings out."""


class WorkerLostError(Exception):
    """The child took too long, died, or could not be started; the text says which."""


class Worker:
    """Questions to one child, one at a time; started at the first question and again after it was lost.

    `seconds` bounds an answer; the first one of a fresh child may take `start_seconds` more.
    """

    def __init__(self, runner: Runner, module: str, seconds: float, start_seconds: float = 5.0) -> None:
        self._runner, self._module, self._seconds, self._start_seconds = runner, module, seconds, start_seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def ask(
        self, question: dict[str, Any], blobs: Blobs = (), *, seconds: float | None = None
    ) -> tuple[dict[str, Any], list[bytes]]:
        """The child's answer and its byte strings; within `seconds` instead of the usual ones where given.

        Raises:
            WorkerLostError: none came within the time, or the child died of the question.
        """
        frame = _frame(question, blobs)
        limit = self._seconds if seconds is None else seconds
        with self._lock:
            try:
                return self._exchange(frame, limit)
            except BrokenPipeError:  # it had ended before, idle or killed
                self._end()
            try:
                return self._exchange(frame, limit)
            except BrokenPipeError:
                self._end()
                raise WorkerLostError("the checker ended at once") from None

    def close(self) -> None:
        """End the child; the next question starts another."""
        with self._lock:
            self._end()

    def _exchange(self, frame: bytes, seconds: float) -> tuple[dict[str, Any], list[bytes]]:
        fresh = self._child is None
        child = self._child = self._child or self._start()
        if child.stdin is None or child.stdout is None:
            raise WorkerLostError("the checker has no pipes")
        line = _Line(child.stdin.fileno(), child.stdout.fileno(), seconds + (self._start_seconds if fresh else 0.0))
        try:
            line.send(frame)
            (length,) = _LENGTH.unpack(line.receive(_LENGTH.size, may_be_gone=not fresh))
            head = json.loads(line.receive(length))
            return dict(head["value"]), [line.receive(int(size)) for size in head["sizes"]]
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            self._end()
            raise WorkerLostError("the checker's answer is malformed") from None
        except WorkerLostError:
            self._end()
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            return self._runner.open_pipes(python_command(self._module))
        except OSError as error:
            raise WorkerLostError(f"the checker could not start: {error}") from error

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
        self._runner.collect(child)


class _Line:
    """One exchange over two pipes, all of it within `seconds`."""

    def __init__(self, sink: int, source: int, seconds: float) -> None:
        self._sink, self._source, self._seconds = sink, source, seconds
        self._deadline = time.monotonic() + seconds
        self._left = _BIGGEST

    def send(self, data: bytes) -> None:
        os.set_blocking(self._sink, False)
        view = memoryview(data)
        while view:
            self._wait(self._sink, select.POLLOUT)
            with contextlib.suppress(BlockingIOError):
                view = view[os.write(self._sink, view) :]

    def receive(self, size: int, may_be_gone: bool = False) -> bytes:
        self._left -= size
        if size < 0 or self._left < 0:
            raise WorkerLostError("the checker's answer is too long")
        data = bytearray()
        while len(data) < size:
            self._wait(self._source, select.POLLIN)
            piece = os.read(self._source, size - len(data))
            if not piece:
                if may_be_gone and not data:
                    raise BrokenPipeError
                raise WorkerLostError("the checker crashed")
            data += piece
        return bytes(data)

    def _wait(self, fd: int, event: int) -> None:
        poll = select.poll()
        poll.register(fd, event)
        left = self._deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise WorkerLostError(f"it took longer than {self._seconds:g} s")


def _frame(value: dict[str, Any], blobs: Blobs) -> bytes:
    head = json.dumps({"value": value, "sizes": [len(blob) for blob in blobs]}).encode()
    return b"".join((_LENGTH.pack(len(head)), head, *blobs))


def serve(answer: Answer) -> None:
    """Answer questions on stdin until it ends or nothing comes for a while. What `answer` raises ends the child."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, sink = sys.stdin.buffer, os.dup(1)
    os.dup2(2, 1)
    poll = select.poll()
    poll.register(source.fileno(), select.POLLIN)
    while poll.poll(_IDLE * 1000):
        head = source.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return
        (length,) = _LENGTH.unpack(head)
        asked = json.loads(source.read(length))
        blobs = [source.read(size) for size in asked["sizes"]]
        view = memoryview(_frame(*answer(asked["value"], blobs)))
        while view:
            view = view[os.write(sink, view) :]
