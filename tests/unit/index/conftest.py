"""A workspace with files and the room's tools over it, called as the server calls them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools import catalog
from tools.index.index import Index
from tools.process import Runner
from tools.registry import Call, Result, ToolFailure
from tools.schema import fit


class Room:
    """One workspace, and its tools by name."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.call = Call(workspace, Runner(workspace), session={})
        self._tools = catalog.load()

    def write(self, path: str, text: str | bytes) -> None:
        target = self.workspace / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())

    def read(self, path: str) -> str:
        return (self.workspace / path).read_bytes().decode()

    def use(self, tool: str, **arguments: Any) -> Result:
        found = self._tools[tool]
        return found.handler(fit(found.schema, arguments, found.parameter_aliases), self.call)

    def refused(self, tool: str, **arguments: Any) -> str:
        with pytest.raises(ToolFailure) as error:
            self.use(tool, **arguments)
        return str(error.value)

    def index(self) -> Index:
        index = self.call.session["index"]
        assert isinstance(index, Index)
        return index

    def commit(self) -> None:
        for command in (
            ["git", "init", "-q"],
            ["git", "add", "-A"],
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "base"],
        ):
            subprocess.run(command, cwd=self.workspace, check=True)

    def close(self) -> None:
        index = self.call.session.get("index")
        if isinstance(index, Index):
            index.close()
        self.call.runner.kill_all()


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.delenv("SWEAGENT_INDEX", raising=False)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    made = Room(workspace)
    yield made
    made.close()
