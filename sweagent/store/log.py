"""The event log for asyncio: the blocking core behind one writer thread, and a way to follow a growing run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from sweagent.core.event import Body, Event, RunEnded, Unknown
from sweagent.store.sync import RunHead, SyncEventLog


class EventLog:
    """`SyncEventLog` without blocking the loop. One thread appends, so events are stored in the order of the calls.

    An append whose task is cancelled may still be stored: the log then tells more, never less.
    """

    def __init__(self, log: SyncEventLog) -> None:
        self.sync = log
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="event-log")

    @classmethod
    async def open(cls, target: str | Path | None = None) -> Self:
        """Open the log; see `SyncEventLog.open`.

        Raises:
            StoreError: it cannot be opened, or a newer version made it.
        """
        return cls(await asyncio.to_thread(SyncEventLog.open, target))

    async def close(self) -> None:
        """Wait for appends under way and close all connections."""
        await asyncio.to_thread(self._writer.shutdown)
        self.sync.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def append(self, run: str, body: Body | Unknown) -> Event:
        """Store an event at the end of `run`; it is committed when this returns.

        Raises:
            StoreError: it was not stored.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writer, self.sync.append, run, body)

    async def end(self, run: str, body: RunEnded) -> Event | None:
        """Append `body` unless the run has ended already; see `SyncEventLog.end`."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self.sync.end, run, body)

    async def read(self, run: str, after: int = 0) -> list[Event]:
        """The events of `run` whose seq is above `after`, in order."""
        return await asyncio.to_thread(self.sync.read, run, after)

    async def follow(self, run: str, after: int = 0, *, poll_seconds: float = 0.2) -> AsyncIterator[Event]:
        """Every event of `run` above `after`, then those that any process appends, without end: the reader breaks."""
        while True:
            for event in await self.read(run, after):
                after = event.seq
                yield event
            await asyncio.sleep(poll_seconds)

    async def runs(self, limit: int | None = None, *, status: str | None = None) -> list[RunHead]:
        """The runs, newest first."""
        return await asyncio.to_thread(lambda: self.sync.runs(limit, status=status))

    async def resolve(self, prefix: str) -> str:
        """The run that `prefix` means; see `SyncEventLog.resolve`."""
        return await asyncio.to_thread(self.sync.resolve, prefix)
