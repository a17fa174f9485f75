"""The event log on a real SQLite file: places, order, resolving, recovery, and what happens when it cannot write."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import event as sa_event

from sweagent.core import event as ev
from sweagent.core.errors import BadInput, StoreError
from sweagent.store.engine import make_engine
from sweagent.store.location import state_home, store_url
from sweagent.store.log import EventLog
from sweagent.store.migrate import ensure_schema
from sweagent.store.sync import SyncEventLog


def warned(text: str) -> ev.Warned:
    return ev.Warned(message=text)


def ended(status: ev.RunStatus = "solved") -> ev.RunEnded:
    return ev.RunEnded(status=status, reason="because")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "events.db"


def test_events_come_back_in_order_with_their_places(path: Path) -> None:
    with SyncEventLog.open(path) as log:
        stored = [log.append("r1", warned(str(n))) for n in range(5)]
        log.append("r2", warned("other"))
    with SyncEventLog.open(path) as log:
        assert log.read("r1") == stored
        assert [event.seq for event in log.read("r1")] == [1, 2, 3, 4, 5]
        assert log.read("r1", after=3) == stored[3:]
        assert log.read("nobody") == []


def test_only_the_asked_kinds_are_read(path: Path) -> None:
    with SyncEventLog.open(path) as log:
        log.append("r", warned("a"))
        last = log.append("r", ended())
        assert log.read("r", kinds=("run_ended",)) == [last]


def test_runs_are_listed_newest_first_with_their_status(path: Path) -> None:
    with SyncEventLog.open(path) as log:
        for run in ("a", "b", "c"):
            log.append(run, warned("x"))
        log.append("a", ended("unsolved"))
        assert [head.id for head in log.runs()] == ["c", "b", "a"]
        assert [head.id for head in log.runs(2)] == ["c", "b"]
        assert [head.id for head in log.runs(status="running")] == ["c", "b"]
        oldest = log.runs()[-1]
        assert (oldest.status, oldest.events) == ("unsolved", 2)
        assert oldest.started_at == log.read("a")[0].at
        assert oldest.updated_at == log.read("a")[-1].at


@pytest.mark.parametrize(
    ("prefix", "run"), [("2026-1", "2026-1"), ("2026-2", "2026-2x"), ("x_", "x_y"), ("last", "xzy")]
)
def test_a_run_is_found_by_id_unique_beginning_or_last(path: Path, prefix: str, run: str) -> None:
    with SyncEventLog.open(path) as log:
        for name in ("2026-1", "2026-11", "2026-12", "2026-2x", "x_y", "xzy"):
            log.append(name, warned("x"))
        assert log.resolve(prefix) == run


@pytest.mark.parametrize("prefix", ["2026", "", "%", "_", "nope", "2026-1' OR 1=1 --"])
def test_what_means_no_run_or_several_is_bad_input(path: Path, prefix: str) -> None:
    with SyncEventLog.open(path) as log:
        log.append("2026-1", warned("x"))
        log.append("2026-2", warned("x"))
        with pytest.raises(BadInput, match="sweagent runs"):
            log.resolve(prefix)


def test_ending_twice_keeps_the_first_end(path: Path) -> None:
    with SyncEventLog.open(path) as log:
        log.append("r", warned("x"))
        assert log.end("r", ended("solved")) is not None
        assert log.end("r", ended("interrupted")) is None
        assert log.end("never-begun", ended()) is None
        assert [event.seq for event in log.read("r")] == [1, 2]
        assert log.runs()[0].status == "solved"


def test_file_and_folder_belong_to_the_user_alone_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        with SyncEventLog.open(path) as log:
            log.append("r", warned("x"))
            modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_threads_share_a_run_without_losing_a_place(path: Path) -> None:
    with SyncEventLog.open(path) as log:
        log.append("r", warned("first"))

        def work() -> None:
            for n in range(20):
                log.append("r", warned(str(n)))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [event.seq for event in log.read("r")] == list(range(1, 82))


def test_threads_may_begin_the_same_run_at_once(path: Path) -> None:
    with SyncEventLog.open(path) as log:
        for run in range(10):
            gate = threading.Barrier(3)

            def begin(run: int = run, gate: threading.Barrier = gate) -> None:
                gate.wait()
                log.append(f"r{run}", warned("x"))

            threads = [threading.Thread(target=begin) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert [event.seq for event in log.read(f"r{run}")] == [1, 2, 3]


def test_a_full_disk_says_what_to_do_and_leaves_the_log_readable(path: Path) -> None:
    engine = make_engine(path, busy_seconds=1)
    ensure_schema(engine)
    engine.dispose()
    # SQLite's own quota gives the same error as the file system does (SQLITE_FULL).
    sa_event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count=60"))
    log = SyncEventLog(engine)
    stored = 0
    with pytest.raises(StoreError, match=r"disk is full: free some space"):
        for _ in range(1000):
            log.append("r", warned("x" * 2000))
            stored += 1
    assert stored > 3
    assert [event.seq for event in log.read("r")] == list(range(1, stored + 1))
    log.close()


def test_a_lock_that_another_holds_is_waited_for(path: Path) -> None:
    with SyncEventLog.open(path) as log:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.2, lambda: other.execute("COMMIT"))
        timer.start()
        assert log.append("r", warned("x")).seq == 1
        timer.join()
        other.close()


def test_a_lock_held_for_too_long_is_a_store_error(path: Path) -> None:
    with SyncEventLog.open(path, busy_seconds=0.05) as log:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process holds the lock"):
            log.append("r", warned("x"))
        assert log.read("r") == []  # readers never wait for writers
        other.close()
        assert log.append("r", warned("x")).seq == 1


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    path.write_text("certainly not a database\n" * 100, encoding="ascii")
    with pytest.raises(StoreError, match="not an event log"):
        SyncEventLog.open(path)


def test_a_folder_in_the_way_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="ascii")
    with pytest.raises(StoreError, match="set SWEAGENT_HOME"):
        SyncEventLog.open(tmp_path / "file" / "events.db")


@pytest.mark.parametrize("url", ["nonsense", "nosuch://host/db", "sqlite://"])
def test_a_wrong_url_is_a_store_error(url: str) -> None:
    with pytest.raises(StoreError):
        SyncEventLog.open(url)


def test_a_password_in_a_url_is_never_shown(path: Path) -> None:
    with SyncEventLog.open(f"sqlite:///{path}") as log:
        assert log.append("r", warned("x")).seq == 1
    with pytest.raises(StoreError) as caught:
        SyncEventLog.open("nosuch://user:hunter2@host/db")
    assert "hunter2" not in str(caught.value)


def test_the_place_follows_the_environment() -> None:
    assert state_home({"SWEAGENT_HOME": "/a/b"}) == Path("/a/b")
    assert state_home({"XDG_STATE_HOME": "/x"}) == Path("/x/sweagent")
    assert state_home({"XDG_STATE_HOME": "relative"}) == Path.home() / ".local/state/sweagent"
    assert store_url({"SWEAGENT_HOME": "/a"}) == Path("/a/events.db")
    assert store_url({"SWEAGENT_HOME": "/a", "SWEAGENT_STORE": "postgresql://h/d"}) == "postgresql://h/d"


async def test_asyncio_appends_are_stored_in_the_order_of_the_calls(path: Path) -> None:
    async with await EventLog.open(path) as log:
        stored = await asyncio.gather(*(log.append("r", warned(str(n))) for n in range(20)))
        assert [event.seq for event in stored] == list(range(1, 21))
        assert await log.read("r") == stored


async def test_following_sees_what_another_writer_appends(path: Path) -> None:
    async with await EventLog.open(path) as log:
        await log.append("r", warned("first"))

        async def write() -> None:
            with await asyncio.to_thread(SyncEventLog.open, path) as other:
                for n in range(3):
                    await asyncio.to_thread(other.append, "r", warned(str(n)))
                await asyncio.to_thread(other.append, "r", ended())

        async with asyncio.TaskGroup() as group:
            group.create_task(write())
            seen = []
            async for event in log.follow("r", poll_seconds=0.01):
                seen.append(event)
                if isinstance(event.body, ev.RunEnded):
                    break
        assert [event.seq for event in seen] == [1, 2, 3, 4, 5]
