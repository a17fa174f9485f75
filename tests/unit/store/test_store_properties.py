"""Any sequence of events round-trips through the store, and folding never raises, whatever the order."""

from __future__ import annotations

import json
import math
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweagent.core import event as ev
from sweagent.core.budget import Budget
from sweagent.core.message import Message, ToolCall, ToolResult, Usage
from sweagent.core.patch import FileStat, Patch
from sweagent.core.report import TestReport
from sweagent.core.run import fold
from sweagent.core.task import Issue, Plan, Task
from sweagent.core.verdict import Finding, Review, Verdict
from sweagent.store.record import decode, encode
from sweagent.store.sync import SyncEventLog

text = st.text(max_size=20)
name = st.sampled_from(["a1", "a2", "other"])
number = st.integers(min_value=0, max_value=2**53)
seconds = st.floats(allow_nan=False)
# What a model writes as arguments: any JSON, lone surrogates and infinities included.
wild_text = st.text(alphabet=st.characters(exclude_categories=()), max_size=10)
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | seconds | wild_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(wild_text, inner, max_size=3),
    max_leaves=8,
)
arguments = st.none() | st.dictionaries(wild_text, json_value, max_size=3)
usage = st.builds(Usage, prompt=number, completion=number, cached=number)
issue = st.builds(Issue, title=text, text=text)
task = st.builds(Task, id=text, title=text, issue=issue, base=text, test_command=text)
report = st.builds(
    TestReport,
    command=text,
    exit_code=st.none() | st.integers(-64, 255),
    tests=st.dictionaries(text, st.sampled_from(["passed", "failed", "error", "skipped"]), max_size=3),
)
patch = st.builds(
    Patch, base=text, head=text, text=text, files=st.lists(st.builds(FileStat, path=text, status=text)).map(tuple)
)
call = st.builds(ToolCall, id=text, name=text, arguments=arguments, raw=text)
message = st.builds(
    Message, role=st.sampled_from(["user", "assistant", "tool"]), content=text, tool_calls=st.tuples(call) | st.just(())
)
review = st.builds(
    Review, approved=st.booleans(), summary=text, findings=st.tuples(st.builds(Finding, message=text)) | st.just(())
)
owner = st.builds(ev.Owner, host=text, boot_id=text, pid=number, started=number)

bodies: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        ev.RunStarted,
        repo=text, issue=issue, strategy=text, backend=text, budget=st.builds(Budget), owner=owner, version=text,
    ),
    st.builds(ev.Progressed, phase=text, message=text),
    st.builds(ev.Warned, message=text),
    st.builds(ev.Planned, plan=st.builds(Plan, tasks=st.tuples(task), why=text), base=text),
    st.builds(ev.TestsRan, phase=st.sampled_from(["before", "attempt", "after"]), report=report),
    st.builds(ev.SandboxStarted, name=text, backend=text, image=text, purpose=text, seconds=seconds),
    st.builds(ev.SandboxClosed, name=text),
    st.builds(ev.NetworkUsed, purpose=text, allowed=st.booleans(), host=text, port=st.integers(0, 65535), reason=text),
    st.builds(ev.AttemptStarted, attempt=name, task=text, strategy=text),
    st.builds(ev.MessageAdded, attempt=name, message=message),
    st.builds(
        ev.ModelCalled,
        attempt=st.none() | name, role=text, model=text, usage=usage, cost_usd=st.none() | seconds, seconds=seconds,
        finish_reason=text,
    ),
    st.builds(ev.ModelRetried, attempt=st.none(), model=text, error=text, wait_seconds=seconds, tries=number),
    st.builds(ev.ToolCalled, attempt=name, step=number, call=call),
    st.builds(
        ev.ToolReturned,
        attempt=name, step=number, call_id=text, seconds=seconds,
        result=st.builds(ToolResult, text=text, data=arguments),
    ),
    st.builds(ev.Compacted, attempt=name, dropped=number, summary=text),
    st.builds(ev.SuspectsRanked, attempt=name, suspects=st.tuples(st.tuples(text, number, seconds)), method=text),
    st.builds(ev.CandidatesTried, attempt=name, proposed=number, tried=number, plausible=number, seconds=seconds),
    st.builds(
        ev.AttemptEnded,
        attempt=name, status=st.sampled_from(["submitted", "failed"]), reason=text, patch=st.none() | patch,
    ),
    st.builds(
        ev.Verified, attempt=name, verdict=st.builds(Verdict, passed=st.booleans(), reason=text, report=report)
    ),
    st.builds(ev.Reviewed, attempt=name, review=review),
    st.builds(ev.Committed, attempt=name, branch=text, base=text, head=text, where=text),
    st.builds(ev.RunEnded, status=st.sampled_from(["solved", "unsolved"]), reason=text, best_attempt=st.none() | name),
    st.builds(
        lambda kind, fields: ev.Unknown(kind=kind, fields={**fields, "kind": kind}),
        st.sampled_from(["from_the_future", "", "x" * 60]),
        st.dictionaries(wild_text, json_value, max_size=3),
    ),
)  # fmt: skip


def test_every_kind_of_event_is_generated_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    missing = [body for body in vars(ev).values() if getattr(body, "__name__", "") and _is_body(body)]
    assert [body.__name__ for body in missing if f"ev.{body.__name__}" not in source] == []


def _is_body(candidate: Any) -> bool:
    field = getattr(candidate, "model_fields", {}).get("kind")
    return field is not None and field.default in ev.KINDS


@given(st.lists(bodies, max_size=20))
@settings(deadline=None)
def test_any_sequence_round_trips_and_folds(sequence: list[Any]) -> None:
    rows = [("r", n, "2026-01-02T03:04:05.000006Z", body.kind, encode(body)) for n, body in enumerate(sequence, 1)]
    events = [decode(*row) for row in rows]
    assert [event.body for event in events] == sequence
    state = fold("r", events)
    ends = [body.status for body in sequence if isinstance(body, ev.RunEnded)]
    assert state.status == (ends[-1] if ends else "running")


@given(st.lists(bodies, min_size=1, max_size=5))
@settings(deadline=None, max_examples=15)
def test_the_database_gives_back_what_it_was_given(sequence: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder, SyncEventLog.open(Path(folder) / "events.db") as log:
        stored = [log.append("r", body) for body in sequence]
        assert log.read("r") == stored
        assert [event.body for event in stored] == sequence


def test_not_a_number_survives() -> None:
    body = ev.SandboxStarted(name="s", backend="b", image="i", purpose="p", seconds=math.nan)
    back = decode("r", 1, "2026-01-02T03:04:05.000006Z", body.kind, encode(body)).body
    assert isinstance(back, ev.SandboxStarted)
    assert math.isnan(back.seconds)


def test_deeply_nested_arguments_are_stored() -> None:
    # Pydantic's own writer gives up at about 250 levels; a model can write more.
    deep = json.loads("[" * 500 + "]" * 500)
    body = ev.ToolCalled(attempt="a1", step=1, call=ToolCall(id="1", name="bash", arguments={"x": deep}))
    assert decode("r", 1, "2026-01-02T03:04:05.000006Z", body.kind, encode(body)).body == body


@pytest.mark.parametrize("body", ["{not json", "[]", "null", '{"kind":"warned"}', '{"kind":"run_ended","status":7}'])
def test_a_damaged_event_does_not_hide_the_others(tmp_path: Path, body: str) -> None:
    path = tmp_path / "events.db"
    with SyncEventLog.open(path) as log:
        for _ in range(3):
            log.append("r", ev.Warned(message="x"))
        with sqlite3.connect(path) as raw:
            raw.execute("UPDATE events SET body = ?, at = 'never' WHERE seq = 2", (body,))
        raw.close()
        events = log.read("r")
    assert [event.seq for event in events] == [1, 2, 3]
    assert isinstance(events[1].body, ev.Unknown)
    assert fold("r", events).warnings == ["x", "x"]
