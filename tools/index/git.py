"""Asks git about the workspace, with what its configuration could start switched off."""

from __future__ import annotations

from tools.process import Runner

_LISTING = 64 << 20


def git(runner: Runner, arguments: list[str]) -> bytes | None:
    """Git's output in the runner's workspace, or None where it failed or is not there."""
    command = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", str(runner.workspace), *arguments]
    done = runner.run(command, timeout=60, head=_LISTING, tail=0, spill=False)
    return done.output.head if done.exit_code == 0 else None
