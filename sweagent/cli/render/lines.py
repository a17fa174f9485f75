"""An event as the lines that a person reads: a pure function, the same for a terminal and for a pipe."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sweagent.cli.render.clean import clean, one_line
from sweagent.core import event as ev
from sweagent.core.patch import Patch
from sweagent.core.report import TestReport

Style = Literal["plain", "head", "good", "bad", "warn", "dim"]

WIDTH = 160
DIFF_LINES = 80


@dataclass(frozen=True, slots=True)
class Line:
    """One harmless line of text and what it means."""

    text: str
    style: Style = "plain"


def lines(event: ev.Event) -> list[Line]:
    """What `event` tells a person; empty for events that only machines care about."""
    match event.body:
        case ev.RunStarted() as body:
            using = " ".join(filter(None, (body.strategy, body.model, f"in {body.backend}")))
            return [_line(f"run {event.run}: {body.issue.title}", "head"), _line(f"  {body.repo} · {using}", "dim")]
        case ev.Progressed() as body:
            return [_line(f"[{body.phase}] {body.message}")]
        case ev.Warned() as body:
            return [_line(f"warning: {body.message}", "warn")]
        case ev.Planned() as body:
            tasks = [_line(f"  {n}. {task.title}") for n, task in enumerate(body.plan.tasks, 1)]
            return [_line(f"plan: {body.plan.why}", "head"), *tasks]
        case ev.TestsRan(phase="before" | "after") as body:
            return test_lines(body.phase, body.report)
        case ev.Committed() as body:
            return [_line(f"branch {body.branch} at {body.head[:12]}", "good")]
        case ev.RunEnded() as body:
            return [_line(f"{body.status}: {body.reason}", "good" if body.status == "solved" else "bad")]
        case ev.Unknown() as body:
            return [_line(f"({body.kind}: an event of a newer version)", "dim")]
        case body:
            return _work_lines(body)


def _work_lines(body: ev.Body) -> list[Line]:
    """What agents, tools, models, and judges do."""
    match body:
        case ev.AttemptStarted():
            return [_line(f"attempt {body.attempt}: {body.strategy} {body.model or ''}".rstrip(), "head")]
        case ev.ToolCalled():
            arguments = body.call.raw if body.call.arguments is None else _arguments(body.call.arguments)
            return [_line(f"  {body.step:>3} {body.call.name} {arguments}")]
        case ev.ToolReturned():
            first = body.result.text.strip().partition("\n")[0]
            return [_line(f"      {first}", "bad" if body.result.is_error else "dim")] if first else []
        case ev.NetworkUsed():
            host = f"{body.host}:{body.port}" if body.host else "no host"
            what = f"{body.sent} bytes sent, {body.received} received" if body.allowed else "refused"
            text = f"  network: {host} {what}{': ' * bool(body.reason)}{body.reason}"
            return [_line(text, "dim" if body.allowed else "warn")]
        case ev.ModelRetried():
            return [_line(f"  {body.model}: {body.error}; next try in {body.wait_seconds:.0f} s", "warn")]
        case ev.Compacted():
            return [_line(f"  {body.dropped} older messages summed up", "dim")]
        case ev.SuspectsRanked():
            places = ", ".join(f"{path}:{line}" for path, line, _ in body.suspects[:5])
            return [_line(f"  suspects ({body.method}): {places}")]
        case ev.CandidatesTried():
            text = f"  {body.tried} of {body.proposed} candidate edits tried, {body.plausible} pass {body.note}"
            return [_line(text.rstrip(), "good" if body.plausible else "plain")]
        case ev.AttemptEnded():
            ended = _line(f"attempt {body.attempt} {body.status}: {body.reason}")
            return [ended, *(diff_lines(body.patch, DIFF_LINES) if body.patch else ())]
        case ev.Verified():
            verdict = body.verdict
            word = "passed" if verdict.passed else "failed"
            return [
                _line(f"verdict in a fresh sandbox: {word}: {verdict.reason}", "good" if verdict.passed else "bad"),
                *_names("fixed", verdict.fixed, "good"),
                *_names("still failing", verdict.still_failing, "bad"),
                *_names("broken", verdict.broken, "bad"),
            ]
        case ev.Reviewed():
            review = body.review
            word = "approved" if review.approved else "objects"
            style: Style = "good" if review.approved else "bad"
            found = [
                _line(f"  {f.severity}: {f.path or ''}{f':{f.line}' if f.line else ''} {f.message}", "warn")
                for f in review.findings
            ]
            return [_line(f"review by {review.reviewer}: {word}: {review.summary}", style), *found]
        case _:
            return []


def test_lines(phase: str, report: TestReport) -> list[Line]:
    """A test run: its summary and the failing tests with their last words."""
    head = _line(f"tests {phase}: {report.summary()}", "good" if report.passed else "bad")
    words = {failure.id: failure.message for failure in report.failures}
    failing = sorted(report.failing)
    shown = [_line(f"  failing: {name} {words.get(name, '')}".rstrip(), "bad") for name in failing[:5]]
    return [head, *shown, *_more(len(failing) - 5)]


def diff_lines(patch: Patch, limit: int | None = None) -> list[Line]:
    """A patch with its statistics, at most `limit` lines of it."""
    text = clean(patch.text).split("\n")
    if text and not text[-1]:
        text.pop()
    shown = [Line(f"  {row}", _diff_style(row)) for row in text[:limit]]
    return [Line(patch.summary(), "head"), *shown, *_more(len(text) - len(shown), "lines")]


def _diff_style(row: str) -> Style:
    if row.startswith(("diff ", "--- ", "+++ ", "index ")):
        return "dim"
    if row.startswith("@@"):
        return "head"
    return "good" if row.startswith("+") else "bad" if row.startswith("-") else "plain"


def _names(word: str, names: Iterable[str], style: Style) -> list[Line]:
    found = list(names)
    return [*(_line(f"  {word}: {name}", style) for name in found[:5]), *_more(len(found) - 5)]


def _more(count: int, what: str = "tests") -> list[Line]:
    return [Line(f"  … and {count} more {what}", "dim")] if count > 0 else []


def _arguments(arguments: dict[str, object]) -> str:
    """A tool's arguments in short: a lone string as it is, else JSON."""
    if len(arguments) == 1 and isinstance(only := next(iter(arguments.values())), str):
        return only
    return json.dumps(arguments, ensure_ascii=False, default=str)


def _line(text: str, style: Style = "plain") -> Line:
    indent = len(text) - len(text.lstrip(" "))
    return Line(" " * indent + one_line(text, WIDTH), style)
