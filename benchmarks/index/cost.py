"""Compares what the index costs with what Aider's repository map costs, in CPU seconds, interleaved in one run.

Usage: ``python -m benchmarks.index.cost AIDER_PYTHON ROUNDS REPO:EDITED_FILE:NAME …`` where REPO is a git checkout.
Every figure is the user and system time of a whole process and its children, as the kernel counts it at their end; the
ratio is taken round by round and its median told. "Live" is the time of a further query in a process that is warm.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def run(command: list[str]) -> tuple[dict[str, Any], float]:
    """The JSON that a command prints last, and the CPU seconds of it and its children."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    said = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    lines = [line for line in said.split("\n") if line.startswith("{")]
    return (json.loads(lines[-1]) if lines else {}), usage.ru_utime + usage.ru_stime


def ratio(pairs: list[tuple[float, float]]) -> str:
    """Both medians, the median ratio and its spread."""
    ratios = sorted(theirs / ours for theirs, ours in pairs)
    theirs, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    return f"{theirs:8.3f} {ours:8.3f}   {statistics.median(ratios):6.1f}x  ({ratios[0]:.1f} to {ratios[-1]:.1f})"


def compare(aider: str, repo: Path, edited: str, name: str, rounds: int) -> None:
    """Print the figures of one repository."""
    theirs = [aider, str(HERE / "aider_side.py"), "cost", str(repo)]
    ours = [sys.executable, str(HERE / "our_side.py")]
    cold, warm, live = [], [], []
    peaks: dict[str, float] = {}
    built: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/index.db"
        for _ in range(rounds):
            for cache in repo.glob(".aider.tags.cache*"):
                shutil.rmtree(cache)
            peer_cold, peer_cold_cpu = run(theirs)
            built, cold_cpu = run([*ours, "build", str(repo), database])
            cold.append((peer_cold_cpu, cold_cpu))
            _, peer_warm_cpu = run(theirs)
            _, warm_cpu = run([*ours, "map1", str(repo), database])
            warm.append((peer_warm_cpu, warm_cpu))
            peer, _ = run([*theirs, "--again", "3"])
            mine, _ = run([*ours, "map", str(repo), database])
            live += list(zip(peer["again"], mine["again"], strict=False))
            peaks = {
                "aider": max(peer["peak_mb"], peer_cold["peak_mb"]),
                "builder": built["peak_mb"],
                "a parser of the builder": built["worker_peak_mb"],
                "server": mine["peak_mb"],
            }
        edit, _ = run([*ours, "edit", str(repo), database, edited])
        lookup, _ = run([*ours, "lookup", str(repo), database, name])
    print(
        f"\n{repo.name}: {built['files']} files indexed, database {built['db_mb']:.1f} MB; CPU seconds, {rounds} rounds"
    )
    print(f"cold            aider/ours {ratio(cold)}")
    print(f"warm process    aider/ours {ratio(warm)}")
    print(f"live re-rank    aider/ours {ratio(live)}")
    print(
        f"edit of {edited} ({edit['lines']} lines) to symbol found: "
        f"{statistics.median(edit['wall_ms']):.1f} ms wall (median), "
        f"{min(edit['wall_ms']):.1f} to {max(edit['wall_ms']):.1f}"
    )
    print(f"lookup of {name}: {lookup[name]['median_us']:.0f} µs, {lookup[name]['hits']} hits")
    print("peak MB: " + ", ".join(f"{who} {peak:.0f}" for who, peak in peaks.items()))


def main() -> None:
    """Compare every repository."""
    aider, rounds = sys.argv[1], int(sys.argv[2])
    for given in sys.argv[3:]:
        repo, edited, name = given.split(":")
        compare(aider, Path(repo).resolve(), edited, name, rounds)


if __name__ == "__main__":
    main()
