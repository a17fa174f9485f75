"""The warm pool: each sandbox once, ready before it is asked for, and nothing left of it in any ending."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from sandboxes import late, owner
from sandboxes.bwrap_backend import BwrapBackend
from sandboxes.contract import Limits, Policy, SandboxSpec
from sandboxes.docker_backend import DockerBackend
from sandboxes.errors import ImageMissing, SandboxLimit
from sandboxes.images import ensure_image
from sandboxes.pool import Pool
from tests.servers.walls import Wall, bash, output

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(os.geteuid() != 0, reason="without root every sandbox starts cold"),
]


@pytest.fixture(scope="module")
def image() -> str:
    return asyncio.run(ensure_image())


@pytest_asyncio.fixture
async def wall(image: str) -> AsyncIterator[Wall]:
    backend = DockerBackend()
    yield Wall("docker", image, backend)
    await backend.drain()


@pytest_asyncio.fixture
async def pool(wall: Wall) -> AsyncIterator[Pool]:
    async with Pool(wall.backend, size=1) as made:
        yield made


def own_places() -> list[str]:
    """The shared folders of this process."""
    places = late.HOME.iterdir() if late.HOME.exists() else []
    return [place.name for place in places if f".{os.getpid()}." in place.name]


async def names(backend: object) -> list[str]:
    """The running sandboxes of this process, by what a reaper would see."""
    assert isinstance(backend, DockerBackend)
    seen: list[str] = []

    def alive(who: object) -> bool:
        seen.append(str(who))
        return True

    await backend.reap(alive)
    return [who for who in seen if f"pid={os.getpid()}," in who]


async def test_it_says_that_it_keeps_sandboxes_warm(pool: Pool) -> None:
    probe = await pool.probe()
    assert probe.ok
    assert "1 of each sort kept warm" in probe.detail


async def test_every_sandbox_is_handed_out_once(pool: Pool, wall: Wall, tmp_path: Path) -> None:
    spec = wall.spec(tmp_path / "0")
    taken = set()
    for number in range(3):
        await pool.prepare(spec)
        own = replace(spec, workspace=wall.overlay(tmp_path / f"own{number}"))
        async with await pool.start(own) as sandbox:
            assert await output(sandbox, "cat lower.txt; ls /tmp; touch /tmp/seen mine") == "from below"
            taken.add(sandbox.name)
        assert (tmp_path / f"own{number}" / "upper" / "mine").exists()
    assert len(taken) == 3


async def test_warm_sandboxes_are_there_before_they_are_asked_for(pool: Pool, wall: Wall, tmp_path: Path) -> None:
    await pool.prepare(wall.spec(tmp_path / "0"))
    before = own_places()
    async with await pool.start(wall.spec(tmp_path / "1")) as sandbox:
        assert await output(sandbox, "echo fine") == "fine"
    assert len(before) == 1


async def test_the_pool_fills_up_again_in_the_background(pool: Pool, wall: Wall, tmp_path: Path) -> None:
    async with await pool.start(wall.spec(tmp_path / "cold")), asyncio.timeout(60):
        while len(own_places()) < 1:  # noqa: ASYNC110 (what another task does shows in the file system only)
            await asyncio.sleep(0.02)


async def test_different_policies_never_share(pool: Pool, wall: Wall, tmp_path: Path) -> None:
    await pool.prepare(wall.spec(tmp_path / "0"))
    policy = Policy(limits=Limits(pids=99), env={"WHO": "other"})
    async with await pool.start(replace(wall.spec(tmp_path / "1"), policy=policy)) as sandbox:
        assert await output(sandbox, "echo $WHO") == "other"


async def test_time_counts_from_the_hand_out(pool: Pool, wall: Wall, tmp_path: Path) -> None:
    spec = replace(wall.spec(tmp_path / "0"), policy=Policy(limits=Limits(seconds=1.0)))
    await pool.prepare(spec)
    await asyncio.sleep(1.2)
    sandbox = await pool.start(spec)
    assert await output(sandbox, "echo fine") == "fine"
    with pytest.raises(SandboxLimit) as caught:
        await bash(sandbox, "sleep 60")
    assert caught.value.limit == "seconds"


async def test_a_warm_one_that_died_is_passed_over(pool: Pool, wall: Wall, tmp_path: Path) -> None:
    spec = wall.spec(tmp_path / "0")
    await pool.prepare(spec)
    assert isinstance(wall.backend, DockerBackend)
    await wall.backend.reap(lambda who: who.pid != os.getpid())
    async with await pool.start(spec) as sandbox:
        assert await output(sandbox, "cat lower.txt") == "from below"


async def test_closing_leaves_nothing(wall: Wall, tmp_path: Path) -> None:
    pool = Pool(wall.backend, size=2)
    await pool.prepare(wall.spec(tmp_path / "0"))
    async with await pool.start(wall.spec(tmp_path / "1")) as sandbox:
        await pool.close()  # in the middle of filling up
        assert await output(sandbox, "cat lower.txt") == "from below"
    assert isinstance(wall.backend, DockerBackend)
    await wall.backend.drain()
    assert own_places() == []
    assert await names(wall.backend) == []


async def test_an_image_that_is_missing_is_said_at_once(pool: Pool, wall: Wall, tmp_path: Path) -> None:
    spec = replace(wall.spec(tmp_path / "0"), image="sweagent/never-made:0")
    with pytest.raises(ImageMissing):
        await pool.prepare(spec)
    with pytest.raises(ImageMissing):
        await pool.start(spec)
    assert own_places() == []


async def test_what_a_killed_process_left_is_reaped(wall: Wall, tmp_path: Path) -> None:
    code = f"""
import asyncio
from pathlib import Path
from sandboxes.docker_backend import DockerBackend
from sandboxes.pool import Pool
from tests.servers.walls import Wall
async def main():
    pool = Pool(DockerBackend(), size=1)
    wall = Wall("docker", {wall.image!r}, pool)
    await pool.prepare(wall.spec(Path({str(tmp_path)!r}) / "0"))
    sandbox = await pool.start(wall.spec(Path({str(tmp_path)!r}) / "1"))
    await pool.prepare(wall.spec(Path({str(tmp_path)!r}) / "2"))
    print("ready", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    root = Path(__file__).parents[2]
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        cwd=root,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"ready\n"
    child.send_signal(signal.SIGKILL)
    await child.wait()
    mine = f".{child.pid}."
    assert any(mine in place.name for place in late.HOME.iterdir())
    assert await wall.backend.reap(owner.is_alive)
    assert not any(mine in place.name for place in late.HOME.iterdir())
    assert mine not in Path("/proc/mounts").read_text(encoding="utf-8")


async def test_what_cannot_be_warm_starts_cold_and_says_so() -> None:
    pool = Pool(BwrapBackend())
    await pool.prepare(SandboxSpec(image="any", workspace=None))
    assert pool.cold is not None
    assert "cold" in pool.cold
