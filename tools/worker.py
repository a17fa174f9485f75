"""A resident child process for work that may hang, crash or eat memory: it answers questions and can be killed.

Parent: `Worker.ask`. Child: `serve`, called by the ``main()`` of the module that does the work. Frames are a 4-byte
length and a JSON object, since what the child says must not be able to run code in the parent.
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
from collections.abc import Callable
from typing import Any

from tools.interpreter import python_command
from tools.process import Runner

_IDLE = 300.0
"""Seconds without a question after which the child ends; the next question starts another."""
_MEMORY = 2 << 30
_LENGTH = struct.Struct(">I")
_BIGGEST = 64 << 20

Answer = Callable[[dict[str, Any]], dict[str, Any]]


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

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """The child's answer.

        Raises:
            WorkerLostError: none came within the time, or the child died of the question.
        """
        frame = _frame(question)
        with self._lock:
            try:
                return self._exchange(frame)
            except BrokenPipeError:  # it had ended before, idle or killed
                self._end()
            try:
                return self._exchange(frame)
            except BrokenPipeError:
                self._end()
                raise WorkerLostError("the checker ended at once") from None

    def _exchange(self, frame: bytes) -> dict[str, Any]:
        fresh = self._child is None
        child = self._child = self._child or self._start()
        if child.stdin is None or child.stdout is None:
            raise WorkerLostError("the checker has no pipes")
        deadline = time.monotonic() + self._seconds + (self._start_seconds if fresh else 0.0)
        _write(child.stdin.fileno(), frame)
        try:
            head = self._read(child.stdout.fileno(), _LENGTH.size, deadline, may_be_gone=not fresh)
            (length,) = _LENGTH.unpack(head)
            if length > _BIGGEST:
                raise WorkerLostError("the checker's answer is too long")
            answer = json.loads(self._read(child.stdout.fileno(), length, deadline))
        except ValueError:
            self._end()
            raise WorkerLostError("the checker's answer is no JSON") from None
        except WorkerLostError:
            self._end()
            raise
        if not isinstance(answer, dict):
            raise WorkerLostError("the checker's answer is no object")
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            return self._runner.open_pipes(python_command(self._module))
        except OSError as error:
            raise WorkerLostError(f"the checker could not start: {error}") from error

    def _read(self, fd: int, size: int, deadline: float, may_be_gone: bool = False) -> bytes:
        data = bytearray()
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise WorkerLostError(f"it took longer than {self._seconds:g} s")
            piece = os.read(fd, size - len(data))
            if not piece:
                if may_be_gone and not data:
                    raise BrokenPipeError
                raise WorkerLostError("the checker crashed")
            data += piece
        return bytes(data)

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
        self._runner.collect(child)


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _frame(value: dict[str, Any]) -> bytes:
    body = json.dumps(value).encode()
    return _LENGTH.pack(len(body)) + body


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
        _write(sink, _frame(answer(json.loads(source.read(length)))))
