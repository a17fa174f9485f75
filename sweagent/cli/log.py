"""`sweagent log`: the events of one run, also while it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable

import click

from sweagent.app.recover import recover
from sweagent.cli.opened import opened
from sweagent.cli.outcome import event_record, to_json
from sweagent.cli.render.lines import lines
from sweagent.cli.render.view import print_lines
from sweagent.core.errors import StoreError
from sweagent.core.event import Event, RunEnded
from sweagent.store.log import EventLog

RECOVER_SECONDS = 2.0


@click.command()
@click.argument("run")
@click.option("--follow", "-f", is_flag=True, help="Go on with new events until the run ends.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def log(run: str, follow: bool, as_json: bool) -> None:
    """Print the events of RUN (an id, the beginning of one, or `last`)."""
    asyncio.run(_print(run, follow, _print_json if as_json else _print_text))


async def _print(prefix: str, follow: bool, show: Callable[[Event], None]) -> None:
    async with opened() as log:
        run = await log.resolve(prefix)
        if follow:
            await _follow(log, run, show)
        else:
            for event in await log.read(run):
                show(event)


async def _follow(log: EventLog, run: str, show: Callable[[Event], None]) -> None:
    """Show events until the run ends, or its process is found dead."""
    watch = asyncio.create_task(_recover_often(log))
    try:
        async for event in log.follow(run):
            show(event)
            sys.stdout.flush()
            if isinstance(event.body, RunEnded):
                break
    finally:
        watch.cancel()


async def _recover_often(log: EventLog) -> None:
    """A run whose process dies while it is followed gets its end, which the follower then reads."""
    while True:
        await asyncio.sleep(RECOVER_SECONDS)
        with contextlib.suppress(StoreError):
            await asyncio.to_thread(recover, log.sync)


def _print_json(event: Event) -> None:
    sys.stdout.write(to_json(event_record(event)) + "\n")


def _print_text(event: Event) -> None:
    print_lines(sys.stdout, lines(event))
