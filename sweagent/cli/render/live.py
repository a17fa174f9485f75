"""The live view of a terminal: lines scroll by, and a status line stands below them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from sweagent.cli.render.clean import one_line
from sweagent.cli.render.lines import Line, Style, lines
from sweagent.core.event import Event
from sweagent.core.run import RunState, apply

STYLES: dict[Style, str] = {
    "plain": "",
    "head": "bold",
    "good": "green",
    "bad": "red",
    "warn": "yellow",
    "dim": "dim",
}


def styled(line: Line) -> Text:
    """A line for rich. Built as `Text`, so that square brackets in it are never read as markup."""
    return Text(line.text, style=STYLES[line.style])


def status_text(state: RunState, seconds: float) -> str:
    """The status line: phase, steps or candidates, cost, and time so far."""
    parts = [state.phase or "starting"]
    if attempt := state.best:
        if attempt.steps:
            parts.append(f"step {attempt.steps}")
        if attempt.proposed:
            parts.append(f"{attempt.tried}/{attempt.proposed} candidates")
    if state.usage.prompt or state.usage.completion:
        parts.append(f"{state.usage.prompt + state.usage.completion:,} tokens")
        parts.append(f"${state.cost_usd:.4f}")
    parts.append(f"{int(seconds) // 60}:{int(seconds) % 60:02d}")
    return one_line(" · ".join(parts))


class LiveView:
    """Folds events into a status line and prints their lines above it. A terminal that goes away silences it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._state = RunState("")
        self._start = time.monotonic()
        self._spinner = Spinner("dots", "starting")
        self._live: Live | None = Live(self._spinner, console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._live is not None:
            self._live.stop()

    def on_event(self, event: Event) -> None:
        """Print `event` and move the status line on."""
        apply(self._state, event)
        self._spinner.update(text=Text(status_text(self._state, time.monotonic() - self._start)))
        self.print(lines(event))

    def print(self, shown: Iterable[Line]) -> None:
        """Print lines above the status line."""
        if self._live is None:
            return
        try:
            for line in shown:
                self._console.print(styled(line), soft_wrap=True)
        except OSError:
            self._live = None
