"""The caller's side of killable parsing: a child process that is asked, waited for with a limit, and killed at it."""

from __future__ import annotations

import contextlib
import marshal
import os
import select
import subprocess
import threading
import time
from typing import Any

from tools.index.record import EMPTY, Record
from tools.interpreter import python_command

PARSE_SECONDS = 5.0
"""The longest that one file may keep a parser."""
_CHUNK = 1 << 20


class ParseFailedError(Exception):
    """The worker did not answer in time, died, or refused."""


class Worker:
    """One parsing process, started at first use and again after it was killed. One thread at a time uses it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(self, operation: str, *arguments: Any, seconds: float = PARSE_SECONDS) -> Any:
        """The worker's answer to one request.

        Raises:
            ParseFailedError: no answer within `seconds`, or an error in the worker; the next request gets a new one.
        """
        with self._lock:
            try:
                good, value = self._exchange(marshal.dumps((operation, arguments)), time.monotonic() + seconds)
            except (OSError, EOFError, ValueError, TypeError) as error:
                self.close()
                raise ParseFailedError(f"the parser gave up ({str(error) or type(error).__name__})") from None
        if not good:
            raise ParseFailedError(str(value))
        return value

    def index(self, files: list[tuple[str, bytes]]) -> list[Record]:
        """The records of `files` (language, bytes). A file that hangs or kills the parser gets an empty one."""
        try:
            answer = self.ask("index", files, seconds=PARSE_SECONDS * (2 if len(files) > 1 else 1))
            return [Record(*record) for record in answer]
        except ParseFailedError:
            if len(files) == 1:
                return [_text_record(files[0][1])]
            return [record for file in files for record in self.index([file])]

    def close(self) -> None:
        """End the process; safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(ChildProcessError, OSError):
            process.wait()

    def _exchange(self, request: bytes, deadline: float) -> tuple[bool, Any]:
        process = self._process if self._process is not None and self._process.poll() is None else self._start()
        assert process.stdin is not None  # noqa: S101  (both pipes were asked for)
        assert process.stdout is not None  # noqa: S101
        _send(process.stdin.fileno(), len(request).to_bytes(8, "little") + request, deadline)
        size = int.from_bytes(_receive(process.stdout.fileno(), 8, deadline), "little")
        good, value = marshal.loads(_receive(process.stdout.fileno(), size, deadline))  # noqa: S302
        return bool(good), value

    def _start(self) -> subprocess.Popen[bytes]:
        self.close()
        # Not through the runner, which is for commands that end: this one stays, and dies with our end of its pipe.
        self._process = subprocess.Popen(
            python_command("tools.index.worker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
        return self._process


def _text_record(source: bytes) -> Record:
    from tools.index.extract import text_only
    from tools.index.record import pack

    return pack(text_only(source)) if source else EMPTY


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("it took too long")
    return left


def _send(fd: int, data: bytes, deadline: float) -> None:
    view = memoryview(data)
    while view:
        if not select.select([], [fd], [], _left(deadline))[1]:
            continue
        with contextlib.suppress(BlockingIOError):
            view = view[os.write(fd, view[:_CHUNK]) :]


def _receive(fd: int, size: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    while size:
        if not select.select([fd], [], [], _left(deadline))[0]:
            continue
        part = b""
        with contextlib.suppress(BlockingIOError):
            part = os.read(fd, min(size, _CHUNK))
            if not part:
                raise EOFError("it died")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
