"""The tables of the event log, in SQLAlchemy Core, and the schema revisions that this program knows."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()

EVENTS = Table(
    "events",
    METADATA,
    Column("run", String(64), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("kind", String(64), nullable=False),
    # JSON as ASCII text: it holds every string that Python can, NUL and lone surrogates included, in every database.
    Column("body", Text, nullable=False),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("run", String(64), primary_key=True),
    Column("started_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("status", String(32), nullable=False),
    Index("ix_runs_started_at", "started_at"),
    Index("ix_runs_status", "status"),
)
"""Derived from the events in the transaction that appends them: who comes next, and a fast list of runs."""

REVISIONS = ("0001",)
"""Every schema revision that this program can read or migrate, oldest first."""

HEAD = REVISIONS[-1]
