"""Makes every pytest that a command starts write a report, and reads these reports back."""

from __future__ import annotations

import json
import os
import re
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
_PYTEST = "(pytest)"
_CONFTEST = re.compile(r"^ImportError while loading conftest '(?P<path>[^'\n]+)'\.\n(?P<text>.*)", re.M | re.S)
_SHORT_FRAME = re.compile(r"^(?P<path>[^\s:][^:\n]*\.py):(?P<line>\d+): ", re.M)
_ERROR_LINES = re.compile(r"^E {1,3}(\S.*)$", re.M)
_USAGE = re.compile(r"^(?:ERROR: )?usage: .*\n(?:.*\n){0,20}?\S.*?: error: (.+)$", re.M)
_BROKE = re.compile(r"^INTERNALERROR> ([A-Za-z_][\w.]*(?:: .*)?)$", re.M)
_REFUSED = re.compile(r"^ERROR: (?!usage:)(.+)$", re.M)


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


def read(folder: Path, workspace: Path, output: str = "") -> Findings:
    """What the reports in `folder` say. A test that began and did not end, or a session that did not, is an error.

    `output` is what the run printed: pytest tells there, and only there, why it would not begin.
    """
    findings = Findings()
    for path in sorted(folder.glob("*.jsonl"))[:_MOST]:
        findings.seen += 1
        findings.framework = "pytest"
        _Session(findings, workspace, output).read(path)
    if findings.tests:
        findings.note = ""
    return findings


class _Session:
    """One pytest process's report, read line by line."""

    def __init__(self, findings: Findings, workspace: Path, output: str) -> None:
        self._findings, self._workspace, self._output = findings, workspace, output
        self._root = workspace
        self._begun = False
        self._prefix = ""
        self._running: dict[str, None] = {}
        self._finished = False
        self._stopped = ""

    def read(self, path: Path) -> None:
        """Take all lines of the report at `path`."""
        for record in _records(path):
            self._take(record)
        for test in self._running:
            self._fail(test, "error", {"message": "the test run ended in the middle of this test"})
        if not self._begun:
            self._stillborn()
        elif not self._finished and not self._running:
            self._fail(_PYTEST, "error", {"message": "pytest ended before its session did"})

    def _take(self, record: dict[str, Any]) -> None:
        self._begun = self._begun or record.get("kind") != "load"
        test = self._prefix + str(record.get("id", ""))
        match record.get("kind"):
            case "start":
                self._start(Path(str(record.get("root", self._workspace))))
            case "stop":
                self._stopped = str(record.get("message", ""))
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
                elif not self._findings.tests:
                    self._findings.note = _nothing(record)

    def _start(self, root: Path) -> None:
        """Ids are relative to pytest's root folder; make them relative to the workspace."""
        self._root = root
        real, workspace = Path(os.path.realpath(root)), Path(os.path.realpath(self._workspace))
        if real != workspace and real.is_relative_to(workspace):
            self._prefix = f"{real.relative_to(workspace)}/"

    def _unsuccessful(self, status: object) -> None:
        """Status 2 to 4 with no failing test would be silent otherwise."""
        if not any(outcome in ("failed", "error") for outcome in self._findings.tests.values()):
            words = self._stopped or _complaint(self._output) or f"pytest ended with status {status}"
            self._fail(_PYTEST, "error", {"message": words})

    def _stillborn(self) -> None:
        """Pytest loaded our plugin and then no session: a wrong option, or a ``conftest.py`` that does not load."""
        match = _CONFTEST.search(self._output)
        if match is None:
            words = _complaint(self._output) or "pytest ended before its session began"
            self._fail(_PYTEST, "error", {"message": words})
            return
        place = os.path.relpath(os.path.realpath(match["path"]), os.path.realpath(self._workspace))
        frames = [[str(found["path"]), int(found["line"]), ""] for found in _SHORT_FRAME.finditer(match["text"])]
        said = _ERROR_LINES.search(match["text"])
        message = said[1] if said else f"{place} does not load"
        self._fail(f"({place})", "error", {"message": message, "frames": frames, "text": match[0]})

    def _fail(self, test: str, outcome: str, record: Mapping[str, Any]) -> None:
        self._findings.add(test, outcome)
        raw = record.get("frames")
        frames = [(str(f[0]), f[1], str(f[2])) for f in raw if _is_frame(f)] if isinstance(raw, list) else []
        known = self._findings.failures.get(test)
        message = str(record.get("message", ""))
        if known is None or (frames and not known.frames) or (message and not known.message):
            kept = frames_in(self._workspace, frames, self._root)
            self._findings.failures[test] = Failure(test, message, kept, str(record.get("text", "")))


def _complaint(output: str) -> str:
    """Pytest's own words on why it would not run what it was told to."""
    found = [*_USAGE.findall(output), *_REFUSED.findall(output), *_BROKE.findall(output)[-1:]]
    return "; ".join(dict.fromkeys(found))[:600]


def _nothing(record: Mapping[str, Any]) -> str:
    """That no test ran, and what became of those that there are."""
    counts = [(record.get(kind), kind) for kind in ("deselected", "collected")]
    words = ", ".join(f"{number} {kind}" for number, kind in counts if isinstance(number, int) and number > 0)
    return f"no tests ran ({words})" if words else "no tests ran"


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
