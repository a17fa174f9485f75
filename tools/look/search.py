"""Finds text in files: by ripgrep where there is one, else in Python in a process that can be killed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.interpreter import beside_python, python_command
from tools.look.finding import BINARY, Finding, Line, groups, read_lines
from tools.look.globs import split
from tools.look.ripgrep import NoPcreError, Ripgrep
from tools.look.scan import NO_FILE, UNREADABLE
from tools.paths import missing, readable, shown_path
from tools.process import Finished
from tools.registry import Call, Result, ToolFailure

TOOLBOX_RG = "/opt/sweagent/bin/rg"
SECONDS = 30.0
_LINE = 300
"""Characters of a line that are shown."""
_ROOM = 32_000
"""Characters of an answer."""
_UNREADABLE = "some files or folders could not be read, or an ignore file holds a bad pattern"
_BYTES = 16 << 20
"""Output of the searcher that is kept."""


def search(arguments: dict[str, Any], call: Call) -> Result:
    """Search for a pattern."""
    where = _where(arguments.get("path") or ".", call.workspace)
    _check(arguments["pattern"], arguments["literal"])
    finding = _find(arguments, where, call)
    if not finding.lines:
        return _nothing(finding, arguments)
    return _shown(finding, arguments["max_results"], call.workspace)


def _where(given: str, workspace: Path) -> Path:
    where = readable(workspace, given)
    try:
        if not where.exists():
            raise missing(workspace, given, where)
        if not (where.is_dir() or where.is_file()):
            raise ToolFailure(f"{given} is neither a file nor a folder (a pipe, a socket or a device)")
    except OSError as error:
        raise ToolFailure(f"{given}: {error.strerror}") from None
    return where


def _check(pattern: str, literal: bool) -> None:
    if not pattern:
        raise ToolFailure("the pattern is empty")
    if "\n" in pattern or "\r" in pattern or (not literal and _names_line_end(pattern)):
        raise ToolFailure(
            "the pattern spans lines, and lines are searched one by one: search for one of the lines, with context=3 "
            "to see those around it"
        )


def _names_line_end(pattern: str) -> bool:
    r"""Whether a regular expression asks for ``\n`` outside of brackets."""
    bare = re.sub(r"\\[^n]|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]", "", pattern, flags=re.S)
    return "\\n" in bare


def _find(arguments: dict[str, Any], where: Path, call: Call) -> Finding:
    def run(command: Sequence[str]) -> Finished:
        done = call.runner.run(command, timeout=SECONDS, cancelled=call.cancelled, head=_BYTES, tail=0, spill=False)
        if done.error is not None:
            raise ToolFailure(f"search could not start: {done.error}")
        return done

    globs = split(arguments.get("glob") or "")
    found = shutil.which("rg", path=call.runner.env.get("PATH"))
    program = [found] if found else beside_python(TOOLBOX_RG) if os.access(TOOLBOX_RG, os.X_OK) else []
    most, context = arguments["max_results"], arguments["context"]
    if program:
        try:
            return Ripgrep(program, _options(arguments), globs, run).find(where, most, context)
        except NoPcreError:
            pass
    flags = {"literal": arguments["literal"], "ignore-case": arguments["ignore_case"], "context": context}
    words = [f"--{name}={int(value)}" for name, value in {**flags, "max": most + 1}.items()]
    words += [f"--glob={glob}" for glob in globs]
    return _scanned(run(python_command("tools.look.scan", *words, "--", arguments["pattern"], str(where))))


def _options(arguments: dict[str, Any]) -> list[str]:
    pattern, literal = arguments["pattern"], arguments["literal"]
    options = [f"--max-columns={_LINE}", "--max-columns-preview"]
    options += ["--fixed-strings"] if literal else ["--crlf"] if "$" in pattern else []
    return [*options, *(["--ignore-case"] if arguments["ignore_case"] else []), f"--regexp={pattern}"]


def _scanned(done: Finished) -> Finding:
    lines, said = read_lines(done.output.head)
    status = done.exit_code or 0
    return Finding(
        lines,
        stopped=done.timed_out or done.output.omitted > 0,
        unreadable=bool(status & UNREADABLE),
        no_file=bool(status & NO_FILE),
        complaint=said if status & 2 or BINARY in said else "",
    )


def _nothing(finding: Finding, arguments: dict[str, Any]) -> Result:
    if BINARY in finding.complaint:
        text = f"{arguments['path']} is a binary file; the pattern occurs in it"
    elif finding.complaint:
        reason = _reason(finding.complaint)
        plain = arguments["literal"] or "glob" in reason
        raise ToolFailure(f"search failed: {reason}" + ("" if plain else "; use literal=true to search for plain text"))
    elif finding.stopped:
        hint = "" if arguments["literal"] else " or use literal=true"
        raise ToolFailure(f"search failed: it took too long; narrow the path or glob{hint}")
    elif finding.no_file:
        text = f"no matches: no file fits the glob {arguments['glob']!r} (one with a slash starts at the workspace)"
    else:
        text = "no matches" + f" ({_UNREADABLE})" * finding.unreadable
    return Result(text, data={"matches": [], "complete": not finding.unreadable})


def _reason(complaint: str) -> str:
    """A searcher's complaint in one line, without advice to use its options: they cannot be passed here."""
    said = re.split(r"\n\s*Consider ", complaint)[0]
    error = re.search(r"^error: (.*)$", said, re.M)
    return " ".join((error[1] if error else said).split())[:1000]


def _shown(finding: Finding, most: int, workspace: Path) -> Result:
    """The matches as rows that fit an answer, and all of them up to `most` for programs."""
    names = {line.path: "" for line in finding.lines}
    for path in names:
        names[path] = shown_path(workspace, Path(os.fsdecode(path)))
    hits = [
        {"path": names[line.path], "line": line.number, "text": line.text[:_LINE]}
        for line in finding.lines
        if line.matches
    ]
    more = len(hits) > most or finding.stopped or (finding.total is not None and finding.total > len(hits))
    rows, shown = _rows(finding.lines, names, most)
    rows += _notes(finding, shown, more, full=shown < min(most, len(hits)))
    return Result("\n".join(rows), data={"matches": hits[:most], "complete": not more and not finding.unreadable})


def _rows(lines: Sequence[Line], names: Mapping[bytes, str], most: int) -> tuple[list[str], int]:
    """As many rows as an answer takes, up to the context of the last match; and the number of matches in them."""
    rows: list[str] = []
    room, shown, end, near = _ROOM, 0, 0, False
    around = not all(line.matches for line in lines)
    for line, follows in groups(lines):
        mark = ":" if line.matches else "-"
        cut = "…" if len(line.text) > _LINE else ""
        row = f"{names[line.path]}{mark}{line.number}{mark} {line.text[:_LINE]}{cut}"
        parts = ["--", row] if around and rows and not follows else [row]
        room -= sum(len(part) + 1 for part in parts)
        if room < 0 or (line.matches and shown == most):
            break
        rows += parts
        shown += line.matches
        near = line.matches or (near and follows)
        end = len(rows) if near else end
    return rows[:end], shown


def _notes(finding: Finding, shown: int, more: bool, full: bool) -> list[str]:
    """What is to be said below the rows: how many matches there are besides, and what could not be read."""
    seen = sum(line.matches for line in finding.lines)
    counted = finding.total is not None and not finding.stopped
    total = f"{finding.total}" if counted else f"{max(finding.total or 0, seen)}{' or more' * more}"
    why = ", the answer is full" if full else ", it took too long" if finding.stopped else ""
    notes = [f"[first {shown} of {total} matches{why}; narrow the pattern, path or glob]"] if more or full else []
    return notes + [f"[{_UNREADABLE}]"] * finding.unreadable
