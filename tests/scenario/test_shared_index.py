"""One code index for all agents of a repository: built once however many ask, and from the last one for a new base."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from sandboxes.docker_backend import DockerBackend
from sweagent.app.ground import open_ground
from sweagent.app.options import SolveOptions
from sweagent.core import event as ev
from sweagent.lead import index as room
from sweagent.lead.ground import Ground
from sweagent.lead.index import shared_index
from sweagent.repo.source import open_source

pytestmark = pytest.mark.docker
FILES = {f"pkg/m{n}.py": f"def f{n}():\n    return {n}\n" for n in range(9)}


@pytest.fixture
async def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Any]]:
    monkeypatch.setenv("SWEAGENT_HOME", str(tmp_path / "home"))
    backend = DockerBackend()

    async def open_it(repo: Path, told: list[ev.Body]) -> Ground:
        async def emit(body: ev.Body) -> None:
            told.append(body)

        options = SolveOptions(repo=str(repo), issue="x", test="true", no_setup=True)
        return await open_ground(options, "shared", await open_source(str(repo), None), backend, emit)

    yield open_it
    await backend.drain()


def builds(told: list[ev.Body]) -> list[str]:
    said = [body.message for body in told if isinstance(body, ev.Progressed)]
    return [message.removeprefix("code index: ") for message in said if message.startswith("code index: ")]


async def test_agents_that_ask_at_once_pay_for_one_build(opened: Any, make_repo: Any, git: Any) -> None:
    repo = make_repo(FILES)
    told: list[ev.Body] = []
    ground = await opened(repo, told)

    async def agent(number: int) -> tuple[int, int, int]:
        async with ground.sandbox(f"a{number}", index=await shared_index(ground)) as (sandbox, _):
            before = await sandbox.call("map", {})
            made = await sandbox.call("create", {"path": f"new{number}.py", "file_text": "def fresh(): pass\n"})
            assert not made.is_error, made.text
            found = await sandbox.call("find_symbol", {"name": "fresh"})
            assert found.text.startswith(f"new{number}.py")
            after = await sandbox.call("map", {})
            return before.data["parsed"], after.data["parsed"], after.data["reused"]

    assert await asyncio.gather(*(agent(n) for n in range(5))) == [(0, 1, 9)] * 5
    assert builds(told) == ["9 files, 9 contents parsed, 0 known before"]

    (repo / "pkg/m0.py").write_text("def other():\n    pass\n")
    git(repo, "commit", "-qam", "one file")
    later: list[ev.Body] = []
    ground = await opened(repo, later)
    index = await shared_index(ground)
    assert builds(later) == ["9 files, 1 contents parsed, 8 known before"]
    async with ground.sandbox("again", index=index) as (sandbox, _):
        assert "m0.py" in (await sandbox.call("find_symbol", {"name": "other"})).text


async def test_old_indexes_go(opened: Any, make_repo: Any, git: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "KEPT", 2)
    repo = make_repo(FILES)
    kept: list[Path] = []
    for number in range(4):
        (repo / "pkg/m0.py").write_text(f"X = {number}\n")
        git(repo, "commit", "-qam", "next")
        index = await shared_index(await opened(repo, []))
        assert index is not None
        kept.append(index)
    assert [path.exists() for path in kept] == [False, False, True, True]
    assert len(list(kept[-1].parent.iterdir())) == 4  # two indexes and their locks
