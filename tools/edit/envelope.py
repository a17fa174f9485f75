"""Reads patches between ``*** Begin Patch`` and ``*** End Patch``: one block or several. Pure: text in, values out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.edit.filepatch import BadPatchError, Counts, FilePatch, Hunk, close, only_added, read_header
from tools.edit.prose import check_after, check_before

BEGIN, END = "*** Begin Patch", "*** End Patch"
_END_OF_FILE = "*** End of File"
_FILE = re.compile(r"^\*\*\* (Add|Update|Delete) File: (.+?)\s*$")
_MOVE = re.compile(r"^\*\*\* Move to: (.+?)\s*$")
_NAMES = re.compile(r"^(?:---|\+\+\+) (?:[ab]/)?(.+?)\s*$")


def names_a_file(line: str) -> bool:
    """Whether `line` begins the part of a file."""
    return bool(_FILE.match(line))


def parse_envelope(lines: Sequence[str]) -> list[FilePatch]:
    """All file patches, in order.

    Raises:
        BadPatchError: a line is not understood.
    """
    return _Envelope(lines).parse()


class _Envelope:
    """A patch, read from top to bottom. An empty line may be context or layout: `_blanks` counts those at the end."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._files: list[FilePatch] = []
        self._hunk: Hunk | None = None
        self._counts: Counts | None = None
        self._began = self._blanks = self._skip = 0

    def parse(self) -> list[FilePatch]:
        """All files."""
        inside = ended = False
        for number, line in enumerate(self._lines, 1):
            word = line.rstrip()
            if word == BEGIN or (not inside and names_a_file(line)):
                self._close_hunk()
                inside = True
            if word == BEGIN:
                continue
            if word == END and inside:
                self._close_hunk()
                inside, ended = False, True
            elif inside:
                self._line(line, number)
            elif ended:
                check_after(line, number)
            else:
                check_before(line, number)
        self._close_hunk()
        return self._files

    def _line(self, line: str, number: int) -> None:
        if header := _FILE.match(line):
            self._close_hunk()
            self._files.append(FilePatch(header[1].lower(), _unquoted(header[2])))
        elif not self._files:
            if line.strip():
                raise BadPatchError(
                    f"line {number}: expected '*** Add File:', '*** Update File:' or '*** Delete File:'"
                )
        elif moved := _MOVE.match(line):
            self._move(_unquoted(moved[1]), number)
        elif line.rstrip() == _END_OF_FILE:
            if self._hunk is not None:
                self._hunk.at_end = True
                self._close_hunk()
        elif line.startswith("***"):
            raise BadPatchError(f"line {number}: {line[:60]!r} is not understood")
        elif line.startswith("@@"):
            self._header(line, number)
        else:
            self._content(line, number)

    def _move(self, target: str, number: int) -> None:
        file = self._files[-1]
        if file.kind != "update" or file.target is not None:
            raise BadPatchError(f"line {number}: '*** Move to:' goes once with '*** Update File:'")
        self._close_hunk()
        file.target = target

    def _header(self, line: str, number: int) -> None:
        """A line of ``@@``: the next hunk begins, or one more anchor of the one that is beginning."""
        if self._hunk is None or self._hunk.lines:
            self._open_hunk(number)
        if self._hunk is not None:
            self._counts = read_header(self._hunk, line, number) or self._counts

    def _content(self, line: str, number: int) -> None:
        if self._hunk is None:
            if (not line and self._files[-1].kind != "add") or number <= self._skip or self._repeats_names(number):
                return
            self._open_hunk(number)
        if line and line[0] not in " +-":
            raise BadPatchError(f"line {number}: a line of a hunk begins with ' ', '+' or '-', not {line[:40]!r}")
        if self._hunk is not None:
            self._hunk.lines.append((line[0], line[1:]) if line else (" ", ""))
            self._blanks = 0 if line else self._blanks + 1

    def _repeats_names(self, number: int) -> bool:
        """Whether this line and the next are the ``---`` and ``+++`` of a diff that say the file's name once more."""
        found = [_NAMES.match(line) for line in self._lines[number - 1 : number + 1]]
        below = "".join(self._lines[number + 1 : number + 2])
        if not below.startswith("@@") or [match and match[0][:4] for match in found] != ["--- ", "+++ "]:
            return False
        if any(match is None or match[1] != self._files[-1].path for match in found):
            return False
        self._skip = number + 1
        return True

    def _open_hunk(self, number: int) -> None:
        self._close_hunk()
        self._hunk, self._began = Hunk(), number
        self._files[-1].hunks.append(self._hunk)

    def _close_hunk(self) -> None:
        if self._hunk is None:
            return
        hunk, kind = self._hunk, self._files[-1].kind
        if kind == "add":
            if len(hunk.lines) == self._blanks and not hunk.anchors:
                self._files[-1].hunks.remove(hunk)  # an empty file, and an empty line between it and the next part
            else:
                del hunk.lines[len(hunk.lines) - self._blanks :]
                only_added(hunk, self._began)
        else:
            close(hunk, self._blanks, self._counts, self._began)
        hunk.appends = not hunk.old() and not hunk.anchors and hunk.at is None
        self._hunk, self._counts, self._blanks = None, None, 0


def _unquoted(path: str) -> str:
    """A path without the marks that say that it is one."""
    return path[1:-1] if len(path) > 2 and path[0] == path[-1] and path[0] in "`'\"" else path
