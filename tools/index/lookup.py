"""The reading tools: `outline`, `find_symbol`, `map`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tools.index.address import Address, brief, candidates, choose, nearest, parse, relative, written
from tools.index.index import Hit, Index
from tools.index.outline.extract import Symbol
from tools.index.rank import Ranker, Task
from tools.index.render import render, tokens
from tools.index.session import index_of
from tools.registry import Call, Result, ToolFailure

_MOST_LINES = 400
_FOLDER_FILES = 150
_FOLDER_NAMES = 8
_FOCUS_FILES = 20
"""Files of one folder or of one name that a focus may lift."""
_NEAR = 5


def outline(arguments: dict[str, Any], call: Call) -> Result:
    """The skeleton of a file or folder."""
    index = index_of(call)
    path = relative(call.workspace, arguments["path"])
    path = "" if path == "." else path.rstrip("/")
    if index.has(path):
        return Result(_file(index, path, arguments["depth"]))
    inside = [name for name in index.paths() if not path or name.startswith(path + "/")]
    if not inside:
        near = nearest(path, index.paths())
        raise ToolFailure(f"{path or '.'} holds no source file of the index. Near it: {', '.join(near) or 'nothing'}")
    return Result(_folder(index, path, inside))


def _file(index: Index, path: str, depth: int) -> str:
    symbols = nested(index.symbols(path))
    if not symbols:
        parsed = index.record(path).flags & 1
        return f"{path}: no definitions" + ("" if parsed else " (read as text: too large, generated, or no language)")
    lines = [f"{path}:"]
    shown = [(level, symbol) for level, symbol in symbols if level < depth]
    lines += ["  " * level + brief(symbol) for level, symbol in shown[:_MOST_LINES]]
    if len(shown) > _MOST_LINES:
        lines.append(f"… and {len(shown) - _MOST_LINES} more definitions; view them by path::name, or by line")
    if len(shown) < len(symbols):
        lines.append(f"… and {len(symbols) - len(shown)} definitions deeper inside; depth={depth + 1} shows more")
    if index.record(path).flags & 2:
        lines.append("(the file has syntax errors; some definitions may be missing)")
    return "\n".join(lines)


def nested(symbols: list[Symbol]) -> list[tuple[int, Symbol]]:
    """The definitions of a file, each with how many others it stands inside."""
    found: list[tuple[int, Symbol]] = []
    around: list[Symbol] = []
    for symbol in symbols:
        # What one statement defines together (`var a, b int`) has one span, and none stands inside another.
        while around and (around[-1].end <= symbol.start or around[-1][3:5] == symbol[3:5]):
            around.pop()
        found.append((len(around), symbol))
        around.append(symbol)
    return found


def _folder(index: Index, path: str, inside: list[str]) -> str:
    lines = [f"{path or '.'}/: {len(inside)} source files"]
    for name in inside[:_FOLDER_FILES]:
        top = [s.name for level, s in nested(index.symbols(name)) if level == 0 and s.kind not in ("variable", "key")]
        more = f" … {len(top) - _FOLDER_NAMES} more" if len(top) > _FOLDER_NAMES else ""
        lines.append(f"{name}: {', '.join(top[:_FOLDER_NAMES])}{more}" if top else name)
    if len(inside) > _FOLDER_FILES:
        lines.append(f"… and {len(inside) - _FOLDER_FILES} more files; give a folder below")
    return "\n".join(lines)


def find_symbol(arguments: dict[str, Any], call: Call) -> Result:
    """Where a name is defined."""
    index = index_of(call)
    address, inside = _asked(index, arguments["name"], arguments.get("path"))
    hits = [hit for hit in candidates(index, address) if hit.path.startswith(inside)]
    if not hits:
        last = address.name.rpartition(".")[2]
        where = f" in {address.path or inside}" if address.path or inside else ""
        near = [name for name in nearest(last, index.names()) if name != last]
        elsewhere = [f"{hit.path}::{hit.symbol.qualified}" for hit in index.lookup(last)[:_NEAR]]
        text = f"no definition of {address.name!r}{where}. Nearest names: {', '.join(near) or 'none'}"
        return Result(text + (f". Elsewhere: {', '.join(elsewhere)}" if elsewhere else ""), is_error=True)
    chosen = choose(hits, address)
    if not chosen:
        listing = "\n".join(f"  {written(hit, hits)}" for hit in hits[: arguments["max_results"]])
        raise ToolFailure(f"{arguments['name']!r} is none of the {len(hits)} of that name:\n{listing}")
    most = arguments["max_results"]
    lines = [f"{written(hit, hits)}  [{hit.symbol.kind}] {_described(hit.symbol)}" for hit in chosen[:most]]
    if len(chosen) > most:
        lines.append(f"… and {len(chosen) - most} more; give a path or a longer name")
    return Result("\n".join(lines), data={"hits": [_as_data(hit) for hit in chosen[:most]]})


def _asked(index: Index, name: str, path: str | None) -> tuple[Address, str]:
    """The address that was asked for, and the folder (ending in ``/``, or empty) in which it is to be.

    Raises:
        ToolFailure: there is no such file or folder of source.
    """
    address = parse(index, name, path)
    if address.path in ("", "."):
        return replace(address, path=""), ""
    if index.has(address.path):
        return address, ""
    folder = address.path.rstrip("/") + "/"
    if not any(other.startswith(folder) for other in index.paths()):
        near = nearest(address.path, index.paths())
        raise ToolFailure(f"{address.path} is no source file or folder of the index. Near it: {', '.join(near)}")
    return replace(address, path=""), folder


def _described(symbol: Symbol) -> str:
    return f"{symbol.signature}{'  — ' + symbol.doc if symbol.doc else ''}"


def _as_data(hit: Hit) -> dict[str, Any]:
    symbol = hit.symbol
    return {
        "path": hit.path,
        "name": symbol.qualified,
        "kind": symbol.kind,
        "line": symbol.line,
        "end_line": symbol.end_line,
    }


def repository_map(arguments: dict[str, Any], call: Call) -> Result:
    """A ranked map of the repository."""
    index = index_of(call)
    ranker = call.session.get("ranker")
    if not isinstance(ranker, Ranker) or ranker.index is not index:
        ranker = call.session["ranker"] = Ranker(index)
    files, names, unknown = _focus(index, arguments.get("focus_files", ()), arguments.get("focus_symbols", ()))
    ranking = ranker.rank(Task(arguments.get("task", ""), files, names))
    text = render(index, ranking, arguments["tokens"])
    counters = index.counters
    data = {"tokens": tokens(text), "parsed": counters.parsed, "reused": counters.reused, "files": len(index.paths())}
    note = f"\n\nnot found: {', '.join(unknown)}" if unknown else ""
    return Result((text or "no source files") + note, data=data)


def _focus(
    index: Index, paths: Iterable[str], symbols: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """The files and the names that a focus means, and what of it is not to be found."""
    files: list[str] = []
    names: list[str] = []
    unknown: list[str] = []
    for given in paths:
        path = relative(index.workspace, given).rstrip("/")
        inside = [path] if index.has(path) else [other for other in index.paths() if other.startswith(path + "/")]
        files += inside[:_FOCUS_FILES]
        unknown += [] if inside else [given]
    for given in symbols:
        address = parse(index, given)
        hits = candidates(index, address) if not address.path or index.has(address.path) else []
        name = address.name.rpartition(".")[2]
        if "." in address.name or address.path:  # it says which one of that name is meant
            files += [hit.path for hit in hits[:_FOCUS_FILES]]
        names += [name] if hits or index.users(name) else []
        unknown += [] if hits or index.users(name) else [given]
    return tuple(dict.fromkeys(files)), tuple(dict.fromkeys(names)), unknown


def build_index(arguments: dict[str, Any], call: Call) -> Result:
    """Write the index file of the workspace; for the host, before sandboxes share it."""
    import json
    from pathlib import Path

    from tools.index.session import build_into

    said = build_into(call, Path(arguments["output"])).decode("utf-8", "replace").strip()
    try:
        tally = json.loads(said)
    except ValueError:
        raise ToolFailure(f"the builder said {said[:200]!r}") from None
    return Result(f"{tally['files']} files: {tally['parsed']} parsed, {tally['reused']} reused", data=tally)
