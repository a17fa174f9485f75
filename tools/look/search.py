"""Finds text in files: by ripgrep where there is one, else in Python in a process that can be killed."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

from tools.interpreter import beside_python, python_command
from tools.paths import missing, readable, shown_path
from tools.registry import Call, Result, ToolFailure

TOOLBOX_RG = "/opt/sweagent/bin/rg"
SECONDS = 30.0
_LINE = 300
"""Characters of a line that are shown."""
_HIT = re.compile(rb"([^\0]+)\0(\d+):([^\n]*)(?:\n|\Z)")
_BYTES = 4 << 20
"""Output of the searcher that is kept."""


def search(arguments: dict[str, Any], call: Call) -> Result:
    """Search for a pattern."""
    where = readable(call.workspace, arguments.get("path") or ".")
    if not where.exists():
        raise missing(call.workspace, arguments["path"], where)
    pattern, limit = arguments["pattern"], arguments["max_results"]
    if not pattern:
        raise ToolFailure("the pattern is empty")
    command = _command(arguments, where, call.runner.env.get("PATH"))
    done = call.runner.run(command, timeout=SECONDS, cancelled=call.cancelled, head=_BYTES, tail=0, spill=False)
    if done.error is not None:
        raise ToolFailure(f"search could not start: {done.error}")
    hits, complaints = _parse(done.output.head, call.workspace)
    if not hits and done.exit_code not in (0, 1):
        why = "it took too long" if done.timed_out else complaints or f"exit status {done.exit_code}"
        hint = "; use literal=true to search for plain text" if not arguments["literal"] else ""
        raise ToolFailure(f"search failed: {why}{hint}")
    more = len(hits) > limit or done.timed_out or done.output.omitted > 0
    return Result(_shown(hits[:limit], len(hits), more), data={"matches": hits[:limit], "complete": not more})


def _command(arguments: dict[str, Any], where: Path, path: str | None) -> list[str]:
    pattern, literal, glob = arguments["pattern"], arguments["literal"], arguments.get("glob")
    limit = arguments["max_results"]
    found = shutil.which("rg", path=path)
    rg = [found] if found else beside_python(TOOLBOX_RG) if os.access(TOOLBOX_RG, os.X_OK) else []
    if not rg:
        options = [f"--literal={int(literal)}", f"--ignore-case={int(arguments['ignore_case'])}", f"--max={limit + 1}"]
        return [*python_command("tools.look.scan"), *options, f"--glob={glob or ''}", "--", pattern, str(where)]
    options = [
        "--no-config",
        "--no-messages",
        "--null",
        "--line-number",
        "--no-heading",
        "--with-filename",
        "--color=never",
        "--sort=path",
    ]
    options += [
        "--hidden",
        "--glob=!.git",
        f"--max-columns={_LINE}",
        "--max-columns-preview",
        f"--max-count={limit + 1}",
    ]
    options += ["--fixed-strings"] if literal else []
    options += ["--ignore-case"] if arguments["ignore_case"] else []
    options += [f"--glob={glob}"] if glob else []
    return [*rg, *options, "--regexp", pattern, "--", str(where)]


def _parse(output: bytes, workspace: Path) -> tuple[list[dict[str, Any]], str]:
    """Matches as path, line, text; and whatever else the searcher said."""
    hits: list[dict[str, Any]] = []
    end = 0
    for match in _HIT.finditer(output):
        end = match.end()
        name, line = match[1], match[3].decode("utf-8", "replace").rstrip("\r")
        if b"\n" in name and not os.path.lexists(name):  # a remark of the searcher stands before it
            name = name.rpartition(b"\n")[2]
        shown = shown_path(workspace, Path(os.fsdecode(name)))
        hits.append({"path": shown, "line": int(match[2]), "text": line[:_LINE]})
    return hits, " ".join(output[end:].decode("utf-8", "replace").split())[:1000]


def _shown(hits: list[dict[str, Any]], total: int, more: bool) -> str:
    if not hits:
        return "no matches (search stopped early)" if more else "no matches"
    lines = [f"{hit['path']}:{hit['line']}: {hit['text']}" for hit in hits]
    if more:
        lines.append(f"[first {len(hits)} of {total} or more matches; narrow the pattern, path or glob]")
    return "\n".join(lines)
