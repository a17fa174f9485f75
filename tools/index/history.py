"""The `git_history` tool: how some lines came to be, from the history that the sandbox is allowed to see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tools.index.address import relative, resolve
from tools.index.git import git
from tools.index.session import index_of
from tools.paths import missing, readable
from tools.registry import Call, Result, ToolFailure

_MOST = 16_000
_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.M)
_PLAIN = ["--no-pager", "--literal-pathspecs", "-c", "color.ui=false", "-c", "core.quotepath=off"]


@dataclass(frozen=True, slots=True)
class _Place:
    """A file or folder and the lines asked for, as they are now; no lines where `first` is 0."""

    path: str
    first: int = 0
    last: int = 0

    def __str__(self) -> str:
        return f"{self.path} lines {self.first}-{self.last}" if self.first else self.path


def git_history(arguments: dict[str, Any], call: Call) -> Result:
    """Log or blame of a range of lines, of a symbol, or of a file."""
    place = _place(arguments, call)
    _check(place, arguments["mode"], call)
    text = _blame(place, call) if arguments["mode"] == "blame" else _logged(place, arguments["max_commits"], call)
    if len(text) > _MOST:
        text = text[:_MOST] + f"\n… cut; {len(text) - _MOST} more characters: ask for fewer lines or commits"
    return Result(text)


def _place(arguments: dict[str, Any], call: Call) -> _Place:
    given, lines = arguments["path"], arguments.get("lines") or []
    if "::" in given and not readable(call.workspace, given).exists():
        if lines:
            raise ToolFailure("give either a symbol or lines: a symbol has its own lines")
        hit = resolve(index_of(call), given)
        return _Place(hit.path, hit.symbol.line, hit.symbol.end_line)
    path = relative(call.workspace, given)
    if path.startswith(("/", "../")) or path == "..":
        raise ToolFailure(f"{given} is outside the workspace")
    if not lines:
        return _Place(path)
    if len(lines) != 2 or lines[0] < 1 or not (lines[1] == -1 or lines[1] >= lines[0]):
        raise ToolFailure("lines must be [first, last], counted from 1; last -1 is the end")
    count = _count(path, lines[0], call)
    return _Place(path, lines[0], count if lines[1] == -1 else min(lines[1], count))


def _count(path: str, first: int, call: Call) -> int:
    """The number of lines of the file as it is now.

    Raises:
        ToolFailure: it has no line `first`, or is no file.
    """
    file = call.workspace / path
    if file.is_dir():
        raise ToolFailure(f"{path} is a folder: lines need a file")
    if not file.is_file():
        raise missing(call.workspace, path, file)
    data = file.read_bytes()
    count = data.count(b"\n") + (not data.endswith(b"\n"))
    if first > count or not data:
        raise ToolFailure(f"{path} has {count if data else 0} lines; there is no line {first}")
    return count


def _check(place: _Place, mode: str, call: Call) -> None:
    """Say which of the many reasons for git's silence it is, before git is asked."""
    if mode == "blame" and (call.workspace / place.path).is_dir():
        raise ToolFailure(f"{place.path} is a folder: blame needs a file")
    if git(call.runner, ["--version"]) is None:
        raise ToolFailure("git is not installed here")
    if git(call.runner, ["rev-parse", "--verify", "--quiet", "HEAD"]) is None:
        raise ToolFailure("there is no history here: no git repository, or no commit yet")
    if (mode == "blame" or place.first) and not git(call.runner, [*_PLAIN, "ls-tree", "HEAD", "--", place.path]):
        if not (call.workspace / place.path).exists():
            raise missing(call.workspace, place.path, call.workspace / place.path)
        raise ToolFailure(f"{place.path} is not in the last commit: it is new or was renamed since")


def _blame(place: _Place, call: Call) -> str:
    ranged = [f"-L{place.first},{place.last}"] if place.first else []
    out = git(call.runner, [*_PLAIN, "blame", "--date=short", *ranged, "--", place.path])
    if out is None:
        raise ToolFailure(f"git could not tell who wrote {place}")
    return out.decode("utf-8", "replace").strip() or f"{place.path} is empty"


def _logged(place: _Place, limit: int, call: Call) -> str:
    if not place.first:
        out = git(call.runner, [*_PLAIN, *_log(limit), "--stat=100", "--follow", "--", place.path])
        text = (out or b"").decode("utf-8", "replace").strip()
        if not text and not (call.workspace / place.path).exists():
            raise missing(call.workspace, place.path, call.workspace / place.path)
        return text or f"no commit touches {place.path}: it is not committed yet"
    committed = at_base(_changes(place.path, call), place.first, place.last)
    if committed is None:
        return f"{place} are not committed yet: no commit holds them"
    first, last = committed
    out = git(call.runner, [*_PLAIN, *_log(limit), f"-L{first},{last}:{place.path}"])
    if out is None:
        raise ToolFailure(f"git could not tell the history of {place}")
    moved = (first, last) != (place.first, place.last)
    note = f"[{place} were lines {first}-{last} at the last commit; changes since are not in it]\n" if moved else ""
    return note + out.decode("utf-8", "replace").strip()


def _changes(path: str, call: Call) -> bytes:
    """The diff from the last commit to the file as it is, without context."""
    arguments = ["diff", "-U0", "--no-ext-diff", "--no-textconv", "--no-renames", "--text"]
    out = git(call.runner, [*_PLAIN, *arguments, "--inter-hunk-context=0", "HEAD", "--", path])
    if out is None:
        raise ToolFailure(f"git could not compare {path} with the last commit")
    return out


def at_base(diff: bytes, first: int, last: int) -> tuple[int, int] | None:
    """Where lines `first` to `last` of the new side of a diff without context stand on its old side.

    ``git log -L`` counts in the last commit, not in the file as it is. Lines that were changed stand for those that
    they replaced. None where all of them are new.
    """
    found: list[int] = []
    offset, at = 0, first
    for hunk in _HUNK.finditer(diff):
        old, gone, new, came = int(hunk[1]), int(hunk[2] or 1), int(hunk[3]), int(hunk[4] or 1)
        start = new if came else new + 1
        if start > last:
            break
        if at < start:
            found += [at + offset, start - 1 + offset]
        if gone and start + came > first:
            found += [old, old + gone - 1]
        at = max(at, start + came)
        offset = (old + gone if gone else old + 1) - (start + came)
    if at <= last:
        found += [at + offset, last + offset]
    return (min(found), max(found)) if found else None


def _log(limit: int) -> list[str]:
    # No external diff or text conversion: the repository's own configuration must not start programs here.
    return [
        "log",
        f"--max-count={limit}",
        "--date=short",
        "--no-ext-diff",
        "--no-textconv",
        "--format=%h %ad %an%n  %s%n%w(0,2,2)%b",
    ]
