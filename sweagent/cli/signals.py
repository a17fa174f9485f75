"""Ctrl-C and SIGTERM during a run: the first cancels it in order, the second is told to wait, the third gives up."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def cancelling(say: Callable[[str], None]) -> Iterator[None]:
    """Inside, a signal cancels the current task once. `say` tells the person what goes on.

    The third signal ends the process at once with status 130. That is safe too: a sandbox ends when its host process
    does, and the next command marks the run as interrupted.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is None:
        raise RuntimeError("must be used inside a task")
    count = 0

    def on_signal() -> None:
        nonlocal count
        count += 1
        if count == 1:
            say("cancelling: closing the sandboxes")
            task.cancel()
        elif count == 2:
            say("already cancelling; once more to stop at once")
        else:
            os._exit(130)

    for number in SIGNALS:
        loop.add_signal_handler(number, on_signal)
    try:
        yield
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
