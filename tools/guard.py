"""Makes the server hard to hurt from inside: not traceable by its children, deaf to their signals, heir of orphans."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def harden(stop: Callable[[], None]) -> list[str]:
    """Protect this process; `stop` is called on an ending signal where we are not PID 1. Returns what failed.

    As PID 1 every signal keeps its default, which the kernel does not deliver to a namespace's init: children cannot
    end the server, and nothing ignored is inherited by them. Source: pid_namespaces(7), prctl(2).
    """
    failed = []
    for option, value, name in ((_PR_SET_DUMPABLE, 0, "PR_SET_DUMPABLE"), (_PR_SET_CHILD_SUBREAPER, 1, "subreaper")):
        if not _prctl(option, value):
            failed.append(name)
    init = os.getpid() == 1
    for number in _ENDING:
        signal.signal(number, signal.SIG_DFL if init else lambda *_: stop())
    return failed


def _prctl(option: int, value: int) -> bool:
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False
