"""How an event body becomes stored text and comes back: lossless, and never a reason to lose the rest of a log."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from sweagent.core.errors import StoreError
from sweagent.core.event import Body, Event, Unknown, load_body


def encode(body: Body | Unknown) -> str:
    """A body as one line of ASCII JSON.

    Pydantic's own writer is not used: it refuses lone surrogates and deep nesting and turns infinity into null, and all
    three can come from a model's tool arguments.

    Raises:
        StoreError: the body nests deeper than Python's JSON can write.
    """
    fields = {**body.fields, "kind": body.kind} if isinstance(body, Unknown) else dict(body)
    try:
        return json.dumps(fields, default=dict, separators=(",", ":"))
    except RecursionError:
        raise StoreError(f"a {body.kind} event nests too deeply to be stored") from None


def decode(run: str, seq: int, at: str, kind: str, body: str) -> Event:
    """A stored row as an event.

    A body that cannot be read, or does not fit its kind (a newer version wrote it, a person edited it), comes back as
    `Unknown` with what could be saved, so that the log around it stays readable.
    """
    return Event(run=run, seq=seq, at=parse_time(at), body=_decode_body(kind, body))


def _decode_body(kind: str, text: str) -> Body | Unknown:
    try:
        record: Any = json.loads(text)
    except (ValueError, RecursionError):
        return Unknown(kind=kind, fields={"unreadable": text})
    if not isinstance(record, dict):
        return Unknown(kind=kind, fields={"unreadable": text})
    try:
        return load_body(record)
    except (ValidationError, RecursionError):
        return Unknown(kind=kind, fields=record)


def format_time(at: datetime) -> str:
    """UTC in fixed width, so that text order is time order."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text: str) -> datetime:
    """The reverse of `format_time`; a damaged stamp reads as the epoch rather than hiding its event."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
