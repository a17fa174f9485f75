"""Solve real past bugs of packages with the real command: `python -m benchmarks.repair.real [NAME=OLDER:NEWER …]`.

For each package the sdists of two consecutive releases come from the package index. The newer release's tests on the
older release's source show real bugs; where they show none, one fault is planted by `faults.py`, which was written
apart from the repair operators. Each bug becomes a git repository, and `sweagent solve` in Docker is asked to mend it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.repair.likeness import likeness
from benchmarks.repair.packages import NoSdist, fetch, unpack
from benchmarks.repair.reconstruct import Bug, past_bugs, planted_bug, real_fix
from sandboxes.images import require_image

PACKAGES = (
    "xmltodict=0.12.0:0.13.0",
    "inflection=0.5.0:0.5.1",
    "parse=1.18.0:1.19.0",
    "toolz=0.11.2:0.12.0",
    "tabulate=0.8.9:0.8.10",
    "sqlparse=0.4.3:0.4.4",
    "h11=0.13.0:0.14.0",
    "mistune=2.0.4:2.0.5",
    "markdown=3.4.1:3.4.2",
    "click=8.1.3:8.1.4",
    "semver=2.10.2:2.13.0",
    "cachetools=5.3.0:5.3.1",
    "boltons=23.0.0:23.1.0",
    "voluptuous=0.13.0:0.13.1",
    "jsonpointer=2.3:2.4",
    "cssselect=1.1.0:1.2.0",
)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one bug. `like` compares an accepted patch with the real fix."""

    package: str
    versions: str
    kind: str
    tests: tuple[str, ...]
    solved: bool
    status: str
    seconds: float
    proposed: int
    tried: int
    patch: str
    like: str
    reason: str
    real: str


def bugs_of(spec: str, args: argparse.Namespace, image: str) -> Iterator[Bug]:
    """The bugs of ``NAME=OLDER:NEWER``: past ones, else a planted one."""
    name, _, versions = spec.partition("=")
    older, _, newer = versions.partition(":")
    work = args.work / "bugs" / name
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    trees = [(v, unpack(fetch(name, v, args.work / "sdist"), work / f"release-{v}")) for v in (older, newer)]
    found = 0
    if not args.only_planted:
        for bug in past_bugs(name, trees[0], trees[1], image, work):
            found += 1
            if found <= args.per_package:
                yield bug
    if found > args.per_package:
        print(f"       {name}: {found} past bugs, {args.per_package} of them taken", flush=True)
    if not found:
        planted = planted_bug(name, trees[1], image, work, args.seed)
        if planted is not None:
            yield planted


def solve(bug: Bug, args: argparse.Namespace) -> Row:
    """Run the real command on one bug."""
    issue = args.work / "issue.txt"
    issue.write_text(bug.issue, encoding="utf-8")
    command = [
        args.sweagent,
        "solve",
        str(bug.repo),
        "--issue",
        f"@{issue}",
        "--test",
        bug.command,
        "--json",
        "--quiet",
    ]
    command += ["--time-limit", str(args.time_limit), "--image", "base", "--no-setup", "--strategy", "repair"]
    for test in () if bug.planted else bug.tests:  # beside a past bug, tests of other changes fail too
        command += ["--target", test]
    began = time.monotonic()
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, "SWEAGENT_HOME": str(args.work / "home")},
        check=False,
    )
    seconds = time.monotonic() - began
    told = _object(done.stdout)
    counts = next((a.get("candidates") or {} for a in told.get("attempts", [])), {})
    patch = told.get("patch") or ""
    solved = done.returncode == 0
    like = likeness(bug, _patched(bug, told), patch) if solved else ""
    reason = told.get("reason") or done.stderr[-300:]
    return Row(
        bug.package, bug.versions, bug.kind, bug.tests, solved, told.get("status", f"exit {done.returncode}"),
        round(seconds, 1), counts.get("proposed", 0), counts.get("tried", 0), patch if solved else "", like, reason,
        real_fix(bug)[:4000],
    )  # fmt: skip


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _patched(bug: Bug, told: dict[str, Any]) -> dict[str, str]:
    """The files that the patch changes, as they stand on the branch."""
    git = ["git", "-C", str(bug.repo)]
    names = subprocess.run([*git, "diff", "--name-only", told["base"], told["head"]], capture_output=True, check=True)
    files = {}
    for name in names.stdout.decode().splitlines():
        shown = subprocess.run([*git, "show", f"{told['head']}:{name}"], capture_output=True, check=True)
        files[name] = shown.stdout.decode("utf-8", "replace")
    return files


def line(row: Row) -> str:
    """One row of the table for people."""
    changed = [part for part in row.patch.splitlines() if part[:1] in "+-" and part[:3] not in ("+++", "---")]
    mark = "solved" if row.solved else row.status
    effort = f"{row.tried} of {row.proposed}"
    head = f"{mark:9s} {row.seconds:6.1f} s {effort:>15s}  {row.package} {row.versions} [{row.kind}] {row.like}"
    return "\n".join([head, f"{'':36s}{row.tests[0]}", *(f"{'':36s}{part.rstrip()[:100]}" for part in changed[:6])])


def totals(rows: Sequence[Row]) -> str:
    """How many of how many, past and planted apart."""
    lines = []
    for name, mine in (
        ("past bugs", [row for row in rows if row.kind == "past"]),
        ("planted faults", [row for row in rows if row.kind != "past"]),
    ):
        won = [row for row in mine if row.solved]
        near = {like: sum(row.like == like for row in won) for like in ("same code", "same lines", "plausible")}
        told = ", ".join(f"{count} {like}" for like, count in near.items())
        lines.append(f"{name}: {len(won)} of {len(mine)} solved ({told})")
    times = [row.seconds for row in rows if row.solved]
    if times:
        lines.append(f"median of the solved: {statistics.median(times):.1f} s")
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark and print a row a bug and the totals."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repair.real", description=__doc__)
    parser.add_argument("packages", nargs="*", default=list(PACKAGES), metavar="NAME=OLDER:NEWER")
    parser.add_argument("--work", type=Path, required=True, help="folder for everything that is made")
    parser.add_argument("--sweagent", default=str(Path(sys.executable).with_name("sweagent")))
    parser.add_argument("--time-limit", type=float, default=120.0, help="seconds for each bug")
    parser.add_argument("--per-package", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only-planted", action="store_true")
    parser.add_argument("--list", action="store_true", help="make the repositories and name the bugs; solve nothing")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    image = asyncio.run(require_image("docker"))
    rows: list[Row] = []
    for spec in args.packages:
        try:
            for bug in bugs_of(spec, args, image):
                if args.list:
                    print(f"{bug.package} {bug.versions} [{bug.kind}] {bug.tests[0]}: {bug.issue!r:.200}")
                    continue
                rows.append(solve(bug, args))
                print(line(rows[-1]), flush=True)
        except NoSdist as error:
            print(f"left out  {error}", flush=True)
        if args.json:
            args.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    print(totals(rows))


if __name__ == "__main__":
    main()
