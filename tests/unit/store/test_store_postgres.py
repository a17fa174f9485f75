"""The event log on PostgreSQL; runs where SWEAGENT_TEST_POSTGRES names an empty database that may be written."""

from __future__ import annotations

import os
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from sweagent.core import event as ev
from sweagent.core.message import ToolCall
from sweagent.store.engine import make_engine
from sweagent.store.schema import METADATA
from sweagent.store.sync import SyncEventLog

URL = os.environ.get("SWEAGENT_TEST_POSTGRES", "")

pytestmark = pytest.mark.skipif(not URL, reason="SWEAGENT_TEST_POSTGRES is not set")


def test_first_openers_take_turns_and_share_a_run() -> None:
    run, gate = secrets.token_hex(8), threading.Barrier(4)

    def work(number: int) -> None:
        gate.wait()
        with SyncEventLog.open(URL) as log:
            for _ in range(20):
                log.append(run, ev.Warned(message=str(number)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with SyncEventLog.open(URL) as log:
        assert [event.seq for event in log.read(run)] == list(range(1, 81))
        assert log.resolve(run[:12]) == run
        assert log.end(run, ev.RunEnded(status="solved", reason="r")) is not None
        assert log.end(run, ev.RunEnded(status="failed", reason="r")) is None


def test_what_its_text_type_refuses_is_stored_all_the_same() -> None:
    call = ToolCall(id="1", name="bash", arguments={"a": "\ud800\x00", "b": float("inf")})
    body = ev.ToolCalled(attempt="a1", step=1, call=call)
    with SyncEventLog.open(URL) as log:
        run = secrets.token_hex(8)
        log.append(run, body)
        assert log.read(run)[0].body == body


def test_migrating_builds_exactly_the_tables_that_the_program_uses() -> None:
    SyncEventLog.open(URL).close()
    engine = make_engine(URL, busy_seconds=1)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()
