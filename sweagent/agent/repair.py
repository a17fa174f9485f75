"""The `repair` strategy: a search for a small edit that makes the failing tests pass, with no model at all.

Everything that reads or runs the repository's code happens inside the sandbox; this steers and keeps the record. What
comes back is untrusted: a patch that "passes" here is a proposal, and a clean sandbox gives the verdict.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sweagent.agent.strategy import AttemptContext
from sweagent.core.event import CandidatesTried, SuspectsRanked
from sweagent.core.task import AttemptResult

BATCH_SECONDS = 5.0
DEFAULT_SECONDS = 300.0
"""Length of a search for which the budget names none; else it ends a little before the attempt is cut off."""
_SLACK = 180.0
_WORDS = 20_000
_CAVEAT = "Passing tests do not prove it right."


class Repair:
    """Localise, propose, try in batches, apply the most trusted candidate that passes all tests."""

    name = "repair"

    async def run(self, context: AttemptContext) -> AttemptResult:
        """Search until a patch passes, nothing is left to try, or the time is over.

        Raises:
            sandboxes.errors.SandboxError: the wall failed.
        """
        began = time.monotonic()
        opened = await context.sandbox.call(
            "localise_fault", _question(context), timeout=context.test_seconds * 2 + _SLACK
        )
        data = opened.data or {}
        search = _string(data, "search")
        if opened.is_error or not search:
            return AttemptResult(
                status="gave_up", reason=f"nothing to search: {opened.text[:300]}", summary=_summary([])
            )
        try:
            return await _Steering(context, search, began).go(data)
        finally:
            await context.sandbox.call("close_search", {"search": search}, timeout=_SLACK)


def _question(context: AttemptContext) -> dict[str, Any]:
    task, before = context.task, context.before
    frames = [[[frame.path, frame.line] for frame in failure.frames] for failure in before.failures[:20]]
    return {
        "command": task.test_command,
        "wanted": sorted(task.fail_to_pass or before.failing),
        "words": f"{task.issue.title}\n{task.issue.text}"[:_WORDS],
        "frames": frames,
        "output": before.output[-_WORDS:],
        "test_seconds": context.test_seconds,
        "trace_seconds": min(30.0, max(10.0, before.seconds * 3)),
    }


class _Steering:
    """One open search."""

    def __init__(self, context: AttemptContext, search: str, began: float) -> None:
        self._context, self._search, self._began = context, search, began

    async def go(self, opened: Mapping[str, Any]) -> AttemptResult:
        """Try batches until something passes or nothing is left."""
        await self._context.emit(
            SuspectsRanked(
                attempt=self._context.attempt, suspects=_suspects(opened), method=_string(opened, "method")[:300]
            )
        )
        proposed = await self._call("propose_edits", {})
        told: Mapping[str, Any] = proposed
        seconds = self._context.meter.budget.seconds
        limit = DEFAULT_SECONDS if seconds is None else seconds - min(10.0, 0.1 * seconds)
        over = False
        while _number(told, "proposed"):
            left = self._began + limit - time.monotonic()
            over = left <= 0
            if over:
                break
            told = await self._call("evaluate_candidates", {"for_seconds": min(BATCH_SECONDS, left)})
            await self._tell(told)
            if told.get("finished") is True:
                break
        if _passing(told):
            return await self._submit(told)
        return self._give_up(told, exhausted=not over, limited=over and seconds is not None)

    async def _call(self, tool: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        # A batch ends between candidates: the last one may still run the whole suite.
        timeout = BATCH_SECONDS + 4 * self._context.test_seconds + _SLACK
        result = await self._context.sandbox.call(tool, {"search": self._search, **arguments}, timeout=timeout)
        return {"proposed": 0, "failure": result.text[:300]} if result.is_error else result.data or {}

    async def _tell(self, told: Mapping[str, Any]) -> None:
        await self._context.emit(
            CandidatesTried(
                attempt=self._context.attempt,
                proposed=_number(told, "proposed"),
                tried=_number(told, "tried"),
                plausible=_number(told, "plausible_total"),
                seconds=round(time.monotonic() - self._began, 3),
                note=_where(_passing(told)[0]) if _passing(told) else "",
            )
        )

    async def _submit(self, told: Mapping[str, Any]) -> AttemptResult:
        passing = _passing(told)
        applied = await self._context.sandbox.call(
            "apply_candidate", {"search": self._search, "rank": 0}, timeout=_SLACK
        )
        if applied.is_error:
            return AttemptResult(status="failed", reason=f"the patch could not be applied: {applied.text[:300]}")
        lines = [
            f"Found by search, not by reasoning: {_where(passing[0])}.",
            f"{_effort(told)}; {_number(told, 'plausible_total')} of them passed every test that counts, "
            "and the one with the most suspicious line and the most general change was taken.",
            _CAVEAT,
        ]
        return AttemptResult(status="submitted", reason=_where(passing[0]), summary=_summary(lines))

    def _give_up(self, told: Mapping[str, Any], *, exhausted: bool, limited: bool) -> AttemptResult:
        why = "all candidates were tried" if exhausted else "the time was over"
        if told.get("failure"):
            why, limited = f"the search broke off ({told['failure']})", False
        lines = [f"A search for a small edit found none: {why}. {_effort(told)}. The workspace is unchanged."]
        nearest = told.get("nearest")
        if isinstance(nearest, dict):
            note = _string(nearest, "note") or "some failing tests passed or came further"
            lines.append(f"Nearest: {_where(nearest)} ({note}).")
        return AttemptResult(
            status="limit" if limited else "gave_up",
            reason=f"no small edit passes the tests: {why}",
            summary=_summary(lines),
        )


def _summary(lines: list[str]) -> str:
    return " ".join(lines)[:4000]


def _effort(told: Mapping[str, Any]) -> str:
    return f"{_number(told, 'tried')} candidates tried of {_number(told, 'proposed')} proposed"


def _where(candidate: Mapping[str, Any]) -> str:
    place = f"{_string(candidate, 'path')}:{_number(candidate, 'line')}"
    return f"operator '{_string(candidate, 'operator')}' on {place}"[:300]


def _passing(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = told.get("plausible")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _suspects(data: Mapping[str, Any]) -> tuple[tuple[str, int, float], ...]:
    found = data.get("suspects")
    places: list[tuple[str, int, float]] = []
    for item in found if isinstance(found, list) else []:
        match item:
            case [str(path), int(line), int() | float() as score]:
                places.append((path[:500], line, min(1.0, max(0.0, float(score)))))
            case _:
                continue
    return tuple(places[:50])


def _string(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _number(data: Mapping[str, Any], key: str) -> int:
    value = data.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
