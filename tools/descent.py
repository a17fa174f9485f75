"""Finds and kills what a command started, also what left its process group.

Three nets: the tree of parents (before the root dies), a mark in the environment, and repetition, as a process may fork
while it is looked for. A process that has left its group, outlived its parent and wiped its environment is beyond all
three; the sandbox's own end takes it.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable
from pathlib import Path

MARK = "TOOL_CALL"
"""Environment variable that tells which call a process belongs to."""

Process = tuple[int, int]
"""A process that cannot be mistaken for a later one of the same number: pid and start time in clock ticks."""

_ROUNDS = 20


def tree_of(root: int) -> list[Process]:
    """`root` and all its living descendants, as far as the kernel still knows them."""
    children: dict[int, list[Process]] = {}
    found: list[Process] = []
    for pid in _pids():
        parsed = _stat(pid)
        if parsed is None:
            continue
        parent, start = parsed
        children.setdefault(parent, []).append((pid, start))
        if pid == root:
            found.append((pid, start))
    for pid, _ in found:
        found.extend(child for child in children.get(pid, ()) if child not in found)
    return found


def kill_tree(processes: Iterable[Process]) -> None:
    """SIGKILL to each process that is still the one that was seen."""
    for pid, start in processes:
        parsed = _stat(pid)
        if parsed is not None and parsed[1] == start:
            _kill(pid)


def kill_marked(prefix: str) -> int:
    """SIGKILL to every process whose mark begins with `prefix`, until none is left; how many kills were sent."""
    needle = f"{MARK}={prefix}".encode()
    killed = 0
    for _ in range(_ROUNDS):
        living = [pid for pid in _pids() if pid != os.getpid() and _is_marked(pid, needle)]
        if not living:
            break
        for pid in living:
            _kill(pid)
        killed += len(living)
    return killed


def _is_marked(pid: int, needle: bytes) -> bool:
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return environ.startswith(needle) or b"\0" + needle in environ


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208


def _stat(pid: int) -> tuple[int, int] | None:
    """Parent and start time; None for a process that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return int(fields[1]), int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
