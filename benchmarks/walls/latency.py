"""Per-action latency: our `bash` tool, a fresh process group each, beside what the peers do for one action."""

from __future__ import annotations

import asyncio
import subprocess
import time
from contextlib import AsyncExitStack

from benchmarks.walls.peers import MINI, REX, Peer, ensure_rex_image
from benchmarks.walls.report import Report, Target
from sandboxes.backends import get_backend
from sandboxes.contract import Sandbox, SandboxSpec
from sandboxes.images import require_image

_WARMUP = 5
OURS, NO_OP, RAW = "bash tool", "no-op call", "docker exec bash -c"
THEIR_EXEC, REX_EXEC, REX_SESSION = "mini-swe-agent execute", "SWE-ReX execute", "SWE-ReX run_in_session"


async def measure(rounds: int, peers: bool = True) -> Report:
    """Milliseconds of one action with the command `true`, every side in turn."""
    image = await require_image("docker")
    report = Report("Per action (`true`, all sides in turn)", "ms")
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(
            await get_backend("docker").start(SandboxSpec(image=image, workspace=None))
        )
        raw = _long_lived(image)
        stack.callback(subprocess.run, ["docker", "rm", "-f", raw], capture_output=True)
        mini, rex = (await _peers(image, stack)) if peers else (None, None)
        for number in range(rounds + _WARMUP):
            times = {OURS: await _call(sandbox, "bash", {"command": "true"}), NO_OP: await _call(sandbox, "submit", {})}
            times[RAW] = await asyncio.to_thread(_exec, raw)
            if mini is not None and rex is not None:
                times[THEIR_EXEC] = (await mini.do("execute", command="true"))["seconds"]
                times[REX_EXEC] = (await rex.do("execute", command="true"))["seconds"]
                times[REX_SESSION] = (await rex.do("run_in_session", command="true"))["seconds"]
            if number >= _WARMUP:
                for name, seconds in times.items():
                    report.add(name, seconds * 1e3)
    _judge(report, peers)
    return report


def _judge(report: Report, peers: bool) -> None:
    ours = report.p50(OURS)
    report.targets.append(Target("no-op call", report.p50(NO_OP), 2.0, " ms"))
    if peers:
        ratio = report.p50(THEIR_EXEC) / ours
        report.targets.append(Target("mini-swe-agent's p50 / ours", ratio, 10.0, "×", at_least=True))
        calm = report.p10(THEIR_EXEC) / report.p10(OURS)
        report.facts["mini-swe-agent's p10 / ours"] = f"{calm:.1f}× (what other loads on the machine disturb least)"
        ratio = report.p50(REX_EXEC) / ours
        report.targets.append(Target("SWE-ReX execute's p50 / ours", ratio, 1.0, "×", at_least=True))
    else:
        report.targets.append(Target("docker exec's p50 / ours", report.p50(RAW) / ours, 8.0, "×", at_least=True))


async def _peers(image: str, stack: AsyncExitStack) -> tuple[Peer, Peer]:
    mini = await stack.enter_async_context(await Peer.start(MINI))
    await mini.do("start", image=image)
    stack.push_async_callback(mini.do, "stop")
    rex = await stack.enter_async_context(await Peer.start(REX))
    await rex.do("start", image=await asyncio.to_thread(ensure_rex_image, image))
    stack.push_async_callback(rex.do, "stop")
    await rex.do("session")
    return mini, rex


async def _call(sandbox: Sandbox, tool: str, arguments: dict[str, str]) -> float:
    began = time.perf_counter()
    result = await sandbox.call(tool, arguments)
    seconds = time.perf_counter() - began
    assert not result.is_error, result.text
    return seconds


def _long_lived(image: str) -> str:
    command = ["docker", "run", "-d", "--rm", "--init", "--network=none", image, "sleep", "3600"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _exec(container: str) -> float:
    began = time.perf_counter()
    subprocess.run(["docker", "exec", container, "bash", "-c", "true"], capture_output=True, check=True)
    return time.perf_counter() - began
