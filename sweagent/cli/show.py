"""`sweagent show` and `sweagent diff`: what the log tells of one run."""

from __future__ import annotations

import asyncio
import sys

import click

from sweagent.cli.opened import opened, read_state
from sweagent.cli.outcome import outcome, to_json
from sweagent.cli.render.lines import diff_lines
from sweagent.cli.render.summary import page
from sweagent.cli.render.view import print_lines
from sweagent.core.errors import BadInput
from sweagent.core.run import RunState


@click.command()
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(run: str, as_json: bool) -> None:
    """Show what became of RUN (an id, the beginning of one, or `last`)."""
    state = asyncio.run(_load(run))
    if as_json:
        sys.stdout.write(to_json(outcome(state)) + "\n")
    else:
        print_lines(sys.stdout, page(state))


@click.command()
@click.argument("run")
def diff(run: str) -> None:
    """Print the patch of RUN; piped, it is exact and `git apply` takes it."""
    state = asyncio.run(_load(run))
    patch = state.best.patch if state.best else None
    if patch is None or patch.empty:
        raise BadInput(f"run {state.id} has no patch; `sweagent show {state.id}` says why")
    if sys.stdout.isatty():
        print_lines(sys.stdout, diff_lines(patch))
    else:
        # Not through the text layer: a patch is bytes to whoever applies it.
        sys.stdout.flush()
        sys.stdout.buffer.write(patch.text.encode("utf-8", "surrogateescape"))


async def _load(prefix: str) -> RunState:
    async with opened() as log:
        return await read_state(log, await log.resolve(prefix))
