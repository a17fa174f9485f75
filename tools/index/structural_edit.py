"""The `structural_replace` tool: rewrites every place that has the shape of a pattern."""

from __future__ import annotations

from typing import Any

from tools.edit.desk import Desk, fresh
from tools.edit.store import Change
from tools.index.address import relative
from tools.index.crew import ParseFailedError
from tools.index.index import Index
from tools.index.languages import BY_NAME, Language
from tools.index.session import index_of
from tools.index.structural import PatternError, fill
from tools.registry import Call, Result, ToolFailure

_MOST_FILES = 2_000
_MOST_LISTED = 60


def structural_replace(arguments: dict[str, Any], call: Call) -> Result:
    """Rewrite code by shape."""
    index = index_of(call)
    pattern, replacement = arguments["pattern"], arguments["replacement"]
    given = arguments.get("language")
    if given and given not in BY_NAME:
        raise ToolFailure(f"unknown language {given!r}; known: {', '.join(BY_NAME)}")
    paths = _paths(index, call, arguments["path"])
    with Desk.of(call).lock:
        changes: list[Change] = []
        lines: list[str] = []
        failures: list[str] = []
        for path in paths:
            if call.cancelled.is_set():
                raise ToolFailure("cancelled; nothing was written")
            source = index.source(path)
            language = index.language(path, source)
            if language is None or (given and language.name != given):
                continue
            try:
                matches = index.worker.ask("structural", language.name, source, pattern)
            except ParseFailedError as error:
                failures.append(f"{path}: {error}")
                continue
            if matches:
                changes.append(_change(call, path, source, language, matches, replacement, lines))
        if not changes:
            why = f" ({failures[0]})" if failures else ""
            raise ToolFailure(f"nothing in {len(paths)} files has the shape of the pattern{why}")
        if arguments["dry_run"]:
            return Result("\n".join([f"{len(lines)} places in {len(changes)} files (nothing written)", *_cut(lines)]))
        warnings = Desk.of(call).write("structural_replace", changes, force=arguments["force"])
    said = [f"rewrote {len(lines)} places in {len(changes)} files", *(f"warning: {w}" for w in warnings), *_cut(lines)]
    return Result("\n".join(said), data={"places": len(lines), "files": len(changes)})


def _paths(index: Index, call: Call, given: str) -> list[str]:
    path = relative(call.workspace, given)
    if index.has(path):
        return [path]
    inside = [name for name in index.paths() if path == "." or name.startswith(path.rstrip("/") + "/")]
    if not inside:
        raise ToolFailure(f"{given} holds no source file")
    if len(inside) > _MOST_FILES:
        raise ToolFailure(f"{given} has {len(inside)} source files; at most {_MOST_FILES} at once: give a folder below")
    return inside


def _change(
    call: Call,
    path: str,
    source: bytes,
    language: Language,
    matches: list[tuple[int, int, dict[str, tuple[int, int]]]],
    replacement: str,
    lines: list[str],
) -> Change:
    draft = Desk.of(call).open(path)
    if draft.state.data != source:
        raise ToolFailure(f"{path} changed since it was read; try again")
    parts, done = [], 0
    for start, end, bound in matches:
        texts = {name: source[a:b].decode("utf-8", "surrogateescape") for name, (a, b) in bound.items()}
        try:
            new = fill(replacement, texts).encode("utf-8", "surrogateescape")
        except PatternError as error:
            raise ToolFailure(str(error)) from None
        parts += [source[done:start], new]
        done = end
        line = source.count(b"\n", 0, start) + 1
        old = source[start:end].split(b"\n")[0].decode("utf-8", "replace")[:80]
        lines.append(f"  {path}:{line} {old} → {new.split(bytes([10]))[0].decode('utf-8', 'replace')[:80]}")
    return fresh(draft, b"".join([*parts, source[done:]]))


def _cut(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_LISTED
    return lines[:_MOST_LISTED] + ([f"  … and {more} more"] if more > 0 else [])
