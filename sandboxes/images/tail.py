"""The last words of a long output: bounded, and harmless to show."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_KEPT = 16 << 10
_LINE = 300


class Tail:
    """Keeps the last 16 KiB of what it is fed."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, chunk: bytes) -> None:
        """Take some more output."""
        self._data = (self._data + chunk)[-_KEPT:]

    def lines(self, count: int) -> list[str]:
        """The last `count` lines that are not blank, without control characters, each cut to 300 characters."""
        text = self._data.decode("utf-8", "replace").replace("\r", "\n").replace("\t", " ")
        cleaned = (_CONTROL.sub("", _ESCAPE.sub("", line)).strip()[:_LINE] for line in text.split("\n"))
        return [line for line in cleaned if line][-count:]

    def last_line(self) -> str:
        """The newest line; empty where there is none yet."""
        return next(iter(self.lines(1)), "")
