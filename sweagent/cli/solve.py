"""`sweagent solve`: parse, run, show, and choose the exit status."""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Coroutine
from typing import Any, Protocol

import click

from sandboxes.errors import SandboxError
from sweagent.app.options import OnEvent, SolveOptions
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
from sweagent.store.log import EventLog


class Finite(click.FloatRange):
    """A number that compares: `nan` would pass every check and be no limit at all."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, or click's usual complaint."""
        number = super().convert(value, param, ctx)
        return number if math.isfinite(number) else self.fail(f"{value} is not a finite number.", param, ctx)


@click.command()
@click.argument("repo")
@click.option("--issue", required=True, metavar="TEXT|@FILE|URL", help="What is wrong, or where to read it.")
@click.option("--test", metavar="CMD", help="Shell command that runs the tests (default: found out).")
@click.option("--target", "targets", multiple=True, metavar="TEST", help="A test that must turn green; repeatable.")
@click.option("--model", metavar="NAME", help="Model to use, for example openai/NAME; none: repair by search.")
@click.option("--base-url", metavar="URL", help="OpenAI-compatible server of that model.")
@click.option("--strategy", type=click.Choice(["auto", "react", "repair"]), default="auto", show_default=True)
@click.option("--sandbox", type=click.Choice(["docker", "bwrap"]), default="docker", show_default=True)
@click.option("--image", metavar="NAME", help="Image for the sandboxes (default: found out; see sweagent detect).")
@click.option("--setup", multiple=True, metavar="CMD", help="Shell command that installs what tests need; repeatable.")
@click.option("--no-setup", is_flag=True, help="Install nothing.")
@click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="HOST[:PORT]",
    help="A host that sandboxes may reach (*.NAME: its subdomains); repeatable. Default: no network.",
)
@click.option("--budget", "budget_usd", type=Finite(min=0), metavar="USD", help="Most to spend on models.")
@click.option("--max-steps", type=click.IntRange(min=1), metavar="N", help="Most steps of an agent.")
@click.option("--time-limit", type=Finite(min=0, min_open=True), metavar="SECONDS")
@click.option(
    "--test-timeout",
    type=Finite(min=0, min_open=True),
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
        state = asyncio.run(drive(options, view))
    except (SweagentError, SandboxError) as error:
        if as_json:
            sys.stdout.write(to_json(no_run(status_of(error), with_mend(error))) + "\n")
        raise
    if state is None:
        if as_json:
            sys.stdout.write(to_json(no_run("cancelled", "cancelled by the user")) + "\n")
        return CANCELLED
    return _finish(state, as_json, quiet)


class Work(Protocol):
    """What `sweagent.app.solve.solve` is to the command line."""

    def __call__(
        self, options: SolveOptions, log: EventLog, *, on_event: OnEvent | None = None
    ) -> Coroutine[Any, Any, RunState]:
        """Solve what `options` ask, telling `on_event` of every stored event."""
        ...


async def drive(options: SolveOptions, view: View, work: Work = run_solve) -> RunState | None:
    """Do `work` until its end or a signal; None where it was cancelled before a run came to be."""
    run: str | None = None

    def on_event(event: Event) -> None:
        nonlocal run
        run = event.run
        view.on_event(event)

    async with opened() as log:
        with view, cancelling(lambda text: view.print([Line(text, "warn")])):
            try:
                return await work(options, log, on_event=on_event)
            except asyncio.CancelledError:
                return await read_state(log, run) if run else None


def _finish(state: RunState, as_json: bool, quiet: bool) -> int:
    """Print the outcome on stdout and return the exit status."""
    if as_json:
        sys.stdout.write(to_json(outcome(state)) + "\n")
    else:
        # The status is the last line of the progress already, where that was shown.
        print_lines(sys.stdout, summary(state) if quiet else summary(state)[1:])
    if state.status == "bad_input":
        say_error(state.reason)
    return STATUS.get(state.status, 1)
