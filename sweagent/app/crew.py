"""What a run works with, opened and checked before anything is started: issue, repository, model, backend, strategy."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sandboxes.backends import get_backend
from sandboxes.contract import Backend
from sandboxes.egress.allow import Allow, BadPattern
from sandboxes.errors import SandboxError
from sandboxes.owner import is_alive
from sweagent.agent.strategy import Strategy
from sweagent.app.options import SolveOptions
from sweagent.core.errors import BadInput
from sweagent.core.task import Issue
from sweagent.forge.issue import read_issue
from sweagent.lead.plan import choose_strategy
from sweagent.models.protocol import Model
from sweagent.repo.source import Source, open_source


@dataclass(frozen=True, slots=True)
class Crew:
    """Everything that was opened; `why` says why this strategy was chosen."""

    issue: Issue
    source: Source
    backend: Backend
    model: Model | None
    strategy: Strategy
    why: str


async def open_crew(options: SolveOptions) -> Crew:
    """Open and check all that `options` name; nothing is started or written.

    Raises:
        BadInput: the repository, issue, model, backend or an allowed host cannot be used; the message says what to do.
    """
    _check_hosts(options.allow_hosts)
    issue = await read_issue(options.issue)
    model = await _open_model(options)
    name, why = choose_strategy(options.strategy, model is not None)
    source = await open_source(options.repo, options.base, allow_dirty=options.allow_dirty)
    return Crew(issue, source, await open_backend(options.sandbox), model, _open_strategy(name), why)


def _check_hosts(patterns: tuple[str, ...]) -> None:
    try:
        Allow.read(patterns)
    except BadPattern as error:
        raise BadInput(f"--allow-host: {error}") from None


async def _open_model(options: SolveOptions) -> Model | None:
    if options.model is None:
        if options.base_url:
            raise BadInput("--base-url needs --model NAME: the name under which that server knows the model")
        return None
    from sweagent.models.resolve import ModelOptions, check_model, open_model

    chosen = ModelOptions(base_url=options.base_url)
    await asyncio.to_thread(check_model, options.model, chosen)
    return open_model(options.model, chosen)


async def open_backend(name: str) -> Backend:
    """The backend, looked at and swept: what dead processes left behind goes first."""
    backend = get_backend(name)
    probe = await backend.probe()
    if not probe.ok:
        mend = f"; try: {probe.mend}" if probe.mend else "; see `sweagent doctor`"
        raise BadInput(f"{name} cannot be used: {probe.detail}{mend}")
    try:
        await backend.reap(is_alive)
    except SandboxError as error:
        raise BadInput(with_mend(error)) from None
    return backend


def _open_strategy(name: str) -> Strategy:
    if name == "react":
        from sweagent.agent.react import React

        return React()
    from sweagent.agent.repair import Repair

    return Repair()


def with_mend(error: Exception) -> str:
    """An error's text with the command that mends it, where it knows one."""
    mend = getattr(error, "mend", None)
    return f"{error}; try: {mend}" if mend else str(error)
