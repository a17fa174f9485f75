"""A pytest plugin that writes what happens, line by line as JSON, into the folder that the environment names.

Runs under the repository's own Python (3.8 or newer) and pytest (6 or newer), so it uses nothing but both. Each line is
flushed at once: a crash or a kill leaves everything up to it. Workers of pytest-xdist stay silent; their results come
through the controller.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from typing import Any, Generator  # noqa: UP035  (must run on Python 3.8)

import pytest

FOLDER = "TOOL_TEST_REPORT"
"""Environment variable: the folder to write into."""
_begun: dict[str, int] = {}
"""The handle of the report that was begun, by folder."""
_TEXT = 4000
_FRAMES = 30
_SYNTAX = re.compile(r'^E +File "(?P<path>[^"\n]+)", line (?P<line>\d+)$', re.MULTILINE)
_LOCATION = re.compile(r"^(?P<path>[^\s:][^:\n]*\.py):(?P<line>\d+):", re.MULTILINE)


def pytest_addoption(parser: Any) -> None:
    """Begin the report as early as a plugin can: options and ``conftest.py`` may yet end everything."""
    folder = os.environ.get(FOLDER)
    if folder and not {"--version", "-V", "-VV"}.intersection(sys.argv):
        _begun[folder] = report_in(folder)
        os.write(_begun[folder], b'{"kind": "load"}\n')


def report_in(folder: str) -> int:
    """Make a report in `folder`; the handle of its file."""
    return tempfile.mkstemp(suffix=".jsonl", prefix=f"{os.getpid()}-", dir=folder)[0]


def pytest_configure(config: Any) -> None:
    """Go on with the report, and take our options out of the environment: pytests that tests start are not ours."""
    folder = os.environ.pop(FOLDER, None)
    original = os.environ.pop(FOLDER + "_ADDOPTS", None)
    if original is not None:
        os.environ["PYTEST_ADDOPTS"] = original
    if folder and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(config, folder), "tool-test-report")
    config.pluginmanager.register(Frames(), "tool-test-frames")


class Frames:
    """Notes the frames of a failure on its report, where the exception is still at hand (in workers too)."""

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Generator[None, Any, None]:
        """After pytest made the report of a phase of a test."""
        outcome = yield
        note(outcome.get_result(), call)

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        """After an error in a test or in collecting a file."""
        note(report, call)


def note(report: Any, call: Any) -> None:
    """Keep frames and message of `call`'s exception on `report`."""
    info = getattr(call, "excinfo", None)
    if info is None or getattr(report, "tool_frames", None):
        return
    try:
        if isinstance(info.value, pytest.Collector.CollectError):
            return  # its frames are pytest's own; the true ones are in the text
        frames = [[str(entry.path), entry.lineno + 1, entry.name] for entry in info.traceback]
        report.tool_frames = frames[-_FRAMES:]
        report.tool_message = info.exconly(tryshort=True).split("\n")[0][:_TEXT]
    except Exception:  # noqa: BLE001, S110  (a traceback that cannot be walked is no reason to fail the tests)
        pass


def said(text: str) -> str:
    """The error's own words in pytest's rendering: in the last run of lines that begin with E, the first that is not
    indented (above a SyntaxError stands the place). Without such a run the whole, unless it is a traceback.
    """
    runs = re.findall(r"(?:^E[ ]+.*\n?)+", text, re.MULTILINE)
    if runs:
        lines = [line[1:] for line in runs[-1].strip().split("\n") if line[1:].strip()]
        indent = min((len(line) - len(line.lstrip()) for line in lines), default=0)
        return next((line.strip() for line in lines if len(line) - len(line.lstrip()) == indent), "")
    if "Traceback (most recent call last)" in text:
        return text.strip().rpartition("\n")[2]
    return " ".join(text.split())[:300]


class Report:
    """Writes the lines."""

    def __init__(self, config: Any, folder: str) -> None:
        begun = _begun.pop(folder, None)
        self._file = os.fdopen(begun if begun is not None else report_in(folder), "w", encoding="ascii")
        self._deselected = 0
        self._pid = os.getpid()
        self._late: dict[str, Any] = {}
        root = getattr(config, "rootpath", None) or config.rootdir
        self._write({"kind": "start", "root": str(root), "version": pytest.__version__})

    def _write(self, record: dict[str, Any]) -> None:
        if os.getpid() == self._pid:  # not from a child that a test forked
            self._file.write(json.dumps(record) + "\n")
            self._file.flush()

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        """A test begins."""
        self._write({"kind": "begin", "id": nodeid})

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A phase of a test ended."""
        if report.outcome == "rerun":
            self._write({"kind": "again", "id": report.nodeid})
            return
        if report.outcome == "passed" and report.when != "call":
            return
        outcome = report.outcome
        if outcome == "failed" and report.when != "call":
            outcome = "error"
        self._write(self._record("test", report, outcome))

    def pytest_runtest_logfinish(self, nodeid: str, location: Any) -> None:
        """A test ended."""
        self._write({"kind": "end", "id": nodeid})

    def pytest_collectreport(self, report: Any) -> None:
        """A file was collected, or could not be. The frames arrive later, so the line waits for the session's end."""
        if report.failed:
            self._late[report.nodeid] = report
            self._write({"kind": "test", "id": report.nodeid, "outcome": "error"})

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        """The frames of a collection error have arrived."""
        if report.nodeid in self._late:
            note(report, call)
            self._write(self._record("test", report, "error"))

    def pytest_internalerror(self, excrepr: Any, excinfo: Any) -> None:
        """Pytest itself broke, or what it imports ended the process."""
        record: dict[str, Any] = {"kind": "test", "id": "(pytest)", "outcome": "error", "text": str(excrepr)[-_TEXT:]}
        record["message"] = excinfo.exconly(tryshort=True).split("\n")[0][:_TEXT]
        record["frames"] = [[str(entry.path), entry.lineno + 1, entry.name] for entry in excinfo.traceback][-_FRAMES:]
        self._write(record)

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        """The session was ended from within, by ``pytest.exit`` too."""
        self._write({"kind": "stop", "message": excinfo.exconly(tryshort=True).strip().split("\n")[0][:_TEXT]})

    def pytest_deselected(self, items: Any) -> None:
        """Tests were left out by an option such as ``-k``."""
        self._deselected += len(items)

    def pytest_sessionfinish(self, session: Any, exitstatus: Any) -> None:
        """The session ended by itself."""
        for report in self._late.values():
            self._write(self._record("test", report, "error"))
        counts = {"collected": int(getattr(session, "testscollected", 0) or 0), "deselected": self._deselected}
        self._write({"kind": "finish", "status": int(exitstatus), **counts})

    def _record(self, kind: str, report: Any, outcome: str) -> dict[str, Any]:
        record: dict[str, Any] = {"kind": kind, "id": report.nodeid, "outcome": outcome}
        if outcome in ("failed", "error"):
            text = str(getattr(report, "longreprtext", "") or report.longrepr or "")
            frames = getattr(report, "tool_frames", None)
            if not frames:
                found = [*_LOCATION.finditer(text[-20000:]), *_SYNTAX.finditer(text[-20000:])]
                frames = [[m.group("path"), int(m.group("line")), ""] for m in found]
            record["message"] = (getattr(report, "tool_message", "") or said(text))[:_TEXT]
            record["frames"] = frames[-_FRAMES:]
            record["text"] = text[-_TEXT:]
        return record
