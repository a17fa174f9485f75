"""`sweagent runs`: the list of runs."""

from __future__ import annotations

import asyncio
import sys

import click

from sweagent.app.recover import settle
from sweagent.cli.opened import opened
from sweagent.cli.outcome import listing, to_json
from sweagent.cli.render.summary import table
from sweagent.cli.render.view import print_lines
from sweagent.core.run import RunState, fold
from sweagent.store.log import EventLog

KINDS = ("run_started", "committed", "run_ended")
"""The few events that a list needs; a run may have thousands of others."""


@click.command()
@click.option("--limit", "-n", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def runs(limit: int, as_json: bool) -> None:
    """List the runs, newest first."""
    states = asyncio.run(_load(limit))
    if as_json:
        sys.stdout.write(to_json(listing(states)) + "\n")
    else:
        print_lines(sys.stdout, table(states))


async def _load(limit: int) -> list[RunState]:
    async with opened() as log:
        return await asyncio.to_thread(_states, log, limit)


def _states(log: EventLog, limit: int) -> list[RunState]:
    states = []
    for head in log.sync.runs(limit):
        state = settle(fold(head.id, log.sync.read(head.id, kinds=KINDS)))
        state.started_at, state.last_at = head.started_at, head.updated_at
        states.append(state)
    return states
