"""What a searcher found, and how its output is read: ``path NUL line:text``, with ``-`` before lines of context."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_LINE = re.compile(rb"([^\0]+)\0(\d+)([:-])([^\n]*)(?:\n|\Z)")
BINARY = "binary file matches"
"""What a searcher says of a file that it was pointed at, where the pattern occurs in bytes that are no text."""
_GAP = re.compile(rb"\A--\r?\n")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file; `matches` is False where it only stands near one that does."""

    path: bytes
    number: int
    text: str
    matches: bool


@dataclass(slots=True)
class Finding:
    """The lines that were found, file by file in the order of their paths.

    `total` counts the matching lines in all, those included that are not in `lines`; None where nobody counted.
    `complaint` is what the searcher said against the pattern or a glob.
    """

    lines: list[Line] = field(default_factory=list)
    total: int | None = None
    stopped: bool = False
    """It took too long, and what there is may not be all."""
    unreadable: bool = False
    """A file or folder could not be read."""
    no_file: bool = False
    """No file fits the globs."""
    complaint: str = ""


def read_lines(output: bytes) -> tuple[list[Line], str]:
    """The lines in a searcher's output, and whatever else it said."""
    lines, said, end = [], b"", 0
    for match in _LINE.finditer(output):
        end = match.end()
        remark, name = _name(match[1])
        said += remark
        text = match[4].decode("utf-8", "replace").rstrip("\r")
        lines.append(Line(name, int(match[2]), text, match[3] == b":"))
    return lines, (said + _GAP.sub(b"", output[end:])).decode("utf-8", "replace").strip()


def _name(given: bytes) -> tuple[bytes, bytes]:
    """What stands before a path, and the path: a name may hold line ends, and so may a remark before it."""
    name = _GAP.sub(b"", given)
    if b"\n" not in name or os.path.lexists(name):
        return b"", name
    remark, _, rest = name.rpartition(b"\n")
    return remark + b"\n", rest


def groups(lines: Sequence[Line]) -> Iterator[tuple[Line, bool]]:
    """Each line, and whether it follows the one before it without a gap."""
    before: Line | None = None
    for line in lines:
        follows = before is not None and before.path == line.path and before.number + 1 == line.number
        yield line, follows
        before = line
