"""Finds and kills what a command started, also what left its process group.

Three nets: the tree of parents (before the root dies), a mark in the environment, and repetition, as a process may fork
while it is looked for. A process that has left its group, outlived its parent and wiped its environment is beyond all
three; the sandbox's own end takes it.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Collection, Iterable
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
            _signal(pid, signal.SIGKILL)


def kill_marked(prefix: str, spare: Collection[str] = ()) -> int:
    """SIGKILL to every process whose mark begins with `prefix` and is not in `spare`, until none is left; how many.

    All of them are stopped before the first is killed: of a crowd that forks, the rest would fill the gaps.
    """
    killed = 0
    for _ in range(_ROUNDS):
        stopped: set[int] = set()
        for _ in range(_ROUNDS):
            fresh = [pid for pid in _pids() if pid not in stopped and _is_marked(pid, prefix, spare)]
            for pid in fresh:
                _signal(pid, signal.SIGSTOP)
            stopped.update(fresh)
            if not fresh:
                break
        for pid in stopped:
            _signal(pid, signal.SIGKILL)
        killed += len(stopped)
        if not stopped:
            break
    return killed


def _is_marked(pid: int, prefix: str, spare: Collection[str]) -> bool:
    if pid == os.getpid():
        return False
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    needle = f"{MARK}={prefix}".encode()
    at = 0 if environ.startswith(needle) else environ.find(b"\0" + needle) + 1
    if at == 0 and not environ.startswith(needle):
        return False
    mark = environ[at + len(MARK) + 1 :].split(b"\0", 1)[0]
    return mark.decode("ascii", "replace") not in spare


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208


def _stat(pid: int) -> tuple[int, int] | None:
    """Parent and start time; None for a process that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return int(fields[1]), int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
