"""What a person asked of `solve`, as plain data: the one thing that the command line hands to the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sweagent.core.event import Event

StrategyName = Literal["auto", "react", "repair"]
BackendName = Literal["docker", "bwrap"]

OnEvent = Callable[[Event], None]
"""Told of every event right after it was stored; must return quickly and not raise."""


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """One wish to solve one issue. Nothing here is checked yet beyond its type."""

    repo: str
    """A path or a git URL, as the person wrote it."""
    issue: str
    """The issue as the person wrote it: text, ``@FILE``, or a URL."""
    test: str | None = None
    """Shell command that runs the tests; None: find out."""
    targets: tuple[str, ...] = ()
    """Ids of tests that must turn green; empty: every test that fails at the base."""
    model: str | None = None
    base_url: str | None = None
    strategy: StrategyName = "auto"
    sandbox: BackendName = "docker"
    budget_usd: float | None = None
    max_steps: int | None = None
    time_limit: float | None = None
    """Wall seconds of the whole run."""
    base: str | None = None
    """Revision to start from; None: HEAD."""
    allow_dirty: bool = False
    """Go on although the user's tree has changes; they are not part of the work and never touched."""
    allow_passing: bool = False
    """Go on although no test fails at the base."""
    test_timeout: float = 600.0
    """Wall seconds of one run of the whole test command."""
    image: str | None = None
    """A shipped recipe, an image that the engine has, `Dockerfile` or `devcontainer`; None: find out."""
    setup: tuple[str, ...] = ()
    """Shell commands that install what the tests need, instead of those found out or named in `sweagent.toml`."""
    no_setup: bool = False
    """Install nothing."""
    allow_hosts: tuple[str, ...] = ()
    """Hosts that sandboxes may reach, each as name, ``*.name`` or address, with an optional port. Only a person can
    open the network: a repository's own settings have no say in it."""
