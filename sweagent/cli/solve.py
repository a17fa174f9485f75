"""`sweagent solve`: parse, run, show, and choose the exit status."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click

from sandboxes.errors import SandboxError
from sweagent.app.options import SolveOptions
from sweagent.app.solve import solve as run_solve
from sweagent.cli.failure import CANCELLED, STATUS, say_error, status_of, with_mend
from sweagent.cli.opened import opened, read_state
from sweagent.cli.outcome import no_run, outcome, to_json
from sweagent.cli.render.lines import Line
from sweagent.cli.render.summary import summary
from sweagent.cli.render.view import View, choose_view, print_lines
from sweagent.cli.signals import cancelling
from sweagent.core.errors import SweagentError
from sweagent.core.event import Event
from sweagent.core.run import RunState


@click.command()
@click.argument("repo")
@click.option("--issue", required=True, metavar="TEXT|@FILE|URL", help="What is wrong, or where to read it.")
@click.option("--test", metavar="CMD", help="Shell command that runs the tests (default: found out).")
@click.option("--target", "targets", multiple=True, metavar="TEST", help="A test that must turn green; repeatable.")
@click.option("--model", metavar="NAME", help="Model to use, for example openai/NAME; none: repair by search.")
@click.option("--base-url", metavar="URL", help="OpenAI-compatible server of that model.")
@click.option("--strategy", type=click.Choice(["auto", "react", "repair"]), default="auto", show_default=True)
@click.option("--sandbox", type=click.Choice(["docker", "bwrap"]), default="docker", show_default=True)
@click.option("--budget", "budget_usd", type=click.FloatRange(min=0), metavar="USD", help="Most to spend on models.")
@click.option("--max-steps", type=click.IntRange(min=1), metavar="N", help="Most steps of an agent.")
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS")
@click.option(
    "--test-timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="For one run of all tests.",
)
@click.option("--base", metavar="REV", help="Revision to start from (default: HEAD).")
@click.option("--allow-dirty", is_flag=True, help="Go on although the tree has changes; they are left alone.")
@click.option("--allow-passing", is_flag=True, help="Go on although no test fails yet.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout; progress goes to stderr.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def solve(as_json: bool, quiet: bool, **asked: Any) -> int:
    """Solve an issue in REPO (a path or a git URL); leaves a branch ready for a pull request.

    REPO's working tree is never touched. Exit status: 0 solved, 1 not solved, 2 bad input or set-up, 3 limit reached,
    130 cancelled.
    """
    options = SolveOptions(**asked)
    view = choose_view(sys.stderr if as_json else sys.stdout, quiet=quiet)
    try:
        state = asyncio.run(_drive(options, view))
    except (SweagentError, SandboxError) as error:
        if as_json:
            sys.stdout.write(to_json(no_run(status_of(error), with_mend(error))) + "\n")
        raise
    if state is None:
        if as_json:
            sys.stdout.write(to_json(no_run("cancelled", "cancelled by the user")) + "\n")
        return CANCELLED
    return _finish(state, as_json, quiet)


async def _drive(options: SolveOptions, view: View) -> RunState | None:
    """Run until the end or a signal; None where it was cancelled before a run came to be."""
    run: str | None = None

    def on_event(event: Event) -> None:
        nonlocal run
        run = event.run
        view.on_event(event)

    async with opened() as log:
        with view, cancelling(lambda text: view.print([Line(text, "warn")])):
            try:
                return await run_solve(options, log, on_event=on_event)
            except asyncio.CancelledError:
                return await read_state(log, run) if run else None


def _finish(state: RunState, as_json: bool, quiet: bool) -> int:
    """Print the outcome on stdout and return the exit status."""
    if as_json:
        sys.stdout.write(to_json(outcome(state)) + "\n")
    elif not quiet or state.status == "solved":
        print_lines(sys.stdout, summary(state))
    if state.status == "bad_input":
        say_error(state.reason)
    return STATUS.get(state.status, 1)
