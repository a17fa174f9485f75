"""Open the event log for a command, and first tell the truth about runs whose process died."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sweagent.app.recover import forget_workspaces, recover, settle, sweep
from sweagent.core.errors import StoreError
from sweagent.core.run import RunState, fold
from sweagent.store.log import EventLog


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[EventLog]:
    """The user's event log, with dead runs closed and what they left behind swept away.

    Raises:
        StoreError: it cannot be opened.
    """
    async with await EventLog.open() as log:
        # Reading must work where writing does not (a full disk): `settle` tells the same truth without the log.
        with contextlib.suppress(StoreError):
            dead = await asyncio.to_thread(recover, log.sync)
            if dead:
                await sweep()
                await asyncio.to_thread(forget_workspaces, dead)
        yield log


async def read_state(log: EventLog, run: str) -> RunState:
    """The state of a run as its log tells it; a run whose process is dead is interrupted."""
    return settle(fold(run, await log.read(run)))
