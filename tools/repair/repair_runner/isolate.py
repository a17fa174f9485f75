"""Fork a child that may do anything, hear its report through a pipe, and end it and all it started.

Nothing that the child does is believed except lines on the pipe that carry the job's nonce. Code that runs in the child
could read the nonce from its own process and forge the lines: the true verdict is given later, in a clean sandbox.
"""

# Runs under Python 3.8 too, and asks the system in the cheapest way.
# ruff: noqa: BLE001, PTH123, PTH208, UP031

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import time
from collections.abc import Callable
from typing import Any

PR_SET_CHILD_SUBREAPER = 36
MAX_REPORT = 64 << 20
Send = Callable[[dict[str, Any]], None]


def become_subreaper() -> None:
    """Let orphans of children come to this process, so that a daemonised test can still be found and killed."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, task)) as file:
                found += [int(word) for word in file.read().split()]
    return found


def _kill_strays(keep: int = 0) -> None:
    """Kill and reap whatever is still a descendant (grandchildren become ours by the subreaper flag)."""
    for _ in range(50):
        strays = [pid for pid in _children(os.getpid()) if pid != keep]
        if not strays:
            return
        for pid in strays:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        for pid in strays:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _limit(memory: int, cpu_seconds: float) -> None:
    def cap(what: int, value: int) -> None:
        _, hard = resource.getrlimit(what)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (value, value))

    with contextlib.suppress(OSError, ValueError, IndexError):
        with open("/proc/self/statm") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        cap(resource.RLIMIT_AS, mapped + memory)
    cap(resource.RLIMIT_CPU, int(cpu_seconds) + 2)
    cap(resource.RLIMIT_FSIZE, 64 << 20)
    cap(resource.RLIMIT_CORE, 0)


_PRIVATE: set[int] = set()


def keep_private(descriptor: int) -> None:
    """Name a descriptor that children must never hold."""
    _PRIVATE.add(descriptor)


def run_child(
    body: Callable[[Send], None],
    *,
    nonce: str,
    seconds: float,
    memory: int,
    on_start: Callable[[], None] = lambda: None,
) -> tuple[str, list[dict[str, Any]]]:
    """Run `body` in a forked child and return how it ended with the records it sent.

    The ending is `done` (the body came to its end), `crash` (the child went away without that) or `timeout`.
    """
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.close(read)
            on_start()
            for descriptor in _PRIVATE:
                os.close(descriptor)
            _limit(memory, seconds)

            def send(record: dict[str, Any]) -> None:
                data = memoryview(json.dumps({"n": nonce, "r": record}).encode() + b"\n")
                while data:
                    data = data[os.write(write, data) :]

            body(send)
            send({"end": True})
        except BaseException:
            os._exit(70)
        os._exit(0)
    os.close(write)
    try:
        ending, lines = _listen(read, nonce, time.monotonic() + seconds)
    finally:
        os.close(read)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
        _kill_strays()
    return ending, lines


def _listen(read: int, nonce: str, deadline: float) -> tuple[str, list[dict[str, Any]]]:
    records: list[dict[str, Any]] = []
    rest, total = b"", 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return "timeout", records
        ready, _, _ = select.select([read], [], [], left)
        if not ready:
            return "timeout", records
        data = os.read(read, 1 << 20)
        total += len(data)
        if not data or total > MAX_REPORT:
            return "crash", records
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if not isinstance(record, dict) or record.get("n") != nonce or not isinstance(record.get("r"), dict):
                continue
            if record["r"].get("end"):
                return "done", records
            records.append(record["r"])


def decode(line: bytes) -> dict[str, Any]:
    """A job from its line."""
    job = json.loads(line)
    if not isinstance(job, dict):
        raise ValueError("a job is a JSON object")
    return job


Edit = tuple[int, int, bytes]


def edits_of(job: dict[str, Any]) -> list[tuple[str, list[Edit]]]:
    """A job's edits, file by file, with their replacement as bytes."""
    return [
        (path, [(start, end, text.encode("utf-8", "surrogateescape")) for start, end, text in edits])
        for path, edits in job.get("files", {}).items()
    ]
