"""The event log itself: append an event, read a run, list the runs.

`SyncEventLog` is the blocking core; asyncio code uses `sweagent.store.log.EventLog` over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from sweagent.core.errors import BadInput, StoreError
from sweagent.core.event import Body, Event, RunEnded, Unknown
from sweagent.store.engine import WRITE, make_engine, translated
from sweagent.store.location import store_url
from sweagent.store.migrate import ensure_schema
from sweagent.store.record import decode, encode, format_time, parse_time
from sweagent.store.schema import EVENTS, RUNS

RUNNING = "running"


@dataclass(frozen=True, slots=True)
class RunHead:
    """One line of the list of runs. `status` is `running` until a `run_ended` event was appended."""

    id: str
    started_at: datetime
    updated_at: datetime
    events: int
    status: str


def _now() -> datetime:
    return datetime.now(UTC)


class SyncEventLog:
    """An append-only log of events, safe to use from several threads and several processes at once.

    Every method raises `StoreError`, with what to do about it, where the database does not play along.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = _now) -> None:
        self._engine = engine
        self._clock = clock

    @classmethod
    def open(
        cls,
        target: str | Path | None = None,
        *,
        busy_seconds: float = 10.0,
        clock: Callable[[], datetime] = _now,
    ) -> Self:
        """Open the log at a SQLite path or database URL (None: the user's own), creating or migrating it as needed.

        `busy_seconds` is how long to wait for another process's lock.

        Raises:
            StoreError: it cannot be opened, or a newer version made it.
        """
        engine = make_engine(store_url() if target is None else target, busy_seconds=busy_seconds)
        ensure_schema(engine)
        return cls(engine, clock)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def append(self, run: str, body: Body | Unknown) -> Event:
        """Store an event at the end of `run` (a new run begins with its first event) and return it with its place.

        The event is committed when this returns; see `sweagent.store.engine` for what a power cut may take.

        Raises:
            StoreError: it was not stored.
        """
        for _ in range(8):
            try:
                with translated(self._engine):
                    event = self._append_once(run, body, only_if_open=False)
            except StoreError as error:
                # Two processes began the same run at once; the loser finds the row at its next try.
                if not isinstance(error.__cause__, IntegrityError):
                    raise
            else:
                assert event is not None  # noqa: S101 - only `only_if_open` gives None
                return event
        raise StoreError(f"run {run}: no place could be had in the event log")

    def end(self, run: str, body: RunEnded) -> Event | None:
        """Append `body` unless the run has ended already (then None): whoever comes second changes nothing.

        Raises:
            StoreError: it was not stored.
        """
        with translated(self._engine):
            return self._append_once(run, body, only_if_open=True)

    def _append_once(self, run: str, body: Body | Unknown, *, only_if_open: bool) -> Event | None:
        text, now = encode(body), self._clock()
        at = format_time(now)
        changes: dict[str, Any] = {"last_seq": RUNS.c.last_seq + 1, "updated_at": at}
        if isinstance(body, RunEnded):
            changes["status"] = body.status
        move = update(RUNS).where(RUNS.c.run == run).values(changes).returning(RUNS.c.last_seq)
        if only_if_open:
            move = move.where(RUNS.c.status == RUNNING)
        with self._engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
            # The update locks the run's row, so that the number it returns is ours until we commit.
            seq = connection.execute(move).scalar()
            if seq is None:
                if only_if_open:
                    return None
                seq = 1
                connection.execute(insert(RUNS).values(_new_run(run, at, changes.get("status", RUNNING))))
            connection.execute(insert(EVENTS).values(run=run, seq=seq, at=at, kind=body.kind, body=text))
        return Event(run=run, seq=seq, at=parse_time(at), body=body)

    def read(self, run: str, after: int = 0, kinds: Iterable[str] | None = None) -> list[Event]:
        """The events of `run` whose seq is above `after`, in order; only of `kinds` where given."""
        columns = (EVENTS.c.run, EVENTS.c.seq, EVENTS.c.at, EVENTS.c.kind, EVENTS.c.body)
        query = select(*columns).where(EVENTS.c.run == run, EVENTS.c.seq > after).order_by(EVENTS.c.seq)
        if kinds is not None:
            query = query.where(EVENTS.c.kind.in_(list(kinds)))
        with translated(self._engine), self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [decode(*row) for row in rows]

    def runs(self, limit: int | None = None, *, status: str | None = None) -> list[RunHead]:
        """The runs, newest first; only those of `status` where given."""
        query = select(RUNS).order_by(RUNS.c.started_at.desc(), RUNS.c.run.desc()).limit(limit)
        if status is not None:
            query = query.where(RUNS.c.status == status)
        with translated(self._engine), self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [
            RunHead(row.run, parse_time(row.started_at), parse_time(row.updated_at), row.last_seq, row.status)
            for row in rows
        ]

    def resolve(self, prefix: str) -> str:
        """The run that `prefix` means: a whole id, the unique beginning of one, or ``last``.

        Raises:
            BadInput: it means no run, or several.
        """
        with translated(self._engine), self._engine.connect() as connection:
            found = _candidates(connection, prefix) if prefix else []
        if not found:
            raise BadInput(f"no run {prefix!r}; `sweagent runs` lists them")
        if len(found) > 1 and found[0] != prefix:
            raise BadInput(f"{prefix!r} means several runs ({', '.join(found[:3])}, …); `sweagent runs` lists them")
        return found[0]


def _new_run(run: str, at: str, status: str) -> dict[str, Any]:
    return {"run": run, "started_at": at, "updated_at": at, "last_seq": 1, "status": status}


def _candidates(connection: Connection, prefix: str) -> list[str]:
    """Up to four ids that `prefix` may mean; an exact match sorts first, for it is the shortest."""
    query = select(RUNS.c.run).limit(4)
    if prefix == "last":
        query = query.order_by(RUNS.c.started_at.desc(), RUNS.c.run.desc()).limit(1)
    else:
        query = query.where(RUNS.c.run.startswith(prefix, autoescape=True)).order_by(RUNS.c.run)
    return list(connection.execute(query).scalars())
