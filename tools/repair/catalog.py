"""The repair tools for the host's `repair` strategy: open a search, try candidates in batches, apply one, close."""

from __future__ import annotations

import secrets
import threading
from typing import Any

from tools.registry import Call, Result, Tool, ToolFailure

_SEARCHES: dict[str, Any] = {}
_LOCK = threading.Lock()
MAX_SEARCHES = 4
_TOP = 50


def _search(arguments: dict[str, Any]) -> Any:
    search = _SEARCHES.get(arguments["search"])
    if search is None:
        raise ToolFailure(f"no open search {arguments['search']!r}")
    return search


def localise_fault(arguments: dict[str, Any], call: Call) -> Result:
    """Open a search: measure the tests, trace them, rank suspicious lines."""
    from tools.repair.goal import as_goal
    from tools.repair.search import Search

    search = Search(call.runner, call.workspace, as_goal(arguments))
    try:
        summary = search.localise()
    except (OSError, ValueError) as error:
        search.close()
        raise ToolFailure(str(error)) from error
    except BaseException:
        search.close()
        raise
    token = secrets.token_hex(4)
    with _LOCK:
        _SEARCHES[token] = search
        oldest = list(_SEARCHES)[:-MAX_SEARCHES]
        closed = [_SEARCHES.pop(name) for name in oldest]
    for old in closed:
        old.close()
    suspects = [list(place) for place in search.suspects.ranked[:_TOP]]
    data = {"search": token, "suspects": suspects, "method": search.suspects.method, "baseline": summary}
    return Result(f"search {token}: {summary}; {search.suspects.method}", data=data)


def propose_edits(arguments: dict[str, Any], call: Call) -> Result:
    """Make the candidates."""
    count = _search(arguments).propose()
    return Result(f"{count} candidates", data={"proposed": count})


def evaluate_candidates(arguments: dict[str, Any], call: Call) -> Result:
    """Try candidates for a while."""
    search = _search(arguments)
    finished = search.evaluate(float(arguments["for_seconds"]), call.cancelled)
    counts = search.counts
    plausible = [_described(search, trial) for trial in search.best()[:5]]
    data = {
        "finished": finished,
        "proposed": counts.proposed,
        "tried": counts.tried,
        "skipped": counts.skipped,
        "timeouts": counts.timeouts,
        "plausible": plausible,
        "plausible_total": len(search.plausible),
        "nearest": _described(search, search.nearest) if search.nearest else None,
    }
    return Result(f"tried {counts.tried} of {counts.proposed}, {len(search.plausible)} pass", data=data)


def _described(search: Any, trial: Any) -> dict[str, Any]:
    candidate = trial.candidate
    return {
        "path": candidate.path,
        "line": candidate.line,
        "operator": candidate.operator,
        "score": round(candidate.score, 4),
        "state": trial.state,
        "note": trial.note,
        "diff": search.diff(candidate)[:4000],
    }


def apply_candidate(arguments: dict[str, Any], call: Call) -> Result:
    """Write a passing candidate into the workspace."""
    try:
        diff = _search(arguments).apply(arguments["rank"])
    except (IndexError, OSError) as error:
        raise ToolFailure(f"cannot apply: {error}") from error
    return Result(diff, data={"diff": diff})


def close_search(arguments: dict[str, Any], call: Call) -> Result:
    """End a search."""
    with _LOCK:
        search = _SEARCHES.pop(arguments["search"], None)
    if search is not None:
        search.close()
    return Result("closed")


_TOKEN = {"search": {"type": "string", "description": "the token of an open search"}}

TOOLS = (
    Tool(
        name="localise_fault",
        description="Open a repair search: run the tests in a private copy, trace them, rank suspicious lines.",
        schema={
            "type": "object",
            "properties": {
                "command": {"type": "string", "description": "the test command, run at the workspace's root"},
                "wanted": {"type": "array", "items": {"type": "string"}, "description": "tests to turn green"},
                "words": {"type": "string", "description": "the issue's text"},
                "frames": {"type": "array", "description": "traceback frames of each failing test: [path, line] pairs"},
                "output": {"type": "string", "description": "output of the failing run"},
                "test_seconds": {"type": "number", "default": 600},
                "trace_seconds": {"type": "number", "default": 20},
                "workers": {"type": "integer", "default": 0, "description": "0: one per processor"},
            },
            "required": ["command"],
        },
        handler=localise_fault,
        audience="host",
        read_only=True,
    ),
    Tool(
        name="propose_edits",
        description="Make the candidates of an open search.",
        schema={"type": "object", "properties": _TOKEN, "required": ["search"]},
        handler=propose_edits,
        audience="host",
        read_only=True,
    ),
    Tool(
        name="evaluate_candidates",
        description="Try candidates of an open search for some seconds, the most likely first.",
        schema={
            "type": "object",
            "properties": {**_TOKEN, "for_seconds": {"type": "number", "default": 5, "minimum": 0}},
            "required": ["search"],
        },
        handler=evaluate_candidates,
        audience="host",
        read_only=True,
    ),
    Tool(
        name="apply_candidate",
        description="Write the passing candidate of this rank (0: the most trusted) into the workspace.",
        schema={
            "type": "object",
            "properties": {**_TOKEN, "rank": {"type": "integer", "default": 0, "minimum": 0}},
            "required": ["search"],
        },
        handler=apply_candidate,
        audience="host",
    ),
    Tool(
        name="close_search",
        description="End a search: its processes and private copies.",
        schema={"type": "object", "properties": _TOKEN, "required": ["search"]},
        handler=close_search,
        audience="host",
        read_only=True,
    ),
)
