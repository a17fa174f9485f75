"""Connections to the database: file modes, SQLite's pragmas, and every database error as one clear `StoreError`.

What is promised for SQLite: a killed process loses nothing that `append` returned. After a power cut or a kernel crash
the log is still consistent, but in WAL mode with ``synchronous=NORMAL`` the last events since the latest checkpoint may
be missing. Where WAL cannot be had (some network file systems) every commit is synced instead.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, SQLAlchemyError

from sweagent.core.errors import StoreError

WRITE = "sweagent_write"
"""Execution option: the transaction is going to write, so SQLite takes the write lock at its start."""


def make_engine(target: str | Path, *, busy_seconds: float) -> Engine:
    """An engine for a database URL or the path of a SQLite file; the file's folder is made, both private to the user.

    Raises:
        StoreError: the URL is wrong, its driver is not installed, or the folder cannot be made.
    """
    try:
        url = URL.create("sqlite", database=str(target)) if isinstance(target, Path) else make_url(target)
        if url.get_backend_name() != "sqlite":
            return create_engine(url, pool_pre_ping=True)
        if url.database in (None, "", ":memory:"):
            raise StoreError("the event log needs a file: an in-memory SQLite database cannot be shared")
        _make_private(Path(str(url.database)))
        engine = create_engine(url, connect_args={"timeout": busy_seconds})
    except ImportError as error:
        hint = "install it beside sweagent (for PostgreSQL: psycopg[binary])"
        raise StoreError(f"the database driver {error.name} is not installed: {hint}") from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(f"SWEAGENT_STORE is not a database URL that works here: {error}") from error
    event.listen(engine, "connect", lambda connection, _: _set_up_sqlite(connection, busy_seconds))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path) -> None:
    """Create the folder (0700) and the file (0600) before SQLite does, which would follow the umask."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(
            f"cannot open the event log {path}: {error.strerror or error}; set SWEAGENT_HOME to a folder of yours"
        ) from error


def _set_up_sqlite(connection: Any, busy_seconds: float) -> None:
    connection.isolation_level = None  # The driver must not open transactions behind SQLAlchemy's back.
    mode = _journal_mode(connection, busy_seconds)
    connection.execute(f"PRAGMA synchronous={'NORMAL' if mode == 'wal' else 'FULL'}")


def _journal_mode(connection: Any, busy_seconds: float) -> str:
    """Switch to WAL once per file. SQLite does not wait for locks here, so two first openers must take turns."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            if mode != "wal":
                (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
            return str(mode)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn every database error inside into a `StoreError` that says where and what to do."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(_explain(engine, error)) from error


def _explain(engine: Engine, error: SQLAlchemyError) -> str:
    where = engine.url.database if engine.dialect.name == "sqlite" else engine.url.render_as_string()
    reason = str(error.orig).strip() if isinstance(error, DatabaseError) else str(error)
    reason = reason.partition("\n")[0]
    for sign, advice in _ADVICE.items():
        if sign in reason:
            return f"event log {where}: {advice} ({reason})"
    return f"event log {where}: {reason}"


_ADVICE = {
    "disk is full": "the disk is full: free some space there, or set SWEAGENT_HOME to another disk, and try again",
    "disk I/O error": "the disk does not take it: look whether it is full or failing",
    "database is locked": "another process holds the lock for too long: wait for it or end it, and try again",
    "not a database": "the file is not an event log: move it away or set SWEAGENT_HOME",
    "malformed": "the file is damaged: move it away, or rescue it with `sqlite3 FILE .recover`",
    "readonly": "no right to write: change the file's rights or set SWEAGENT_HOME",
    "unable to open": "no right to open it: change the file's rights or set SWEAGENT_HOME",
}
