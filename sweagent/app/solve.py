"""The main job, wired: from what a person asked to a run in the event log."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path

from sandboxes.errors import SandboxError
from sandboxes.owner import current_owner
from sweagent import __version__
from sweagent.agent.strategy import Emit
from sweagent.app.crew import Crew, open_crew, with_mend
from sweagent.app.ground import open_ground
from sweagent.app.options import OnEvent, SolveOptions
from sweagent.core import event as ev
from sweagent.core.budget import Budget, Meter
from sweagent.core.errors import BadInput, SweagentError
from sweagent.core.run import RunState, fold
from sweagent.lead.lead import Lead, Outcome, Wishes
from sweagent.repo.git import forget_git_environment
from sweagent.store.log import EventLog


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
    crew = await open_crew(options)
    run = new_run_id(datetime.now(UTC))
    emit = _emitter(log, run, on_event)
    budget = Budget(usd=options.budget_usd, steps=options.max_steps, seconds=options.time_limit)
    try:
        await _to_its_end(emit(_run_started(options, crew, budget)))
        outcome = await _run(options, run, crew, emit, Meter(budget))
    except asyncio.CancelledError:
        await _to_its_end(emit(ev.RunEnded(status="cancelled", reason="cancelled by the user")))
        raise
    except BadInput as error:
        outcome = Outcome("bad_input", str(error))
    except (SweagentError, SandboxError) as error:
        outcome = Outcome("failed", with_mend(error))
    except Exception as error:
        await emit(ev.RunEnded(status="failed", reason=f"internal error: {type(error).__name__}: {error}"))
        raise
    ended = ev.RunEnded(status=outcome.status, reason=outcome.reason, best_attempt=outcome.best_attempt)
    await _to_its_end(emit(ended))
    return fold(run, await log.read(run))


async def _to_its_end(telling: Awaitable[None]) -> None:
    """Store an event even where a cancellation comes in the middle: the start and the end of a run are never lost."""
    work = asyncio.ensure_future(telling)
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


async def _run(options: SolveOptions, run: str, crew: Crew, emit: Emit, meter: Meter) -> Outcome:
    ground = await open_ground(options, run, crew.source, crew.backend, emit)
    wishes = Wishes(
        issue=crew.issue,
        strategy=crew.strategy.name,
        why=crew.why,
        targets=options.targets,
        allow_passing=options.allow_passing,
        notices=crew.source.notices,
        seconds=options.time_limit,
    )
    return await Lead(ground, crew.strategy, crew.model, meter).solve(wishes)


def _run_started(options: SolveOptions, crew: Crew, budget: Budget) -> ev.RunStarted:
    owner = current_owner()
    return ev.RunStarted(
        repo=str(Path(options.repo).absolute()) if Path(options.repo).exists() else options.repo,
        issue=crew.issue,
        strategy=crew.strategy.name,
        model=crew.model.name if crew.model else None,
        backend=crew.backend.name,
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
