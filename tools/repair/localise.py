"""Find the suspicious lines of a workspace: trace the tests on the bench, read the files, rank."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.repair.bench import Bench
from tools.repair.facts import Facts
from tools.repair.propose import facts_of, language_of
from tools.repair.rank import Clues, Trace, editable, module_level, rank

MAX_FILES = 40
MAX_LINES = 200
ASKED = 0.5
"""Suspicion of what a failing test names itself."""
Scores = dict[str, dict[int, float]]


@dataclass(slots=True)
class Suspects:
    """Where the fault may be: scores by path and line, the files' facts, and how this was found."""

    ranked: list[tuple[str, int, float]] = field(default_factory=list)
    facts: dict[str, Facts] = field(default_factory=dict)
    method: str = ""

    def scores(self) -> Scores:
        """Suspicion by path and line."""
        found: Scores = {}
        for path, line, score in self.ranked[:MAX_LINES]:
            found.setdefault(path, {})[line] = score
        return found


def by_tracing(bench: Bench, words: str, seconds: float) -> Suspects:
    """Rank with line traces of the wanted tests and as many passing tests as the time allows."""
    end = time.monotonic() + seconds
    failing = bench.trace(bench.wanted[:40], seconds * 0.6, types=True)
    near = {name.partition("::")[0] for name in bench.wanted}
    cheap = sorted(
        (name for name in bench.baseline.passing if bench.baseline.seconds.get(name, 0.0) < 1.0),
        key=lambda name: (name.partition("::")[0] not in near, hash(name) % 1000),
    )
    passing = bench.trace(cheap[:3000], max(0.0, end - time.monotonic()), types=False)
    traces = [Trace(record["outcome"] != "passed", record["lines"]) for record in [*failing, *passing]]
    for record in passing:
        for path, lines in record["lines"].items():
            places = bench.covering.setdefault(path, {})
            for line in lines:
                places.setdefault(line, []).append(record["id"])
    frames = [_frames(record) for name, record in bench.baseline.failures.items() if name in set(bench.wanted)]
    if not any(trace.failed for trace in traces):
        text = _texts(bench.baseline.failures.values()).replace(f"{bench.slots[0].root}/", "")
        return by_reading(bench.workspace, frames, words + text)
    asked, literals = _asked_by_tests(bench.workspace, bench.wanted)
    facts = _read(bench.workspace, _files(traces, frames))
    if len(facts) < MAX_FILES // 2:
        facts |= _read(
            bench.workspace, _defining(bench, asked, [path for path in imported_files(bench) if path not in facts])
        )
    _note_types(facts, failing)
    expected = re.findall(r"DID NOT RAISE.*?(\w+)'?>|(\w+) not raised", _texts(bench.baseline.failures.values()))
    names = tuple(dict.fromkeys(first or second for first, second in expected))[:3]
    for fact in facts.values():
        fact.expected, fact.asserted = names, literals
    words = " ".join([words, *bench.wanted])
    clues = Clues(traces, bench.slots[0].imported, frames, words, _functions(facts))
    ranked = rank(clues)
    ranked = _with_module_level(ranked, facts, asked)
    counts = f"{sum(t.failed for t in traces)} failing and {len(passing)} passing tests"
    return Suspects(ranked, facts, f"Ochiai over {counts} with traceback frames and names")


def by_reading(workspace: Path, frames: Sequence[Sequence[tuple[str, int]]], text: str) -> Suspects:
    """Rank without running anything: traceback frames, then paths, lines and names that the text mentions."""
    mentioned = {(path.removeprefix("./"), int(line)) for path, line in _PLACE.findall(text)}
    paths = {path for trace in frames for path, _ in trace} | {path for path, _ in mentioned}
    paths |= {word for word in re.findall(r"[\w./-]+\.\w+", text) if "/" in word or "." in word}
    known = [path for path in sorted(paths) if editable(path) and (workspace / path).is_file()]
    everything = _sources(workspace) if len(known) < 3 else []
    facts = _read(workspace, [*known, *everything])
    base: dict[tuple[str, int], float] = {}
    words = {word.lower() for word in re.findall(r"[A-Za-z_]\w{2,}", text)}
    for path, fact in facts.items():
        stem = Path(path).stem.lower()
        for scope in fact.scopes:
            name = fact.name_of(scope.node).lower()
            score = (0.4 if name.strip("_") in words or name in words else 0.0) + (0.2 if stem in words else 0.0)
            score += 0.1 if path in known else 0.03
            for row in range(scope.first, scope.last + 1):
                base[path, row + 1] = score
    for path, line in mentioned:
        if path in facts:
            for offset in range(-3, 4):
                base[path, line + offset] = base.get((path, line + offset), 0.0) + 0.4 / (1 + abs(offset))
    for trace in frames:
        for depth, place in enumerate(reversed([p for p in trace if p[0] in facts][-8:])):
            base[place] = base.get(place, 0.0) + 0.8 / (1 + depth)
    top = max(base.values(), default=1.0) or 1.0
    ranked = sorted(
        ((path, line, round(s / top, 4)) for (path, line), s in base.items()), key=lambda p: (-p[2], p[0], p[1])
    )
    return Suspects(ranked, facts, "traceback frames and names in the issue; the tests could not be traced")


_PLACE = re.compile(r'(?:File ")?([\w./-]+\.\w{1,4})"?(?:, line |:)(\d+)')


def _texts(records: Iterable[Mapping[str, Any]]) -> str:
    return " ".join(str(record.get("text", ""))[:4000] + str(record.get("message", "")) for record in records)[:40000]


def _frames(record: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [(str(frame[0]), int(frame[1])) for frame in record.get("frames") or []]


def _files(traces: Sequence[Trace], frames: Sequence[Sequence[tuple[str, int]]]) -> list[str]:
    weight: dict[str, float] = {}
    for trace in traces:
        if trace.failed:
            for path, lines in trace.lines.items():
                weight[path] = weight.get(path, 0.0) + min(len(lines), 50)
    for place in (place for trace in frames for place in trace):
        weight[place[0]] = weight.get(place[0], 0.0) + 1000
    return sorted((path for path in weight if editable(path)), key=lambda path: -weight[path])


def _read(workspace: Path, paths: Iterable[str]) -> dict[str, Facts]:
    found: dict[str, Facts] = {}
    for path in dict.fromkeys(paths):
        full = workspace / path
        if len(found) >= MAX_FILES or full.is_symlink() or not full.resolve().is_relative_to(workspace):
            continue
        try:
            facts = facts_of(path, full.read_bytes()) if full.is_file() else None
        except OSError:
            facts = None
        if facts is not None:
            found[path] = facts
    return found


def _sources(workspace: Path) -> list[str]:
    found = []
    for full in workspace.rglob("*"):
        path = full.relative_to(workspace).as_posix()
        if language_of(path) and editable(path) and not path.startswith((".", "docs/", "build/", "examples/")):
            found.append(path)
        if len(found) > 400:
            break
    return sorted(found)


def _note_types(facts: Mapping[str, Facts], records: Iterable[Mapping[str, Any]]) -> None:
    for record in records:
        for key, seen in record.get("types", {}).items():
            path, _, line = key.rpartition(":")
            if path in facts:
                known = facts[path].types.setdefault(int(line), {})
                for name, kinds in seen.items():
                    known[name] = sorted(set(known.get(name, [])) | set(kinds))
        for fact in facts.values():
            fact.members_of_type.update(record.get("names", {}))


def _functions(facts: Mapping[str, Facts]) -> dict[str, list[tuple[str, int, int]]]:
    return {
        path: [(fact.name_of(scope.node), scope.first + 1, scope.last + 1) for scope in fact.scopes]
        for path, fact in facts.items()
    }


def _with_module_level(
    ranked: list[tuple[str, int, float]], facts: Mapping[str, Facts], asked: Mapping[str, float]
) -> list[tuple[str, int, float]]:
    """Add constants and tables of a module that suspicious functions, the failing tests, or such tables read."""
    scores: Scores = {}
    for path, line, score in ranked:
        scores.setdefault(path, {})[line] = score
    used: dict[str, float] = dict(asked)
    for path, fact in facts.items():
        lines = scores.get(path, {})
        for scope in fact.scopes:
            best = max((lines.get(row + 1, 0.0) for row in range(scope.first + 1, scope.last + 1)), default=0.0)
            if best > 0.1:
                for name in fact.names_in(scope.node):
                    used[name] = max(used.get(name, 0.0), best)
    for fact in facts.values():
        for _, _, bound, read in reversed(_top_statements(fact)):  # what they were made of
            best = max((used[name] for name in bound if name in used), default=0.0)
            for name in read if best else ():
                used[name] = max(used.get(name, 0.0), 0.6 * best)
    merged = {(path, line): score for path, line, score in ranked}
    for path, fact in facts.items():
        for found in module_level([top[:3] for top in _top_statements(fact)], path, used):
            merged[found[0], found[1]] = max(found[2], merged.get((found[0], found[1]), 0.0))
    return sorted(((path, line, score) for (path, line), score in merged.items()), key=lambda p: (-p[2], p[0], p[1]))


def _top_statements(fact: Facts) -> list[tuple[int, int, frozenset[str], frozenset[str]]]:
    """Module-level assignments: first line, last line, names bound, names read."""
    found = []
    for node in fact.root.named_children:
        if fact.language.has("simple", node.type) and node.end_point[0] - node.start_point[0] < 80:
            inner = node.named_children[0] if node.named_children else None
            left = inner.child_by_field_name("left") if inner is not None else None
            if left is not None:
                bound = fact.names_in(left)
                first, last = node.start_point[0] + 1, node.end_point[0] + 1
                found.append((first, last, bound, fact.names_in(inner) - bound))
    return found


def _asked_by_tests(workspace: Path, wanted: Sequence[str]) -> tuple[dict[str, float], tuple[str, ...]]:
    """What the wanted tests' own code reads: names, with how suspect that makes what they name, and literals."""
    names: dict[str, float] = {}
    literals: dict[str, None] = {}
    for name in wanted[:20]:
        path, *rest = name.partition("[")[0].split("::")
        full = workspace / path
        fact = facts_of(path, full.read_bytes()) if rest and full.is_file() and not full.is_symlink() else None
        for scope in fact.scopes if fact else ():
            if fact is not None and fact.name_of(scope.node) == rest[-1]:
                names.update(dict.fromkeys(fact.names_in(scope.node), ASKED))
                literals.update(dict.fromkeys(fact.literals_in(scope.node)))
    return names, tuple(literals)[:30]


def imported_files(bench: Bench) -> list[str]:
    """Project files that ran while the tests were imported, and may be edited."""
    return sorted(path for path in bench.slots[0].imported if editable(path))


def _defining(bench: Bench, names: Iterable[str], paths: Iterable[str]) -> list[str]:
    """Those of `paths` that bind one of `names` at the start of a line."""
    wanted = [re.escape(name) for name in names if len(name) > 2]
    if not wanted:
        return []
    pattern = re.compile(rf"^({'|'.join(wanted)})\b[^=\n]*=".encode(), re.MULTILINE)
    return [path for path in list(paths)[:200] if pattern.search((bench.workspace / path).read_bytes())]
