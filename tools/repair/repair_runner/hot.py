"""The hot server: tests collected once, then one fork a candidate with the edited function swapped in."""

# Runs under Python 3.8 too, and asks the system in the cheapest way.
# ruff: noqa: D102, PTH103

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from . import isolate
from .record import Recorder
from .swap import Swapper, install
from .trace import Tracer
from .tree import Tree

import pytest  # isort: skip


def private_temp(folder: str) -> None:
    """Give this process and its children a folder of their own for temporary files."""
    os.makedirs(folder, exist_ok=True)
    os.environ["TMPDIR"] = folder
    tempfile.tempdir = None


class HotServer:
    """A pytest plugin whose run loop answers jobs instead of running tests."""

    def __init__(self, config: dict[str, Any], jobs: Any, reply: Callable[[dict[str, Any]], None], tree: Tree) -> None:
        self._config, self._jobs, self._reply, self._tree = config, jobs, reply, tree
        self._root: str = config["root"]
        self._tracer = Tracer(self._root, tuple(config.get("skip", ())))
        self._errors: list[dict[str, Any]] = []
        self._since_restore = 0
        if config.get("trace_import"):
            self._tracer.start()

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self._errors.append({"id": report.nodeid, "text": str(report.longrepr)[-4000:]})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> bool:
        self._tracer.stop()
        imported = self._tracer.taken()["lines"] if self._config.get("trace_import") else {}
        self._items = {item.nodeid: item for item in session.items}
        self._swapper = Swapper(self._root)
        gc.collect()
        gc.freeze()  # so that a collection in a fork does not copy every page
        self._reply({"ready": True, "items": list(self._items), "errors": self._errors, "imported": imported})
        for line in self._jobs:
            self._reply(self._answer(isolate.decode(line)))
        return True

    def _answer(self, job: dict[str, Any]) -> dict[str, Any]:
        swaps: list[Any] = []
        for path, edits in isolate.edits_of(job):
            state, prepared = self._swapper.prepare(path, edits)
            if state != "ready":
                return {"ending": state, "records": []}
            swaps += prepared
        if job.get("files") and not job.get("again") and not self._swapper.is_new(swaps):
            return {"ending": "same", "records": []}
        items = [self._items[name] for name in job["tests"] if name in self._items]
        stop = frozenset(job["tests"]) if job.get("stop") else None

        def body(send: isolate.Send) -> None:
            for swap in swaps:
                install(swap)
            self._run(items, send, stop, job)

        ending, records = isolate.run_child(
            body, nonce=job["nonce"], seconds=job["seconds"], memory=self._config["memory"], on_start=self._isolate
        )
        self._since_restore += 1
        if self._tree.size < 4000 or self._since_restore >= 40:
            self._tree.restore()
            self._since_restore = 0
        return {"ending": ending, "records": records}

    def _isolate(self) -> None:
        os.chdir(self._root)  # a candidate may have deleted the folder; the new one has the same name
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

    def _run(self, items: list[Any], send: isolate.Send, stop: frozenset[str] | None, job: dict[str, Any]) -> None:
        private_temp(self._config["tmp"])
        tracer = None
        if job.get("trace"):
            tracer = self._tracer
            tracer.with_types = bool(job.get("types"))
        recorder = Recorder(send, self._root, stop, tracer)
        for number, item in enumerate(items):
            if number == 0:
                item.config.pluginmanager.register(recorder, "repair-recorder")
            following = items[number + 1] if number + 1 < len(items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if recorder.stopped:
                return


def serve(config: dict[str, Any], jobs: Any, reply: Callable[[dict[str, Any]], None], tree: Tree) -> int:
    """Collect the tests and answer jobs until the input ends."""
    arguments = [*config["args"], "--continue-on-collection-errors", *config["options"]]
    return int(pytest.main(arguments, plugins=[HotServer(config, jobs, reply, tree)]))
