"""Choose how to print: live on a terminal, plain elsewhere, nothing where quiet was asked for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Protocol, Self, TextIO

from sweagent.cli.render.lines import Line
from sweagent.cli.render.plain import PlainView
from sweagent.core.event import Event


class View(Protocol):
    """Shows a run while it goes on; used as a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def on_event(self, event: Event) -> None:
        """Show an event; never raises."""

    def print(self, shown: Iterable[Line]) -> None:
        """Show lines; never raises."""


class SilentView:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def on_event(self, event: Event) -> None:
        """Show nothing."""

    def print(self, shown: Iterable[Line]) -> None:
        """Show nothing."""


def is_rich_terminal(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that can redraw a line."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def choose_view(stream: TextIO, *, quiet: bool = False, live: bool = True) -> View:
    """The view that fits `stream`; without `live` there is no status line."""
    if quiet:
        return SilentView()
    if live and is_rich_terminal(stream):
        from rich.console import Console

        from sweagent.cli.render.live import LiveView

        return LiveView(Console(file=stream, highlight=False))
    return PlainView(stream)


def print_lines(stream: TextIO, shown: Iterable[Line]) -> None:
    """Print lines, in colour where `stream` is a terminal and `NO_COLOR` is not set.

    Raises:
        BrokenPipeError: the reader went away.
    """
    if not is_rich_terminal(stream) or os.environ.get("NO_COLOR"):
        stream.write("".join(f"{line.text}\n" for line in shown))
        return
    from rich.console import Console

    from sweagent.cli.render.live import styled

    console = Console(file=stream, highlight=False)
    for line in shown:
        console.print(styled(line), soft_wrap=True)
