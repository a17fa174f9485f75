"""Replays real hunks as tool calls, clean and with usual mistakes, beside an exact replacement and ``git apply``.

``python -m benchmarks.edits FOLDER [--hunks N] [--seed S] [--json]``: FOLDER holds source archives (see `releases`).
A call ends *right* (the file's bytes are the truth), *refused* (the bytes are as before; useful where the answer names
the place by line), or *wrong*: the file changed and is not the truth, where the truth of a stale or ambiguous call is
a refusal. The exit status is 1 where our side applied anything wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.edits.mistakes import KINDS, Request
from benchmarks.edits.releases import Hunk, hunks_of
from benchmarks.edits.sides import Attempt, Ours, exact, git_apply, names_the_place

OURS, PATCH = "str_replace", "apply_patch"


@dataclass(slots=True)
class Tally:
    """Outcomes of one kind of request, by side."""

    requests: int = 0
    sides: dict[str, Counter[str]] = field(default_factory=dict)
    bad: list[dict[str, str]] = field(default_factory=list)

    def add(self, side: str, outcome: str) -> None:
        """Count one outcome."""
        self.sides.setdefault(side, Counter())[outcome] += 1


def outcome(request: Request, after: bytes) -> str:
    """``right``, ``refused`` or ``wrong``."""
    if request.truth is not None and after == request.truth.encode():
        return "right"
    return "refused" if after == request.before.encode() else "wrong"


def replay(hunks: Iterable[Hunk], seed: int, kinds: Sequence[str] = tuple(KINDS)) -> dict[str, Tally]:
    """Every kind of request of every hunk, on every side."""
    tallies = {kind: Tally() for kind in kinds}
    with tempfile.TemporaryDirectory() as folder:
        roots = [Path(folder, name) for name in ("ours", "git")]
        for root in roots:
            root.mkdir()
        ours = Ours(roots[0])
        sides: dict[str, Attempt] = {
            OURS: ours.str_replace,
            PATCH: ours.apply_patch,
            "exact": exact,
            "git apply": git_apply(roots[1]),
        }
        try:
            for number, hunk in enumerate(hunks):
                for kind in kinds:
                    request = KINDS[kind](hunk, random.Random(f"{seed}/{number}/{kind}"))
                    if request is not None and request.old and request.old != request.new:
                        _play(request, kind, tallies[kind], sides, ours)
        finally:
            ours.close()
    return tallies


def _play(request: Request, kind: str, tally: Tally, sides: dict[str, Attempt], ours: Ours) -> None:
    tally.requests += 1
    for name, attempt in sides.items():
        after, answer = attempt(request)
        ended = outcome(request, after)
        tally.add(name, ended)
        if name == OURS and ended == "refused":
            useful = names_the_place(request, answer)
            tally.add(name, "useful" if useful else "useless")
            if kind == "duplicate match":
                tally.add(name, "followed" if ours.again(request, answer) else "not followed")
        if name in (OURS, PATCH) and (ended == "wrong" or (ended == "refused" and request.truth is not None)):
            where = f"{request.hunk.project} {request.hunk.path}:{request.line}"
            tally.bad.append(
                {
                    "side": name,
                    "outcome": ended,
                    "where": where,
                    "old": request.old,
                    "new": request.new,
                    "answer": answer,
                }
            )


def sample(folder: Path, count: int, seed: int) -> tuple[list[Hunk], dict[str, int]]:
    """At most `count` hunks, evenly over the projects, and how many there are in all by project.

    Hunks of Python files that do not compile by themselves (half of a change) are left out: refusing them is right.
    """
    by_project: dict[str, list[Hunk]] = {}
    for hunk in hunks_of(folder):
        if not hunk.path.endswith(".py") or compiles(hunk.after) or not compiles(hunk.before):
            by_project.setdefault(hunk.project, []).append(hunk)
    totals = {project: len(found) for project, found in by_project.items()}
    rng = random.Random(seed)
    for found in by_project.values():
        rng.shuffle(found)
    chosen: list[Hunk] = []
    while len(chosen) < count and any(by_project.values()):
        for found in by_project.values():
            if found and len(chosen) < count:
                chosen.append(found.pop())
    return chosen, totals


def compiles(content: str) -> bool:
    """Whether Python compiles it."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(content.encode(errors="replace"), "hunk", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def table(tallies: dict[str, Tally]) -> str:
    """The figures for people."""
    lines = [
        "| kind of call | calls | str_replace right | refused (useful) | wrong | apply_patch right / refused / wrong "
        "| exact right / refused / wrong | git apply right / refused / wrong |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind, tally in tallies.items():
        mine = tally.sides.get(OURS, Counter())
        others = " | ".join(
            " / ".join(str(tally.sides.get(side, Counter())[ended]) for ended in ("right", "refused", "wrong"))
            for side in (PATCH, "exact", "git apply")
        )
        share = f"{mine['right']} ({100 * mine['right'] / max(1, tally.requests):.1f} %)"
        refused = f"{mine['refused']} ({mine['useful']})"
        lines.append(f"| {kind} | {tally.requests} | {share} | {refused} | {mine['wrong']} | {others} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where something was applied wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.edits", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="where the source archives are")
    parser.add_argument("--hunks", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", type=int, default=0, help="print so many calls of ours that did not end right")
    options = parser.parse_args(arguments)
    hunks, totals = sample(options.folder, options.hunks, options.seed)
    tallies = replay(hunks, options.seed, options.kinds)
    if options.json:
        figures = {
            kind: {"calls": t.requests, **{s: dict(c) for s, c in t.sides.items()}} for kind, t in tallies.items()
        }
        print(json.dumps({"hunks": len(hunks), "of": totals, "seed": options.seed, "kinds": figures}, indent=1))
    else:
        print(f"{len(hunks)} hunks of {sum(totals.values())} in {len(totals)} projects: {totals}\n")
        print(table(tallies))
    for bad in [dict(kind=kind, **bad) for kind, tally in tallies.items() for bad in tally.bad][: options.show]:
        print(json.dumps(bad, indent=1), file=sys.stderr)
    ours = [tally.sides.get(side, Counter())["wrong"] for tally in tallies.values() for side in (OURS, PATCH)]
    return 1 if any(ours) else 0


if __name__ == "__main__":
    raise SystemExit(main())
