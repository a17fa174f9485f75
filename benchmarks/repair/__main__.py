"""Measure the repair search alone on planted faults in packages given as unpacked source folders.

    python -m benchmarks.repair planted FOLDER… [--seed N] [--faults N] [--cap SECONDS] [--python PYTHON] [--json FILE]

`planted` plants single faults by `faults.py` (seeded) that at least one test notices. The search
runs in this process; its children are limited and killed as in a sandbox, but there is no wall: `real.py` measures the
whole command in Docker.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import random
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.repair.faults import Planter


@dataclasses.dataclass(slots=True)
class Outcome:
    """One bug: whether a patch passed all tests, and what it cost."""

    bug: str
    kind: str
    solved: bool
    seconds: float
    tried: int
    proposed: int
    same_line: bool = False
    operator: str = ""
    note: str = ""
    diff: str = ""
    fault: str = ""


def layout(folder: Path) -> dict[str, str]:
    """What must be on the import path for this source tree."""
    return {"PYTHONPATH": "src"} if (folder / "src").is_dir() else {}


def command(folder: Path, python: str, extra: Sequence[str] = ()) -> str:
    """The test command of a source tree."""
    prefix = "".join(f"{key}={value} " for key, value in layout(folder).items())
    return f"{prefix}{shlex.quote(python)} -m pytest -q -o addopts= {shlex.join(extra)}".strip()


def sources(folder: Path) -> list[Path]:
    """Files that a fault may be planted in."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from tools.repair.rank import editable

    found = []
    for path in sorted((folder / "src" if (folder / "src").is_dir() else folder).rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        if editable(name) and not re.match(r"(docs?|examples?|build|benchmarks?|scripts?|bin|misc)/", name):
            found.append(path)
    return found


def run_tests(folder: Path, python: str, seconds: float = 120.0) -> tuple[int | None, str]:
    """Run the whole suite; exit status (None: too slow) and the last lines."""
    try:
        done = subprocess.run(  # noqa: S602 - the command is made above
            command(folder, python, ["-p", "no:cacheprovider"]),
            shell=True,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=seconds,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout[-400:]


def search(folder: Path, test_command: str, cap: float, wanted: Iterable[str] = ()) -> dict[str, Any]:
    """Run one repair search; what it found and what it cost."""
    from tools.process import Runner
    from tools.repair.goal import Goal
    from tools.repair.search import Search

    began = time.monotonic()
    runner = Runner(folder, env={**os.environ, "LC_ALL": "C.UTF-8"})
    goal = Goal(test_command, wanted=tuple(wanted), workers=2, trace_seconds=min(15.0, cap / 4), test_seconds=120.0)
    found = Search(runner, folder, goal)
    answer: dict[str, Any] = {"solved": False, "diff": "", "operator": "", "line": 0, "note": ""}
    try:
        answer["note"] = found.localise()
        found.propose()
        while time.monotonic() - began < cap:
            finished = found.evaluate(min(5.0, cap - (time.monotonic() - began)), threading.Event())
            if finished:
                break
        if found.plausible:
            best = found.best()[0].candidate
            answer |= {"solved": True, "diff": found.diff(best), "operator": best.operator, "line": best.line}
        elif found.nearest is not None:
            answer["note"] += f"; nearest {found.nearest.candidate.operator} line {found.nearest.candidate.line}"
    except (OSError, ValueError) as error:
        answer["note"] = str(error)
    finally:
        found.close()
    answer |= {"seconds": time.monotonic() - began, "tried": found.counts.tried, "proposed": found.counts.proposed}
    return answer


def planted(folder: Path, args: argparse.Namespace, scratch: Path) -> Iterable[Outcome]:
    """Plant faults in one package, one at a time, and search for each."""
    rng = random.Random(f"{folder.name}:{args.seed}")
    status, tail = run_tests(folder, args.python)
    if status != 0:
        print(f"{folder.name}: its own tests do not pass here, left out: {tail.strip()[-200:]}")
        return
    files = sources(folder)
    made = 0
    for _ in range(args.faults * 25):
        if made == args.faults:
            return
        path = rng.choices(files, weights=[max(1, file.stat().st_size) for file in files])[0]
        fault = Planter(path.read_text()).plant(rng)
        if fault is None:
            continue
        copy = scratch / "work"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy, symlinks=True)
        where = copy / path.relative_to(folder)
        where.write_text(fault.source)
        status, _ = run_tests(copy, args.python, 60.0)
        if status != 1:
            continue  # no test notices, or nothing runs any more
        made += 1
        name = f"{folder.name}:{path.relative_to(folder)}:{fault.line}"
        found = search(copy, command(folder, args.python), args.cap)
        yield Outcome(
            name,
            fault.kind,
            found["solved"],
            round(found["seconds"], 1),
            found["tried"],
            found["proposed"],
            abs(found["line"] - fault.line) <= 1,
            found["operator"],
            found["note"],
            found["diff"],
            _fault_text(path.read_text(), fault.source),
        )


def _fault_text(old: str, new: str) -> str:
    import difflib

    return "".join(difflib.unified_diff(old.splitlines(True), new.splitlines(True), n=0))[:600]


def report(outcomes: Sequence[Outcome]) -> str:
    """Solve rates in all and by kind, with median time of the solved."""
    lines = []
    solved = [o for o in outcomes if o.solved]
    if outcomes:
        median = statistics.median([o.seconds for o in solved]) if solved else float("nan")
        tried = statistics.median([o.tried for o in outcomes])
        lines.append(
            f"{len(solved)} of {len(outcomes)} ({100 * len(solved) / len(outcomes):.0f} %) "
            "have a patch that passes all tests; "
            f"{sum(o.same_line for o in solved)} of them on the fault's own line; median {median:.1f} s where solved, "
            f"{tried:.0f} candidates tried"
        )
    for kind in sorted({o.kind for o in outcomes}):
        mine = [o for o in outcomes if o.kind == kind]
        lines.append(f"  {kind}: {sum(o.solved for o in mine)} of {len(mine)}")
    return "\n".join(lines)


def main() -> None:
    """Run the chosen measurement and print one line a bug and the rates."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repair", description=__doc__)
    parser.add_argument("mode", choices=("planted",))
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=5)
    parser.add_argument("--cap", type=float, default=60.0)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--json")
    args = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="repair-bench-") as scratch:
        runs = [planted(Path(folder).resolve(), args, Path(scratch)) for folder in args.folders]
        for run in runs:
            for outcome in run:
                outcomes.append(outcome)
                mark = "solved" if outcome.solved else "  --  "
                effort = f"{mark} {outcome.seconds:6.1f} s {outcome.tried:6d}"
                print(f"{effort} {outcome.bug} [{outcome.kind}] {outcome.operator}", flush=True)
    print(report(outcomes))
    if args.json:
        Path(args.json).write_text(json.dumps([dataclasses.asdict(o) for o in outcomes], indent=1))


if __name__ == "__main__":
    main()
