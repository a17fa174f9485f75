"""Waits for a process's output and for its death at once."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import time

from tools.capture import Capture

CHUNK = 1 << 16
"""Bytes read at a time."""


class Watch:
    """Waits for output or death of one process at once."""

    def __init__(self, pid: int, fd: int, capture: Capture) -> None:
        self.pid, self.fd, self.capture = pid, fd, capture
        self._eof = False
        self._poll = select.poll()
        os.set_blocking(fd, False)
        with contextlib.suppress(OSError):
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, 1 << 18)
        self._poll.register(fd, select.POLLIN)
        try:
            self._pidfd = os.pidfd_open(pid)
            self._poll.register(self._pidfd, select.POLLIN)
        except OSError:  # a kernel without pidfd: look often instead
            self._pidfd = -1

    def dead(self) -> bool:
        """Whether the process has ended (and waits to be reaped)."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def step(self, seconds: float) -> None:
        """Wait up to `seconds` for output or death, and take the output there is."""
        if self._pidfd < 0:
            seconds = min(seconds, 0.005)
        for fd, _ in self._poll.poll(seconds * 1000):
            if fd == self.fd:
                self._read()

    def drain(self, seconds: float) -> bool:
        """Take what is left after the end; True where the pipe closed within `seconds`."""
        end = time.monotonic() + seconds
        while not self._eof:
            left = end - time.monotonic()
            if left <= 0 or not self._poll.poll(left * 1000):
                break
            self._read()
        return self._eof

    def release(self) -> None:
        """Stop watching the process, which has been reaped."""
        if self._pidfd >= 0:
            self._poll.unregister(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1

    def _read(self) -> None:
        try:
            data = os.read(self.fd, CHUNK)
        except BlockingIOError:
            return
        if data:
            self.capture.feed(data)
        elif not self._eof:
            self._eof = True
            self._poll.unregister(self.fd)
