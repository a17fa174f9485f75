"""Decides what to write, and where, so that a file has an import that it lacks. Knows trees by the worker's answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tools.index.imports.entry import Entry, read_back
from tools.index.imports.go import into_list, takes_lines
from tools.index.plain import Edit

Ask = Callable[[str, bytes], dict[str, Any]]
"""Gives what `region.imports_of` says of a source in a language."""

_OPENING = {"go": "package p\n", "php": "<?php\n"}
_CLOSED = frozenset({"rust", "java", "c-sharp", "php"})
"""Languages in which a statement ends with a semicolon, which is put there where it was left out."""
_UNENDED = frozenset({"javascript", "typescript", "tsx"})
_GOES_ON = (b"(", b"[", b"`", b"+", b"-")
"""What makes the next line a part of a statement that has no semicolon."""
_LOOSE = frozenset({"python"})
"""Languages in which a name may be bound twice; the last one counts."""
_JOINED = 100
"""The longest line that names are joined to."""


class NoImportError(Exception):
    """The statement cannot be added; the text says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Added:
    """The edits that add an import (none: it is there already, on `line`), and what to say of them."""

    edits: tuple[Edit, ...] = ()
    line: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The statement that is asked for: its text and what it brings in."""

    text: str
    entries: list[Entry]
    bare: bool
    """Whether it is nothing but its entries: one line without a comment."""


def addition(source: bytes, statement: str, language: str, ask: Ask, *, force: bool = False) -> Added:
    """What to change in `source` (UTF-8, lines end with ``\\n``) so that it has the import `statement`.

    Raises:
        NoImportError: `statement` is no import, or there is no place that is certainly right.
    """
    wanted = _wanted(statement, language, ask)
    found = ask(language, source)
    known = _known(found, certain=True)
    entries = _without_wildcards(wanted.entries, known)
    lines = [_line_of(entry, known) for entry in entries]
    missing = [entry for entry, line in zip(entries, lines, strict=True) if not line]
    if not missing:
        return Added(line=max(lines))
    notes = _clashes(missing, known, language, force=force)
    held = [line for entry, line in _known(found, certain=False) if entry.key in {want.key for want in missing}]
    notes += [f"line {line} imports it too, but only under a condition" for line in held[:1]]
    if language == "go":
        edits = _go(source, found, missing)
    else:
        whole = missing == entries and "\n" not in wanted.text
        edits = _python(source, found, missing, wanted.bare) if language == "python" else []
        place = _place(found, missing, language)
        text = [wanted.text] if whole else _rendered(missing)
        if language in _UNENDED and source[place["at"] :].lstrip()[:1] in _GOES_ON and not text[-1].endswith(";"):
            text[-1] += ";"
        edits = edits or [_line(place, text)]
    return Added(tuple(edits), notes=tuple(notes))


def _wanted(statement: str, language: str, ask: Ask) -> _Wanted:
    text = statement.strip()
    if language == "go" and not text.startswith("import"):
        text = f"import {text}"
    opening = _OPENING.get(language, "")
    tries = [text, f"{text};"] if language in _CLOSED and not text.endswith(";") else [text]
    for given in tries:
        read = ask(language, f"{opening}{given}\n".encode("utf-8", "surrogateescape"))
        imports = read["imports"]
        entries = [read_back(entry) for one in imports for entry in one["entries"]]
        if not read["clean"] or not entries or any(one["held"] for one in imports):
            continue
        if len(imports) > 1:
            raise NoImportError("add one import at a time")
        start, end = imports[0]["start"], imports[0]["end"]
        rest = f"{opening}{given}\n".encode("utf-8", "surrogateescape")
        comment = imports[0]["remarked"] or (rest[len(opening) : start] + rest[end:]).strip(b" \t\n;")
        if comment and "\n" in given:
            raise NoImportError("an import of several lines is added without comments")
        return _Wanted(given, entries, bare=not comment)
    raise NoImportError(f"{statement!r} is no import of {language}")


def _known(found: dict[str, Any], *, certain: bool) -> list[tuple[Entry, int]]:
    """The entries of the file with their lines: those that surely count, or those under a condition."""
    return [
        (read_back(entry), one["line"])
        for one in found["imports"]
        if (one["held"] != "if") == certain
        for entry in one["entries"]
    ]


def _without_wildcards(entries: list[Entry], known: list[tuple[Entry, int]]) -> list[Entry]:
    """Where several packages are imported whole, only an import of its own says from which one a name is."""
    wild = {entry.key for entry, _ in known if entry.key.endswith(".*")}
    if len(wild) < 2:
        return entries
    return [entry._replace(also=tuple(key for key in entry.also if not key.endswith(".*"))) for entry in entries]


def _line_of(entry: Entry, known: list[tuple[Entry, int]]) -> int:
    """The line on which `entry` is imported already; 0 where it is not."""
    keys = {entry.key, *entry.also}
    return next((line for one, line in known if one.key in keys), 0)


def _clashes(missing: list[Entry], known: list[tuple[Entry, int]], language: str, *, force: bool) -> list[str]:
    said = []
    for entry in missing:
        for one, line in known:
            if entry.binds and entry.binds == one.binds and entry.origin != one.origin:
                said.append(f"line {line} imports another {entry.binds!r}: {_rendered([one])[0].rstrip(';')}")
    if said and language not in _LOOSE and not force:
        raise NoImportError(f"{said[0]}; change that line, or pass force=true to add it all the same")
    return said


def _rendered(entries: list[Entry]) -> list[str]:
    """Statements that bring in `entries`, those of one form in one."""
    forms: dict[str, list[str]] = {}
    for entry in entries:
        forms.setdefault(entry.form, []).append(entry.piece)
    return [form.replace("%s", ", ".join(pieces)) for form, pieces in forms.items()]


def _line(place: dict[str, Any], lines: list[str]) -> Edit:
    indent = place["before"].rpartition("\n")[2]
    text = place["before"] + f"\n{indent}".join(lines) + place["after"]
    return Edit(place["at"], place["at"], text)


def _place(found: dict[str, Any], missing: list[Entry], language: str) -> dict[str, Any]:
    """Below the last import of the first run, or where a first import goes."""
    run = [one for one in found["imports"] if one["run"]]
    if language == "python":
        future = [one for one in run if _is_future(one)]
        if missing[0].form.startswith("from __future__"):
            return _top(found) if not future else dict(future[-1]["place"])
        kin = [one for one in run if one not in future and _relative(one) == missing[0].form.startswith("from .")]
        rest = kin or [one for one in run if one not in future]
        if not rest and future:
            place = dict(future[-1]["place"])
            return place | {"before": "\n" + place["before"]}
        run = rest
    return dict(run[-1]["place"]) if run else _top(found)


def _top(found: dict[str, Any]) -> dict[str, Any]:
    if found["top"] is None:
        raise NoImportError(f"no place is certainly right: {found['why'] or 'the file does not parse'}; use insert")
    return dict(found["top"])


def _is_future(one: dict[str, Any]) -> bool:
    return any(entry[0].startswith("from __future__ ") for entry in one["entries"])


def _relative(one: dict[str, Any]) -> bool:
    return any(entry[0].startswith("from .") for entry in one["entries"])


def _python(source: bytes, found: dict[str, Any], missing: list[Entry], bare: bool) -> list[Edit]:
    """Names joined to a ``from m import …`` that has its line to itself; nothing where there is none with room."""
    form = missing[0].form
    if not bare or "%s" not in form or not form.startswith("from "):
        return []
    more = "".join(f", {entry.piece}" for entry in missing)
    for one in reversed(found["imports"]):
        text = source[one["start"] : one["end"]]
        same = one["run"] and not one["held"] and one["alone"] and {entry[3] for entry in one["entries"]} == {form}
        if same and not re.search(rb"[(\\\n;]", text) and len(text.decode("utf-8", "replace")) + len(more) <= _JOINED:
            return [Edit(one["end"], one["end"], more)]
    return []


def _go(source: bytes, found: dict[str, Any], missing: list[Entry]) -> list[Edit]:
    """Each spec into the group of its kind, in order; a statement of its own where no list has lines to take it."""
    edits = []
    for entry in missing:
        spec = entry.form.removeprefix("import ")
        lists = [one for one in found["imports"] if one["run"] and takes_lines(source, one)]
        if lists:
            edits.append(into_list(source, lists[0], spec, entry.origin))
        else:
            edits.append(_line(_place(found, missing, "go"), [entry.form]))
    return edits
