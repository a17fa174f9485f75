"""The cold server: a real edit in the private copy and a whole pytest run in a fork that has loaded no project code."""

# Runs under Python 3.8 too, and asks the system in the cheapest way.
# ruff: noqa: BLE001, S112, UP031

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from . import isolate
from .hot import private_temp
from .record import Recorder
from .tree import Tree


class _Run(Recorder):
    """A recorder for a run of pytest's own; stops it at the first unexpected failure and tells what it found out."""

    def pytest_sessionstart(self, session: Any) -> None:
        self._session = session
        config = session.config
        self._send({"rootdir": str(config.rootpath), "ini": str(config.inipath or ""), "plugins": _plugins(config)})

    def pytest_runtest_logfinish(self, nodeid: str, location: Any) -> None:
        super().pytest_runtest_logfinish(nodeid, location)
        if self.stopped:
            self._session.shouldstop = "a test that must pass failed"


def _plugins(config: Any) -> list[str]:
    return [name for name, plugin in config.pluginmanager.list_name_plugin() if plugin is not None][:200]


def preload(names: list[str], root: str) -> None:
    """Import what the tests will need and the project does not own, so that every fork has it."""
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException:
            continue
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(root + os.sep):
            raise SystemExit("preloading %s loaded the project" % name)


def _foreign_modules(root: str) -> list[str]:
    """Modules neither of the project nor of a pytest plugin (those are rewritten at import, so never preloaded)."""
    from importlib import metadata

    plugins = {"_pytest", "pytest", "repair_runner"}
    for distribution in metadata.distributions():
        if any(point.group == "pytest11" for point in distribution.entry_points):
            plugins.update(str(file).split("/")[0].partition(".")[0] for file in distribution.files or ())
    names = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if file and not file.startswith(root + os.sep) and name.partition(".")[0] not in plugins:
            names.append(name)
    return names


def serve(config: dict[str, Any], jobs: Any, reply: Callable[[dict[str, Any]], None], tree: Tree) -> int:
    """Answer jobs until the input ends."""
    root: str = config["root"]
    preload(config.get("preload", []), root)
    reply({"ready": True})
    for line in jobs:
        job = isolate.decode(line)
        try:
            for path, edits in isolate.edits_of(job):
                tree.edit(path, edits)
        except (OSError, ValueError, KeyError) as error:
            tree.restore()
            reply({"ending": "refused", "records": [], "why": str(error)})
            continue

        def body(send: isolate.Send, job: dict[str, Any] = job) -> None:
            os.chdir(root)
            private_temp(config["tmp"])
            stop = frozenset(job["must"]) if job.get("must") else None
            sys.dont_write_bytecode = not job.get("warm")
            if sys.dont_write_bytecode:
                os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
            arguments = [*config["args"], "--continue-on-collection-errors", *config["options"]]
            if job.get("tests"):
                arguments = [*config["flags"], *config["options"], *job["options"], *job["tests"]]
            if job.get("stop"):
                arguments.append("-x")
            pytest.main(arguments, plugins=[_Run(send, root, stop)])
            if job.get("warm"):
                send({"modules": _foreign_modules(root)})

        ending, records = isolate.run_child(body, nonce=job["nonce"], seconds=job["seconds"], memory=config["memory"])
        tree.restore()
        reply({"ending": ending, "records": records})
    return 0
