"""The test bench: private copies of the workspace with a hot and a cold runner each, and the judgement of candidates."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.process import Runner
from tools.repair.candidate import Candidate
from tools.repair.command import PytestCommand
from tools.repair.repair_runner.tree import SKIPPED
from tools.repair.worker import RunnerLost, Worker, edits_as_json

MEMORY = 768 << 20
MAX_COPY = 1 << 30
PROBES = 6
"""So many of the wanted tests judge a candidate first."""
Records = list[dict[str, Any]]


@dataclass(slots=True)
class Baseline:
    """How the tests stand before any edit: outcome and seconds by id, and what pytest said of itself."""

    outcomes: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failures: dict[str, dict[str, Any]] = field(default_factory=dict)
    rootdir: str = ""
    ini: str = ""
    modules: list[str] = field(default_factory=list)
    wall: float = 0.0
    complete: bool = False

    @property
    def failing(self) -> list[str]:
        """Tests that fail or cannot run."""
        return [name for name, outcome in self.outcomes.items() if outcome in ("failed", "error")]

    @property
    def passing(self) -> list[str]:
        """Tests that pass."""
        return [name for name, outcome in self.outcomes.items() if outcome == "passed"]


@dataclass(frozen=True, slots=True)
class Trial:
    """How a candidate did.

    `state` is `plausible`, `partial`, `failed`, `broke` (others), `timeout`, `skipped`, or `deferred` (not tried yet).
    """

    candidate: Candidate
    state: str
    gain: float = 0.0
    note: str = ""


class Slot:
    """One private copy with its two runner processes."""

    def __init__(self, bench: Bench, number: int) -> None:
        self.root = bench.scratch / f"w{number}" / bench.workspace.name
        self._bench, self._number = bench, number
        copy_tree(bench.workspace, self.root)
        self._hot: Worker | None = None
        self._cold: Worker | None = None
        self.hot_items: frozenset[str] = frozenset()
        self.imported: Mapping[str, Sequence[int]] = {}
        self._hot_failures = 0.0

    def _start(self, mode: str, **more: Any) -> Worker:
        bench = self._bench
        temporary = bench.scratch / f"t{self._number}-{mode}"
        temporary.mkdir(exist_ok=True)
        config = {
            "mode": mode,
            "root": str(self.root),
            "workspace": str(bench.workspace),
            "scratch": str(bench.scratch),
            "tmp": str(temporary),
            "args": list(bench.command.arguments),
            "flags": list(bench.command.flags),
            "options": bench.options,
            "cwd_on_path": bench.command.cwd_on_path,
            "memory": MEMORY,
            **more,
        }
        return Worker(bench.runner, bench.command.python, config, bench.environment(self.root, self._number))

    def cold(self) -> Worker:
        """The cold runner, started where needed."""
        if self._cold is None:
            modules = self._bench.baseline.modules
            worker = self._start("cold", preload=modules)
            fresh = not modules
            if modules and not self._sound(worker):
                worker.close()
                self._bench.baseline.modules = []
                worker = self._start("cold", preload=[])
                fresh = True
            if fresh:
                worker.hello(60.0)
            self._cold = worker
        return self._cold

    def _sound(self, worker: Worker) -> bool:
        """Whether tests still run with the foreign modules preloaded."""
        try:
            worker.hello(60.0)
            paths = [name.partition("::")[0] for name in self._bench.probes[:1]]
            answer = worker.ask({"tests": paths, "options": [], "seconds": 10 + 3 * self._bench.baseline.wall})
        except RunnerLost:
            return False
        return answer["ending"] == "done" and any("id" in record for record in answer["records"])

    def hot(self) -> Worker | None:
        """The hot runner; None where the tests cannot be collected and kept."""
        if self._hot is None and self._hot_failures < 2:
            try:
                worker = self._start("hot", trace_import=self._number == 0, skip=self._bench.skip)
            except RunnerLost:
                self._hot_failures += 1.0
                return None
            try:
                hello = worker.hello(60.0 + 5 * self._bench.baseline.wall)
            except RunnerLost:
                worker.close()
                self._hot_failures += 1.0
                return None
            self._hot, self.hot_items = worker, frozenset(hello["items"])
            self.imported = hello.get("imported", {})
        return self._hot

    def ask_cold(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the cold runner, a new one where the old is gone."""
        return self._ask("cold", job)

    def ask_hot(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the hot runner."""
        return self._ask("hot", job)

    def _ask(self, mode: str, job: Mapping[str, Any]) -> dict[str, Any]:
        for _ in range(2):
            worker = self.cold() if mode == "cold" else self.hot()
            if worker is None:
                break
            try:
                return worker.ask(job)
            except RunnerLost:
                self._drop(mode)
        return {"ending": "crash", "records": []}

    def _drop(self, mode: str) -> None:
        worker = self._cold if mode == "cold" else self._hot
        if worker is not None:
            worker.close()
        if mode == "cold":
            self._cold = None
        else:
            self._hot = None
            self._hot_failures += 0.2

    def close(self) -> None:
        """End both runners."""
        for worker in (self._hot, self._cold):
            if worker is not None:
                worker.close()


class Bench:
    """Judges candidates against the tests of a workspace. Close it, or processes and copies stay."""

    def __init__(
        self, runner: Runner, workspace: Path, command: PytestCommand, workers: int, test_seconds: float
    ) -> None:
        self.runner, self.workspace, self.command = runner, workspace.resolve(), command
        self.test_seconds = test_seconds
        self.scratch = Path(tempfile.mkdtemp(prefix="repair-", dir=runner.env.get("TMPDIR") or None))
        self.options = ["-o", f"cache_dir={self.scratch}/cache", "--maxfail=0", "--tb=native"]
        self.skip: list[str] = []
        self.baseline = Baseline()
        self.wanted: list[str] = []
        self.probes: list[str] = []
        self.must: frozenset[str] = frozenset()
        self.covering: dict[str, dict[int, list[str]]] = {}
        self._workers = workers
        self.slots = [Slot(self, 0)]
        self._lock = threading.Lock()

    def environment(self, root: Path, number: int) -> dict[str, str]:
        """What the runner's environment adds to that of commands."""
        env = dict(self.command.env)
        old = env.get("PYTHONPATH", self.runner.env.get("PYTHONPATH", ""))
        env["PYTHONPATH"] = os.pathsep.join(
            str(root) + part[len(str(self.workspace)) :] if part.startswith(str(self.workspace)) else part
            for part in old.split(os.pathsep)
            if part
        )
        if not env["PYTHONPATH"]:
            del env["PYTHONPATH"]
        env["PYTHONPYCACHEPREFIX"] = str(self.scratch / f"pyc{number}")
        env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = self.runner.env.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "")
        if not env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]:
            del env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        return env

    def measure(self) -> Baseline:
        """Run the whole command once as it is; remember what passes and what fails."""
        began = time.monotonic()
        answer = self.slots[0].ask_cold({"seconds": self.test_seconds, "warm": True})
        base = self.baseline
        for record in answer["records"]:
            if "rootdir" in record:
                base.rootdir, base.ini = record["rootdir"], record["ini"]
                self._quieten(record.get("plugins", []))
            elif "modules" in record:
                base.modules = record["modules"]
            elif "id" in record:
                base.outcomes[record["id"]] = record["outcome"]
                base.seconds[record["id"]] = record["seconds"]
                if record["outcome"] in ("failed", "error"):
                    base.failures[record["id"]] = record
        base.wall = time.monotonic() - began
        base.complete = answer["ending"] == "done"
        self.slots[0]._drop("cold")
        return base

    def _quieten(self, plugins: Sequence[str]) -> None:
        """Turn off plugins that spread, shuffle, or measure runs."""
        names = set(plugins)
        if "xdist" in names or "xdist.plugin" in names:
            self.options += ["-n0"]
        if "_cov" in names or "pytest_cov" in names or "pytest_cov.plugin" in names:
            self.options += ["--no-cov"]
        if "randomly" in names or "pytest_randomly" in names:
            self.options += ["-p", "no:randomly"]

    def aim(self, wanted: Sequence[str]) -> None:
        """Say which tests must turn green; the passing ones must stay so. Starts the other workers."""
        self.wanted = list(wanted)
        cost = self.baseline.seconds
        by_place: dict[str, list[str]] = {}
        for name in sorted(self.wanted, key=lambda n: cost.get(n, 0.0)):
            by_place.setdefault(name.partition("[")[0], []).append(name)
        queues = list(by_place.values())
        while queues and len(self.probes) < PROBES:
            for queue in list(queues):
                if len(self.probes) < PROBES:
                    self.probes.append(queue.pop(0))
                if not queue:
                    queues.remove(queue)
        self.must = frozenset(self.baseline.passing) | frozenset(self.wanted)
        self.skip = sorted({name.partition("::")[0] for name in self.baseline.outcomes})

    def spread(self) -> None:
        """Make the remaining private copies and start their runners."""

        def start(number: int) -> None:
            slot = Slot(self, number)
            slot.hot()
            self.slots.append(slot)

        threads = [threading.Thread(target=start, args=(n,)) for n in range(1, self._workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def limit(self, names: Sequence[str], hurry: bool) -> float:
        """Seconds that a run of these tests may take."""
        cost = sum(self.baseline.seconds.get(name, 0.0) for name in names)
        return 0.6 + 5 * cost if hurry else max(2.0, 5 * cost)

    def trace(self, names: Sequence[str], seconds: float, types: bool) -> Records:
        """Run tests one fork each under line tracing; records carry `lines` (and `types`, `names`)."""
        slot, found = self.slots[0], []
        end = time.monotonic() + seconds
        if slot.hot() is None:
            return []
        names = [name for name in names if name in slot.hot_items]
        size = 1 if types else 20
        for first in range(0, len(names), size):
            left = end - time.monotonic()
            if left <= 0.2:
                break
            some = names[first : first + size]
            allowed = min(left, max(5.0, 60 * self.limit(some, hurry=True)))
            answer = slot.ask_hot({"tests": some, "seconds": allowed, "trace": True, "types": types})
            found += [record for record in answer["records"] if "lines" in record]
        return found

    def in_import(self, places: Iterable[tuple[str, int]], functions: Mapping[str, Sequence[tuple[int, int]]]) -> bool:
        """Whether a place (path, line) lies outside functions, or in one that ran while the tests were imported.

        What swapped code says is then not the last word: what the import computed from the old code stays.
        """
        imported = self.slots[0].imported
        for path, line in places:
            around = [span for span in functions.get(path, ()) if span[0] < line <= span[1]]
            if not around:
                return True
            first, last = around[0]
            if any(first < ran <= last for ran in imported.get(path, ())):
                return True
        return False

    def can_swap(self, slot: Slot) -> bool:
        """Whether the wanted tests can be run with swapped code at all."""
        return slot.hot() is not None and set(self.probes) <= slot.hot_items

    def judge_swapped(self, slot: Slot, candidate: Candidate, *, hurry: bool) -> Trial:
        """Try a candidate with swapped code: the wanted tests, then those that cover it; a survivor gets a real edit.

        The state is `deferred` where only a real edit can tell.
        """
        files = edits_as_json(candidate.by_file())
        cost = sum(self.baseline.seconds.get(name, 0.0) for name in self.probes)
        job = {"files": files, "tests": self.probes, "seconds": self.limit(self.probes, hurry), "stop": cost > 0.3}
        answer = slot.ask_hot(job)
        if answer["ending"] in ("same", "syntax"):
            return Trial(candidate, "skipped", note=answer["ending"])
        if answer["ending"] == "cold":
            return Trial(candidate, "deferred")
        trial = self._first_look(candidate, answer, self.probes)
        return self._confirm(slot, candidate, files) if trial.state == "plausible" else trial

    def judge_edited(self, slot: Slot, candidate: Candidate) -> Trial:
        """Try a candidate by a real edit."""
        return self._cold(slot, candidate, edits_as_json(candidate.by_file()))

    def _first_look(self, candidate: Candidate, answer: Mapping[str, Any], names: Sequence[str]) -> Trial:
        records = {record["id"]: record for record in answer["records"] if "id" in record}
        good = sum(_passed(records, name) for name in names)
        if good == len(names) and answer["ending"] == "done":
            return Trial(candidate, "plausible")
        if answer["ending"] == "timeout":
            return Trial(candidate, "timeout", gain=good / len(names))
        gain = good / len(names) + 0.5 * sum(self._further(records.get(name)) for name in names) / len(names)
        return Trial(candidate, "partial" if gain > 0 else "failed", gain=gain)

    def _further(self, record: Mapping[str, Any] | None) -> float:
        """1 where a test that still fails came further in its own code than at the baseline."""
        if record is None or not record.get("frames"):
            return 0.0
        before = self.baseline.failures.get(record["id"], {}).get("frames") or []
        now = record["frames"]
        return float(bool(before) and before[0][0] == now[0][0] and now[0][1] > before[0][1])

    def _confirm(self, slot: Slot, candidate: Candidate, files: Mapping[str, Any]) -> Trial:
        """The tests that run the changed line, still with swapped code; survivors get a real edit."""
        lines = self.covering.get(candidate.path, {})
        rest = [name for name in self.wanted if name not in self.probes][:100]
        tests = [name for name in rest + lines.get(candidate.line, [])[:150] if name in slot.hot_items]
        if tests:
            job = {
                "files": files,
                "tests": tests,
                "seconds": self.limit(tests, hurry=False),
                "stop": True,
                "again": True,
            }
            answer = slot.ask_hot(job)
            records = {record["id"]: record for record in answer["records"] if "id" in record}
            if answer["ending"] == "done" and not all(_passed(records, name) for name in tests):
                return Trial(candidate, "broke", gain=1.0)
        return self._cold(slot, candidate, files)

    def _cold(self, slot: Slot, candidate: Candidate, files: Mapping[str, Any]) -> Trial:
        """A real edit: the wanted tests alone, then everything."""
        config = ["--rootdir", self.baseline.rootdir.replace(str(self.slots[0].root), str(slot.root))]
        if self.baseline.ini:
            config += ["-c", self.baseline.ini.replace(str(self.slots[0].root), str(slot.root))]
        paths = sorted({name.partition("::")[0] for name in self.probes})
        ids = self.probes if all("::" in name and name in self.baseline.seconds for name in self.probes) else paths
        prefix = os.path.relpath(self.baseline.rootdir or slot.root, self.slots[0].root)
        chosen = [os.path.normpath(os.path.join(prefix, name)) for name in ids]
        first = {
            "files": files,
            "tests": chosen,
            "options": config,
            "seconds": 3.0 + self.limit(self.probes, hurry=False),
        }
        answer = slot.ask_cold(first)
        trial = self._first_look(candidate, answer, self.probes)
        if trial.state != "plausible":
            return trial
        whole = {"files": files, "seconds": max(10.0, 3 * self.baseline.wall), "must": sorted(self.must)}
        answer = slot.ask_cold(whole)
        records = {record["id"]: record for record in answer["records"] if "id" in record}
        lost = [name for name in self.must if not _passed(records, name)]
        if answer["ending"] == "done" and not lost:
            return Trial(candidate, "plausible")
        note = f"{lost[0]} does not pass" if lost else answer["ending"]
        return Trial(candidate, "broke", gain=1.0, note=note)

    def close(self) -> None:
        """End all runners and remove the copies."""
        for slot in self.slots:
            slot.close()
        with contextlib.suppress(OSError):
            shutil.rmtree(self.scratch, ignore_errors=True)


def _passed(records: Mapping[str, Any], name: str) -> bool:
    """Whether a test passed; a file's name stands for all tests in it, and there must be some."""
    if "::" in name or name in records:
        return name in records and records[name]["outcome"] == "passed"
    inside = [record for key, record in records.items() if key.startswith(name + "::")]
    return bool(inside) and all(record["outcome"] in ("passed", "skipped") for record in inside)


def copy_tree(source: Path, target: Path) -> None:
    """Copy a workspace, links as links, without what tests never need.

    Raises:
        OSError: it cannot be read or is larger than `MAX_COPY` bytes.
    """
    total = 0

    def skip(folder: str, names: list[str]) -> set[str]:
        nonlocal total
        left = {name for name in names if name in SKIPPED}
        for name in names:
            path = os.path.join(folder, name)
            if name not in left and not os.path.islink(path) and os.path.isfile(path):
                total += os.path.getsize(path)
            elif name not in left and not os.path.islink(path) and not os.path.isdir(path):
                left.add(name)  # sockets, pipes, devices
        if total > MAX_COPY:
            raise OSError(f"the workspace is larger than {MAX_COPY >> 20} MiB")
        return left

    shutil.copytree(source, target, symlinks=True, ignore=skip)
