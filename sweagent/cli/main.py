"""The `sweagent` command: finds the subcommand without importing the others, and turns every ending into a status.

Exit statuses: 0 solved or done, 1 not solved, 2 bad input or set-up, 3 budget or limit reached, 130 cancelled,
141 the reader of a pipe went away, 70 a defect of this program.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from sweagent import __version__

COMMANDS = {
    "solve": ("sweagent.cli.solve:solve", "Solve an issue in a repository; leaves a branch ready for a pull request."),
    "show": ("sweagent.cli.show:show", "Show what became of a run."),
    "diff": ("sweagent.cli.show:diff", "Print the patch of a run."),
    "log": ("sweagent.cli.log:log", "Print the events of a run."),
    "runs": ("sweagent.cli.runs:runs", "List the runs, newest first."),
    "detect": ("sweagent.cli.detect:detect", "Tell how a repository would be built and tested, and why."),
    "doctor": ("sweagent.cli.doctor:doctor", "Tell what works on this machine and how to mend the rest."),
    "sandbox": ("sweagent.cli.sandbox:sandbox", "Look after sandboxes, their image and their toolbox."),
}
"""Name → where the command is defined (``module:attribute``) and its line in the help."""


class _ReaderGoneError(Exception):
    """Nobody reads our standard output any more. Click would turn a BrokenPipeError into status 1."""


class _LazyGroup(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise _ReaderGoneError from None
        return result

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is ours
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sweagent", message="%(prog)s %(version)s")
def cli() -> None:
    """A tech lead for sandboxed coding agents: an issue goes in, a verified branch comes out."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    sys.exit(run(argv))


def run(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status; every error is one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        result = cli.main(args=argv, prog_name="sweagent", standalone_mode=False)
    except _ReaderGoneError:
        # The interpreter flushes stdout once more at exit; give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except (KeyboardInterrupt, click.Abort):
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(f"{error.format_message()}\n")
        return 2
    except Exception as error:  # noqa: BLE001 - the boundary of the program: an error becomes a line and a status
        from sweagent.cli.failure import report

        return report(error)
    return result if isinstance(result, int) else 0
