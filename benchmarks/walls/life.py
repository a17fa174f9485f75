"""Birth and death of sandboxes: cold, from the warm pool, and many at once, beside the engine alone and the peers."""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.walls.footprint import control_group_bytes, proportional_bytes
from benchmarks.walls.peers import MINI, REX, Peer, ensure_rex_image
from benchmarks.walls.report import Report, Target
from sandboxes.contract import Backend, OverlayWorkspace, Sandbox, SandboxSpec
from sandboxes.docker_backend import DockerBackend
from sandboxes.images import require_image
from sandboxes.pool import Pool

COLD, WARM, RUN = "cold start to first action", "warm pool to first action", "docker run --rm IMAGE true"
MINI_START, REX_START = "mini-swe-agent, start to first action", "SWE-ReX, start to first action"
CLOSE, MINI_STOP, REX_STOP = "close, all processes dead", "mini-swe-agent cleanup, process dead", "SWE-ReX stop"
_MINI_STOPS = 4  # each takes ten seconds
_UID = 1000


async def measure(rounds: int, peers: bool = True, crowd: int = 50) -> Report:
    """Milliseconds of each step, every side in turn; then `crowd` sandboxes at once."""
    image = await require_image("docker")
    report = Report("Start and end of a sandbox, workspace by overlay (all sides in turn)", "ms")
    backend = DockerBackend()
    async with AsyncExitStack() as stack:
        scratch = Path(tempfile.mkdtemp(prefix="sweagent-life-"))
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        stack.push_async_callback(backend.drain)
        pool = await stack.enter_async_context(Pool(backend, size=0))
        drivers = [await stack.enter_async_context(await Peer.start(which)) for which in (MINI, REX)] if peers else []
        rex_image = await asyncio.to_thread(ensure_rex_image, image) if peers else ""
        await _one(report, backend, _spec(image, scratch / "first"), keep=False)  # builds the toolbox where need be
        for number in range(rounds):
            await _one(report, backend, _spec(image, scratch / f"cold{number}"))
            report.add(RUN, await asyncio.to_thread(_run, image) * 1e3)
            await _warm(report, pool, _spec(image, scratch / f"warm{number}"))
            if drivers and number < _MINI_STOPS:
                await _mini(report, drivers[0], image)
                await _rex(report, drivers[1], rex_image)
        await backend.drain()
        await _crowd(report, backend, image, scratch, crowd)
    _judge(report, peers)
    return report


def _judge(report: Report, peers: bool) -> None:
    report.targets.append(Target("cold start beyond docker run", report.p50(COLD) - report.p50(RUN), 100.0, " ms"))
    if report.rows.get(WARM):
        report.targets.append(Target("warm pool to first action", report.p50(WARM), 50.0, " ms"))
    if peers:
        ratio = report.p50(MINI_STOP) / report.p50(CLOSE)
        report.targets.append(Target("mini-swe-agent's teardown / ours", ratio, 20.0, "×", at_least=True))


async def _one(report: Report, backend: Backend, spec: SandboxSpec, keep: bool = True) -> None:
    began = time.perf_counter()
    sandbox = await backend.start(spec)
    await sandbox.call("bash", {"command": "true"})
    acted = time.perf_counter()
    await sandbox.close()
    closed = time.perf_counter()
    if keep:
        report.add(COLD, (acted - began) * 1e3)
        report.add(CLOSE, (closed - acted) * 1e3)


async def _warm(report: Report, pool: Pool, spec: SandboxSpec) -> None:
    await pool.prepare(spec, 1)
    if pool.cold is not None:
        report.facts[WARM] = f"not here: {pool.cold}"
        return
    began = time.perf_counter()
    sandbox = await pool.start(spec)
    await sandbox.call("bash", {"command": "true"})
    report.add(WARM, (time.perf_counter() - began) * 1e3)
    await sandbox.close()


async def _mini(report: Report, mini: Peer, image: str) -> None:
    start, act = await mini.do("start", image=image), await mini.do("execute", command="true")
    report.add(MINI_START, (start["seconds"] + act["seconds"]) * 1e3)
    report.add(MINI_STOP, (await mini.do("stop"))["seconds"] * 1e3)


async def _rex(report: Report, rex: Peer, image: str) -> None:
    start, act = await rex.do("start", image=image), await rex.do("execute", command="true")
    report.add(REX_START, (start["seconds"] + act["seconds"]) * 1e3)
    report.add(REX_STOP, (await rex.do("stop"))["seconds"] * 1e3)


async def _crowd(report: Report, backend: DockerBackend, image: str, scratch: Path, count: int) -> None:
    specs = [_spec(image, scratch / f"crowd{number}") for number in range(count)]
    began = time.perf_counter()
    sandboxes = await asyncio.gather(*(_first_action(backend, spec) for spec in specs))
    up = time.perf_counter()
    pids = [await backend.process(sandbox.name) for sandbox in sandboxes]
    share, group = [proportional_bytes(pid) for pid in pids], [control_group_bytes(pid) for pid in pids]
    closing = time.perf_counter()
    await asyncio.gather(*(sandbox.close() for sandbox in sandboxes))
    dead = time.perf_counter()
    await backend.drain()
    gone = time.perf_counter()
    name = f"{count} at once on {os.cpu_count()} cores"
    report.facts[name] = f"all acted after {up - began:.1f} s ({(up - began) / count * 1e3:.0f} ms each)"
    report.facts[f"{name}: memory each"] = (
        f"{statistics.median(share) / 1e6:.1f} MB (PSS of the server), "
        f"{statistics.median(group) / 1e6:.1f} MB (whole control group)"
    )
    report.facts[f"{name}: end"] = (
        f"all dead {dead - closing:.1f} s after close, out of the engine {gone - closing:.1f} s"
    )


async def _first_action(backend: Backend, spec: SandboxSpec) -> Sandbox:
    sandbox = await backend.start(spec)
    await sandbox.call("bash", {"command": "true"})
    return sandbox


def _spec(image: str, folder: Path) -> SandboxSpec:
    workspace = OverlayWorkspace(folder / "lower", folder / "upper", folder / "work")
    for place in (workspace.lower, workspace.upper, workspace.work):
        place.mkdir(parents=True)
        os.chown(place, _UID, _UID)
    return SandboxSpec(image=image, workspace=workspace, uid=_UID, gid=_UID)


def _run(image: str) -> float:
    began = time.perf_counter()
    subprocess.run(["docker", "run", "--rm", image, "true"], capture_output=True, check=True)
    return time.perf_counter() - began
