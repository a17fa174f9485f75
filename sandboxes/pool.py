"""Sandboxes kept warm: started before anyone asks, handed out once each with a workspace mounted in.

Only what runs in Docker and only as root can get its workspace later; everything else is started cold, and `cold`
says why. A sandbox with hosts to reach starts cold, too.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace

from sandboxes import late, owner
from sandboxes.contract import Backend, LateWorkspace, Owner, Probe, Sandbox, SandboxSpec
from sandboxes.docker_backend import DockerBackend
from sandboxes.errors import SandboxError, StartFailed
from sandboxes.resident import ResidentSandbox, finish


@dataclass(slots=True)
class _Warm:
    """A sandbox that nobody has touched. `place` is where its workspace will stand; `pid` its server's, seen here."""

    sandbox: ResidentSandbox
    place: LateWorkspace | None
    pid: int


@dataclass(slots=True)
class _Shelf:
    """Warm sandboxes that differ in nothing. A `gone` one takes no more."""

    spec: SandboxSpec
    ready: deque[_Warm] = field(default_factory=deque)
    filling: set[asyncio.Task[None]] = field(default_factory=set)
    gone: bool = False


class Pool:
    """A backend that keeps `size` sandboxes warm of each sort it has been asked for, of the last `sorts` sorts.

    A sort is all of a spec but its workspace, labels and seconds. A sandbox is handed out once and never taken back.
    Labels of the spec are not on warm sandboxes, for Docker's cannot change. Belongs to one event loop; `close` it.
    """

    def __init__(self, backend: Backend, size: int = 2, sorts: int = 4) -> None:
        self._backend = backend
        self._size, self._sorts = size, sorts
        self._shelves: dict[Hashable, _Shelf] = {}
        self._closed = False
        self.name = backend.name
        self.cold: str | None = None if isinstance(backend, DockerBackend) else f"{backend.name} sandboxes start cold"
        """Why nothing is kept warm here; None where it is."""
        self.fault: SandboxError | None = None
        """Why the last filling in the background failed; None where it did not."""

    async def probe(self) -> Probe:
        """Look whether the backend works here; says too whether sandboxes can be kept warm."""
        probe = await self._backend.probe()
        why = await self._why_cold()
        warmth = f"no warm sandboxes: {why}" if why else f"{self._size} of each sort kept warm"
        return replace(probe, detail=f"{probe.detail}; {warmth}") if probe.ok else probe

    async def prepare(self, spec: SandboxSpec, count: int | None = None) -> None:
        """Have `count` (default: the pool's size) sandboxes of this sort ready, waiting for them.

        Does nothing where sandboxes start cold.

        Raises:
            ImageMissing, StartFailed, BackendUnavailable: as from `start`.
        """
        shelf = await self._shelf(spec)
        if shelf is not None:
            missing = (self._size if count is None else count) - len(shelf.ready)
            tasks = [asyncio.create_task(self._add(shelf), name="pool-prepare") for _ in range(missing)]
            try:
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            except asyncio.CancelledError:
                await asyncio.wait(tasks)  # gather does not wait for what it cancels, which still cleans up
                raise
            for outcome in outcomes:
                if outcome is not None:
                    raise outcome

    async def start(self, spec: SandboxSpec) -> Sandbox:
        """A warm sandbox with the workspace in it, or one started now; see the contract."""
        shelf = await self._shelf(spec)
        sandbox: Sandbox | None = None
        while shelf is not None and shelf.ready and sandbox is None:
            sandbox = await _hand_out(shelf.ready.popleft(), spec)
        if sandbox is None:
            sandbox = await self._backend.start(spec)
        if shelf is not None:
            self._refill(shelf)
        return sandbox

    async def reap(self, is_alive: Callable[[Owner], bool]) -> list[str]:
        """Remove what dead owners left; see the contract. The pool's own warm ones end first if we count as dead."""
        if not is_alive(owner.current_owner()):
            await self._empty()
            if isinstance(self._backend, DockerBackend):
                await self._backend.drain()  # what we ended ourselves is on its way out: it is nobody's leftover
        return await self._backend.reap(is_alive)

    async def close(self) -> None:
        """End every sandbox that nobody took, and keep no more; those handed out are their takers'."""
        self._closed = True
        await self._empty()

    async def __aenter__(self) -> Pool:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def _why_cold(self) -> str | None:
        if self.cold is None:
            self.cold = await asyncio.to_thread(late.unsupported)
        return self.cold

    async def _shelf(self, spec: SandboxSpec) -> _Shelf | None:
        # A proxy tells of one run's use of the network, so a sandbox that has one cannot wait for whoever comes.
        if self._closed or spec.policy.allow or await self._why_cold() is not None:
            return None
        sort = _sort(spec)
        shelf = self._shelves.pop(sort, None) or _Shelf(_anonymous(spec))
        self._shelves[sort] = shelf  # the last one in the dict is the last used
        while len(self._shelves) > self._sorts:
            await finish(_clear(self._shelves.pop(next(iter(self._shelves)))))
        return shelf

    def _refill(self, shelf: _Shelf) -> None:
        missing = 0 if shelf.gone else self._size - len(shelf.ready) - len(shelf.filling)
        for _ in range(missing):
            task = asyncio.create_task(self._fill(shelf), name="pool-fill")
            shelf.filling.add(task)
            task.add_done_callback(shelf.filling.discard)

    async def _fill(self, shelf: _Shelf) -> None:
        # A failure waits for the next `start`, which tries again and tells its caller.
        try:
            await self._add(shelf)
            self.fault = None
        except SandboxError as error:
            self.fault = error

    async def _add(self, shelf: _Shelf) -> None:
        assert isinstance(self._backend, DockerBackend)  # noqa: S101 (else `cold` says so and there is no shelf)
        warm = await _warm_up(self._backend, shelf.spec)
        shelf.ready.append(warm)
        if shelf.gone:
            await finish(_clear(shelf))
            raise StartFailed("the pool was closed")

    async def _empty(self) -> None:
        shelves, self._shelves = list(self._shelves.values()), {}
        await finish(_clear(*shelves))


async def _warm_up(backend: DockerBackend, spec: SandboxSpec) -> _Warm:
    """A running sandbox whose workspace is an empty folder.

    Raises:
        ImageMissing, StartFailed, BackendUnavailable: it did not start.
    """
    place: LateWorkspace | None = None
    try:
        if spec.workspace is not None:
            place = await finish(asyncio.to_thread(late.make, secrets.token_hex(6)), _removed)
            spec = replace(spec, workspace=place)
        sandbox = await backend.start(spec)
    except OSError as error:
        raise StartFailed(f"no folder for a workspace: {error}") from error
    except BaseException:
        if place is not None:
            await finish(_removed(place))
        raise
    if place is None:
        return _Warm(sandbox, None, 0)
    folder = place
    sandbox.afterwards(lambda: _removed(folder))
    try:
        return _Warm(sandbox, place, await backend.process(sandbox.name))
    except BaseException:
        await finish(sandbox.close())
        raise


async def _hand_out(warm: _Warm, spec: SandboxSpec) -> Sandbox | None:
    """The sandbox with the spec's workspace in it; None, with the sandbox ended, where that does not succeed."""
    try:
        if warm.sandbox.alive and await finish(asyncio.to_thread(_filled, warm, spec)):
            await warm.sandbox.tell_of_workspace()
            warm.sandbox.guard(spec)
            return warm.sandbox
    except SandboxError:
        pass
    except BaseException:
        await finish(warm.sandbox.close())
        raise
    await warm.sandbox.close()
    return None


def _filled(warm: _Warm, spec: SandboxSpec) -> bool:
    if warm.place is None or spec.workspace is None:
        return warm.place is None and spec.workspace is None
    try:
        late.fill(warm.place, spec.workspace)
    except OSError:  # a cold start will say what is wrong with this workspace
        return False
    return late.arrived(warm.place, warm.pid)


async def _removed(place: LateWorkspace) -> None:
    await asyncio.to_thread(late.remove, place)


async def _clear(*shelves: _Shelf) -> None:
    filling = [task for shelf in shelves for task in shelf.filling]
    for shelf in shelves:
        shelf.gone = True
    for task in filling:
        task.cancel()
    await asyncio.gather(*filling, return_exceptions=True)
    ready = [warm.sandbox for shelf in shelves for warm in shelf.ready]
    for shelf in shelves:
        shelf.ready.clear()
    await asyncio.gather(*(sandbox.close() for sandbox in ready), return_exceptions=True)


def _anonymous(spec: SandboxSpec) -> SandboxSpec:
    policy = replace(spec.policy, limits=replace(spec.policy.limits, seconds=None))
    return replace(spec, labels={}, policy=policy)


def _sort(spec: SandboxSpec) -> Hashable:
    # By its text: whatever a spec will be able to say some day, two that say different things are of two sorts.
    return spec.workspace is None, repr(replace(_anonymous(spec), workspace=None))
