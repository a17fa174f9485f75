"""One repair search from start to end: measure, localise, propose, evaluate in batches, apply the best."""

from __future__ import annotations

import heapq
import itertools
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tools.process import Runner
from tools.repair.baseline import Trial
from tools.repair.bench import Bench
from tools.repair.blind import BlindBench
from tools.repair.candidate import Candidate, Edit, overlap
from tools.repair.command import understand
from tools.repair.copies import unchanged
from tools.repair.goal import Goal
from tools.repair.judge import Judge
from tools.repair.localise import Suspects, by_reading, by_tracing
from tools.repair.propose import Unit, expand, parses, units_of
from tools.repair.statements import GENERAL
from tools.repair.write import as_diff, replace_in

SPECIAL = 0.35
"""How much less a special case (guard, constant, deletion) is trusted than a general change, both passing."""
COLD = 0.2
"""How much a candidate is put off that only a whole pytest run can judge: it costs as much as dozens of others."""
DOUBTED = 0.5
"""How much more where swapped code, which may miss what happened at import, already said no."""
Stage = Literal["hot", "slow", "cold", "again"]
"""With swapped code in a short time; the same in a longer time; by a real edit; the same where swapped code said no."""
CLOSE = 0.7
"""Once something passes, only what could be trusted this much of it is still tried."""
PARTNERS = 150
IMPROVERS = 12


@dataclass(slots=True)
class Counts:
    """How far the search is."""

    proposed: int = 0
    tried: int = 0
    skipped: int = 0
    timeouts: int = 0


class Search:
    """Holds the bench and the queue between calls. `close` ends its processes and removes its copies."""

    def __init__(self, runner: Runner, workspace: Path, goal: Goal) -> None:
        self._runner, self._workspace, self._goal = runner, workspace.resolve(), goal
        self._bench: Bench | None = None
        self._judge: Judge | None = None
        self._blind: BlindBench | None = None
        self.suspects = Suspects()
        self.counts = Counts()
        self.plausible: list[Trial] = []
        self.nearest: Trial | None = None
        self._queue: list[tuple[float, int, Candidate | Unit, Stage]] = []
        self._known: set[tuple[Edit, ...]] = set()
        self._numbers = itertools.count()
        self._partial: list[Trial] = []
        self._paired: set[int] = set()
        self._all: list[Candidate] = []
        self._functions: dict[str, list[tuple[int, int]]] = {}
        self._lock = threading.Lock()
        self._found_at: float | None = None
        self._spent = 0.0

    def localise(self) -> str:
        """Measure the tests as they are and rank suspicious lines; says in one line what it saw.

        Raises:
            OSError: the workspace cannot be copied.
            ValueError: there is nothing to repair.
        """
        goal = self._goal
        path = self._runner.env.get("PATH", os.defpath)
        command = understand(goal.command, self._workspace, path)
        note = "the command is not a plain pytest run"
        if command is not None:
            self._bench = Bench(self._runner, self._workspace, command, goal.workers, goal.test_seconds)
            baseline = self._bench.measure()
            wanted = self._wanted(baseline.failing, list(baseline.outcomes))
            if wanted:
                self._bench.aim(wanted)
                self._judge = Judge(self._bench)
                self.suspects = by_tracing(self._bench, goal.words, goal.trace_seconds)
                self._bench.spread()
                failing, passing = len(baseline.failing), len(baseline.passing)
                return f"{failing} failing and {passing} passing tests in {baseline.wall:.1f} s"
            note = "pytest ran, but the failing tests were not among its results"
            if baseline.complete and baseline.outcomes and not baseline.failing:
                raise ValueError("no test fails in a copy of the workspace")
            self._bench.close()
            self._bench = None
        self._blind = BlindBench(self._runner, self._workspace, goal.command, goal.workers, goal.test_seconds)
        status, output = self._blind.measure()
        if status == 0:
            raise ValueError("the test command passes in a copy of the workspace")
        self.suspects = by_reading(self._workspace, goal.frames, "\n".join([goal.words, goal.output, output]))
        return f"exit status {status}; {note}, so whole runs decide"

    def _wanted(self, failing: Sequence[str], known: Sequence[str]) -> list[str]:
        """The goal's tests under the names that this run gives them; other failing tests are not our task."""
        if not self._goal.wanted:
            return list(failing)
        plain = {_plain(name): name for name in failing}
        found = [plain[_plain(name)] for name in self._goal.wanted if _plain(name) in plain]
        everything = {_plain(name) for name in known}
        for name in self._goal.wanted:  # a file that could not even be imported hides its tests
            file = name.partition("::")[0]
            if _plain(name) not in everything and file in failing and file not in found:
                found.append(file)
        return list(dict.fromkeys(found))

    def propose(self) -> int:
        """Fill the queue with suspicious statements; the number of candidates made so far (0: there are none)."""
        for path, lines in self.suspects.scores().items():
            fact = self.suspects.facts.get(path)
            if fact is None:
                continue
            self._functions[path] = [(s.first + 1, s.last + 1) for s in fact.scopes]
            for unit in units_of(fact, lines):
                self._push(unit, unit.bound)
        while self._queue and isinstance(self._queue[0][2], Unit):
            self._expand()
        return self.counts.proposed

    def _push(self, item: Candidate | Unit, score: float, stage: Stage = "hot") -> None:
        heapq.heappush(self._queue, (-score, next(self._numbers), item, stage))

    def _expand(self) -> None:
        """Make the candidates of the statement that stands first in the queue."""
        unit = heapq.heappop(self._queue)[2]
        for candidate in expand(unit) if isinstance(unit, Unit) else ():
            if candidate.edits not in self._known:
                self._known.add(candidate.edits)
                self._all.append(candidate)
                self._push(candidate, candidate.score)
                self.counts.proposed += 1

    def _next(self) -> tuple[float, Candidate, Stage] | None:
        """The most promising candidate; None where nothing is left or what was found will do."""
        while self._queue and not self._settled(time.monotonic()):
            score, _, candidate, stage = self._queue[0]
            if isinstance(candidate, Unit):
                self._expand()
                continue
            heapq.heappop(self._queue)
            if not self.plausible or self._worth(candidate) >= CLOSE * self._best_worth():
                return -score, candidate, stage
        return None

    def evaluate(self, seconds: float, cancelled: threading.Event) -> bool:
        """Try candidates for `seconds` or until a patch that passes stands; True where there is nothing left to do."""
        began = time.monotonic()
        slots = self._bench.slots if self._bench else self._blind.slots if self._blind else []
        threads = [
            threading.Thread(target=self._work, args=(slot, began, seconds, cancelled), name="repair") for slot in slots
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._spent += time.monotonic() - began
        if not self.plausible:
            self._pair()
        return not self._queue or self._settled(time.monotonic())

    def _work(self, slot: Any, began: float, seconds: float, cancelled: threading.Event) -> None:
        while time.monotonic() - began < seconds and not cancelled.is_set():
            with self._lock:
                found = self._next()
            if found is None:
                return
            score, candidate, stage = found
            self._record(self._try(slot, candidate, stage), score, stage)

    def _settled(self, now: float) -> bool:
        """Whether a found patch is good enough: the better-ranked rest was tried, or the grace is over."""
        if not self.plausible or self._found_at is None:
            return False
        best = self._best_worth()
        grace = max(3.0, 0.3 * self._spent)
        return now - self._found_at > grace or not self._queue or -self._queue[0][0] < CLOSE * best

    def _try(self, slot: Any, candidate: Candidate, stage: Stage) -> Trial:
        if self._judge is not None and stage in ("hot", "slow") and self._judge.can_swap(slot):
            return self._judge.swapped(slot, candidate, hurry=stage == "hot")
        for path in candidate.by_file():
            if not parses(self.suspects.facts[path], candidate):
                return Trial(candidate, "skipped", note="syntax")
        bench = self._judge or self._blind
        return bench.edited(slot, candidate) if bench is not None else Trial(candidate, "skipped")

    def _record(self, trial: Trial, score: float, stage: Stage) -> None:
        counts, candidate = self.counts, trial.candidate
        with self._lock:
            if trial.state == "skipped":
                counts.skipped += 1
                return
            if trial.state == "deferred":
                self._push(candidate, score * COLD, "cold")
                return
            counts.tried += stage in ("hot", "cold")
            counts.timeouts += trial.state == "timeout"
            if trial.state == "plausible":
                self.plausible.append(trial)
                self._found_at = self._found_at or time.monotonic()
                return
            if self._bench is not None and stage == "hot":
                if trial.state == "timeout":
                    self._push(candidate, score * 0.05, "slow")
                elif self._bench.in_import(self._places(candidate), self._functions):
                    self._push(candidate, score * COLD * DOUBTED, "again")
            if trial.gain > 0:
                self._partial.append(trial)
                if self.nearest is None or trial.gain > self.nearest.gain:
                    self.nearest = trial

    def _places(self, candidate: Candidate) -> list[tuple[str, int]]:
        """Path and line of each edit."""
        return [(e.path, self.suspects.facts[e.path].source.count(b"\n", 0, e.start) + 1) for e in candidate.edits]

    def _pair(self) -> None:
        """Queue pairs of a candidate that made things better with others near the top."""
        improvers = sorted((t for t in self._partial if t.state == "partial"), key=lambda t: -t.gain)[:IMPROVERS]
        likely = heapq.nlargest(PARTNERS, self._all, key=lambda c: c.score) if improvers else []
        for trial in improvers:
            if id(trial) in self._paired:
                continue
            self._paired.add(id(trial))
            first = trial.candidate
            partners = [t.candidate for t in improvers if t is not trial] + likely
            for second in partners:
                if second is first or overlap(first, second):
                    continue
                edits = tuple(sorted((*first.edits, *second.edits), key=lambda e: (e.path, e.start)))
                name = f"{first.operator} + {second.operator}"
                score = 0.4 * (0.3 + 0.7 * min(1.0, trial.gain)) * second.score
                pair = Candidate(edits, name, first.line, first.prior * second.prior, score)
                self._push(pair, score)
                self.counts.proposed += 1

    def _best_worth(self) -> float:
        return max(self._worth(trial.candidate) for trial in self.plausible)

    def _worth(self, candidate: Candidate) -> float:
        """How much a candidate is trusted if it passes."""
        general = all(part in GENERAL for part in candidate.operator.split(" + "))
        return candidate.score * (1.0 if general else SPECIAL) / len(candidate.edits)

    def best(self) -> list[Trial]:
        """Passing candidates, most trusted first."""
        return sorted(self.plausible, key=lambda t: -self._worth(t.candidate))

    def diff(self, candidate: Candidate) -> str:
        """The candidate as a unified diff."""
        return as_diff(candidate, {path: fact.source for path, fact in self.suspects.facts.items()})

    def apply(self, number: int) -> str:
        """Write the passing candidate of this rank (from 0) into the workspace; its diff.

        Raises:
            IndexError: there is no such candidate.
            OSError: a file cannot be written or changed since it was read.
        """
        candidate = self.best()[number].candidate
        slots = self._bench.slots if self._bench else self._blind.slots if self._blind else []
        if not all(unchanged(slot.linked) for slot in slots):
            raise OSError("a test run changed a big file of the workspace, which was linked and not copied")
        for path, edits in candidate.by_file().items():
            replace_in(self._workspace, path, self.suspects.facts[path].source, edits)
        return self.diff(candidate)

    def close(self) -> None:
        """End processes and remove copies."""
        for bench in (self._bench, self._blind):
            if bench is not None:
                bench.close()


def _plain(name: str) -> str:
    """A test's name in one spelling, whichever runner wrote it."""
    return name.replace(".py::", ".").replace("::", ".").replace("/", ".").removesuffix(".py")
