"""Each kind of wall with its image, workspaces and stand-in servers: what the tests of sandboxes are made with."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sandboxes.backends import get_backend
from sandboxes.bwrap_backend import BwrapBackend
from sandboxes.contract import Backend, CallResult, OverlayWorkspace, Sandbox, SandboxSpec
from sandboxes.docker_backend import DockerBackend
from sandboxes.pool import Pool
from sandboxes.toolbox import ensure_toolbox, ensure_tools

UID = 1000 if os.geteuid() == 0 else os.geteuid()


class PatientPool(Pool):
    """A pool that waits for a warm sandbox instead of starting a cold one, so that all its sandboxes are warm ones."""

    def __init__(self, docker: DockerBackend) -> None:
        super().__init__(docker, size=0)
        self.docker = docker

    async def start(self, spec: SandboxSpec) -> Sandbox:
        """See `Pool.start`."""
        await self.prepare(spec, 1)
        assert self.cold is None, self.cold
        return await super().start(spec)


def why_no_runsc() -> str | None:
    """Why gVisor cannot be tried here; None where it can."""
    if os.environ.get("SWEAGENT_NO_DOCKER") == "1":
        return "SWEAGENT_NO_DOCKER=1"
    docker = shutil.which("docker")
    known = [docker, "info", "--format", "{{json .Runtimes}}"] if docker else ["echo"]
    if '"runsc"' not in subprocess.run(known, capture_output=True, text=True, check=False).stdout:
        return "the engine knows no runtime `runsc` (see docs/security.md)"
    return None


RUNSC_MARKS = [
    pytest.mark.docker,
    pytest.mark.slow,
    pytest.mark.skipif((_why := why_no_runsc()) is not None, reason=str(_why)),
]
"""Marks of tests under gVisor: only where the engine knows it, and not in the quick suite."""


def backend_of(kind: str) -> Backend:
    """A new backend for a kind of wall; `leave` it at last."""
    if kind == "runsc":
        return DockerBackend(runtime="runsc")
    return PatientPool(DockerBackend()) if kind == "pool" else get_backend(kind)


async def leave(backend: Backend) -> None:
    """Wait until nothing of a backend is left."""
    if isinstance(backend, PatientPool):
        await backend.close()
        backend = backend.docker
    if isinstance(backend, DockerBackend):
        await backend.drain()


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
        toolbox = replace(ensure_toolbox(), app=ensure_tools(folder / "cache", tools))
        return DockerBackend(toolbox=toolbox) if self.kind != "bwrap" else BwrapBackend(toolbox=toolbox)


async def bash(sandbox: Sandbox, command: str, timeout: float = 60) -> CallResult:  # noqa: ASYNC109
    """Run a shell command inside."""
    return await sandbox.call("bash", {"command": command, "timeout": timeout}, timeout=timeout + 30)


async def output(sandbox: Sandbox, command: str) -> str:
    """What a shell command prints; the test fails where the command does."""
    result = await bash(sandbox, command)
    assert result.data is not None and result.data["exit_code"] == 0, result.text
    return result.text.strip()
