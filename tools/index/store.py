"""The index file: one SQLite database a repository, written once by a builder, then only read, by all at once."""

from __future__ import annotations

import os
import sqlite3
import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from tools.index.outline.extract import VERSION
from tools.index.record import Record

FORMAT = 2
"""Of the tables below."""
_BLOCK = 24

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE blobs (
    id INTEGER PRIMARY KEY, hash BLOB, language TEXT, symbols BLOB, imports BLOB, words BLOB, counts BLOB, flags INT
);
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path BLOB, blob INT, size INT, mtime INT, length INT, rank REAL, links BLOB
);
CREATE TABLE words (first BLOB PRIMARY KEY, names BLOB, ends BLOB, numbers BLOB) WITHOUT ROWID;
CREATE TABLE terms (term TEXT PRIMARY KEY, uses BLOB) WITHOUT ROWID;
"""
# Words go in blocks of neighbours, since a row for each would cost a build a fifth more: `names` has a line each,
# `ends` says where the uses and the definitions of each end in `numbers`.
# No index on blobs.hash: a builder reads the whole table once, and nobody else looks for a hash.


class FileRow(NamedTuple):
    """One file of the snapshot. `mtime` in nanoseconds; `length` is the number of its words."""

    path: str
    blob: int
    size: int
    mtime: int
    length: int
    rank: float


class UnusableStoreError(Exception):
    """The file is missing, not an index, or of another version."""


class Writer:
    """Writes a new index beside `path` and puts it in place at the end: readers see the old one or the new one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
        self._draft.unlink(missing_ok=True)
        self._database = sqlite3.connect(self._draft, isolation_level=None)
        self._database.executescript(
            "PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-4000;" + _SCHEMA
        )
        self._database.execute("BEGIN")

    def blobs(self, rows: Iterable[tuple[int, bytes, str, Record]]) -> None:
        """Add the records of contents: id, SHA-1 as git has it, language, record."""
        flat = ((number, key, language, *record) for number, key, language, record in rows)
        self._database.executemany("INSERT INTO blobs VALUES (?,?,?,?,?,?,?,?)", flat)

    def files(self, rows: Iterable[tuple[int, FileRow, bytes]]) -> None:
        """Add files: id, row, packed links."""
        flat = ((number, os.fsencode(row.path), *row[1:], links) for number, row, links in rows)
        self._database.executemany("INSERT INTO files VALUES (?,?,?,?,?,?,?,?)", flat)

    def words(self, rows: Iterable[tuple[bytes, Sequence[int], Sequence[int]]]) -> None:
        """Add names: the name, ``file, times, …``, ``file, number of the symbol, …``; in order of the names."""
        self._database.executemany("INSERT INTO words VALUES (?,?,?,?)", _blocks(rows))

    def terms(self, rows: Iterable[tuple[str, array[int]]]) -> None:
        """Add words of prose: the word and ``file, weight, …``; in order of the words."""
        flat = ((term, uses.tobytes()) for term, uses in rows)
        self._database.executemany("INSERT INTO terms VALUES (?,?)", flat)

    def finish(self, **meta: object) -> None:
        """Put the new index in place."""
        facts = {"format": FORMAT, "extractor": VERSION, **meta}
        self._database.executemany("INSERT INTO meta VALUES (?,?)", [(key, str(facts[key])) for key in facts])
        self._database.execute("COMMIT")
        self._database.close()
        self._draft.replace(self._path)

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._database.close()
        self._draft.unlink(missing_ok=True)


class Store:
    """A finished index, read-only. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Open `path`.

        Raises:
            UnusableStoreError: it is missing, broken, or of another version.
        """
        try:
            self._database = sqlite3.connect(
                f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            self.meta = dict(self._database.execute("SELECT key, value FROM meta"))
        except sqlite3.Error as error:
            raise UnusableStoreError(f"{path}: {error}") from None
        self._lock = threading.Lock()
        if (self.meta.get("format"), self.meta.get("extractor")) != (str(FORMAT), str(VERSION)):
            self.close()
            raise UnusableStoreError(f"{path} was written by another version")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _all(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    def files(self) -> list[FileRow]:
        """All files; the position in the list is the file's number."""
        rows = self._all("SELECT path, blob, size, mtime, length, rank FROM files ORDER BY id")
        return [FileRow(os.fsdecode(bytes(row[0])), *row[1:]) for row in rows]  # type: ignore[call-overload,arg-type]

    def links(self) -> list[bytes]:
        """Of each file its links: ``file, weight × 16, …`` as 32-bit numbers."""
        return [bytes(row[0]) for row in self._all("SELECT links FROM files ORDER BY id")]  # type: ignore[call-overload]

    def hash_of(self, blob: int) -> bytes:
        """The SHA-1 of a content."""
        rows = self._all("SELECT hash FROM blobs WHERE id=?", blob)
        return bytes(rows[0][0]) if rows else b""  # type: ignore[call-overload]

    def record(self, blob: int) -> Record:
        """All that is kept of a content."""
        rows = self._all("SELECT symbols, imports, words, counts, flags FROM blobs WHERE id=?", blob)
        return Record(*rows[0])  # type: ignore[arg-type]

    def symbols(self, blob: int) -> bytes:
        """The packed symbols of a content."""
        rows = self._all("SELECT symbols FROM blobs WHERE id=?", blob)
        return bytes(rows[0][0]) if rows else b""  # type: ignore[call-overload]

    def word(self, word: str) -> tuple[array[int], array[int]]:
        """Of a name: ``file, times, …`` and ``file, number of the symbol, …``; empty where it does not occur."""
        key = word.encode("utf-8", "surrogateescape")
        rows = self._all("SELECT names, ends, numbers FROM words WHERE first<=? ORDER BY first DESC LIMIT 1", key)
        names = bytes(rows[0][0]).split(b"\n") if rows else []  # type: ignore[call-overload]
        if key not in names:
            return array("I"), array("I")
        at, ends, numbers = 2 * names.index(key), _ints(rows[0][1]), _ints(rows[0][2])
        return numbers[ends[at - 1] if at else 0 : ends[at]], numbers[ends[at] : ends[at + 1]]

    def term(self, term: str) -> array[int]:
        """Of a word of prose: ``file, weight, …``."""
        rows = self._all("SELECT uses FROM terms WHERE term=?", term)
        return _ints(rows[0][0]) if rows else array("I")

    def defined_names(self) -> list[str]:
        """Every name that is defined somewhere."""
        found: list[str] = []
        for names, packed in self._all("SELECT names, ends FROM words"):
            ends = _ints(packed)
            for at, name in enumerate(bytes(names).split(b"\n")):  # type: ignore[call-overload]
                if ends[2 * at + 1] > ends[2 * at]:
                    found.append(name.decode("utf-8", "surrogateescape"))
        return found

    def contents(self) -> Iterator[tuple[bytes, str, Record]]:
        """Every content with its hash and language, for the next build."""
        for row in self._all("SELECT hash, language, symbols, imports, words, counts, flags FROM blobs"):
            yield bytes(row[0]), str(row[1]), Record(*row[2:])  # type: ignore[call-overload,arg-type]


def _blocks(
    rows: Iterable[tuple[bytes, Sequence[int], Sequence[int]]],
) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    names: list[bytes] = []
    ends, numbers = array("I"), array("I")
    for word, uses, where in rows:
        names.append(word)
        numbers.extend(uses)
        ends.append(len(numbers))
        numbers.extend(where)
        ends.append(len(numbers))
        if len(names) >= _BLOCK:
            yield names[0], b"\n".join(names), ends.tobytes(), numbers.tobytes()
            names, ends, numbers = [], array("I"), array("I")
    if names:
        yield names[0], b"\n".join(names), ends.tobytes(), numbers.tobytes()


def _ints(packed: object) -> array[int]:
    numbers = array("I")
    if isinstance(packed, bytes):
        numbers.frombytes(packed)
    return numbers
