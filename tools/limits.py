"""Tells which limit of the sandbox a command ran into, from the kernel's own counters where it can see them."""

from __future__ import annotations

import errno
import os
import re
import signal
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from tools.capture import Output

_GROUP = Path("/sys/fs/cgroup")
_SOURCES = (
    ("memory", "memory.events", b"oom_kill"),
    ("memory", "memory/memory.oom_control", b"oom_kill"),
    ("pids", "pids.events", b"max"),
    ("pids", "pids/pids.events", b"max"),
)
_FORK = re.compile(
    rb"fork: (?:retry: )?Resource temporarily unavailable|can't start new thread|can't fork"
    rb"|Cannot fork|BlockingIOError: \[Errno 11\]|pthread_create failed"
)
_DISK = re.compile(rb"No space left on device|Disk quota exceeded")


def counters() -> dict[str, int]:
    """How often each limit was hit so far, as far as the kernel tells."""
    counts: dict[str, int] = {}
    for limit, name, key in _readable():
        for line in _text(name).splitlines():
            word, _, number = line.partition(b" ")
            if word == key and number.strip().isdigit():
                counts[limit] = int(number)
    return counts


@lru_cache
def _readable() -> tuple[tuple[str, str, bytes], ...]:
    """Which of the sources this kernel shows; that does not change while we run."""
    return tuple((limit, f"{_GROUP}/{name}", key) for limit, name, key in _SOURCES if (_GROUP / name).exists())


def _text(path: str) -> bytes:
    # By bare system calls: this runs before every command, and a file object costs three times as much.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


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
