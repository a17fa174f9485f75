"""The schema's version: checked with one plain query on every opening; Alembic is loaded only to move it on."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from sweagent.core.errors import StoreError
from sweagent.store.engine import WRITE, translated
from sweagent.store.schema import HEAD, REVISIONS

MIGRATIONS = Path(__file__).with_name("migrations")

_LOCK = 0x5357_4541  # Any constant does: it names the advisory lock of PostgreSQL under which one process migrates.


def ensure_schema(engine: Engine) -> None:
    """Bring the database to this program's schema; two processes at once take turns, a killed one leaves it as it was.

    Raises:
        StoreError: the schema is newer than this program, or the database does not answer.
    """
    with translated(engine):
        with engine.connect() as connection:
            if _current(connection) == HEAD:
                return
        with engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            if _current(connection) != HEAD:
                _upgrade(connection)


def _current(connection: Connection) -> str | None:
    """The revision that the database is at; None where it has no schema yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            f"the event log was made by a newer version of sweagent (schema {revision}, known up to {HEAD}): "
            "upgrade sweagent, or set SWEAGENT_HOME to another folder"
        )
    return None if revision is None else str(revision)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
