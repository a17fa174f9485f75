"""The index of one workspace as a running server sees it: the shared store, and on top what differs from it here."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tools.index import listing
from tools.index.build import TICK_NS, Found, read_file
from tools.index.crew import Worker
from tools.index.languages import Language, of_file
from tools.index.outline.extract import Import, Symbol
from tools.index.record import EMPTY, Record, imports_of, symbol_of, symbols_of, words_of
from tools.index.store import FileRow, Store
from tools.process import Runner

_BATCH = 32
_State = tuple[int, int, int]
"""Size, time of the last write and of the last change of a file's entry, in nanoseconds."""
_UNKNOWN = -1
_MISSING: _State = (-1, -1, -2)


class Hit(NamedTuple):
    """A definition and the file it is in."""

    path: str
    symbol: Symbol


@dataclass(slots=True)
class Counters:
    """What this process did: files parsed here, taken from the store as they are, read again and found the same."""

    parsed: int = 0
    reused: int = 0
    rehashed: int = 0


@dataclass(slots=True)
class _Dirty:
    """A file that differs from the store: its state when it was read, and what it holds; gone where `found` is None."""

    digest: bytes
    record: Record | None
    symbols: list[Symbol] = field(default_factory=list)
    words: dict[str, int] = field(default_factory=dict)


class Index:
    """Definitions, uses and files of a workspace. Safe in several threads; call `refresh` before a question."""

    def __init__(self, store: Store, runner: Runner) -> None:
        self.workspace = runner.workspace
        self.store = store
        self.counters = Counters()
        self.worker = Worker(runner)
        self.rows: list[FileRow] = store.files()
        self.numbers: dict[str, int] = {row.path: number for number, row in enumerate(self.rows)}
        self.dirty: dict[str, _Dirty] = {}
        self.edits = 0
        """Grows with every change seen; what was computed at another count is stale."""
        self._runner = runner
        self._lock = threading.RLock()
        self._seen: dict[str, _State] = {row.path: (row.size, row.mtime, _UNKNOWN) for row in self.rows}
        self._folders: dict[str, int] = {}
        self._rules: dict[str, _State] = {}

    def close(self) -> None:
        """End the parser and close the store."""
        self.worker.close()
        self.store.close()

    # What is there

    def paths(self) -> list[str]:
        """Sorted paths of all files that exist now, as far as the last `refresh` saw."""
        with self._lock:
            gone = {path for path, dirty in self.dirty.items() if dirty.record is None}
            return sorted((self.numbers.keys() | self.dirty.keys()) - gone)

    def has(self, path: str) -> bool:
        """Whether `path` is a file of the index."""
        dirty = self.dirty.get(path)
        return dirty.record is not None if dirty is not None else path in self.numbers

    def record(self, path: str) -> Record:
        """All that is known of a file; empty for one that is not there."""
        with self._lock:
            dirty = self.dirty.get(path)
            if dirty is not None:
                return dirty.record or EMPTY
            number = self.numbers.get(path)
            return self.store.record(self.rows[number].blob) if number is not None else EMPTY

    def symbols(self, path: str) -> list[Symbol]:
        """The definitions of a file in order."""
        dirty = self.dirty.get(path)
        if dirty is not None:
            return dirty.symbols
        number = self.numbers.get(path)
        return symbols_of(self.store.symbols(self.rows[number].blob)) if number is not None else []

    def packed(self, path: str) -> str:
        """The definitions of a file as `Record` has them, a line each; empty where there are none."""
        dirty, number = self.dirty.get(path), self.numbers.get(path)
        if dirty is not None:
            found = dirty.record.symbols if dirty.record is not None else b""
        else:
            found = self.store.symbols(self.rows[number].blob) if number is not None else b""
        return found.decode("utf-8", "surrogateescape")

    def imports(self, path: str) -> list[Import]:
        """What a file imports."""
        return imports_of(self.record(path).imports)

    def lookup(self, name: str) -> list[Hit]:
        """Every definition called exactly `name`, in the order of the paths."""
        hits = []
        numbers = self.store.word(name)[1]
        for file, number in zip(numbers[::2], numbers[1::2], strict=True):
            row = self.rows[file]
            if row.path not in self.dirty:
                lines = self.store.symbols(row.blob).split(b"\n")
                hits.append(Hit(row.path, symbol_of(lines[number].decode("utf-8", "surrogateescape"))))
        for path, dirty in self.dirty.items():
            hits += [Hit(path, symbol) for symbol in dirty.symbols if symbol.name == name]
        return sorted(hits, key=lambda hit: (hit.path, hit.symbol.start))

    def users(self, word: str) -> dict[str, int]:
        """The files in which `word` occurs, and how often."""
        uses = self.store.word(word)[0]
        found = {self.rows[uses[at]].path: uses[at + 1] for at in range(0, len(uses), 2)}
        for path, dirty in self.dirty.items():
            found.pop(path, None)
            if word in dirty.words:
                found[path] = dirty.words[word]
        return found

    def names(self) -> list[str]:
        """Every name that is defined somewhere, in no order."""
        known = set(self.store.defined_names())
        former = {
            symbol.name
            for path in self.dirty
            if path in self.numbers
            for symbol in symbols_of(self.store.symbols(self.rows[self.numbers[path]].blob))
        }
        gone = {name for name in former if not self.lookup(name)}
        return list((known - gone) | {symbol.name for state in self.dirty.values() for symbol in state.symbols})

    def source(self, path: str) -> bytes:
        """The bytes of a file now; empty where it cannot be read."""
        found = read_file(self.workspace, path)
        return found.source if found is not None else b""

    def language(self, path: str, source: bytes) -> Language | None:
        """The language of a file."""
        return of_file(path, source)

    # What changed

    def refresh(self) -> None:
        """Look at the file system and take in what changed: one `stat` a file, contents only where that differs."""
        with self._lock:
            states = [(path, seen, _state(self.workspace, path)) for path, seen in self._seen.items()]
            changed = []
            for path, seen, state in states:
                if seen[2] == _UNKNOWN and seen[:2] == state[:2]:
                    self._seen[path] = state
                elif seen != state:
                    changed.append(path)
            if self._places_changed():
                changed = self._listed_anew(changed)
            if changed:
                self._take_in(changed)
            self.counters.reused = len(self.rows) - sum(1 for path in self.dirty if path in self.numbers)

    def _places_changed(self) -> bool:
        """Whether files may have come or gone, or what git ignores may be another."""
        if not self._folders:
            self._note_places([])
            return True
        if any(_mtime(self.workspace, folder) != mtime for folder, mtime in self._folders.items()):
            return True
        return any(_state(self.workspace, path) != state for path, state in self._rules.items())

    def _listed_anew(self, changed: list[str]) -> list[str]:
        """`changed` with what is new to the listing; forgets what is no longer in it."""
        listed = set(listing.paths(self._runner))
        for path in [path for path in self.paths() if path not in listed]:
            self._forget(path)
            self._seen.pop(path, None)
        fresh = [path for path in listed if not self.has(path)]
        self._note_places(fresh)
        return sorted({*fresh, *(path for path in changed if path in listed)})

    def _note_places(self, more: list[str]) -> None:
        folders = {""}
        for path in (*self._seen, *more):
            folder = path.rpartition("/")[0]
            while folder and folder not in folders:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        recent = time.time_ns() - TICK_NS
        times = {folder: _mtime(self.workspace, folder) for folder in folders}
        self._folders = {folder: -2 if mtime > recent else mtime for folder, mtime in times.items()}
        rules = [".git/info/exclude", *(f"{folder}/.gitignore".lstrip("/") for folder in folders)]
        found = {path: _state(self.workspace, path) for path in rules}
        self._rules = {path: state for path, state in found.items() if state != _MISSING}

    def _take_in(self, changed: list[str]) -> None:
        fresh: list[Found] = []
        for path in changed:
            found = read_file(self.workspace, path)
            if found is None:
                self._forget(path)
                continue
            self._seen[path] = (found.size, found.mtime, _UNKNOWN)
            known = self.dirty.get(path)
            if known is not None and known.digest == found.digest:
                continue
            number = self.numbers.get(path)
            if number is not None and self.store.hash_of(self.rows[number].blob) == found.digest:
                self.counters.rehashed += 1
                if self.dirty.pop(path, None) is not None:
                    self.edits += 1
                continue
            fresh.append(found)
            if len(fresh) >= _BATCH:
                self._parse(fresh)
                fresh = []
        self._parse(fresh)

    def _parse(self, fresh: list[Found]) -> None:
        if not fresh:
            return
        self.edits += 1
        records = self.worker.index([(found.language, found.source) for found in fresh])
        self.counters.parsed += len(fresh)
        for found, record in zip(fresh, records, strict=True):
            self.dirty[found.path] = _Dirty(found.digest, record, symbols_of(record.symbols), words_of(record))

    def _forget(self, path: str) -> None:
        known = path in self.numbers
        was = self.dirty.get(path)
        if known:
            if was is None or was.record is not None:
                self.dirty[path] = _Dirty(b"", None)
                self.edits += 1
            self._seen[path] = _state(self.workspace, path)
        else:
            self._seen.pop(path, None)
            if self.dirty.pop(path, None) is not None:
                self.edits += 1


def _state(workspace: Path, path: str) -> _State:
    try:
        status = os.lstat(f"{workspace}/{path}")
    except (OSError, ValueError):
        return _MISSING
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _mtime(workspace: Path, folder: str) -> int:
    try:
        return os.lstat(f"{workspace}/{folder}").st_mtime_ns
    except (OSError, ValueError):
        return -1
