"""A run that is cancelled or killed: its sandbox goes, and the log tells the truth."""

import signal
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.docker


def running_run(cli, wait_for, containers) -> str:  # type: ignore[no-untyped-def]
    """The id of the run whose sandbox is up."""
    found: list[str] = []

    def is_up() -> bool:
        listing = cli("runs", "--json")
        runs = [run["run"] for run in listing.json["runs"]] if listing.status == 0 else []
        found[:] = [run for run in runs if containers(run)]
        return bool(found)

    wait_for(is_up, 30, "a sandbox of the run")
    return found[0]


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_cancel(cli, slow_repo: Path, wait_for, containers, kind: signal.Signals) -> None:  # type: ignore[no-untyped-def]
    process = cli.start("solve", slow_repo, "--issue", "x")
    run = running_run(cli, wait_for, containers)
    began = time.monotonic()
    process.send_signal(kind)
    out, err = process.communicate(timeout=20)
    assert containers(run) == []
    assert time.monotonic() - began < 10  # the promise is 2 s on an idle machine; here only that it does not hang
    assert process.returncode == 130, out + err
    assert "Traceback" not in out + err
    assert cli("show", run, "--json").json["status"] == "cancelled"


def test_kill_minus_9(cli, slow_repo: Path, wait_for, containers) -> None:  # type: ignore[no-untyped-def]
    process = cli.start("solve", slow_repo, "--issue", "x")
    run = running_run(cli, wait_for, containers)
    process.kill()
    process.communicate()
    assert cli("show", run, "--json").json["status"] == "interrupted"
    wait_for(lambda: containers(run) == [], 10, "the sandbox dies with its controller")
    assert cli("runs", "--json").json["runs"][0]["status"] == "interrupted"
    assert list((cli.home / "workspaces").iterdir()) == []


def test_cancel_at_any_moment(cli, make_repo, wait_for, containers) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo()
    for tenths in (1, 4, 8, 12, 16, 22):
        process = cli.start("solve", repo, "--issue", "add subtracts")
        time.sleep(tenths / 10)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode in (130, 0, -signal.SIGINT), out + err
        assert "Traceback" not in out + err
    listing = cli("runs", "--json")
    runs = listing.json["runs"] if listing.status == 0 else []
    assert {run["status"] for run in runs} <= {"cancelled", "solved"}
    wait_for(lambda: not any(containers(run["run"]) for run in runs), 5, "no sandbox is left")
    left = cli.home / "workspaces"
    assert not left.exists() or list(left.iterdir()) == []
