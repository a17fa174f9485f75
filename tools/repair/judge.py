"""The judgement of a candidate: swapped code first, which costs milliseconds, a real edit and the whole suite last."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tools.repair.baseline import Trial
from tools.repair.candidate import Candidate
from tools.repair.slot import Slot
from tools.repair.worker import edits_as_json

if TYPE_CHECKING:
    from tools.repair.bench import Bench


class Judge:
    """Judges candidates on a bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def can_swap(self, slot: Slot) -> bool:
        """Whether the wanted tests can be run with swapped code at all."""
        return slot.hot() is not None and set(self._bench.probes) <= slot.hot_items

    def swapped(self, slot: Slot, candidate: Candidate, *, hurry: bool) -> Trial:
        """Try a candidate with swapped code: the wanted tests, then those that cover it; a survivor gets a real edit.

        The state is `deferred` where only a real edit can tell.
        """
        files = edits_as_json(candidate.by_file())
        cost = sum(self._bench.baseline.seconds.get(name, 0.0) for name in self._bench.probes)
        job = {
            "files": files,
            "tests": self._bench.probes,
            "seconds": self._bench.limit(self._bench.probes, hurry),
            "stop": cost > 0.3,
        }
        answer = slot.ask_hot(job)
        if answer["ending"] in ("same", "syntax"):
            return Trial(candidate, "skipped", note=answer["ending"])
        if answer["ending"] == "cold":
            return Trial(candidate, "deferred")
        trial = self._first_look(candidate, answer, self._bench.probes)
        return self._confirm(slot, candidate, files) if trial.state == "plausible" else trial

    def edited(self, slot: Slot, candidate: Candidate) -> Trial:
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
        before = self._bench.baseline.failures.get(record["id"], {}).get("frames") or []
        now = record["frames"]
        return float(bool(before) and before[0][0] == now[0][0] and now[0][1] > before[0][1])

    def _confirm(self, slot: Slot, candidate: Candidate, files: Mapping[str, Any]) -> Trial:
        """The tests that run the changed line, still with swapped code; survivors get a real edit."""
        lines = self._bench.covering.get(candidate.path, {})
        rest = [name for name in self._bench.wanted if name not in self._bench.probes][:100]
        tests = [name for name in rest + lines.get(candidate.line, [])[:150] if name in slot.hot_items]
        if tests:
            job = {
                "files": files,
                "tests": tests,
                "seconds": self._bench.limit(tests, hurry=False),
                "stop": True,
                "again": True,
            }
            answer = slot.ask_hot(job)
            records = {record["id"]: record for record in answer["records"] if "id" in record}
            if answer["ending"] == "done" and not all(_passed(records, name) for name in tests):
                return Trial(candidate, "broke", gain=1.0)
        return self._whole(slot, candidate, files)

    def _cold(self, slot: Slot, candidate: Candidate, files: Mapping[str, Any]) -> Trial:
        """A real edit: the wanted tests alone, then everything."""
        config = ["--rootdir", self._bench.baseline.rootdir.replace(str(self._bench.slots[0].root), str(slot.root))]
        if self._bench.baseline.ini:
            config += ["-c", self._bench.baseline.ini.replace(str(self._bench.slots[0].root), str(slot.root))]
        paths = sorted({name.partition("::")[0] for name in self._bench.probes})
        ids = (
            self._bench.probes
            if all("::" in name and name in self._bench.baseline.seconds for name in self._bench.probes)
            else paths
        )
        prefix = os.path.relpath(self._bench.baseline.rootdir or slot.root, self._bench.slots[0].root)
        chosen = [os.path.normpath(f"{prefix}/{name}") for name in ids]
        first = {
            "files": files,
            "tests": chosen,
            "options": config,
            "seconds": 3.0 + self._bench.limit(self._bench.probes, hurry=False),
        }
        answer = slot.ask_cold(first)
        trial = self._first_look(candidate, answer, self._bench.probes)
        return self._whole(slot, candidate, files) if trial.state == "plausible" else trial

    def _whole(self, slot: Slot, candidate: Candidate, files: Mapping[str, Any]) -> Trial:
        """A real edit and the whole command: every test that counts must pass."""
        whole = {"files": files, "seconds": max(10.0, 3 * self._bench.baseline.wall), "must": sorted(self._bench.must)}
        answer = slot.ask_cold(whole)
        records = {record["id"]: record for record in answer["records"] if "id" in record}
        lost = [name for name in self._bench.must if not _passed(records, name)]
        if answer["ending"] == "done" and not lost:
            return Trial(candidate, "plausible")
        note = f"{lost[0]} does not pass" if lost else answer["ending"]
        return Trial(candidate, "broke", gain=1.0, note=note)


def _passed(records: Mapping[str, Any], name: str) -> bool:
    """Whether a test passed; a file's name stands for all tests in it, and there must be some."""
    if "::" in name or name in records:
        return name in records and records[name]["outcome"] == "passed"
    inside = [record for key, record in records.items() if key.startswith(name + "::")]
    return bool(inside) and all(record["outcome"] in ("passed", "skipped") for record in inside)
