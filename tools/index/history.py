"""The `git_history` tool: how some lines came to be, from the history that the sandbox is allowed to see."""

from __future__ import annotations

from typing import Any

from tools.index.address import relative, resolve
from tools.index.git import git
from tools.index.session import index_of
from tools.registry import Call, Result, ToolFailure

_MOST = 16_000


def git_history(arguments: dict[str, Any], call: Call) -> Result:
    """Log or blame of a range of lines, of a symbol, or of a file."""
    path, first, last = _place(arguments, call)
    limit = arguments["max_commits"]
    match arguments["mode"]:
        case "blame":
            ranged = [f"-L{first},{last}"] if first else []
            command = ["blame", "--date=short", *ranged, "--", path]
        case "log" if first:
            command = [*_log(limit), f"-L{first},{last}:{path}"]
        case _:
            command = [*_log(limit), "--stat=100", "--follow", "--", path]
    out = git(call.runner, ["--no-pager", "-c", "color.ui=false", *command])
    if out is None:
        lines = f" lines {first}-{last}" if first else ""
        raise ToolFailure(
            f"git could not tell the history of {path}{lines}: not tracked, no such lines, or no git here"
        )
    text = out.decode("utf-8", "replace").strip()
    if len(text) > _MOST:
        text = text[:_MOST] + f"\n… cut; {len(text) - _MOST} more characters: ask for fewer lines or commits"
    return Result(text or f"no commit touches {path}")


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


def _place(arguments: dict[str, Any], call: Call) -> tuple[str, int, int]:
    given = arguments["path"]
    if "::" in given:
        hit = resolve(index_of(call), given)
        return hit.path, hit.symbol.line, hit.symbol.end_line
    path = relative(call.workspace, given)
    if path.startswith(("/", "../")):
        raise ToolFailure(f"{given} is outside the workspace")
    lines = arguments.get("lines") or []
    if not lines:
        return path, 0, 0
    if len(lines) != 2 or lines[0] < 1 or lines[1] < lines[0]:
        raise ToolFailure("lines must be [first, last]")
    return path, lines[0], lines[1]
