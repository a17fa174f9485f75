"""Runs whose process died without a word: told apart from living ones, and closed in the log as interrupted."""

from __future__ import annotations

import os

from sandboxes import contract
from sandboxes.errors import SandboxError
from sandboxes.owner import is_alive
from sweagent.app.paths import home
from sweagent.core.event import Owner, RunEnded, RunStarted
from sweagent.core.run import RunState
from sweagent.repo.workspace import Workspaces
from sweagent.store.sync import RUNNING, SyncEventLog

INTERRUPTED = "interrupted"
REASON = "the process that drove the run ended without finishing it (killed, crashed, or the machine restarted)"


def owner_lives(owner: Owner) -> bool:
    """Whether the process that drives a run still runs; one on another host counts as alive, nobody here can tell."""
    return is_alive(contract.Owner(owner.host, owner.boot_id, owner.pid, owner.started))


def settle(state: RunState) -> RunState:
    """Tell the truth about `state` without writing: a running run whose owner is dead becomes interrupted.

    Attempts that were cut off with their run get its status.
    """
    if state.status == RUNNING and state.started is not None and not owner_lives(state.started.owner):
        state.status, state.reason = INTERRUPTED, REASON
    for attempt in state.attempts.values():
        if attempt.status == RUNNING:
            attempt.status = state.status
    return state


def forget_workspaces(runs: list[str]) -> None:
    """Remove what dead runs left in the state folder, once their sandboxes are gone."""
    workspaces = Workspaces(home() / "workspaces", os.getuid(), os.getgid())
    for run in runs:
        workspaces.forget(run)


def recover(log: SyncEventLog) -> list[str]:
    """Append `run_ended` to every running run whose owner is dead; the ids of those runs.

    Cheap where nothing is amiss: one query for the running runs, and one small read for each.

    Raises:
        StoreError: the log cannot be read or written.
    """
    ended = []
    for head in log.runs(status=RUNNING):
        starts = [event.body for event in log.read(head.id, kinds=("run_started",))]
        owners = [body.owner for body in starts if isinstance(body, RunStarted)]
        # The latest start counts: a run that another process took up again belongs to that process.
        if owners and not owner_lives(owners[-1]) and log.end(head.id, RunEnded(status="interrupted", reason=REASON)):
            ended.append(head.id)
    return ended


async def sweep() -> tuple[list[str], list[SandboxError]]:
    """Remove the sandboxes that dead processes left behind; their names, and why a backend could not be swept."""
    from sandboxes.backends import BACKENDS, get_backend  # loads the engine's client, which reading a log need not

    names: list[str] = []
    failures: list[SandboxError] = []
    for name in BACKENDS:
        try:
            names += await get_backend(name).reap(is_alive)
        except SandboxError as error:
            failures.append(error)
    return names, failures
