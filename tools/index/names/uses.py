"""Tells who uses a symbol: by name, with what can be known from imports, receivers and scopes; never by type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tools.index.address import resolve, written
from tools.index.index import Hit, Index
from tools.index.names.judge import Judge
from tools.index.names.reader import Reader
from tools.index.names.survey import Occurrence
from tools.index.names.wholeword import word_of
from tools.index.session import index_of
from tools.registry import Call, Result, ToolFailure

_MOST_FILES = 400
_MOST_CHARACTERS = 32_000
"""What a listing may take of a model's window."""
_GROUPS = ("definite", "possible", "others", "text")
NOTE = "By name, not by type: 'definite' follows from imports, receivers and scopes; 'possible' only shares the name."


@dataclass(frozen=True, slots=True)
class Use:
    """One occurrence in one file."""

    path: str
    at: Occurrence


@dataclass(slots=True)
class Uses:
    """All occurrences of a name: certainly this symbol, possibly, other definitions of that name, and mere text.

    `unread`: files that hold the word and were not read; `more`: occurrences beyond what one file may have.
    """

    definite: list[Use] = field(default_factory=list)
    possible: list[Use] = field(default_factory=list)
    others: list[Use] = field(default_factory=list)
    text: list[Use] = field(default_factory=list)
    unread: int = 0
    more: int = 0


def uses_of(
    reader: Reader, target: Hit, call: Call | None = None, *, together: bool = False, every: bool = False
) -> Uses:
    """Every occurrence of the name of `target`, sorted by how certain it is; `together` as in `Judge`.

    `every`: of however many files, else of the nearest ones.

    Raises:
        ToolFailure: it was cancelled.
    """
    index = reader.index
    # The defining file first, then its neighbours: where there are too many files, the near ones are read.
    folder = target.path.rpartition("/")[0]
    order = sorted(
        index.users(word_of(target.symbol.name)),
        key=lambda path: (path != target.path, path.rpartition("/")[0] != folder, path),
    )
    most = len(order) if every else _MOST_FILES
    found = Uses(unread=max(0, len(order) - most))
    judge = Judge(reader, target, together=together)
    for number, path in enumerate(order[:most]):
        if call is not None:
            if call.cancelled.is_set():
                raise ToolFailure("cancelled")
            call.progress(number, len(order))
        survey = reader.survey(path)
        found.more += survey.more
        for occurrence in survey.occurrences:
            getattr(found, judge.verdict(path, occurrence)).append(Use(path, occurrence))
    found.unread += len(reader.unread)
    for group in _GROUPS:
        getattr(found, group).sort(key=lambda use: (use.path, use.at.start))
    return found


def references(arguments: dict[str, Any], call: Call) -> Result:
    """Where a symbol is used."""
    index, target = _asked(arguments, call)
    found = uses_of(Reader(index, target.symbol.name), target, call)
    parts = [f"{written(target)} — {target.symbol.signature}", NOTE, *_left_out(found)]
    if found.text:
        files = len({use.path for use in found.text})
        parts.append(f"in comments and strings: {len(found.text)} in {files} files")
    groups = (
        ("definite", [use for use in found.definite if use.at.kind != "definition"]),
        ("possible", found.possible),
        ("other definitions of the name", found.others),
    )
    room = _MOST_CHARACTERS - sum(map(len, parts))
    for title, group in groups:
        lines = _listed(title, group, arguments["max_results"], room)
        room -= sum(len(line) + 1 for line in lines)
        parts += lines
    data = {
        "definite": _as_data(found.definite),
        "possible": _as_data(found.possible),
        "unread": found.unread,
        "more": found.more,
    }
    return Result("\n".join(parts), data=data)


def _asked(arguments: dict[str, Any], call: Call) -> tuple[Index, Hit]:
    index = index_of(call)
    return index, resolve(index, arguments["symbol"], arguments.get("path"))


def _left_out(found: Uses) -> list[str]:
    """What the counts do not count."""
    parts = []
    if found.unread:
        parts.append(f"{found.unread} more files hold the word and were not read")
    if found.more:
        parts.append(f"{found.more} more occurrences, in files with too many of them, were not looked at")
    return parts


def _listed(title: str, group: list[Use], most: int, room: int) -> list[str]:
    """`group` under its title: at most `most` uses, and about `room` characters."""
    lines = [f"{title}: {len(group)}"]
    path, shown = "", 0
    for use in group[:most]:
        fresh = [f"  {use.path}"] if use.path != path else []
        inside = f" in {use.at.inside}" if use.at.inside else ""
        fresh.append(f"    {use.at.line} [{use.at.kind}]{inside}: {use.at.text}")
        room -= sum(len(line) + 1 for line in fresh)
        if room < 0:
            break
        path, shown = use.path, shown + 1
        lines += fresh
    if len(group) > shown:
        why = "" if room >= 0 else " (the listing is full; ask for fewer with max_results, or for a narrower symbol)"
        lines.append(f"    … and {len(group) - shown} more{why}")
    return lines


def _as_data(group: list[Use]) -> list[dict[str, Any]]:
    return [{"path": use.path, "line": use.at.line, "kind": use.at.kind} for use in group[:1000]]


def callers(arguments: dict[str, Any], call: Call) -> Result:
    """Which definitions call a symbol."""
    index, target = _asked(arguments, call)
    found = uses_of(Reader(index, target.symbol.name), target, call)
    parts = [f"callers of {written(target)} — {target.symbol.signature}", NOTE, *_left_out(found)]
    data: dict[str, list[str]] = {}
    room = _MOST_CHARACTERS - sum(map(len, parts))
    for title, group in (("definite", found.definite), ("possible", found.possible)):
        by: dict[str, list[Use]] = {}
        for use in group:
            if use.at.kind in ("call", "method_call"):
                by.setdefault(f"{use.path}::{use.at.inside or '(top level)'}", []).append(use)
        parts.append(f"{title}: {len(by)}")
        shown = 0
        for caller, lines in list(by.items())[: arguments["max_results"]]:
            line = f"  {caller}  lines {', '.join(str(use.at.line) for use in lines[:8])}"
            room -= len(line) + 1
            if room < 0:
                break
            parts.append(line)
            shown += 1
        if len(by) > shown:
            parts.append(f"  … and {len(by) - shown} more")
        data[title] = list(by)[:500]
    return Result("\n".join(parts), data=data)
