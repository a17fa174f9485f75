"""Finds the places that error texts of other languages than Python name."""

from __future__ import annotations

import re
from pathlib import Path

from tools.testing.report import Failure, Frame, frames_in

_JAVASCRIPT = re.compile(r"(?:\(|\bat |❯ )(?:file://)?([^\s():]+\.[cm]?[jt]sx?):(\d+)(?::\d+)?")
_MOST = 30
_SHORT = 300
_ERROR = re.compile(r"[\w.]*(?:Error|Exception)\b")


def javascript(text: str, workspace: Path) -> tuple[Frame, ...]:
    """The frames of a JavaScript stack in `text`, outermost first."""
    found = [(match[1], int(match[2]), "") for match in _JAVASCRIPT.finditer(text[-20_000:])]
    return frames_in(workspace, reversed(found[:_MOST]), workspace)


def javascript_failure(test: str, lines: list[str], workspace: Path) -> Failure:
    """A failing test with the text that its runner printed for it."""
    text = "\n".join(lines).strip("\n")
    return Failure(test, message_in(lines), javascript(text, workspace), text)


def message_in(lines: list[str]) -> str:
    """The error in one line: the words before the first line of a stack or of quoted source."""
    words: list[str] = []
    for line in lines:
        if re.match(r"\s*(?:at |❯ |>?\s*\d+\s*\||\+ expected - actual|- Expected)", line):
            break
        if line.strip():
            words.append(line.strip())
        whole = not line.strip() and words and _ERROR.match(words[0]) and not words[-1].endswith(":")
        if whole or sum(map(len, words)) > _SHORT:
            break
    return " ".join(words)[:_SHORT]


def inside(path: str, workspace: Path) -> str:
    """`path` relative to the workspace where it lies in it."""
    return path.removeprefix(f"{workspace}/").removeprefix("./")
