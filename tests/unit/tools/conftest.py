"""A workspace with the tools at hand, without a server in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools import catalog
from tools.index.index import Index
from tools.process import Runner
from tools.registry import Call, Result
from tools.server import use


class Bench:
    """Uses tools in `root`, all in one session."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runner = Runner(root)
        self.tools = catalog.load()
        self.session: dict[str, Any] = {}

    def __call__(self, tool: str, **arguments: Any) -> Result:
        return use(tool, arguments, self.tools, Call(self.root, self.runner, session=self.session))

    def write(self, name: str, data: bytes | str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    root = tmp_path / "workspace"
    root.mkdir()
    made = Bench(root)
    yield made
    index = made.session.get("index")
    if isinstance(index, Index):
        index.close()
    made.runner.kill_all()
