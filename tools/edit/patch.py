"""Reads patches as models write them: ``*** Begin Patch`` blocks and unified diffs, git's extended headers included.

Pure: text in, values out. What the counts of a hunk say is believed only where the lines leave a choice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_HUNK = re.compile(r"^@@+ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NO_END = "\\ No newline at end of file"


class BadPatchError(Exception):
    """The text is no patch; the message says in which line and why."""


@dataclass(slots=True)
class Hunk:
    """One place to change.

    `lines` are pairs of a tag (space: stays, ``-``: goes, ``+``: comes) and a line without its end. `at` is the line
    (from 1) where the old text should begin, None where the patch does not say; `anchors` are lines that stand before
    it, in order. `old_bare` and `new_bare` say that the old or new text is without a line end at the end of the file.
    """

    lines: list[tuple[str, str]] = field(default_factory=list)
    at: int | None = None
    anchors: list[str] = field(default_factory=list)
    at_end: bool = False
    old_bare: bool = False
    new_bare: bool = False

    def old(self) -> list[str]:
        """The lines that must be there."""
        return [line for tag, line in self.lines if tag != "+"]

    def new(self) -> list[str]:
        """The lines that will be there."""
        return [line for tag, line in self.lines if tag != "-"]


@dataclass(slots=True)
class FilePatch:
    """What happens to one file. `kind` is ``add``, ``update`` or ``delete``; `target` is its new path if it moves."""

    kind: str
    path: str
    target: str | None = None
    hunks: list[Hunk] = field(default_factory=list)
    mode: int | None = None


def parse(patch: str) -> list[FilePatch]:
    """All file patches of `patch`, in order.

    Raises:
        BadPatchError: it holds none, or something that cannot be understood.
    """
    lines = patch.replace("\r\n", "\n").split("\n")
    block = any(line.strip() == "*** Begin Patch" for line in lines)
    files = _parse_block(lines) if block else _Unified(lines).parse()
    if not files:
        raise BadPatchError(
            "no file is changed: expected '*** Begin Patch' or a unified diff with ---, +++ and @@ lines"
        )
    return files


def _parse_block(lines: Sequence[str]) -> list[FilePatch]:
    start = next(i for i, line in enumerate(lines) if line.strip() == "*** Begin Patch")
    files: list[FilePatch] = []
    hunk: Hunk | None = None
    for number, line in enumerate(lines[start + 1 :], start + 2):
        word = line.strip()
        if word == "*** End Patch":
            break
        if word == "*** End of File":
            if hunk is not None:
                hunk.at_end = True
            continue
        if header := re.match(r"^\*\*\* (Add|Update|Delete) File: (.+?)\s*$", line):
            files.append(FilePatch(header[1].lower(), header[2]))
            hunk = None
            continue
        if not files:
            if word:
                raise BadPatchError(
                    f"line {number}: expected '*** Add File:', '*** Update File:' or '*** Delete File:'"
                )
            continue
        file = files[-1]
        if moved := re.match(r"^\*\*\* Move to: (.+?)\s*$", line):
            file.target = moved[1]
        elif line.startswith("@@"):
            hunk = _anchored(file, hunk, line)
        else:
            hunk = _block_line(file, hunk, line, number)
    else:
        if not files:
            raise BadPatchError("the patch is empty")
    for file in files:
        _trim(file)
    return files


def _anchored(file: FilePatch, hunk: Hunk | None, line: str) -> Hunk:
    """A line of ``@@``: the next hunk begins, or one more anchor of the one that is beginning."""
    if hunk is None or hunk.lines:
        hunk = Hunk()
        file.hunks.append(hunk)
    if numbered := _HUNK.match(line):
        hunk.at = int(numbered[1])
    elif anchor := line.strip().strip("@").strip():
        hunk.anchors.append(anchor)
    return hunk


def _block_line(file: FilePatch, hunk: Hunk | None, line: str, number: int) -> Hunk | None:
    if line.startswith("***"):
        raise BadPatchError(f"line {number}: {line[:60]!r} is not understood")
    if hunk is None:
        if not line and file.kind != "add":
            return None
        hunk = Hunk()
        file.hunks.append(hunk)
    if file.kind == "add":
        if line and not line.startswith("+"):
            raise BadPatchError(f"line {number}: every line of an added file begins with '+'")
        if line:
            hunk.lines.append(("+", line[1:]))
        return hunk
    if line and line[0] not in " +-":
        raise BadPatchError(f"line {number}: a line of a hunk begins with ' ', '+' or '-', not {line[:40]!r}")
    hunk.lines.append((line[0], line[1:]) if line else (" ", ""))
    return hunk


def _trim(file: FilePatch) -> None:
    """Drop empty hunks and the empty lines after the last one that says something."""
    for hunk in file.hunks:
        while hunk.lines and hunk.lines[-1] == (" ", ""):
            hunk.lines.pop()
    file.hunks = [hunk for hunk in file.hunks if hunk.lines]


class _Unified:
    """A unified diff, read from top to bottom."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines, self._at = lines, 0
        self._files: list[FilePatch] = []

    def parse(self) -> list[FilePatch]:
        """All files."""
        git: dict[str, str] = {}
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.startswith("diff --git "):
                self._finish_git(git)
                git = {"names": line[len("diff --git ") :]}
            elif found := re.match(r"^(new file mode|deleted file mode|rename from|rename to|new mode) (.*)$", line):
                git[found[1]] = found[2].strip()
            elif line.startswith(("GIT binary patch", "Binary files ")):
                raise BadPatchError(f"line {self._at + 1}: binary patches cannot be applied")
            elif line.startswith("--- ") and self._next().startswith("+++ "):
                self._file(git)
                git = {}
                continue
            elif line.startswith("@@") and not self._files:
                raise BadPatchError(f"line {self._at + 1}: a hunk without the --- and +++ lines that name its file")
            self._at += 1
        self._finish_git(git)
        return self._files

    def _next(self) -> str:
        return self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""

    def _finish_git(self, git: dict[str, str]) -> None:
        """A git header without hunks: an empty file, a removal of one, a pure rename."""
        mode = _mode(git.get("new file mode") or git.get("new mode"))
        if "rename from" in git and "rename to" in git:
            self._files.append(FilePatch("update", _name(git["rename from"]), _name(git["rename to"]), [], mode))
        elif names := git.get("names"):
            path = _strip(_name(names.split(" b/")[0]), True)
            if "new file mode" in git:
                self._files.append(FilePatch("add", path, None, [], mode))
            elif "deleted file mode" in git:
                self._files.append(FilePatch("delete", path))
            elif mode is not None:
                self._files.append(FilePatch("update", path, None, [], mode))

    def _file(self, git: dict[str, str]) -> None:
        old = _name(self._lines[self._at][4:].split("\t")[0].strip())
        new = _name(self._next()[4:].split("\t")[0].strip())
        prefixed = old.startswith(("a/", "/dev/null")) and new.startswith(("b/", "/dev/null"))
        old, new = _strip(old, prefixed), _strip(new, prefixed)
        kind = "add" if old == "/dev/null" else "delete" if new == "/dev/null" else "update"
        path = new if kind == "add" else old
        target = new if kind == "update" and new != old else None
        file = FilePatch(kind, path, target, [], _mode(git.get("new file mode") or git.get("new mode")))
        self._files.append(file)
        self._at += 2
        while self._at < len(self._lines) and self._lines[self._at].startswith("@@"):
            file.hunks.append(self._hunk())
            while self._at < len(self._lines) and not self._lines[self._at].strip():
                self._at += 1
        if not file.hunks and kind == "update" and target is None:
            raise BadPatchError(f"no hunk (@@ -line,count +line,count @@) follows the header of {path}")

    def _hunk(self) -> Hunk:
        header = _HUNK.match(self._lines[self._at])
        hunk = Hunk(at=int(header[1]) if header else None)
        left_old = int(header[2] or 1) if header else 0
        left_new = int(header[4] or 1) if header else 0
        self._at += 1
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.startswith(_NO_END[:12]):
                self._bare(hunk)
            elif line.startswith(("diff --git ", "@@")) or (max(left_old, left_new) <= 0 and self._ends(line)):
                break
            else:
                tag, body = (line[0], line[1:]) if line else (" ", "")
                if tag not in " +-":
                    break
                hunk.lines.append((tag, body))
                left_old -= tag != "+"
                left_new -= tag != "-"
            self._at += 1
        while hunk.lines and hunk.lines[-1] == (" ", "") and left_old < 0:
            hunk.lines.pop()
            left_old += 1
        return hunk

    def _ends(self, line: str) -> bool:
        """Whether a line after a complete hunk is not its own any more."""
        return line == "" or (line.startswith("--- ") and self._next().startswith("+++ "))

    @staticmethod
    def _bare(hunk: Hunk) -> None:
        tag = hunk.lines[-1][0] if hunk.lines else " "
        hunk.old_bare = hunk.old_bare or tag in " -"
        hunk.new_bare = hunk.new_bare or tag in " +"


def _mode(given: str | None) -> int | None:
    """Only the executable bit of a mode counts, as in git."""
    if given is None:
        return None
    if given.startswith(("120", "160")):
        raise BadPatchError("links and submodules cannot be patched")
    return 0o755 if given.endswith("755") else 0o644


def _strip(path: str, prefixed: bool) -> str:
    return path[2:] if prefixed and path != "/dev/null" and path.startswith(("a/", "b/")) else path


def _name(raw: str) -> str:
    """A path as git writes it: quoted in C's manner where it holds odd bytes."""
    if not (raw.startswith('"') and raw.endswith('"') and len(raw) > 1):
        return raw
    data = re.sub(
        rb"\\([0-7]{3}|.)",
        lambda m: bytes([int(m[1], 8) & 255]) if len(m[1]) == 3 else {b"n": b"\n", b"t": b"\t"}.get(m[1], m[1]),
        raw[1:-1].encode("utf-8", "surrogateescape"),
    )
    return data.decode("utf-8", "surrogateescape")
