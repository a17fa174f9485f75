"""What a tool is: its name, its schema and the function that does it, and the call it is given.

Rooms export ``TOOLS: tuple[Tool, ...]`` from their ``catalog`` module; `tools.catalog` gathers them.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tools.process import Runner

Audience = Literal["agent", "host"]
"""Who is meant to see a tool: models (`agent`) or the host's own strategies (`host`)."""


@dataclass(frozen=True, slots=True)
class Result:
    """A tool's answer: text for the model, whether the tool failed, and a JSON object for programs where useful."""

    text: str
    is_error: bool = False
    data: Mapping[str, Any] | None = None


class ToolFailure(Exception):
    """Raised by a handler to fail with a message for the model; becomes a `Result` with `is_error`."""


def _ignore(done: float, total: float | None, message: str) -> None:
    """Progress that nobody asked for."""


@dataclass(slots=True)
class Call:
    """One use of a tool: where it works, how it starts processes, and whether it is still wanted.

    Handlers run in a thread of their own and should look at `cancelled` between pieces of work. Processes are started
    through `runner` only, never through `subprocess`: the server is PID 1 and reaps whatever it does not know.
    """

    workspace: Path
    runner: Runner
    cancelled: threading.Event = field(default_factory=threading.Event)
    report: Callable[[float, float | None, str], None] = _ignore
    session: dict[str, Any] = field(default_factory=dict)
    """What tools keep between the calls of one server, by room."""

    def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Tell the host how far the call is; costs nothing where the host did not ask."""
        self.report(done, total, message)


Handler = Callable[[dict[str, Any], Call], Result]


def late(module: str, function: str) -> Handler:
    """The handler `function` of `module`, loaded at its first use: a sandbox starts without what it may never need."""

    def handler(arguments: dict[str, Any], call: Call) -> Result:
        result: Result = getattr(importlib.import_module(module), function)(arguments, call)
        return result

    return handler


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool. `schema` is a JSON Schema object in the subset that `tools.schema` checks.

    The handler gets arguments that fit the schema: known names only, right types, defaults filled in.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    handler: Handler
    audience: Audience = "agent"
    read_only: bool = False
    aliases: tuple[str, ...] = ()
    """Other names that models call it by, lower case."""
    parameter_aliases: Mapping[str, str] = field(default_factory=dict)
    """Other names of parameters → the true one, besides the common ones of `tools.schema`."""
