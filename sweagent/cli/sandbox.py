"""`sweagent sandbox`: list and sweep sandboxes, and make beforehand what they need."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import get_args

import click

from sweagent.app.options import BackendName, SolveOptions
from sweagent.app.recover import sweep
from sweagent.cli.failure import CANCELLED
from sweagent.cli.opened import opened
from sweagent.cli.render.clean import clean, one_line
from sweagent.cli.signals import cancelling
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
@click.option(
    "--max-gib",
    type=click.FloatRange(min=0),
    default=20.0,
    show_default=True,
    help="Most room for images made for single repositories; those unused for longest go first.",
)
def collect(max_gib: float) -> None:
    """Remove what dead processes left behind, close their runs in the log, and bound the cache of images."""
    for name in asyncio.run(_collect(int(max_gib * (1 << 30)))):
        sys.stdout.write(f"removed {one_line(name)}\n")


@sandbox.command("build-image")
@click.argument("name", default="base")
@_BACKEND
def build_image(name: str, backend: str) -> None:
    """Make the shipped image NAME (default: base) if it is not there: the only step that needs the network."""
    from sandboxes.images import ensure_image

    sys.stdout.write(f"{asyncio.run(ensure_image(name, backend=backend, say=_say))}\n")


@sandbox.command("build-toolbox")
def build_toolbox() -> None:
    """Build the toolbox if it is not there: the Python and the tools that are shown inside every sandbox."""
    from sandboxes.toolbox import ensure_toolbox

    sys.stdout.write(f"{ensure_toolbox(say=_say).runtime}\n")


@sandbox.command("shell")
@click.argument("repo")
@click.option("--base", metavar="REV", help="Revision to start from (default: HEAD).")
@click.option("--image", metavar="NAME", help="Image to use (default: found out).")
@click.option("--test", metavar="CMD", help="Test command of the run_tests tool (default: found out).")
@_BACKEND
def shell(repo: str, base: str | None, image: str | None, test: str | None, backend: BackendName) -> int:
    """Run commands in a fresh sandbox of REPO, as an agent would see it: a line each, from the terminal or a pipe.

    Every command is a process of its own in /workspace. REPO is never touched, and changes go with the sandbox. The
    exit status is that of the last command.
    """
    options = SolveOptions(
        repo=repo, issue="shell", base=base, image=image, test=test, sandbox=backend, allow_dirty=True
    )
    try:
        return asyncio.run(_shell(options))
    except asyncio.CancelledError:
        return CANCELLED


async def _shell(options: SolveOptions) -> int:
    from sweagent.app.shell import shell as run_shell
    from sweagent.app.solve import new_run_id

    with cancelling(_say):
        return await run_shell(options, new_run_id(datetime.now(UTC)), _lines(), _say_all)


async def _lines() -> AsyncIterator[str]:
    """Lines of standard input; a prompt before each where a person types."""
    reader = asyncio.StreamReader(limit=1 << 20)
    stdin, typed = os.fdopen(os.dup(sys.stdin.fileno()), "rb"), sys.stdin.isatty()  # asyncio closes what it is given
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), stdin)
    while True:
        if typed:
            sys.stderr.write("sandbox$ ")
            sys.stderr.flush()
        line = await reader.readline()
        if not line:
            return
        if line.strip():
            yield line.decode("utf-8", "replace")


def _say_all(text: str) -> None:
    sys.stdout.write(f"{clean(text)}\n")
    sys.stdout.flush()


def _say(text: str) -> None:
    sys.stderr.write(f"{one_line(text)}\n")
    sys.stderr.flush()


async def _running() -> list[RunState]:
    async with opened() as log:
        return [fold(head.id, await log.read(head.id)) for head in await log.runs(status="running")]


async def _collect(most: int) -> list[str]:
    from sandboxes.errors import SandboxError
    from sandboxes.images.kept import collect as collect_images

    async with opened():  # which closes dead runs
        removed, failures = await sweep()
    try:
        removed += await collect_images(most, _say)
    except SandboxError as error:  # without an engine there is no cache of its images either
        failures.append(error)
    if failures and not removed:
        raise failures[0]
    return removed
