"""A pytest plugin that tells, test by test, how it ended, where it failed, and (if asked) which lines it ran."""

# Runs under Python 3.8 too, and asks the system in the cheapest way.
# ruff: noqa: BLE001, D102

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from .trace import Tracer


def frames_of(error: BaseException | None, root: str) -> list[list[Any]]:
    """The frames of an exception and its causes that lie below `root`: path, line, function; outermost first."""
    found: list[list[Any]] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen and len(seen) < 5:
        seen.add(id(error))
        here: list[list[Any]] = []
        trace = error.__traceback__
        while trace is not None and len(here) < 2000:
            code = trace.tb_frame.f_code
            if code.co_filename.startswith(root + os.sep):
                here.append([code.co_filename[len(root) + 1 :], trace.tb_lineno, code.co_name])
            trace = trace.tb_next
        found = here[:20] + here[20:][-20:] + found
        error = error.__cause__ or error.__context__
    return found


class Recorder:
    """Sends one record a test. `stop_at` names tests whose failure ends the run."""

    def __init__(
        self,
        send: Callable[[dict[str, Any]], None],
        root: str,
        stop_at: frozenset[str] | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._send, self._root, self._stop_at, self._tracer = send, root, stop_at, tracer
        self._outcome: dict[str, str] = {}
        self._where: dict[str, dict[str, Any]] = {}
        self._began = 0.0
        self.stopped = False

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        self._began = time.monotonic()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Any:
        if call.excinfo is not None:
            error = call.excinfo.value
            try:
                message = str(error)[:400]
            except Exception:
                message = ""
            where = {"error": type(error).__name__, "message": message, "frames": frames_of(error, self._root)}
            self._where[item.nodeid] = where
        yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: Any) -> Any:
        if self._tracer:
            self._tracer.start()
        yield
        if self._tracer:
            self._tracer.stop()

    def pytest_runtest_logreport(self, report: Any) -> None:
        before = self._outcome.get(report.nodeid, "passed")
        if report.failed:
            now = "failed" if report.when == "call" else "error"
        elif report.skipped:
            now = "skipped"
        else:
            now = "passed"
        order = ["passed", "skipped", "error", "failed"]
        self._outcome[report.nodeid] = max(before, now, key=order.index)

    def pytest_runtest_logfinish(self, nodeid: str, location: Any) -> None:
        outcome = self._outcome.pop(nodeid, "error")
        record: dict[str, Any] = {"id": nodeid, "outcome": outcome, "seconds": round(time.monotonic() - self._began, 4)}
        where = self._where.pop(nodeid, None)
        if where and outcome in ("failed", "error"):
            record.update(where)
        if self._tracer:
            record.update(self._tracer.taken())
        self._send(record)
        if outcome in ("failed", "error") and self._stop_at is not None and nodeid in self._stop_at:
            self.stopped = True

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            text = str(report.longrepr)[-4000:]
            self._send({"id": report.nodeid, "outcome": "error", "collect": True, "seconds": 0.0, "text": text})
