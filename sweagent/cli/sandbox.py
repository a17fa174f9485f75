"""`sweagent sandbox`: list and sweep sandboxes, and make beforehand what they need."""

from __future__ import annotations

import asyncio
import sys
from typing import get_args

import click

from sweagent.app.options import BackendName
from sweagent.app.recover import sweep
from sweagent.cli.opened import opened
from sweagent.cli.render.clean import one_line
from sweagent.core.run import RunState, fold

_BACKEND = click.option(
    "--sandbox",
    "backend",
    type=click.Choice(get_args(BackendName)),
    default="docker",
    show_default=True,
    help="For which kind of sandbox.",
)


@click.group()
def sandbox() -> None:
    """Look after sandboxes, their image and their toolbox."""


@sandbox.command("ls")
def list_sandboxes() -> None:
    """List the sandboxes that running runs hold, as the event log tells."""
    for state in asyncio.run(_running()):
        for name in sorted(state.open_sandboxes):
            sys.stdout.write(f"{one_line(name)}  run {one_line(state.id)}\n")


@sandbox.command("gc")
def collect() -> None:
    """Remove what dead processes left behind, and close their runs in the log."""
    for name in asyncio.run(_collect()):
        sys.stdout.write(f"removed {one_line(name)}\n")


@sandbox.command("build-image")
@_BACKEND
def build_image(backend: str) -> None:
    """Make the base image if it is not there: the only step that needs the network."""
    from sandboxes.images import ensure_image

    sys.stdout.write(f"{asyncio.run(ensure_image(backend=backend, say=_say))}\n")


@sandbox.command("build-toolbox")
def build_toolbox() -> None:
    """Build the toolbox if it is not there: the Python and the tools that are shown inside every sandbox."""
    from sandboxes.toolbox import ensure_toolbox

    sys.stdout.write(f"{ensure_toolbox(say=_say).runtime}\n")


def _say(text: str) -> None:
    sys.stderr.write(f"{one_line(text)}\n")
    sys.stderr.flush()


async def _running() -> list[RunState]:
    async with opened() as log:
        return [fold(head.id, await log.read(head.id)) for head in await log.runs(status="running")]


async def _collect() -> list[str]:
    async with opened():  # which closes dead runs
        removed, failures = await sweep()
    if failures and not removed:
        raise failures[0]
    return removed
