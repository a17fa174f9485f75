"""Buries orphans: as PID 1 (or subreaper) the server inherits processes whose parents died, and must wait for them.

The children that the server started itself are `own`; their exit status belongs to whoever started them.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

_GRACE = 2.0
"""Seconds that an unknown zombie is left to a waiter we do not know of."""
_CROWD = 32
"""So many unknown zombies are buried at once: they use up the process limit."""


class Reaper:
    """Starts processes and reaps those that nobody else waits for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._own: set[int] = set()
        self._born = threading.Event()
        self._seen: dict[int, float] = {}

    def start(self, spawn: Callable[[], Popen[bytes]]) -> Popen[bytes]:
        """Run `spawn` so that its child is known as ours before it can be mistaken for an orphan."""
        with self._lock:
            process = spawn()
            self._own.add(process.pid)
        self._born.set()
        return process

    def wait(self, process: Popen[bytes]) -> int:
        """Collect the exit status of a child that has ended; negative for a signal, as `subprocess` does."""
        with self._lock:
            status = process.wait()
            self._own.discard(process.pid)
        return status

    def run_forever(self) -> None:
        """Reap orphans; the body of a daemon thread. Sleeps in the kernel while no child is dead."""
        last = 0
        while True:
            self._born.clear()
            try:
                dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
            except ChildProcessError:
                self._born.wait(5.0)
                continue
            # A child of our own is its starter's to reap, and a look at all processes would hold that up. If it is
            # still there the next time, it may hide others.
            pid = dead.si_pid if dead is not None else 0
            if pid == last or pid not in self._own:
                self.bury()
            last = pid
            time.sleep(0.02)

    def bury(self) -> int:
        """Reap the orphans that are dead now; how many."""
        buried = 0
        with self._lock:
            strangers = [pid for pid in _dead_children() if pid not in self._own]
            now = time.monotonic()
            self._seen = {pid: self._seen.get(pid, now) for pid in strangers}
            for pid, since in self._seen.items():
                if now - since >= _GRACE or len(strangers) > _CROWD:
                    with contextlib.suppress(ChildProcessError):
                        os.waitpid(pid, os.WNOHANG)
                        buried += 1
        return buried


def _dead_children() -> list[int]:
    me = os.getpid()
    found = []
    for entry in os.listdir("/proc"):  # noqa: PTH208  (thousands of Path objects for nothing)
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                state, parent = Path(f"/proc/{entry}/stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
                if state == "Z" and int(parent) == me:
                    found.append(int(entry))
    return found
