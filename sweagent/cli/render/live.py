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


def status_text(state: RunState) -> str:
    """The status line but for its clock: phase, steps or candidates, tokens and cost."""
    parts = [state.phase or "starting"]
    if attempt := state.best:
        if attempt.steps:
            parts.append(f"step {attempt.steps}")
        if attempt.proposed:
            parts.append(f"{attempt.tried}/{attempt.proposed} candidates")
    if state.usage.prompt or state.usage.completion:
        parts.append(f"{state.usage.prompt + state.usage.completion:,} tokens")
        parts.append(f"${state.cost_usd:.4f}")
    return one_line(" · ".join(parts))


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class LiveView:
    """Folds events into a status line and prints their lines above it. A terminal that goes away silences it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._state = RunState("")
        self._start = time.monotonic()
        self._spinner = Spinner("dots")
        self._status = status_text(self._state)
        self._live: Live | None = Live(
            get_renderable=self._render, console=console, refresh_per_second=4, transient=True
        )

    def _render(self) -> Spinner:
        """Called by rich's own thread too, so it reads the finished text and never the state."""
        self._spinner.update(text=Text(f"{self._status} · {clock(time.monotonic() - self._start)}"))
        return self._spinner

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
        self._status = status_text(self._state)
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
