"""Runs each job on a thread of its own; a few threads that are done wait for the next job instead of ending.

Starting a thread costs about as much as starting a small command: the starter waits until the thread runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

Job = Callable[[], None]
_IDLE = 4  # each counts against the sandbox's limit of processes


class Threads:
    """Threads for jobs; a job must not raise. `run` is for one thread only."""

    def __init__(self) -> None:
        self._idle: list[SimpleQueue[Job]] = []

    @property
    def idle(self) -> int:
        """How many threads wait for a job."""
        return len(self._idle)

    def run(self, job: Job) -> None:
        """Start `job` beside the caller.

        Raises:
            RuntimeError: no thread can be started.
        """
        if self._idle:
            self._idle.pop().put(job)
        else:
            threading.Thread(target=self._work, args=(job,), daemon=True).start()

    def _work(self, job: Job) -> None:
        inbox: SimpleQueue[Job] = SimpleQueue()
        while True:
            job()
            if len(self._idle) >= _IDLE:
                return
            self._idle.append(inbox)
            job = inbox.get()
