"""SIGKILL of the process that owns sandboxes: they end by themselves, and one reaper pass leaves nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandboxes import owner
from sandboxes.backends import get_backend
from sandboxes.contract import Owner
from sandboxes.docker_engine import LABEL, DockerEngine
from sandboxes.images import ensure_image

KINDS = [pytest.param("docker", marks=pytest.mark.docker), pytest.param("bwrap", marks=pytest.mark.bwrap)]

HOLDER = """
import asyncio, os, sys
from pathlib import Path
from sandboxes.backends import get_backend
from sandboxes.contract import OverlayWorkspace, SandboxSpec

async def main(kind, image, folder, seconds):
    for name in ("lower", "upper", "work"):
        (folder / name).mkdir()
        os.chown(folder / name, 1000, 1000)
    workspace = OverlayWorkspace(folder / "lower", folder / "upper", folder / "work")
    print("begun", flush=True)
    sandbox = await get_backend(kind).start(SandboxSpec(image=image, workspace=workspace))
    print("started", flush=True)
    await sandbox.call("bash", {"command": "while :; do date >> beat; sleep 0.01; done"}, timeout=600)

asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), 0))
"""


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def image(kind: str) -> str:
    return asyncio.run(ensure_image(backend=kind))


@pytest.fixture
def holder(kind: str, image: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that starts a sandbox, uses it, and says how far it is."""
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, kind, image, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


async def left_of(kind: str, dead: Owner) -> list[str]:
    """What a second reaper pass would still find of this owner."""
    if kind == "docker":
        label = [f"{name}={value}" for name, value in owner.to_labels(dead).items()]
        found = await DockerEngine().do(lambda client: client.containers(all=True, filters={"label": [LABEL, *label]}))
        return [item["Id"] for item in found]
    return [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/sweagent/*.{dead.pid}.{dead.started}.*")]


def named(process: subprocess.Popen[str]) -> Owner:
    me = owner.current_owner()
    return Owner(me.host, me.boot_id, process.pid, owner.start_ticks(process.pid) or 0)


async def test_a_killed_owner_s_sandbox_ends_by_itself(
    kind: str, holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert holder.stdout is not None
    assert holder.stdout.readline() == "begun\n"
    who = named(holder)
    assert holder.stdout.readline() == "started\n"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert not owner.is_alive(who)
    await get_backend(kind).reap(owner.is_alive)
    assert await left_of(kind, who) == []
    assert str(tmp_path) not in Path("/proc/mounts").read_text(encoding="utf-8")
    beat = tmp_path / "upper" / "beat"
    size = beat.stat().st_size if beat.exists() else 0
    await asyncio.sleep(0.1)
    assert size == (beat.stat().st_size if beat.exists() else 0)


@pytest.mark.parametrize("moment", [0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3])
async def test_killed_at_any_moment_nothing_is_left(kind: str, holder: subprocess.Popen[str], moment: float) -> None:
    assert holder.stdout is not None
    assert holder.stdout.readline() == "begun\n"
    who = named(holder)
    await asyncio.sleep(moment)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    backend = get_backend(kind)
    await backend.reap(owner.is_alive)
    for _ in range(40):  # a request that the engine had already taken may still be carried out
        if not await left_of(kind, who):
            break
        await asyncio.sleep(0.1)
        await backend.reap(owner.is_alive)
    assert await left_of(kind, who) == []


async def test_the_living_are_left_alone(kind: str, holder: subprocess.Popen[str]) -> None:
    assert holder.stdout is not None
    assert [holder.stdout.readline(), holder.stdout.readline()] == ["begun\n", "started\n"]
    await get_backend(kind).reap(owner.is_alive)
    assert len(await left_of(kind, named(holder))) >= 1
    os.kill(holder.pid, 0)
