"""What became of a run, for people: the last words of `solve`, the page of `show`, and the rows of `runs`."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sweagent.cli.render.clean import one_line
from sweagent.cli.render.lines import Line, Style, test_lines
from sweagent.core.run import RunState

_STATUS_STYLE: dict[str, Style] = {"solved": "good", "running": "head", "cancelled": "warn", "interrupted": "warn"}


def summary(state: RunState) -> list[Line]:
    """The end of `solve`: status, branch, size of the change, what to do next, cost and time."""
    shown = [_status(state)]
    patch = state.best.patch if state.best else None
    if state.commit:
        shown.append(_row("branch", f"{state.commit.branch} at {state.commit.head[:12]}"))
    if patch and not patch.empty:
        shown.append(_row("change", patch.summary()))
    if state.best and state.best.verdict and state.best.verdict.fixed:
        shown.append(_row("fixed", f"{len(state.best.verdict.fixed)} tests"))
    shown += [_row("spent", _spent(state)), *next_steps(state)]
    return shown


def page(state: RunState) -> list[Line]:
    """All that `show` tells of a run."""
    shown = [_status(state)]
    if started := state.started:
        shown += [_row("issue", started.issue.title), _row("repo", started.repo)]
        shown.append(_row("by", f"{started.strategy} {started.model or ''} in {started.backend}".replace("  ", " ")))
    if state.started_at:
        shown.append(_row("began", _moment(state.started_at)))
    if state.status == "running":
        shown.append(_row("phase", state.phase or "starting"))
    if state.base:
        shown.append(_row("base", state.base))
    if state.plan:
        shown.append(_row("plan", state.plan.why))
    if state.before:
        shown += test_lines("before", state.before)
    for attempt in state.attempts.values():
        ended = f"{attempt.status}{': ' if attempt.reason else ''}{attempt.reason}"
        shown.append(_row("attempt", f"{attempt.id} by {attempt.strategy}, {attempt.steps} steps, {ended}"))
    if state.after:
        shown += test_lines("after", state.after)
    if state.best and (verdict := state.best.verdict):
        shown.append(_row("verdict", f"{'passed' if verdict.passed else 'failed'}: {verdict.reason}"))
    if state.best and (review := state.best.review):
        shown.append(_row("review", f"{'approved' if review.approved else 'objects'}: {review.summary}"))
    shown += [_row("warning", text, "warn") for text in state.warnings]
    return shown + summary(state)[1:]


def next_steps(state: RunState) -> list[Line]:
    """The exact commands with which to look at the work and take it."""
    commit, run = state.commit, shlex.quote(state.id)
    if commit is None:
        patch = state.best.patch if state.best else None
        hints = [("look", f"sweagent diff {run}")] if patch and not patch.empty else []
        return [_row(word, command, "head") for word, command in [*hints, ("log", f"sweagent log {run}")]]
    where, branch = shlex.quote(commit.where), shlex.quote(commit.branch)
    commands = [("look", f"git -C {where} diff {commit.base[:12]} {branch}")]
    if state.started and _same_place(state.started.repo, commit.where):
        commands.append(("merge", f"git -C {where} merge {branch}"))
    else:
        commands.append(("take", f"git fetch {where} {branch}:{branch}"))
    return [_row(word, command, "head") for word, command in commands]


def table(states: Iterable[RunState]) -> list[Line]:
    """One line a run."""
    rows = []
    for state in states:
        began = _moment(state.started_at) if state.started_at else "?"
        title = one_line(state.started.issue.title, 70) if state.started else ""
        text = f"{one_line(state.id)}  {state.status:<11}  {began}  {title}"
        rows.append(Line(text, _STATUS_STYLE.get(state.status, "plain")))
    return rows or [Line("no runs yet; `sweagent solve REPO --issue TEXT` starts one", "dim")]


def _status(state: RunState) -> Line:
    reason = f": {one_line(state.reason)}" if state.reason else ""
    return Line(f"run {one_line(state.id)} {state.status}{reason}", _STATUS_STYLE.get(state.status, "bad"))


def _spent(state: RunState) -> str:
    tokens = state.usage.prompt + state.usage.completion
    text = f"{state.seconds:.1f} s, ${state.cost_usd:.4f}, {tokens:,} tokens"
    return f"{text} ({state.unpriced_calls} calls without a known price)" if state.unpriced_calls else text


def _row(word: str, text: str, style: Style = "plain") -> Line:
    return Line(f"  {word:<8} {one_line(text)}", style)


def _same_place(repo: str, where: str) -> bool:
    """Whether the branch stands in the repository that was given, by name alone: nothing is looked up."""
    place = Path(where)
    return Path(repo) in (place, place.parent) or place in Path(repo).parents


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"
