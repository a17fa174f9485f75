"""Errors at the program's boundary: one line on stderr that says what to do, and the exit status."""

from __future__ import annotations

import os
import sys
import traceback

import click

from sandboxes.errors import SandboxError
from sweagent.cli.render.clean import one_line
from sweagent.core.errors import BadInput, LimitReached, SweagentError

NOT_SOLVED, BAD_INPUT, LIMIT, DEFECT, CANCELLED = 1, 2, 3, 70, 130

STATUS = {
    "solved": 0,
    "unsolved": NOT_SOLVED,
    "failed": NOT_SOLVED,
    "interrupted": NOT_SOLVED,
    "bad_input": BAD_INPUT,
    "limit": LIMIT,
    "cancelled": CANCELLED,
}
"""A run's status → the exit status of `sweagent solve`."""


def say_error(text: str) -> None:
    """Print the one line that every failure gets."""
    sys.stderr.write(f"sweagent: error: {one_line(text)}\n")
    sys.stderr.flush()


def report(error: Exception) -> int:
    """Say what went wrong and return the exit status."""
    if isinstance(error, click.ClickException):
        say_error(_usage(error))
        return BAD_INPUT
    if not isinstance(error, SweagentError | SandboxError):
        if os.environ.get("SWEAGENT_DEBUG"):
            traceback.print_exception(error)
        say_error(f"a defect of sweagent: {type(error).__name__}: {error} (SWEAGENT_DEBUG=1 shows where)")
        return DEFECT
    say_error(with_mend(error))
    return LIMIT if isinstance(error, LimitReached) else BAD_INPUT


def with_mend(error: Exception) -> str:
    """The error's text, with the command that mends it where it knows one."""
    mend = getattr(error, "mend", None)
    return f"{error}; try: {mend}" if mend else str(error)


def status_of(error: Exception) -> str:
    """The run status that fits an error which ended a command before or outside of a run."""
    if isinstance(error, LimitReached):
        return "limit"
    return "bad_input" if isinstance(error, BadInput | SandboxError) else "failed"


def _usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    hint = f" (see `{context.command_path} --help`)" if context is not None else ""
    return error.format_message() + hint
