"""Lines for pipes, files and dumb terminals: text alone, flushed line by line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self, TextIO

from sweagent.cli.render.lines import Line, lines
from sweagent.core.event import Event


class PlainView:
    """Prints the lines of each event. A reader that goes away silences it and never stops the work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def on_event(self, event: Event) -> None:
        """Print `event`."""
        self.print(lines(event))

    def print(self, shown: Iterable[Line]) -> None:
        """Print lines as they are."""
        text = "".join(f"{line.text}\n" for line in shown)
        if self._stream is None or not text:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._stream = None
