"""show, diff, log and runs over a real event log: what they print for people and for machines."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sandboxes.owner import current_owner
from sweagent.app.recover import recover, settle
from sweagent.cli.main import run
from sweagent.core import event as ev
from sweagent.core.budget import Budget
from sweagent.core.message import Usage
from sweagent.core.patch import FileStat, Patch
from sweagent.core.report import TestReport
from sweagent.core.run import fold
from sweagent.core.task import Issue
from sweagent.core.verdict import Review, Verdict
from sweagent.store.sync import SyncEventLog

BEFORE = TestReport(command="pytest", exit_code=1, tests={"t::a": "failed", "t::b": "passed"}, seconds=1)
AFTER = TestReport(command="pytest", exit_code=0, tests={"t::a": "passed", "t::b": "passed"}, seconds=1)
DIFF = "diff --git a/é.py b/é.py\n--- a/é.py\n+++ b/é.py\n@@ -1 +1 @@\n-a\r\n+b\r\n"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SyncEventLog:
    monkeypatch.setenv("SWEAGENT_HOME", str(tmp_path))
    return SyncEventLog.open(tmp_path / "events.db")


def me() -> ev.Owner:
    owner = current_owner()
    return ev.Owner(host=owner.host, boot_id=owner.boot_id, pid=owner.pid, started=owner.started)


def dead() -> ev.Owner:
    """An owner that really lived and died on this machine."""
    code = "from sandboxes.owner import current_owner as o; o = o(); print(o.boot_id, o.pid, o.started)"
    boot, pid, started = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    return ev.Owner(host=socket.gethostname(), boot_id=boot, pid=int(pid), started=int(started))


def begin(log: SyncEventLog, run_id: str, owner: ev.Owner) -> None:
    issue = Issue(title="It is broken", text="very")
    log.append(
        run_id,
        ev.RunStarted(
            repo="/repo", issue=issue, strategy="repair", backend="docker", budget=Budget(), owner=owner, version="1"
        ),
    )


def solved(log: SyncEventLog, run_id: str) -> None:
    begin(log, run_id, me())
    log.append(run_id, ev.TestsRan(phase="before", report=BEFORE))
    log.append(run_id, ev.AttemptStarted(attempt="a1", task="t1", strategy="repair"))
    usage = Usage(prompt=10, completion=5, cached=3)
    log.append(
        run_id,
        ev.ModelCalled(
            attempt="a1", role="coder", model="m", usage=usage, cost_usd=0.25, seconds=1, finish_reason="stop"
        ),
    )
    patch = Patch(
        base="b" * 40, head="h" * 40, text=DIFF, files=(FileStat(path="é.py", status="M", added=1, deleted=1),)
    )
    log.append(run_id, ev.AttemptEnded(attempt="a1", status="submitted", reason="done", patch=patch))
    verdict = Verdict(passed=True, reason="all green", report=AFTER, fixed=("t::a",))
    log.append(run_id, ev.Verified(attempt="a1", verdict=verdict))
    log.append(run_id, ev.Reviewed(attempt="a1", review=Review(approved=True, summary="fine")))
    log.append(run_id, ev.Committed(attempt="a1", branch="sweagent/fix", base="b" * 40, head="h" * 40, where="/repo"))
    log.append(run_id, ev.RunEnded(status="solved", reason="ready", best_attempt="a1"))


def test_show_as_json_is_the_whole_outcome(log: SyncEventLog, capsys: pytest.CaptureFixture[str]) -> None:
    solved(log, "r1")
    assert run(["show", "r1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["status"] == "solved"
    assert (shown["branch"], shown["base"], shown["head"]) == ("sweagent/fix", "b" * 40, "h" * 40)
    assert shown["patch"] == DIFF
    assert (shown["tests_before"]["failed"], shown["tests_before"]["failing"]) == (1, ["t::a"])
    assert (shown["tests_after"]["passed"], shown["tests_after"]["failing"]) == (2, [])
    assert shown["fixed"] == ["t::a"]
    assert shown["review"]["approved"] is True
    assert shown["verdict"]["passed"] is True
    assert shown["tokens"] == {"prompt": 10, "completion": 5, "cached": 3}
    assert shown["cost_usd"] == 0.25
    assert [attempt["status"] for attempt in shown["attempts"]] == ["submitted"]


def test_show_for_people_says_what_to_do_next(log: SyncEventLog, capsys: pytest.CaptureFixture[str]) -> None:
    solved(log, "r1")
    assert run(["show", "last"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("run r1 solved: ready\n")
    assert "git -C /repo merge sweagent/fix" in shown
    assert "tests before: 1 failed, 1 passed" in shown
    assert "1 file changed, +1 -1" in shown


def test_a_piped_diff_is_exact(log: SyncEventLog, tmp_path: Path) -> None:
    solved(log, "r1")
    done = subprocess.run(
        [sys.executable, "-m", "sweagent", "diff", "r1"],
        capture_output=True,
        check=True,
        env={**os.environ, "SWEAGENT_HOME": str(tmp_path)},
    )
    assert done.stdout == DIFF.encode()


def test_log_as_json_is_one_event_a_line(log: SyncEventLog, capsys: pytest.CaptureFixture[str]) -> None:
    solved(log, "r1")
    assert run(["log", "r1", "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["seq"] for record in records] == list(range(1, 10))
    assert records[-1]["body"] == {"kind": "run_ended", "status": "solved", "reason": "ready", "best_attempt": "a1"}


def test_following_a_run_that_ended_ends(log: SyncEventLog, capsys: pytest.CaptureFixture[str]) -> None:
    solved(log, "r1")
    assert run(["log", "r1", "--follow"]) == 0
    assert "solved: ready" in capsys.readouterr().out


def test_runs_are_listed_for_people_and_machines(log: SyncEventLog, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["runs"]) == 0
    assert "no runs yet" in capsys.readouterr().out
    solved(log, "r1")
    begin(log, "r2", me())
    assert run(["runs"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("r2  running")
    assert second.startswith("r1  solved")
    assert run(["runs", "--json", "--limit", "1"]) == 0
    assert [row["run"] for row in json.loads(capsys.readouterr().out)["runs"]] == ["r2"]


def test_a_run_whose_process_died_is_interrupted(log: SyncEventLog, capsys: pytest.CaptureFixture[str]) -> None:
    begin(log, "gone", dead())
    log.append("gone", ev.AttemptStarted(attempt="a1", task="t1", strategy="repair"))
    begin(log, "alive", me())
    truth = settle(fold("gone", log.read("gone")))  # without writing
    assert (truth.status, truth.attempts["a1"].status) == ("interrupted", "interrupted")
    assert [head.status for head in log.runs()] == ["running", "running"]
    assert run(["show", "gone"]) == 0
    assert capsys.readouterr().out.startswith("run gone interrupted:")
    assert {head.id: head.status for head in log.runs()} == {"gone": "interrupted", "alive": "running"}
    assert recover(log) == []
    assert len(log.read("gone")) == 3


def test_a_run_on_another_host_or_without_a_start_is_left_alone(log: SyncEventLog) -> None:
    begin(log, "elsewhere", dead().model_copy(update={"host": "some-other-host"}))
    log.append("headless", ev.Warned(message="x"))
    assert recover(log) == []
    assert settle(fold("elsewhere", log.read("elsewhere"))).status == "running"


def test_the_owner_of_an_earlier_boot_is_dead(log: SyncEventLog) -> None:
    begin(log, "old", me().model_copy(update={"boot_id": "another-boot"}))
    assert recover(log) == ["old"]


def test_a_pid_that_another_process_has_now_is_not_the_owner(log: SyncEventLog) -> None:
    begin(log, "reused", me().model_copy(update={"started": 1}))
    assert recover(log) == ["reused"]
