"""Progress lines from work in threads, told as events: in order, and not more than a few in a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sweagent.agent.strategy import Emit
from sweagent.core.event import Progressed

_EVERY = 1.0


@asynccontextmanager
async def telling(emit: Emit, phase: str) -> AsyncIterator[Callable[[str], None]]:
    """Give a function, safe to call from any thread, whose lines become `Progressed` events of `phase`.

    Indented lines are output of a program: of those, one in a second at most is told.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    async def pass_on() -> None:
        told = 0.0
        while (line := await lines.get()) is not None:
            if line.startswith(" ") and time.monotonic() - told < _EVERY:
                continue
            told = time.monotonic()
            await emit(Progressed(phase=phase, message=line))

    def say(line: str) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    teller = asyncio.create_task(pass_on())
    try:
        yield say
    finally:
        lines.put_nowait(None)
        await teller
