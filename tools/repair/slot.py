"""One private copy of the workspace with its two runner processes: hot (swapped code) and cold (real edits)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tools.repair.copies import copy_tree
from tools.repair.worker import RunnerLost, Worker

if TYPE_CHECKING:
    from tools.repair.bench import Bench

MEMORY = 768 << 20


class Slot:
    """One private copy with its two runner processes."""

    def __init__(self, bench: Bench, number: int) -> None:
        self.root = bench.scratch / f"w{number}" / bench.workspace.name
        self._bench, self._number = bench, number
        self.linked = copy_tree(bench.workspace, self.root)
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
            fresh = not modules or self._bench.preloads
            if modules and not self._bench.preloads and not self._sound(worker):
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
        self._bench.preloads = answer["ending"] == "done" and any("id" in record for record in answer["records"])
        return self._bench.preloads

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
