"""The reading tools: `outline`, `find_symbol`, `map`."""

from __future__ import annotations

from typing import Any

from tools.index.address import brief, candidates, nearest, parse, relative, written
from tools.index.extract import Symbol
from tools.index.index import Hit, Index
from tools.index.rank import Ranker, Task
from tools.index.render import render, tokens
from tools.index.session import index_of
from tools.registry import Call, Result, ToolFailure

_MOST_LINES = 400
_FOLDER_FILES = 150
_FOLDER_NAMES = 8


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
    symbols = index.symbols(path)
    if not symbols:
        parsed = index.record(path).flags & 1
        return f"{path}: no definitions" + ("" if parsed else " (read as text: too large, generated, or no language)")
    lines = [f"{path}:"]
    deep = [s for s in symbols if s.qualified.count(".") < depth]
    for symbol in deep[:_MOST_LINES]:
        lines.append("  " * symbol.qualified.count(".") + brief(symbol))
    if len(deep) > _MOST_LINES:
        lines.append(f"… and {len(deep) - _MOST_LINES} more definitions")
    if index.record(path).flags & 2:
        lines.append("(the file has syntax errors; some definitions may be missing)")
    return "\n".join(lines)


def _folder(index: Index, path: str, inside: list[str]) -> str:
    lines = [f"{path or '.'}/: {len(inside)} source files"]
    for name in inside[:_FOLDER_FILES]:
        top = [s.name for s in index.symbols(name) if "." not in s.qualified and s.kind not in ("variable", "key")]
        more = f" … {len(top) - _FOLDER_NAMES} more" if len(top) > _FOLDER_NAMES else ""
        lines.append(f"{name}: {', '.join(top[:_FOLDER_NAMES])}{more}" if top else name)
    if len(inside) > _FOLDER_FILES:
        lines.append(f"… and {len(inside) - _FOLDER_FILES} more files; give a folder below")
    return "\n".join(lines)


def find_symbol(arguments: dict[str, Any], call: Call) -> Result:
    """Where a name is defined."""
    index = index_of(call)
    address = parse(index, arguments["name"], arguments.get("path"))
    hits = candidates(index, address)
    if address.path and not hits:
        inside = address.path + "/"
        wide = candidates(index, parse(index, address.name))
        hits = [hit for hit in wide if hit.path.startswith(inside)]
    if not hits:
        last = address.name.rpartition(".")[2]
        near = nearest(last, index.names())
        return Result(f"no definition of {address.name!r}. Nearest names: {', '.join(near) or 'none'}", is_error=True)
    most = arguments["max_results"]
    lines = [f"{written(hit, hits)}  [{hit.symbol.kind}] {_described(hit.symbol)}" for hit in hits[:most]]
    if len(hits) > most:
        lines.append(f"… and {len(hits) - most} more; give a path or a longer name")
    return Result("\n".join(lines), data={"hits": [_as_data(hit) for hit in hits[:most]]})


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
    files = tuple(relative(call.workspace, path) for path in arguments.get("focus_files", ()))
    names = tuple(name.rpartition("::")[2].rpartition(".")[2] for name in arguments.get("focus_symbols", ()))
    ranking = ranker.rank(Task(arguments.get("task", ""), files, names))
    text = render(index, ranking, arguments["tokens"])
    counters = index.counters
    data = {"tokens": tokens(text), "parsed": counters.parsed, "reused": counters.reused, "files": len(index.paths())}
    return Result(text or "no source files", data=data)


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
