"""The whole contract of a sandbox in one file: what a caller may ask and what every backend must do.

`tests/contract/` holds the conformance suite that every backend passes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

WORKDIR = "/workspace"
"""Where the workspace stands inside every sandbox."""

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one sandbox may use. Bytes, whole processes, CPU cores, wall seconds (None: no bound)."""

    memory_bytes: int = 2048 * MIB
    pids: int = 512
    cpus: float = 2.0
    tmp_bytes: int = 512 * MIB
    disk_bytes: int = 4096 * MIB
    file_bytes: int = 2048 * MIB
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What a sandbox may do.

    The network is off but for the hosts in `allow`, which are reached through a proxy on the host alone; patterns as in
    `sandboxes.egress.allow`. `env` is the whole environment of commands inside besides PATH, HOME, LANG, TERM and,
    with `allow`, the proxy's variables: nothing of the host's environment ever enters.
    """

    limits: Limits = Limits()
    env: Mapping[str, str] = field(default_factory=dict)
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkUse:
    """One thing that a sandbox asked of the network, told when it is over.

    `host` and `port` are what it asked for (empty and 0 where that was no request at all), `address` what was connected
    to; `sent` and `received` are bytes as the sandbox sees them; `reason` says why it was refused or cut short.
    """

    allowed: bool
    host: str
    port: int
    address: str = ""
    sent: int = 0
    received: int = 0
    reason: str = ""


OnNetwork = Callable[[NetworkUse], Awaitable[None]]
"""Told of every use of the network; where it raises, the sandbox gets no more network."""


@dataclass(frozen=True, slots=True)
class OverlayWorkspace:
    """A workspace as an overlay: `lower` is shared and read-only, changes land in `upper`; `work` is scratch.

    All three are host folders; `upper` and `work` are on one file system.
    """

    lower: Path
    upper: Path
    work: Path


@dataclass(frozen=True, slots=True)
class CopyWorkspace:
    """A workspace as a plain folder of its own, for where overlays cannot be had."""

    root: Path


@dataclass(frozen=True, slots=True)
class LateWorkspace(CopyWorkspace):
    """An empty folder on a shared mount: what the host mounts over it later appears inside. For pools only."""


Workspace = OverlayWorkspace | CopyWorkspace


@dataclass(frozen=True, slots=True)
class Owner:
    """The host process that answers for a sandbox: enough to tell later whether it still lives.

    `started` is the process's start time in clock ticks since boot (`/proc/PID/stat`, field 22).
    """

    host: str
    boot_id: str
    pid: int
    started: int


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """One sandbox to start. `uid` and `gid` own the workspace's files and run everything inside; never 0."""

    image: str
    workspace: Workspace | None
    policy: Policy = Policy()
    uid: int = 1000
    gid: int = 1000
    labels: Mapping[str, str] = field(default_factory=dict)
    """Free labels such as run and attempt; the backend adds its own."""
    read_only: Mapping[str, Path] = field(default_factory=dict)
    """More host folders or files to show inside, read-only: path inside → host path (the shared code index)."""
    on_network: OnNetwork | None = None
    """Told of every use of the network, where the policy allows any."""


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """A tool as the server describes it. `audience` is `agent` (shown to models) or `host` (used by strategies)."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    audience: str = "agent"


@dataclass(frozen=True, slots=True)
class CallResult:
    """A tool's answer: untrusted text, whether the tool failed, and its structured answer where it has one."""

    text: str
    is_error: bool = False
    data: Mapping[str, Any] | None = None


Progress = Callable[[float, float | None, str], Awaitable[None]]
"""Told of a call's progress: done, total where known, message."""


class Sandbox(Protocol):
    """A running sandbox with its resident tool server. Use as an async context manager, or call `close`."""

    @property
    def name(self) -> str:
        """Unique on this machine; what the engine shows."""

    @property
    def tools(self) -> tuple[ToolInfo, ...]:
        """The tools that the server offered when it started."""

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        *,
        timeout: float = 120.0,  # noqa: ASYNC109
        progress: Progress | None = None,
    ) -> CallResult:
        """Use a tool. Several calls may run at once. Cancelling the task cancels the call inside too.

        `timeout` is wall seconds for the whole call. An unknown tool or wrong arguments are results, not exceptions.

        Raises:
            CallTimeout: no answer within `timeout`; the sandbox is closed.
            SandboxLost: the sandbox went away.
            SandboxLimit: a limit of the policy ended it.
            ProtocolViolation: the answer was not the protocol; the sandbox is closed.
        """

    async def close(self) -> None:
        """End the sandbox and free all it holds; safe to call twice and while calls are running."""

    async def __aenter__(self) -> Sandbox: ...

    async def __aexit__(self, *exc: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether a backend can work here; if not, `detail` says why and `mend` is a command that helps."""

    ok: bool
    detail: str
    mend: str | None = None


class Backend(Protocol):
    """A kind of wall."""

    name: str

    async def probe(self) -> Probe:
        """Look whether this backend works on this machine; never raises."""

    async def start(self, spec: SandboxSpec) -> Sandbox:
        """Start a sandbox and wait for its tool server's hello.

        Raises:
            BackendUnavailable: no engine, no rights, no binary.
            ImageMissing: the image is not here.
            StartFailed: it did not come up.
        """

    async def reap(self, is_alive: Callable[[Owner], bool]) -> list[str]:
        """Remove every sandbox (and what belongs to it) whose owner `is_alive` denies; the names removed.

        Raises:
            BackendUnavailable: the engine does not answer.
        """
