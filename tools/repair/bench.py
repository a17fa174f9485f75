"""The test bench: private copies of the workspace, how its tests stand, and which of them decide."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.process import Runner
from tools.repair.baseline import Baseline
from tools.repair.command import PytestCommand
from tools.repair.slot import Slot

PROBES = 6
"""So many of the wanted tests judge a candidate first."""
Records = list[dict[str, Any]]


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
        self.preloads = False
        """Whether tests were seen to run with foreign modules preloaded."""
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

    def close(self) -> None:
        """End all runners and remove the copies."""
        for slot in self.slots:
            slot.close()
        with contextlib.suppress(OSError):
            shutil.rmtree(self.scratch, ignore_errors=True)
