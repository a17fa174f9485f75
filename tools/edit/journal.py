"""Remembers what was written, so that it can be undone: newest first, bounded in memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools.edit.store import Change

MAX_BYTES = 128 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One use of a tool: its changes, and the folders that it made."""

    what: str
    changes: tuple[Change, ...]
    made: tuple[Path, ...] = ()

    @property
    def size(self) -> int:
        """Bytes that this entry holds in memory."""
        return sum(len(state.data or b"") for change in self.changes for state in (change.before, change.after))


class Journal:
    """A stack of entries; the oldest are dropped beyond `MAX_BYTES`."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._entries: list[Entry] = []
        self._max = max_bytes

    def push(self, entry: Entry) -> None:
        """Remember what was just written."""
        self._entries.append(entry)
        while len(self._entries) > 1 and sum(e.size for e in self._entries) > self._max:
            self._entries.pop(0)

    def last(self, path: Path | None = None) -> Entry | None:
        """The newest entry, or the newest that touched `path`."""
        for entry in reversed(self._entries):
            if path is None or any(change.path == path for change in entry.changes):
                return entry
        return None

    def after(self, entry: Entry) -> Entry | None:
        """The newest entry after `entry` that touched a path of it; None where there is none."""
        ours = {change.path for change in entry.changes}
        for later in reversed(self._entries):
            if later is entry:
                return None
            if any(change.path in ours for change in later.changes):
                return later
        return None

    def drop(self, entry: Entry) -> None:
        """Forget an entry that was undone."""
        self._entries.remove(entry)
