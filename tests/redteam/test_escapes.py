"""Every case against the real walls, where it must fail, and against a weakened one, where it must succeed."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from sandboxes.channel import Channel
from sandboxes.contract import CallResult, CopyWorkspace, Sandbox, SandboxSpec
from sandboxes.images import ensure_image
from sandboxes.toolbox import ensure_toolbox
from tests.redteam.bait import Bait, laid
from tests.redteam.cases import CASES, DONE, Case
from tests.redteam.weak import weak_bwrap, weak_docker
from tests.servers.walls import RUNSC_MARKS, UID, Wall, backend_of, leave

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(os.geteuid() != 0, reason="laying bait and weakening walls needs root"),
    pytest.mark.skipif(os.uname().machine != "x86_64", reason="system call numbers are of x86-64"),
]


KINDS = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("bwrap", marks=[pytest.mark.bwrap, pytest.mark.docker]),
    pytest.param("pool", marks=pytest.mark.docker),
    pytest.param("runsc", marks=RUNSC_MARKS),
]
OF_ITS_OWN_KERNEL = ("a user namespace",)
WEAK_KINDS = [kind for kind in KINDS if kind.values[0] in ("docker", "bwrap")]


@pytest.fixture(scope="module")
def docker_image() -> str:
    return asyncio.run(ensure_image(backend="docker"))


@pytest.fixture(scope="module")
def bait(docker_image: str) -> Iterator[Bait]:
    with tempfile.TemporaryDirectory() as folder, laid(Path(folder), docker_image) as ready:
        yield ready


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def real(
    request: pytest.FixtureRequest, docker_image: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Sandbox]:
    """A sandbox of each kind under the policy that everybody gets."""
    kind = str(request.param)
    image = await ensure_image(backend="bwrap") if kind == "bwrap" else docker_image
    backend = backend_of(kind)
    async with await backend.start(Wall(kind, image, backend).spec(tmp_path_factory.mktemp("real") / "ws")) as started:
        yield started
    await leave(backend)


class WeakWalls:
    """Weakened sandboxes, kept open while a module's tests run: many cases need the same weakness."""

    def __init__(self, bait: Bait, folder: Path, stack: AsyncExitStack) -> None:
        self._bait, self._folder, self._stack = bait, folder, stack
        self._open: dict[object, Channel] = {}

    async def get(self, kind: str, without: tuple[str, ...], peer: bool) -> Channel:
        key = (kind, without, peer)
        if key not in self._open:
            image = await ensure_image(backend=kind)
            place = Path(tempfile.mkdtemp(dir=self._folder))
            place.chmod(0o755)
            os.chown(place, UID, UID)
            spec = SandboxSpec(image=image, workspace=CopyWorkspace(place), uid=UID, gid=UID)
            weak = weak_bwrap if kind == "bwrap" else weak_docker
            other = self._bait.peer if peer else None
            opened = weak(spec, ensure_toolbox(), without, other)
            self._open[key] = await self._stack.enter_async_context(opened)
        return self._open[key]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def weak_walls(bait: Bait, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WeakWalls]:
    async with AsyncExitStack() as stack:
        yield WeakWalls(bait, tmp_path_factory.mktemp("weak"), stack)


def command(case: Case, bait: Bait) -> dict[str, object]:
    if not Path(case.needs).exists():
        pytest.skip(f"this kernel has no {case.needs}")
    script = case.program
    for word, value in bait.words().items():
        script = script.replace(word, value)
    return {"command": f"python3 - <<'END'\n{script}\nEND", "timeout": 60}


def escaped(result: CallResult, bait: Bait) -> bool:
    assert "Traceback" not in result.text, result.text
    return DONE in result.text or bait.token in result.text


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
async def test_the_real_wall_holds(real: Sandbox, bait: Bait, case: Case, request: pytest.FixtureRequest) -> None:
    if "runsc" in request.node.callspec.params.values() and case.name in OF_ITS_OWN_KERNEL:
        pytest.skip("gVisor answers this from its own kernel; the host's is not asked")
    assert not escaped(await real.call("bash", command(case, bait)), bait)


@pytest.mark.parametrize("kind", WEAK_KINDS)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
async def test_a_weakened_one_does_not(weak_walls: WeakWalls, bait: Bait, kind: str, case: Case) -> None:
    wall = "docker" if case.by_docker else kind
    without = case.bwrap if wall == "bwrap" and case.bwrap is not None else case.without
    given = command(case, bait)
    channel = await weak_walls.get(wall, without, case.peer)
    result = await channel.call("bash", given, 90)
    assert escaped(result, bait), result.text
