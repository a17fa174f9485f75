"""What a search is asked."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """What a search is asked: the command, the tests to turn green (empty: all that fail), words of the issue."""

    command: str
    wanted: tuple[str, ...] = ()
    words: str = ""
    frames: tuple[tuple[tuple[str, int], ...], ...] = ()
    output: str = ""
    test_seconds: float = 600.0
    workers: int = 2
    trace_seconds: float = 20.0


def as_goal(arguments: Mapping[str, Any]) -> Goal:
    """A goal from a tool's arguments."""
    frames = tuple(tuple((str(p), int(n)) for p, n in trace) for trace in arguments.get("frames", []))
    return Goal(
        command=arguments["command"],
        wanted=tuple(arguments.get("wanted", ())),
        words=arguments.get("words", ""),
        frames=frames,
        output=arguments.get("output", ""),
        test_seconds=float(arguments.get("test_seconds", 600.0)),
        workers=int(arguments.get("workers", 0)) or usable_cores(),
        trace_seconds=float(arguments.get("trace_seconds", 20.0)),
    )


def usable_cores() -> int:
    """How many processors this process may really use: its affinity and its control group's quota."""
    cores = float(len(os.sched_getaffinity(0)))
    for pair in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            words = " ".join(Path("/sys/fs/cgroup", name).read_text() for name in pair).split()
            quota, period = float(words[0]), float(words[1])
        except (OSError, ValueError, IndexError):
            continue  # no such group, or "max"
        if quota > 0 and period > 0:
            cores = min(cores, quota / period)
    return max(1, math.ceil(cores))
