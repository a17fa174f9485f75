"""Gives each server its one index: opened from the store that the host shows, or built here where there is none."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

from tools.index.index import Index
from tools.index.store import Store, UnusableStoreError
from tools.interpreter import python_command
from tools.registry import Call, ToolFailure

SHARED = "SWEAGENT_INDEX"
"""The environment variable that names the index file shared by all sandboxes of a repository."""
_BUILD_SECONDS = 600.0
_lock = threading.Lock()


def index_of(call: Call, *, refresh: bool = True) -> Index:
    """The index of the server that `call` came to, fresh.

    Raises:
        ToolFailure: there is none and none can be built.
    """
    with _lock:
        index = call.session.get("index")
        if not isinstance(index, Index):
            index = Index(_store(call), call.runner)
            call.session["index"] = index
    if refresh:
        index.refresh()
    return index


def _store(call: Call) -> Store:
    shared = os.environ.get(SHARED, "")
    if shared:
        try:
            return Store(Path(shared))
        except UnusableStoreError:
            pass  # an old or missing one only costs the time to build our own
    with tempfile.TemporaryDirectory(prefix="index-") as folder:  # an open database needs its name no more
        output = Path(folder, "index.db")
        build_into(call, output)
        try:
            return Store(output)
        except UnusableStoreError as error:
            raise ToolFailure(f"the index could not be built: {error}") from None


def build_into(call: Call, output: Path) -> bytes:
    """Run the builder over the workspace; what it printed. What the shared index knows is not parsed again.

    Raises:
        ToolFailure: it failed.
    """
    former = [shared] if (shared := os.environ.get(SHARED, "")) else []
    command = python_command("tools.index.build", str(call.workspace), str(output), *former)
    done = call.runner.run(command, timeout=_BUILD_SECONDS, cancelled=call.cancelled)
    if done.exit_code != 0:
        said = done.error or (done.output.head + done.output.tail).decode("utf-8", "replace")[-500:]
        raise ToolFailure(f"the index could not be built: {said or 'stopped'}")
    return done.output.head
