"""`solve` at the command line: exit statuses, the one JSON object, and Ctrl-C, over a small stand-in for the work."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from sandboxes.owner import current_owner
from sweagent.app.options import OnEvent, SolveOptions
from sweagent.cli.failure import STATUS
from sweagent.cli.main import run
from sweagent.cli.render.lines import Line
from sweagent.cli.render.view import SilentView
from sweagent.cli.solve import drive
from sweagent.core import event as ev
from sweagent.core.budget import Budget
from sweagent.core.run import RunState, fold
from sweagent.core.task import Issue
from sweagent.store.log import EventLog
from sweagent.store.sync import SyncEventLog

OPTIONS = SolveOptions(repo="/r", issue="x")


class Said(SilentView):
    """Remembers what the person was told."""

    def __init__(self) -> None:
        self.text: list[str] = []

    def print(self, shown: object) -> None:
        self.text += [line.text for line in shown if isinstance(line, Line)]  # type: ignore[attr-defined]


def started() -> ev.RunStarted:
    owner = current_owner()
    return ev.RunStarted(
        repo="/r", issue=Issue(title="x", text="x"), strategy="repair", backend="docker", budget=Budget(), version="1",
        owner=ev.Owner(host=owner.host, boot_id=owner.boot_id, pid=owner.pid, started=owner.started),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWEAGENT_HOME", str(tmp_path))
    return tmp_path


async def _endless(signals: int, log: EventLog, on_event: OnEvent | None, stuck: float = 0) -> RunState:
    """Begins a run, gets signals, closes its run as the real work does."""
    event = await log.append("r1", started())
    assert on_event is not None
    on_event(event)
    try:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        for _ in range(signals - 1):
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.01)  # a signal handler of the loop runs in its next round
        await log.append("r1", ev.RunEnded(status="cancelled", reason="by the user"))
        raise
    raise AssertionError("never cancelled")


async def test_ctrl_c_cancels_once_and_the_run_is_marked(home: Path) -> None:
    async def work(options: SolveOptions, log: EventLog, *, on_event: OnEvent | None = None) -> RunState:
        return await _endless(1, log, on_event)

    state = await drive(OPTIONS, Said(), work)
    assert state is not None
    assert state.status == "cancelled"
    assert STATUS[state.status] == 130


async def test_a_second_ctrl_c_does_not_break_the_cleaning_up(home: Path) -> None:
    async def work(options: SolveOptions, log: EventLog, *, on_event: OnEvent | None = None) -> RunState:
        return await _endless(2, log, on_event)

    view = Said()
    state = await drive(OPTIONS, view, work)
    assert state is not None
    assert state.status == "cancelled"
    assert view.text == ["cancelling: closing the sandboxes", "already cancelling; once more to stop at once"]
    with SyncEventLog.open(home / "events.db") as log:
        assert [event.body.kind for event in log.read("r1")] == ["run_started", "run_ended"]


async def test_cancelled_before_a_run_began(home: Path) -> None:
    async def work(options: SolveOptions, log: EventLog, *, on_event: OnEvent | None = None) -> RunState:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()
        raise AssertionError("never cancelled")

    assert await drive(OPTIONS, Said(), work) is None


async def test_signal_handlers_are_taken_back(home: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def work(options: SolveOptions, log: EventLog, *, on_event: OnEvent | None = None) -> RunState:
        assert signal.getsignal(signal.SIGTERM) != before
        await log.append("r1", started())
        await log.append("r1", ev.RunEnded(status="solved", reason="done"))
        return fold("r1", await log.read("r1"))

    state = await drive(OPTIONS, Said(), work)
    assert state is not None
    assert state.status == "solved"
    assert signal.getsignal(signal.SIGTERM) == before


def test_every_status_of_a_run_has_an_exit_status() -> None:
    statuses = set(ev.RunEnded.model_fields["status"].annotation.__args__)  # type: ignore[union-attr]
    assert set(STATUS) == statuses
    assert (STATUS["solved"], STATUS["unsolved"], STATUS["bad_input"], STATUS["limit"]) == (0, 1, 2, 3)


def test_bad_input_with_json_is_one_object_and_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["solve", str(home / "nowhere"), "--issue", "x", "--json"]) == 2
    printed = capsys.readouterr()
    record = json.loads(printed.out)
    assert (record["run"], record["status"]) == (None, "bad_input")
    assert printed.err == f"sweagent: error: {record['reason']}\n"
    with SyncEventLog.open(home / "events.db") as log:
        assert log.runs() == []
