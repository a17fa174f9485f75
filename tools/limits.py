"""Tells which limit of the sandbox a command ran into, from the kernel's own counters where it can see them."""

from __future__ import annotations

import errno
import re
import signal
from collections.abc import Mapping
from pathlib import Path

from tools.capture import Output

_GROUP = Path("/sys/fs/cgroup")
_SOURCES = (
    ("memory", "memory.events", "oom_kill"),
    ("memory", "memory/memory.oom_control", "oom_kill"),
    ("pids", "pids.events", "max"),
    ("pids", "pids/pids.events", "max"),
)
_FORK = re.compile(
    rb"fork: (?:retry: )?Resource temporarily unavailable|can't start new thread|can't fork"
    rb"|Cannot fork|BlockingIOError: \[Errno 11\]|pthread_create failed"
)
_DISK = re.compile(rb"No space left on device|Disk quota exceeded")


def counters() -> dict[str, int]:
    """How often each limit was hit so far, as far as the kernel tells."""
    counts: dict[str, int] = {}
    for limit, name, key in _SOURCES:
        try:
            text = (_GROUP / name).read_text()
        except OSError:
            continue
        for line in text.splitlines():
            word, _, number = line.partition(" ")
            if word == key and number.strip().isdigit():
                counts[limit] = int(number)
    return counts


def hit(before: Mapping[str, int], status: int, output: Output, disk_full: bool) -> str | None:
    """The limit that a command ran into, or None. `status` is negative for a signal, as `subprocess` gives it."""
    after = counters() if status else {}
    if after.get("memory", 0) > before.get("memory", 0):
        return "memory"
    said = output.head + output.tail
    if status and (after.get("pids", 0) > before.get("pids", 0) or _FORK.search(said)):
        return "pids"
    if status in (-signal.SIGXFSZ, 128 + signal.SIGXFSZ):
        return "file"
    if disk_full or (status and _DISK.search(said)):
        return "disk"
    return None


def of_error(error: OSError) -> str | None:
    """The limit behind an error of the system, or None."""
    match error.errno:
        case errno.EAGAIN:
            return "pids"
        case errno.ENOMEM:
            return "memory"
        case errno.ENOSPC | errno.EDQUOT:
            return "disk"
        case errno.EFBIG:
            return "file"
        case _:
            return None
