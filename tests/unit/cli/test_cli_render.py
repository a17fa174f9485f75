"""Events as lines: pure, complete, and harmless; and the two views that print them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from sweagent.cli.render.lines import DIFF_LINES, lines
from sweagent.cli.render.live import LiveView, clock, status_text
from sweagent.cli.render.plain import PlainView
from sweagent.cli.render.summary import next_steps, page, summary, table
from sweagent.cli.render.view import SilentView, choose_view
from sweagent.core import event as ev
from sweagent.core.budget import Budget
from sweagent.core.message import Message, ToolCall, ToolResult, Usage
from sweagent.core.patch import FileStat, Patch
from sweagent.core.report import TestFailure, TestReport
from sweagent.core.run import RunState, fold
from sweagent.core.task import Issue, Plan, Task
from sweagent.core.verdict import Finding, Review, Verdict

EVIL = "x\x1b]0;owned\x07\u202e[bold]\nsecond\rthird\u2028"
REPORT = TestReport(
    command=EVIL,
    exit_code=1,
    tests={EVIL: "failed", **{f"t{n}": "failed" for n in range(8)}},
    failures=(TestFailure(id=EVIL, message=EVIL),),
)
PATCH = Patch(base="b" * 40, head="h" * 40, text=f"+{EVIL}\n" * 200, files=(FileStat(path=EVIL, status="M", added=3),))
ISSUE = Issue(title=EVIL, text=EVIL)
TASK = Task(id="t", title=EVIL, issue=ISSUE, base="b", test_command=EVIL)
VERDICT = Verdict(passed=True, reason=EVIL, report=REPORT, fixed=(EVIL,), still_failing=(EVIL,), broken=(EVIL,) * 9)
FINDING = Finding(severity="note", message=EVIL, path=EVIL, line=3)
OWNER = ev.Owner(host="h", boot_id="b", pid=1, started=1)

BODIES: list[ev.Body | ev.Unknown] = [
    ev.RunStarted(
        repo=EVIL, issue=ISSUE, strategy=EVIL, model=EVIL, backend=EVIL, budget=Budget(), owner=OWNER, version=EVIL
    ),
    ev.Progressed(phase=EVIL, message=EVIL),
    ev.Warned(message=EVIL),
    ev.TestsRan(phase="before", report=REPORT),
    ev.Planned(plan=Plan(tasks=(TASK,), why=EVIL), base=EVIL),
    ev.SandboxStarted(name=EVIL, backend=EVIL, image=EVIL, purpose=EVIL, seconds=1),
    ev.AttemptStarted(attempt="a1", task="t", strategy=EVIL, model=EVIL),
    ev.MessageAdded(attempt="a1", message=Message(role="user", content=EVIL)),
    ev.ModelCalled(
        attempt="a1", role="coder", model=EVIL, usage=Usage(prompt=1000, completion=5), cost_usd=0.5, seconds=1,
        finish_reason=EVIL,
    ),
    ev.ModelRetried(attempt="a1", model=EVIL, error=EVIL, wait_seconds=2, tries=1),
    ev.ToolCalled(attempt="a1", step=1, call=ToolCall(id="1", name=EVIL, arguments={"command": EVIL})),
    ev.ToolCalled(attempt="a1", step=2, call=ToolCall(id="2", name=EVIL, arguments={EVIL: [EVIL], "b": 1})),
    ev.ToolCalled(attempt="a1", step=3, call=ToolCall(id="3", name=EVIL, arguments=None, raw=EVIL)),
    ev.ToolReturned(attempt="a1", step=3, call_id="3", result=ToolResult(text=EVIL, is_error=True), seconds=1),
    ev.Compacted(attempt="a1", dropped=3, summary=EVIL),
    ev.SuspectsRanked(attempt="a1", suspects=((EVIL, 1, 0.5),), method=EVIL),
    ev.CandidatesTried(attempt="a1", proposed=9, tried=4, plausible=1, seconds=1, note=EVIL),
    ev.AttemptEnded(attempt="a1", status="submitted", reason=EVIL, summary=EVIL, patch=PATCH),
    ev.TestsRan(phase="after", report=REPORT),
    ev.Verified(attempt="a1", verdict=VERDICT),
    ev.Reviewed(
        attempt="a1",
        review=Review(approved=False, summary=EVIL, findings=(FINDING,)),
    ),
    ev.Committed(attempt="a1", branch=EVIL, base="b" * 40, head="h" * 40, where=EVIL),
    ev.SandboxClosed(name=EVIL),
    ev.NetworkUsed(purpose=EVIL, allowed=False, host=EVIL, port=1, reason=EVIL),
    ev.NetworkUsed(purpose=EVIL, allowed=True, host=EVIL, port=1, address=EVIL, sent=1, received=2),
    ev.Unknown(kind=EVIL, fields={"a": EVIL}),
    ev.RunEnded(status="solved", reason=EVIL, best_attempt="a1"),
]  # fmt: skip

START = datetime(2026, 1, 2, tzinfo=UTC)


def numbered(bodies: list[Any]) -> list[ev.Event]:
    return [ev.Event(run="r1", seq=n, at=START + timedelta(seconds=n), body=body) for n, body in enumerate(bodies, 1)]


def harmless(text: str) -> bool:
    return not set(text) & set("\x1b\x07\u202e\r\n\u2028\x9b")


def test_every_kind_is_among_the_examples() -> None:
    assert {body.kind for body in BODIES} >= ev.KINDS


@pytest.mark.parametrize("event", numbered(BODIES), ids=lambda event: event.body.kind[:20])
def test_whatever_an_event_holds_its_lines_are_single_and_harmless(event: ev.Event) -> None:
    assert all(harmless(line.text) for line in lines(event))


def test_a_state_of_hostile_text_is_shown_harmlessly() -> None:
    state = fold("r1", numbered(BODIES))
    for shown in (summary(state), page(state), table([state]), next_steps(state)):
        assert shown
        assert all(harmless(line.text) for line in shown)
    assert harmless(status_text(state))


def test_an_event_reads_like_this() -> None:
    def said(body: ev.Body) -> list[str]:
        return [line.text for line in lines(numbered([body])[0])]

    call = ToolCall(id="1", name="bash", arguments={"command": "ls  -l"})
    assert said(ev.ToolCalled(attempt="a1", step=7, call=call)) == ["    7 bash ls -l"]
    assert said(ev.Progressed(phase="verify", message="all tests")) == ["[verify] all tests"]
    report = TestReport(command="t", exit_code=1, tests={"a": "failed", "b": "passed"}, seconds=1.0)
    assert said(ev.TestsRan(phase="before", report=report)) == [
        "tests before: 1 failed, 1 passed in 1.0 s",
        "  failing: a",
    ]
    assert said(ev.SandboxClosed(name="s")) == []


def test_a_long_diff_is_cut_and_says_so() -> None:
    event = numbered([ev.AttemptEnded(attempt="a1", status="submitted", reason="r", patch=PATCH)])[0]
    shown = lines(event)
    assert len(shown) == DIFF_LINES + 3
    assert "more lines" in shown[-1].text


def test_the_next_step_is_a_command_that_can_be_pasted() -> None:
    commit = ev.Committed(attempt="a1", branch="sweagent/fix", base="b" * 40, head="h" * 40, where="/home/me/my repo")
    started = ev.RunStarted(
        repo="/home/me/my repo", issue=ISSUE, strategy="s", backend="docker", budget=Budget(), owner=OWNER, version="1"
    )
    state = RunState("r1", started=started, commit=commit)
    assert [line.text.split(None, 1)[1] for line in next_steps(state)] == [
        "git -C '/home/me/my repo' diff bbbbbbbbbbbb sweagent/fix",
        "git -C '/home/me/my repo' merge sweagent/fix",
    ]
    state.started = started.model_copy(update={"repo": "https://host/x.git"})
    assert next_steps(state)[-1].text.endswith("git fetch '/home/me/my repo' sweagent/fix:sweagent/fix")


def test_the_status_line_counts_steps_cost_and_time() -> None:
    state = fold("r1", numbered(BODIES[:13]))
    assert "step 3 · 1,005 tokens · $0.5000" in status_text(state)
    assert clock(75.9) == "1:15"


def test_the_plain_view_prints_every_line() -> None:
    stream, events = io.StringIO(), numbered(BODIES)
    with PlainView(stream) as view:
        for event in events:
            view.on_event(event)
    assert stream.getvalue().split("\n")[:-1] == [line.text for event in events for line in lines(event)]


def test_the_live_view_prints_every_line_above_its_status() -> None:
    stream, events = io.StringIO(), numbered(BODIES)
    console = Console(file=stream, force_terminal=True, width=300, no_color=True, highlight=False)
    with LiveView(console) as view:
        for event in events:
            view.on_event(event)
    for event in events:
        for line in lines(event):
            assert line.text.rstrip() in stream.getvalue()
    assert "\x1b]0;owned" not in stream.getvalue()
    assert stream.getvalue().rindex("\x1b[?25h") > stream.getvalue().rindex("\x1b[?25l")  # the cursor is shown again


class GoneStream(io.StringIO):
    """A pipe whose reader went away."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_goes_away_never_stops_the_work() -> None:
    with PlainView(GoneStream()) as view:
        for event in numbered(BODIES):
            view.on_event(event)


def test_a_pipe_gets_plain_lines_and_quiet_gets_none() -> None:
    assert isinstance(choose_view(io.StringIO()), PlainView)
    assert isinstance(choose_view(io.StringIO(), quiet=True), SilentView)
