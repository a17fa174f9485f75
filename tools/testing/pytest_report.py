"""Makes every pytest that a command starts write a report, and reads these reports back."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.testing.report import Failure, Findings, frames_in

PLUGIN = "tool_test_report"
FOLDER = "TOOL_TEST_REPORT"
_PLUGIN = Path(__file__).resolve().parent / "plugin" / f"{PLUGIN}.py"
_BIGGEST = 64 << 20
_MOST = 64


def environment(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Variables that make pytest load our plugin, report into `folder`, and leave no cache in the workspace.

    The plugin gets a name of its own each time: the workspace may come first on the path (``python -m pytest``), and
    nothing there can stand before a name that nobody knows.
    """
    options = env.get("PYTEST_ADDOPTS", "")
    name = f"{PLUGIN}_{os.urandom(8).hex()}"
    place = folder / "plugin"
    place.mkdir()
    (place / f"{name}.py").write_bytes(_PLUGIN.read_bytes())
    ours = f"-p {name} -o cache_dir={shlex.quote(str(folder / 'cache'))}"
    path = [str(place), *filter(None, [env.get("PYTHONPATH")])]
    return {
        "PYTEST_ADDOPTS": f"{options} {ours}".strip(),
        f"{FOLDER}_ADDOPTS": options,
        FOLDER: str(folder),
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis"),
    }


def read(folder: Path, workspace: Path) -> Findings:
    """What the reports in `folder` say. A test that began and did not end, or a session that did not, is an error."""
    findings = Findings()
    for path in sorted(folder.glob("*.jsonl"))[:_MOST]:
        findings.seen += 1
        findings.framework = "pytest"
        _Session(findings, workspace).read(path)
    return findings


class _Session:
    """One pytest process's report, read line by line."""

    def __init__(self, findings: Findings, workspace: Path) -> None:
        self._findings, self._workspace = findings, workspace
        self._root = workspace
        self._prefix = ""
        self._running: dict[str, None] = {}
        self._finished = False

    def read(self, path: Path) -> None:
        """Take all lines of the report at `path`."""
        for record in _records(path):
            self._take(record)
        for test in self._running:
            self._fail(test, "error", {"message": "the test run ended in the middle of this test"})
        if not self._finished and not self._running:
            self._fail("(pytest)", "error", {"message": "pytest ended before its session did"})

    def _take(self, record: dict[str, Any]) -> None:
        test = self._prefix + str(record.get("id", ""))
        match record.get("kind"):
            case "start":
                self._start(Path(str(record.get("root", self._workspace))))
            case "begin":
                self._running[test] = None
            case "end":
                self._running.pop(test, None)
            case "again":
                self._findings.tests.pop(test, None)
                self._findings.failures.pop(test, None)
            case "test":
                outcome = str(record.get("outcome"))
                if outcome in ("failed", "error"):
                    self._fail(test, outcome, record)
                else:
                    self._findings.add(test, outcome)
            case "finish":
                self._finished = True
                if record.get("status") not in (0, 1, 5):
                    self._unsuccessful(record.get("status"))

    def _start(self, root: Path) -> None:
        """Ids are relative to pytest's root folder; make them relative to the workspace."""
        self._root = root
        real, workspace = Path(os.path.realpath(root)), Path(os.path.realpath(self._workspace))
        if real != workspace and real.is_relative_to(workspace):
            self._prefix = f"{real.relative_to(workspace)}/"

    def _unsuccessful(self, status: object) -> None:
        """Status 2 to 4 with no failing test would be silent otherwise."""
        if not any(outcome in ("failed", "error") for outcome in self._findings.tests.values()):
            self._fail("(pytest)", "error", {"message": f"pytest ended with status {status}"})

    def _fail(self, test: str, outcome: str, record: Mapping[str, Any]) -> None:
        self._findings.add(test, outcome)
        raw = record.get("frames")
        frames = [(str(f[0]), f[1], str(f[2])) for f in raw if _is_frame(f)] if isinstance(raw, list) else []
        known = self._findings.failures.get(test)
        message = str(record.get("message", ""))
        if known is None or (frames and not known.frames) or (message and not known.message):
            kept = frames_in(self._workspace, frames, self._root)
            self._findings.failures[test] = Failure(test, message, kept, str(record.get("text", "")))


def _is_frame(value: object) -> bool:
    return isinstance(value, list) and len(value) == 3 and isinstance(value[1], int)


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a report that are JSON objects; a last line that was cut is skipped."""
    with path.open("rb") as file:
        data = file.read(_BIGGEST)
    for line in data.split(b"\n"):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record
