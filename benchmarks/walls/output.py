"""200 MB of output from one command: what the host's memory grows by, and whether any part can be read afterwards."""

from __future__ import annotations

import random
import time
from contextlib import AsyncExitStack

from benchmarks.walls.footprint import control_group_bytes, forget_peak, peak_bytes
from benchmarks.walls.peers import MINI, Peer
from benchmarks.walls.report import Report, Target
from sandboxes.contract import Sandbox, SandboxSpec
from sandboxes.docker_backend import DockerBackend
from sandboxes.images import require_image

LINES = 22_222_222
"""Lines of nine bytes: 200 MB."""
OURS, THEIRS = "ours", "mini-swe-agent"
_COMMAND = f"seq -w {LINES}"
_PAGES = 20


async def measure(rounds: int, peers: bool = True) -> Report:
    """Megabytes by which each host process grew at its peak, in turn."""
    image = await require_image("docker")
    report = Report(f"Host memory at its peak while one command writes {LINES * 9 / 1e6:.0f} MB", "MB")
    backend = DockerBackend()
    async with AsyncExitStack() as stack:
        mini = await stack.enter_async_context(await Peer.start(MINI)) if peers else None
        if mini is not None:
            await mini.do("start", image=image)
            stack.push_async_callback(mini.do, "stop")
        pages = right = 0
        for _ in range(rounds):
            # A sandbox for each round: the spilled output counts against its memory until it goes.
            async with await backend.start(SandboxSpec(image=image, workspace=None)) as sandbox:
                pages += _PAGES
                right += await _ours(report, backend, sandbox)
            if mini is not None:
                answer = await mini.do("execute", command=_COMMAND, timeout=240)
                report.add(THEIRS, answer["grown"] / 1e6)
                report.facts[f"{THEIRS}: seconds"] = f"{answer['seconds']:.1f}"
        await backend.drain()
    report.targets.append(Target("growth of our host process", max(report.rows[OURS]), 20.0, " MB"))
    report.targets.append(
        Target("pages at random places read rightly", right / pages * 100, 100.0, " %", at_least=True)
    )
    return report


async def _ours(report: Report, backend: DockerBackend, sandbox: Sandbox) -> int:
    """One round; how many pages at random places held what they must."""
    await sandbox.call("bash", {"command": "true"})
    pid = await backend.process(sandbox.name)
    group = control_group_bytes(pid)
    forget_peak()
    before = peak_bytes()
    began = time.perf_counter()
    result = await sandbox.call("bash", {"command": _COMMAND})
    seconds = time.perf_counter() - began
    report.add(OURS, (peak_bytes() - before) / 1e6)
    grown = (control_group_bytes(pid) - group) / 1e6
    report.facts[f"{OURS}: seconds"] = f"{seconds:.1f}"
    report.facts[f"{OURS}: inside"] = (
        f"{grown:.0f} MB more in the sandbox's control group (the spill file is on its tmpfs)"
    )
    report.facts[f"{OURS}: answer"] = f"{len(result.text)} characters"
    assert result.data is not None
    right, took = 0, 0.0
    for _ in range(_PAGES):
        first = random.randrange(1, LINES - 10)
        began = time.perf_counter()
        page = await sandbox.call("view", {"path": result.data["spill"], "view_range": [first, first + 9]})
        took += time.perf_counter() - began
        right += all(f"{number:08}" in page.text for number in range(first, first + 10))
    report.facts[f"{OURS}: a page of it"] = f"{took / _PAGES * 1e3:.0f} ms"
    return right
