"""The `rename_symbol` tool: changes what is certainly the symbol, returns what only shares its name."""

from __future__ import annotations

import re
from typing import Any

from tools.edit.desk import Desk, fresh
from tools.edit.store import Change
from tools.index.address import resolve, written
from tools.index.index import Hit, Index
from tools.index.session import index_of
from tools.index.uses import NOTE, Use, uses_of
from tools.registry import Call, Result, ToolFailure

_NAME = re.compile(r"[^\W\d][\w$]*[?!]?$|\$[\w$]+$")
_MOST_LISTED = 60


def rename_symbol(arguments: dict[str, Any], call: Call) -> Result:
    """Rename a symbol where it is certainly meant."""
    index = index_of(call)
    new = arguments["new_name"].strip()
    if not _NAME.match(new):
        raise ToolFailure(f"{new!r} is not a name")
    with Desk.of(call).lock:
        target = resolve(index, arguments["symbol"], arguments.get("path"))
        old = target.symbol.name
        if new == old:
            return Result(f"{written(target)} has that name already; nothing was written")
        if not arguments["force"]:
            _clash(index, target, new)
        found = uses_of(index, target, call)
        if found.unread and not arguments["force"]:
            raise ToolFailure(f"{found.unread} files hold {old!r} and could not be read; force=true renames the rest")
        changes = [
            _change(call, path, [u for u in found.definite if u.path == path], old, new, bool(arguments["force"]))
            for path in dict.fromkeys(use.path for use in found.definite)
        ]
        warnings = Desk.of(call).write("rename_symbol", changes, force=bool(arguments["force"]))
    lines = [f"renamed {written(target)} to {new}: {len(found.definite)} places in {len(changes)} files", NOTE]
    lines += [f"warning: {warning}" for warning in warnings]
    lines += _left("possible, not renamed", found.possible)
    lines += _left("in comments and strings, not renamed", found.text)
    data = {"renamed": len(found.definite), "possible": len(found.possible), "files": [str(c.path) for c in changes]}
    return Result("\n".join(lines), data=data)


def _clash(index: Index, target: Hit, new: str) -> None:
    scope = target.symbol.qualified.rpartition(".")[0]
    wanted = f"{scope}.{new}" if scope else new
    for symbol in index.symbols(target.path):
        if symbol.qualified == wanted:
            raise ToolFailure(f"{target.path} defines {wanted} already (line {symbol.line}); force=true renames anyway")
    if not scope and new in index.record(target.path).words.decode("utf-8", "surrogateescape").split("\n"):
        raise ToolFailure(f"{target.path} uses the name {new!r} already; force=true renames anyway")


def _change(call: Call, path: str, uses: list[Use], old: str, new: str, force: bool) -> Change:
    draft = Desk.of(call).open(path, force=force)
    source = draft.state.data or b""
    word = old.encode("utf-8", "surrogateescape")
    parts, done = [], 0
    for use in sorted(uses, key=lambda use: use.at.start):
        at = use.at.start
        if source[at : at + len(word)] != word:
            raise ToolFailure(f"{path} changed since it was read; try again")
        parts += [source[done:at], new.encode("utf-8", "surrogateescape")]
        done = at + len(word)
    return fresh(draft, b"".join([*parts, source[done:]]))


def _left(title: str, uses: list[Use]) -> list[str]:
    if not uses:
        return []
    lines = [f"{title}: {len(uses)}"]
    lines += [f"  {use.path}:{use.at.line} {use.at.text}" for use in uses[:_MOST_LISTED]]
    if len(uses) > _MOST_LISTED:
        lines.append(f"  … and {len(uses) - _MOST_LISTED} more")
    return lines
