"""One process behind a wall without an engine: its socket, its last words, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence

from sandboxes.wires import StreamWire

_MAX_ERRORS = 8192


class Jail:
    """A started process. One socket is its standard input and output; the end of its standard error is kept."""

    def __init__(self, process: subprocess.Popen[bytes], wire: StreamWire, errors: int) -> None:
        self.wire = wire
        self._process, self._errors = process, errors
        self._said: deque[int] = deque(maxlen=_MAX_ERRORS)
        self._loop = asyncio.get_running_loop()
        self._exited = asyncio.Event()
        self._pidfd = os.pidfd_open(process.pid)
        self._loop.add_reader(self._pidfd, self._on_exit)
        self._loop.add_reader(errors, self._on_errors)

    @classmethod
    async def launch(cls, command: Sequence[str], env: Mapping[str, str], descriptors: Sequence[int]) -> Jail:
        """Start `command` with nothing of ours but `env` and `descriptors`."""
        process, ours, errors = _spawn(command, env, descriptors)
        return cls(process, await StreamWire.over(ours), errors)

    @property
    def status(self) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        return self._process.returncode

    @property
    def said(self) -> str:
        """The end of its standard error."""
        return bytes(self._said).decode("utf-8", "replace")

    async def exit(self, within: float) -> bool:
        """Wait for the end; whether it came in time."""
        try:
            await asyncio.wait_for(self._exited.wait(), within)
        except TimeoutError:
            return False
        return True

    async def kill(self) -> None:
        """End it now."""
        self.wire.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._exited.wait()

    def _on_exit(self) -> None:
        if self._process.poll() is None:
            return
        self._on_errors()
        for descriptor in (self._pidfd, self._errors):
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
        self._exited.set()

    def _on_errors(self) -> None:
        try:
            data = os.read(self._errors, 1 << 16)
        except BlockingIOError:
            return
        if data:
            self._said.extend(data)
        else:
            self._loop.remove_reader(self._errors)


def _spawn(
    command: Sequence[str], env: Mapping[str, str], descriptors: Sequence[int]
) -> tuple[subprocess.Popen[bytes], socket.socket, int]:
    """The process, our end of its socket, and where its standard error can be read.

    Started by the calling thread and no other: the jail dies with the thread that made it (prctl(2),
    PR_SET_PDEATHSIG). It costs the event loop about a millisecond.
    """
    ours, theirs = socket.socketpair()
    errors, their_errors = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    os.set_blocking(their_errors, True)
    try:
        process = subprocess.Popen(
            command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=their_errors, pass_fds=descriptors,
            env=env, start_new_session=True,
        )  # fmt: skip
    except BaseException:
        ours.close()
        os.close(errors)
        raise
    finally:
        theirs.close()
        os.close(their_errors)
    return process, ours, errors
