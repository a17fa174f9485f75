"""Migrations: they build what the tables say, run once, and refuse what a newer version made."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from sweagent.core.errors import StoreError
from sweagent.core.event import Warned
from sweagent.store.engine import make_engine
from sweagent.store.migrate import MIGRATIONS, ensure_schema
from sweagent.store.schema import HEAD, METADATA, REVISIONS
from sweagent.store.sync import SyncEventLog


def test_the_known_revisions_are_the_migrations_in_the_package() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert script.get_heads() == [HEAD]
    assert tuple(step.revision for step in reversed(list(script.walk_revisions()))) == REVISIONS


def test_migrating_builds_exactly_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "events.db", busy_seconds=1)
    ensure_schema(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with SyncEventLog.open(path) as log:
        log.append("r", Warned(message="x"))
    engine = make_engine(path, busy_seconds=1)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = path.read_bytes()
    with pytest.raises(StoreError, match="made by a newer version"):
        SyncEventLog.open(path)
    engine.dispose()
    assert path.read_bytes() == before


def test_two_first_openers_take_turns(tmp_path: Path) -> None:
    path, gate = tmp_path / "events.db", threading.Barrier(4)

    def begin(number: int) -> None:
        gate.wait()
        with SyncEventLog.open(path) as log:
            log.append(f"r{number}", Warned(message="x"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(begin, range(4)))
    with SyncEventLog.open(path) as log:
        assert len(log.runs()) == 4


def test_an_up_to_date_log_opens_without_alembic(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    SyncEventLog.open(path).close()
    code = (
        "import sys, pathlib; from sweagent.store.sync import SyncEventLog;"
        f"SyncEventLog.open(pathlib.Path({str(path)!r})).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
