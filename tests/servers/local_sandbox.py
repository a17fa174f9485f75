"""The real tool server as a plain subprocess, no wall at all: for tests of what stands above the wall."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from sandboxes.channel import Channel
from sandboxes.errors import SandboxError
from sandboxes.resident import ResidentSandbox, shake_hands

ROOT = Path(__file__).resolve().parents[2]


class PipeWire:
    """A wire over a subprocess's stdin and stdout."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._in, self._out = process.stdin, process.stdout

    async def receive(self) -> bytes:
        return await self._out.read(65_536)

    async def send(self, data: bytes) -> None:
        self._in.write(data)
        await self._in.drain()

    def close(self) -> None:
        self._in.close()


class ProcessBody:
    """The subprocess behind a `PipeWire`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.name = f"local-{process.pid}"

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        # The transport closes with the last pipe: without this turn it would be found open at the loop's end.
        await asyncio.sleep(0)

    async def cause(self, lost: SandboxError) -> SandboxError:
        return lost

    def said(self) -> str:
        return ""


@contextlib.asynccontextmanager
async def local_sandbox(workspace: Path, test_command: str = "") -> AsyncIterator[ResidentSandbox]:
    """A tool server that works in `workspace`."""
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(workspace.parent),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SWEAGENT_WORKSPACE": str(workspace),
        "SWEAGENT_TEST_COMMAND": test_command,
    }
    code = "from tools.server import main; main()"
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdin=pipe, stdout=pipe, env=env, cwd="/"
    )
    body = ProcessBody(process)
    async with await shake_hands(Channel(PipeWire(process)), body) as sandbox:
        yield sandbox
