"""Per-action latency of the resident tool server beside `docker exec` per action, interleaved in one run.

The peer side does what mini-swe-agent's Docker environment does for each action: a `docker exec … bash -c COMMAND`
process against a long-lived container of the same image. Ours is a `bash` tool call, which also starts a fresh process
group per command. Run it as ``python -m benchmarks.latency [--rounds N] [--json]``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import time
from collections.abc import Sequence

from sandboxes.backends import get_backend
from sandboxes.contract import Sandbox, SandboxSpec
from sandboxes.images import require_image

TARGET = 8.0


async def measure(rounds: int, warmup: int = 5) -> dict[str, list[float]]:
    """Seconds of each action, by side, taken in turn: ours, the peer's, and a call that runs no process."""
    image = await require_image("docker")
    peer = _start_peer(image)
    times: dict[str, list[float]] = {"tool server, bash": [], "docker exec, bash": [], "tool server, no process": []}
    try:
        async with await get_backend("docker").start(SandboxSpec(image=image, workspace=None)) as sandbox:
            for number in range(rounds + warmup):
                ours = await _timed_call(sandbox, "bash", {"command": "true"})
                theirs = await asyncio.to_thread(_timed_exec, peer)
                nothing = await _timed_call(sandbox, "view", {"path": "/etc/hostname"})
                if number >= warmup:
                    for name, seconds in zip(times, (ours, theirs, nothing), strict=True):
                        times[name].append(seconds)
    finally:
        subprocess.run(["docker", "rm", "-f", peer], capture_output=True, check=False)
    return times


async def _timed_call(sandbox: Sandbox, tool: str, arguments: dict[str, str]) -> float:
    began = time.perf_counter()
    await sandbox.call(tool, arguments)
    return time.perf_counter() - began


def _start_peer(image: str) -> str:
    command = ["docker", "run", "-d", "--rm", "--init", "--network=none", image, "sleep", "600"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _timed_exec(container: str) -> float:
    began = time.perf_counter()
    subprocess.run(["docker", "exec", container, "bash", "-c", "true"], capture_output=True, check=True)
    return time.perf_counter() - began


def report(times: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Milliseconds: median and the 10th and 90th percentile of each side; and the ratio of the medians."""
    rows = {}
    for name, values in times.items():
        tenths = statistics.quantiles(values, n=10)
        rows[name] = {"p50": statistics.median(values) * 1e3, "p10": tenths[0] * 1e3, "p90": tenths[-1] * 1e3}
    ours, theirs = rows["tool server, bash"]["p50"], rows["docker exec, bash"]["p50"]
    rows["ratio"] = {"p50": theirs / ours}
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; status 1 where the target of 8 times is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = report(asyncio.run(measure(options.rounds)))
    if options.json:
        print(json.dumps(rows))
    else:
        for name, row in rows.items():
            print(f"{name:<26}" + "  ".join(f"{key} {value:8.2f}" for key, value in row.items()))
    return int(rows["ratio"]["p50"] < TARGET)


if __name__ == "__main__":
    raise SystemExit(main())
