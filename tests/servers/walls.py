"""Each kind of wall with its image, workspaces and stand-in servers: what the tests of sandboxes are made with."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from sandboxes.bwrap_backend import BwrapBackend
from sandboxes.contract import Backend, CallResult, OverlayWorkspace, Sandbox, SandboxSpec
from sandboxes.docker_backend import DockerBackend
from sandboxes.toolbox import ensure_toolbox

UID = 1000 if os.geteuid() == 0 else os.geteuid()


@dataclass(frozen=True, slots=True)
class Wall:
    """A kind of wall with its base image."""

    kind: str
    image: str
    backend: Backend

    def overlay(self, folder: Path) -> OverlayWorkspace:
        """A workspace with one file, `lower.txt`, made under `folder`."""
        for name in ("lower", "upper", "work"):
            (folder / name).mkdir(parents=True)
        (folder / "lower" / "lower.txt").write_text("from below\n", encoding="utf-8")
        for path in (folder / "lower", folder / "lower" / "lower.txt", folder / "upper", folder / "work"):
            os.chown(path, UID, UID)
        return OverlayWorkspace(folder / "lower", folder / "upper", folder / "work")

    def spec(self, folder: Path) -> SandboxSpec:
        """A sandbox on a new overlay workspace under `folder`."""
        return SandboxSpec(image=self.image, workspace=self.overlay(folder), uid=UID, gid=UID)

    async def settled(self) -> None:
        """Wait until everything that was closed is gone from the engine too."""
        if isinstance(self.backend, DockerBackend):
            await self.backend.drain()

    def with_server(self, code: str, folder: Path) -> Backend:
        """The same kind of wall with another program in the place of the tool server."""
        tools = folder / "tools"
        tools.mkdir(parents=True)
        (tools / "__init__.py").write_text("", encoding="utf-8")
        (tools / "server.py").write_text(code, encoding="utf-8")
        toolbox = replace(ensure_toolbox(), app=ensure_toolbox(cache=folder / "cache", tools=tools).app)
        return DockerBackend(toolbox=toolbox) if self.kind == "docker" else BwrapBackend(toolbox=toolbox)


async def bash(sandbox: Sandbox, command: str, timeout: float = 60) -> CallResult:  # noqa: ASYNC109
    """Run a shell command inside."""
    return await sandbox.call("bash", {"command": command, "timeout": timeout}, timeout=timeout + 30)


async def output(sandbox: Sandbox, command: str) -> str:
    """What a shell command prints; the test fails where the command does."""
    result = await bash(sandbox, command)
    assert result.data is not None and result.data["exit_code"] == 0, result.text
    return result.text.strip()
