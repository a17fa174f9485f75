"""Sandboxes as Docker containers whose main process is the tool server."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import docker
import docker.errors

from sandboxes import docker_options, late, owner
from sandboxes.channel import Channel
from sandboxes.contract import Owner, Probe, SandboxSpec
from sandboxes.docker_engine import LABEL, DockerEngine
from sandboxes.docker_events import Exit, ExitWatch
from sandboxes.docker_wire import DockerWire
from sandboxes.egress import outlet
from sandboxes.errors import SandboxError, SandboxLimit, SandboxLost
from sandboxes.resident import ResidentSandbox, finish, shake_hands
from sandboxes.toolbox import Toolbox, ensure_toolbox

_DEATH_SECONDS = 3.0  # from the end of the server's input to its exit; then it is killed
_REMOVAL_SECONDS = 20.0  # from exit until the engine has removed the container by itself; then we do
_KILLED = 137


class DockerBackend:
    """See `sandboxes.contract.Backend`.

    `base_url` is the engine's socket (Docker's or Podman's), by default `DOCKER_HOST`; `runtime` an OCI runtime that
    the engine knows, such as `runsc`. `toolbox` is built on the first start where none is given.
    """

    name = "docker"

    def __init__(
        self, *, base_url: str | None = None, runtime: str | None = None, toolbox: Toolbox | None = None
    ) -> None:
        self._engine = DockerEngine(base_url)
        self._runtime = runtime
        self._toolbox = toolbox
        self._watch: ExitWatch | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    async def probe(self) -> Probe:
        """Whether the engine answers, and which it is."""
        try:
            about: dict[str, Any] = await self._engine.do(lambda client: client.info())
        except SandboxError as error:
            return Probe(False, str(error), error.mend)
        except docker.errors.APIError as error:
            return Probe(False, f"Docker does not say what it is: {error.explanation}")
        if self._runtime and self._runtime not in (about.get("Runtimes") or {}):
            return Probe(False, f"the engine knows no runtime {self._runtime!r}")
        lacking = [what for what in ("MemoryLimit", "PidsLimit", "CpuCfsQuota") if not about.get(what, True)]
        without = f"; not enforced here: {', '.join(lacking)}" if lacking else ""
        return Probe(
            True, f"Docker {about.get('ServerVersion', '?')}, cgroup v{about.get('CgroupVersion', '?')}{without}"
        )

    async def start(self, spec: SandboxSpec) -> ResidentSandbox:
        """Start a sandbox; see the contract."""
        return await outlet.with_outlet(spec, self._start)

    async def _start(self, spec: SandboxSpec) -> ResidentSandbox:
        toolbox = await self._ready_toolbox()
        labels = {**spec.labels, LABEL: "1", **owner.to_labels(owner.current_owner())}
        config = docker_options.container_config(spec, toolbox, labels)
        host = docker_options.host_options(spec, toolbox, labels, self._runtime)
        watch = self._watching()
        name = f"sweagent-{secrets.token_hex(6)}"
        body = _Container(name, self._engine, watch, await watch.follow(name), self._leaving)
        try:
            # To its end even when cancelled: a request that nobody waits for would make what nobody removes.
            wire = await finish(body.bring_up(config, host))
        except BaseException:
            await finish(body.abandon())
            raise
        return await shake_hands(Channel(wire), body, spec)

    async def reap(self, is_alive: Callable[[Owner], bool]) -> list[str]:
        """Remove the containers and volumes of dead owners; see the contract."""
        ours = {"label": LABEL}
        found = await self._engine.do(lambda client: client.containers(all=True, filters=ours))
        removed = []
        for item in found:
            if _is_orphan(item.get("Labels"), is_alive):
                await self._engine.remove(item["Id"])
                removed.append(str((item.get("Names") or [item["Id"]])[0]).lstrip("/"))
        dangling = await self._engine.do(lambda client: client.volumes(filters={**ours, "dangling": True}))
        for volume in dangling.get("Volumes") or []:
            if _is_orphan(volume.get("Labels"), is_alive):
                await self._engine.do(partial(_remove_volume, name=volume["Name"]))
                removed.append(str(volume["Name"]))
        swept = await asyncio.to_thread(late.sweep, is_alive)
        await asyncio.to_thread(outlet.sweep, is_alive)
        return removed + [name for name in swept if name not in removed]

    async def process(self, name: str) -> int:
        """The process id on this host of the tool server in a running sandbox; 0 where it has ended.

        Raises:
            BackendUnavailable, SandboxLost: the engine does not answer, or knows no such sandbox.
        """
        try:
            about: dict[str, Any] = await self._engine.do(lambda client: client.inspect_container(name))
        except docker.errors.NotFound:
            raise SandboxLost("the sandbox went away") from None
        return int(about["State"]["Pid"])

    async def drain(self) -> None:
        """Wait until everything that was closed has left the engine too."""
        while self._leaving:
            await asyncio.gather(*self._leaving, return_exceptions=True)

    async def _ready_toolbox(self) -> Toolbox:
        if self._toolbox is None:
            self._toolbox = await asyncio.to_thread(ensure_toolbox)
        return self._toolbox

    def _watching(self) -> ExitWatch:
        if self._watch is None or self._watch.loop is not asyncio.get_running_loop():
            if self._watch is not None:
                self._watch.stop()
            self._watch = ExitWatch(self._engine.events)
        return self._watch


@dataclass(slots=True)
class _Container:
    """The body of a sandbox: one container, known by its name from before it exists."""

    name: str
    engine: DockerEngine
    watch: ExitWatch
    exit: Exit
    leaving: set[asyncio.Task[None]]
    wire: DockerWire | None = None

    async def bring_up(self, config: dict[str, Any], host: dict[str, Any]) -> DockerWire:
        """Create, attach, start. Attached before the start: not a byte of the server's can be missed."""
        await self.engine.create(config, host, self.name)
        self.wire = await DockerWire.over(await self.engine.attach(self.name))
        await self.engine.start(self.name)
        return self.wire

    async def abandon(self) -> None:
        """Remove what was made so far."""
        if self.wire is not None:
            self.wire.close()
        with contextlib.suppress(SandboxError):
            await self.engine.remove(self.name)
        self.watch.forget(self.name)

    async def end(self) -> None:
        """Wait for the death that closing the channel brings; kill where it does not come."""
        if not await _happens(self.exit.exited, _DEATH_SECONDS):
            await self.engine.remove(self.name)
        task = asyncio.create_task(self._see_off(), name=f"remove-{self.name}")
        self.leaving.add(task)
        task.add_done_callback(self.leaving.discard)

    async def cause(self, lost: SandboxError) -> SandboxError:
        """What the engine says about the end."""
        await _happens(self.exit.exited, _DEATH_SECONDS)
        if self.exit.out_of_memory and self.exit.status == _KILLED:
            return SandboxLimit("memory", "the sandbox was ended by its memory limit")
        if self.exit.status is None:
            return lost
        how = "killed from outside" if self.exit.status == _KILLED else f"exit status {self.exit.status}"
        return SandboxLost(f"the sandbox went away ({how})")

    def said(self) -> str:
        """The server's last words."""
        return self.wire.errors if self.wire is not None else ""

    async def _see_off(self) -> None:
        """See in the background that the dead container leaves the engine."""
        try:
            if not await _happens(self.exit.removed, _REMOVAL_SECONDS):
                with contextlib.suppress(SandboxError):  # the next reaper finds it
                    await self.engine.remove(self.name)
        finally:
            self.watch.forget(self.name)


async def _happens(event: asyncio.Event, within: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), within)
    except TimeoutError:
        return False
    return True


def _is_orphan(labels: Mapping[str, str] | None, is_alive: Callable[[Owner], bool]) -> bool:
    who = owner.from_labels(labels or {})
    return who is not None and not is_alive(who)


def _remove_volume(client: docker.APIClient, *, name: str) -> None:
    with contextlib.suppress(docker.errors.APIError):
        client.remove_volume(name)
