"""A running sandbox as callers see it: a channel to the resident tool server, and a body that can die.

The one implementation of `Sandbox`; backends differ in their `Body` only.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from sandboxes.channel import Channel
from sandboxes.contract import CallResult, Progress, SandboxSpec, ToolInfo
from sandboxes.errors import CallTimeout, ProtocolViolation, SandboxError, SandboxLost, StartFailed
from sandboxes.watchdog import watch

_T = TypeVar("_T")
HELLO_SECONDS = 60.0
"""How long a server may take to answer first. Generous: a loaded machine is no failure."""


class Body(Protocol):
    """What a backend knows of a running sandbox beside its channel."""

    @property
    def name(self) -> str:
        """Unique on this machine."""

    async def end(self) -> None:
        """Make sure that every process of it is dead, then free what it held; the latter may go on afterwards."""

    async def cause(self, lost: SandboxError) -> SandboxError:
        """Why the channel broke, as exactly as the backend can tell; `lost` if it knows no better."""

    def said(self) -> str:
        """The last words of the server on its standard error; untrusted, at most some kilobytes."""


class ResidentSandbox:
    """A sandbox whose tool server answers; see `sandboxes.contract.Sandbox`."""

    def __init__(self, channel: Channel, body: Body, tools: tuple[ToolInfo, ...]) -> None:
        self._channel, self._body, self._tools = channel, body, tools
        self._ending: asyncio.Task[None] | None = None
        self._cause: SandboxError | None = None
        self._watchdog: asyncio.Task[None] | None = None
        self._afterwards: list[Callable[[], Awaitable[None]]] = []

    @property
    def name(self) -> str:
        """Unique on this machine; what the engine shows."""
        return self._body.name

    @property
    def tools(self) -> tuple[ToolInfo, ...]:
        """The tools that the server offered when it started."""
        return self._tools

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        *,
        timeout: float = 120.0,  # noqa: ASYNC109 (the contract's word)
        progress: Progress | None = None,
    ) -> CallResult:
        """Use a tool; see the contract.

        Raises:
            CallTimeout, SandboxLost, SandboxLimit, ProtocolViolation: the sandbox is gone or about to be.
        """
        try:
            return await self._channel.call(tool, arguments, timeout, progress)
        except (CallTimeout, ProtocolViolation):
            await self.close()
            raise
        except SandboxLost as lost:
            cause = await self._why(lost)
            raise cause from (lost if cause is not lost else None)

    def guard(self, spec: SandboxSpec) -> None:
        """Hold the limits that nothing else holds, from now on: time, and the workspace's size."""
        if self._watchdog is not None:
            self._watchdog.cancel()
        task = watch(spec.policy.limits, spec.workspace, self.fail)
        self._watchdog = asyncio.create_task(task, name=f"watch-{self.name}")

    @property
    def alive(self) -> bool:
        """Whether it still answers, as far as is known."""
        return self._ending is None and self._channel.ended is None

    def afterwards(self, clean: Callable[[], Awaitable[None]]) -> None:
        """Run `clean` once all processes inside are dead, before `close` returns."""
        self._afterwards.append(clean)

    async def tell_of_workspace(self) -> None:
        """Let the server know that another folder stands at its workspace's path now.

        Raises:
            SandboxLost: it went away.
        """
        await self._channel.notify("notifications/roots/list_changed")

    async def fail(self, cause: SandboxError) -> None:
        """End the sandbox for `cause`, which every running and later call raises."""
        self._cause = self._cause or cause
        await self.close()

    async def close(self) -> None:
        """End the sandbox: when this returns all its processes are dead. Cancelling it does not stop the ending."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(), name=f"end-{self.name}")
        await asyncio.shield(self._ending)

    async def __aenter__(self) -> ResidentSandbox:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def _why(self, lost: SandboxLost) -> SandboxError:
        if self._cause is None and self._ending is None:
            self._cause = await self._body.cause(lost)
        await self.close()  # whoever hears of the end may rely on it
        return self._cause or lost

    async def _end(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watchdog
        await self._channel.close()
        try:
            await self._body.end()
        finally:
            for clean in self._afterwards:
                await clean()


async def shake_hands(channel: Channel, body: Body, spec: SandboxSpec | None = None) -> ResidentSandbox:
    """The sandbox once its server has answered; if it does not, everything is freed again.

    With a `spec`, its limits of time and disk are watched from then on.

    Raises:
        StartFailed: it ended, kept silent, or did not speak the protocol.
    """
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            tools = await channel.open()
    except BaseException as error:
        await finish(abandon(channel, body))
        if isinstance(error, SandboxError | TimeoutError):
            last = body.said().strip()[-500:]
            why = f"no answer within {HELLO_SECONDS:g} s" if isinstance(error, TimeoutError) else str(error)
            raise StartFailed(f"the tool server did not start: {why}" + f" ({last!r})" * bool(last)) from error
        raise
    sandbox = ResidentSandbox(channel, body, tools)
    if spec is not None:
        sandbox.guard(spec)
    return sandbox


async def abandon(channel: Channel, body: Body) -> None:
    """Free a sandbox that never became one."""
    await channel.close()
    with contextlib.suppress(SandboxError):
        await body.end()


async def finish(work: Coroutine[Any, Any, _T], undo: Callable[[_T], Awaitable[None]] | None = None) -> _T:
    """Run `work` to its end even when the caller is cancelled, who then hears of it afterwards.

    What it made is given to `undo` in that case, for the caller will never see it.
    """
    task = asyncio.create_task(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        if task.exception() is None and undo is not None:
            await finish(_awaited(undo(task.result())))
        raise asyncio.CancelledError
    return task.result()


async def _awaited(work: Awaitable[None]) -> None:
    await work
