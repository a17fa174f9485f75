"""Runs this project's index over one repository and prints CPU seconds and maps; the other side of `aider_side`.

Modes: ``build ROOT DB``; ``map ROOT DB`` (a warm map in a new process and several more), ``map1`` (one only);
``serve ROOT DB`` as `aider_side` does; ``edit ROOT DB FILE`` (appends to FILE again and again, and back);
``lookup ROOT DB NAME …``.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

# A benchmark reads the room's code in process to time it; the product itself never imports `tools` on the host.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def cpu() -> float:
    """CPU seconds of this process and its ended children."""
    own, gone = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + gone.ru_utime + gone.ru_stime


def opened(root: Path, database: Path) -> Any:
    """The index of `root`, built first where `database` is missing."""
    from tools.index.build import build
    from tools.index.index import Index
    from tools.index.store import Store
    from tools.process import Runner

    if not database.exists():
        build(root, database)
    return Index(Store(database), Runner(root))


def one_map(index: Any, ranker: Any, text: str, tokens: int) -> tuple[str, float]:
    """A map and its CPU seconds, the look at the file system included."""
    from tools.index.rank import Task
    from tools.index.render import render

    started = cpu()
    index.refresh()
    result = render(index, ranker.rank(Task(text)), tokens)
    return result, cpu() - started


def serve(root: Path, database: Path) -> None:
    """Answer one JSON request a line."""
    from tools.index.rank import Ranker

    index = opened(root, database)
    ranker = Ranker(index)
    for line in sys.stdin:
        request = json.loads(line)
        text, took = one_map(index, ranker, request["text"], request["tokens"])
        print(json.dumps({"map": text, "cpu": took}), flush=True)
    index.close()


def single(root: Path, database: Path) -> dict[str, Any]:
    """One map in this new process and nothing else."""
    return warm(root, database, 0)


def warm(root: Path, database: Path, more: int = 5) -> dict[str, Any]:
    """One map in this new process, then `more` others."""
    from tools.index.rank import Ranker

    index = opened(root, database)
    ranker = Ranker(index)
    one_map(index, ranker, "Fix a bug in the query compiler", 4096)
    first = cpu()
    again = [one_map(index, ranker, f"look at number {n} of the form validation errors", 4096)[1] for n in range(more)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    index.close()
    return {"first": first, "again": again, "peak_mb": peak, "files": len(index.rows)}


def edit(root: Path, database: Path, name: str) -> dict[str, Any]:
    """Milliseconds until a definition appended to a file is found, wall and CPU, over several edits."""
    index = opened(root, database)
    index.refresh()
    path = root / name
    source = path.read_bytes()
    shape = (
        b"\n\ndef fresh_%d():\n    return %d\n" if name.endswith(".py") else b"\nfunction fresh_%d() { return %d; }\n"
    )
    walls, own = [], []
    try:
        for number in range(12):
            path.write_bytes(source + shape % (number, number))
            started, busy = time.perf_counter(), cpu()
            index.refresh()
            assert index.lookup(f"fresh_{number}")
            walls.append((time.perf_counter() - started) * 1000)
            own.append((cpu() - busy) * 1000)
    finally:
        path.write_bytes(source)
    index.close()
    return {"lines": source.count(b"\n"), "wall_ms": walls[2:], "own_cpu_ms": own[2:], "first_ms": walls[0]}


def lookup(root: Path, database: Path, names: list[str]) -> dict[str, Any]:
    """Microseconds of a lookup of each name, the median of many."""
    index = opened(root, database)
    result: dict[str, Any] = {}
    for name in names:
        times = []
        for _ in range(50):
            started = time.perf_counter()
            found = index.lookup(name)
            times.append((time.perf_counter() - started) * 1e6)
        result[name] = {"hits": len(found), "median_us": sorted(times)[25]}
    index.close()
    return result


def built(root: Path, database: Path) -> dict[str, Any]:
    """A build from nothing: CPU seconds of all processes, peak memory, counters."""
    from tools.index.build import build

    database.unlink(missing_ok=True)
    gc.disable()  # as the builder's own `main` does
    tally = build(root, database)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "cpu": cpu(),
        "peak_mb": peak,
        "worker_peak_mb": worker,
        "parsed": tally.parsed,
        "files": tally.files,
        "db_mb": database.stat().st_size / 1e6,
    }


def main() -> None:
    """Run the mode asked for."""
    mode, root, database = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()
    if mode == "serve":
        serve(root, database)
        return
    modes = {"build": built, "map": warm, "map1": single}
    if mode in modes:
        result = modes[mode](root, database)
    elif mode == "edit":
        result = edit(root, database, sys.argv[4])
    else:
        result = lookup(root, database, sys.argv[4:])
    print(json.dumps(result))


if __name__ == "__main__":
    main()
