"""The main job, wired: from what a person asked to a run in the event log."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sandboxes.backends import get_backend
from sandboxes.contract import Backend
from sandboxes.errors import SandboxError
from sandboxes.owner import current_owner, is_alive
from sweagent import __version__
from sweagent.agent.strategy import Emit, Strategy
from sweagent.app.options import OnEvent, SolveOptions
from sweagent.app.paths import home
from sweagent.app.prepare import Place, prepare
from sweagent.core import event as ev
from sweagent.core.budget import Budget, Meter
from sweagent.core.errors import BadInput, SweagentError
from sweagent.core.run import RunState, fold
from sweagent.core.task import Issue
from sweagent.forge.issue import read_issue
from sweagent.lead.ground import Ground
from sweagent.lead.lead import Lead, Outcome, Wishes
from sweagent.lead.plan import choose_strategy
from sweagent.models.protocol import Model
from sweagent.repo.git import forget_git_environment
from sweagent.repo.mirror import Mirror
from sweagent.repo.source import Source, open_source
from sweagent.repo.workspace import Workspaces
from sweagent.store.log import EventLog

SANDBOX_ID = 1000
"""User and group inside where this process is root; else its own, so that files stay its own."""


def new_run_id(now: datetime) -> str:
    """A run id that sorts by time: ``20260131-154502-1f3a``."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


async def solve(options: SolveOptions, log: EventLog, *, on_event: OnEvent | None = None) -> RunState:
    """Do what `options` ask; every step is stored in `log` before `on_event` is told. Returns the run's final state.

    Bad input that is found before anything is started raises; from then on it ends the run with status `bad_input`.

    Raises:
        BadInput: the repository, issue, model or backend cannot be used; nothing was started.
        asyncio.CancelledError: cancelled; the run is stored as `cancelled` and its sandboxes are gone.
    """
    forget_git_environment()
    issue = await read_issue(options.issue)
    model = await _open_model(options)
    strategy, why = choose_strategy(options.strategy, model is not None)
    source = await open_source(options.repo, options.base, allow_dirty=options.allow_dirty)
    backend = await _open_backend(options.sandbox)
    run = new_run_id(datetime.now(UTC))
    emit = _emitter(log, run, on_event)
    budget = Budget(usd=options.budget_usd, steps=options.max_steps, seconds=options.time_limit)
    await emit(_run_started(options, issue, strategy, model, backend, budget))
    try:
        outcome = await _run(options, run, source, backend, emit, model, Meter(budget), issue, strategy, why)
    except asyncio.CancelledError:
        await asyncio.shield(emit(ev.RunEnded(status="cancelled", reason="cancelled by the user")))
        raise
    except BadInput as error:
        outcome = Outcome("bad_input", str(error))
    except (SweagentError, SandboxError) as error:
        outcome = Outcome("failed", _with_mend(error))
    except Exception as error:
        await emit(ev.RunEnded(status="failed", reason=f"internal error: {type(error).__name__}: {error}"))
        raise
    await emit(ev.RunEnded(status=outcome.status, reason=outcome.reason, best_attempt=outcome.best_attempt))
    return fold(run, await log.read(run))


async def _run(
    options: SolveOptions, run: str, source: Source, backend: Backend, emit: Emit, model: Model | None,
    meter: Meter, issue: Issue, strategy: str, why: str,
) -> Outcome:  # fmt: skip
    await emit(ev.Progressed(phase="prepare", message=f"{source.location} at {source.base[:12]}"))
    for notice in source.notices:
        await emit(ev.Warned(message=notice))
    place = home()
    mirror = await Mirror.open(place, source)
    tree = await mirror.tree(source.base)
    as_root = os.geteuid() == 0
    uid, gid = (SANDBOX_ID, SANDBOX_ID) if as_root else (os.getuid(), os.getgid())
    workspaces = Workspaces(place / "workspaces", uid, gid)
    prepared = await prepare(options, Place(run, mirror, source.base, tree, workspaces, backend.name, emit))
    ground = Ground(
        run=run,
        mirror=mirror,
        base=source.base,
        tree=tree,
        project=prepared.project,
        workspaces=workspaces,
        backend=backend,
        image=prepared.image,
        emit=emit,
        test_seconds=options.test_timeout,
        policy=prepared.policy,
    )
    wishes = Wishes(issue, strategy, why, options.targets, options.allow_passing, source.notices, options.time_limit)
    return await Lead(ground, _open_strategy(strategy), model, meter).solve(wishes)


def _run_started(
    options: SolveOptions, issue: Issue, strategy: str, model: Model | None, backend: Backend, budget: Budget
) -> ev.RunStarted:
    owner = current_owner()
    return ev.RunStarted(
        repo=str(Path(options.repo).absolute()) if Path(options.repo).exists() else options.repo,
        issue=issue,
        strategy=strategy,
        model=model.name if model else None,
        backend=backend.name,
        budget=budget,
        owner=ev.Owner(host=owner.host, boot_id=owner.boot_id, pid=owner.pid, started=owner.started),
        version=__version__,
    )


def _emitter(log: EventLog, run: str, on_event: OnEvent | None) -> Emit:
    async def emit(body: ev.Body) -> None:
        event = await log.append(run, body)
        if on_event is not None:
            on_event(event)

    return emit


async def _open_model(options: SolveOptions) -> Model | None:
    if options.model is None:
        if options.base_url:
            raise BadInput("--base-url needs --model NAME: the name under which that server knows the model")
        return None
    from sweagent.models.resolve import ModelOptions, check_model, open_model

    chosen = ModelOptions(base_url=options.base_url)
    await asyncio.to_thread(check_model, options.model, chosen)
    return open_model(options.model, chosen)


async def _open_backend(name: str) -> Backend:
    """The backend, looked at and swept: what dead processes left behind goes first.

    Raises:
        BadInput: it cannot work on this machine; the message says what mends it.
    """
    backend = get_backend(name)
    probe = await backend.probe()
    if not probe.ok:
        mend = f"; try: {probe.mend}" if probe.mend else "; see `sweagent doctor`"
        raise BadInput(f"{name} cannot be used: {probe.detail}{mend}")
    try:
        await backend.reap(is_alive)
    except SandboxError as error:
        raise BadInput(_with_mend(error)) from None
    return backend


def _open_strategy(name: str) -> Strategy:
    makers: dict[str, Callable[[], Strategy]] = {"react": _react, "repair": _repair}
    return makers[name]()


def _react() -> Strategy:
    from sweagent.agent.react import React

    return React()


def _repair() -> Strategy:
    from sweagent.agent.repair import Repair

    return Repair()


def _with_mend(error: Exception) -> str:
    mend = getattr(error, "mend", None)
    return f"{error}; try: {mend}" if mend else str(error)
