"""Builds the index of a workspace in a process of its own: reads every file once, parses only contents new to it."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import stat
import sys
import time
from array import array
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from tools.index import graph, listing
from tools.index.crew import Worker
from tools.index.languages import of_file
from tools.index.outline.extract import MAX_BYTES
from tools.index.record import Record, imports_of
from tools.index.resolve import Resolver
from tools.index.store import FileRow, Store, UnusableStoreError, Writer
from tools.index.terms import of_name, split
from tools.process import Runner

_BATCH_BYTES = 200_000
_BATCH_FILES = 64
_DEFINED, _IN_PATH = 3, 6
"""How many uses of a word its place in a defined name, and in the file's path, are worth."""
TICK_NS = 50_000_000
"""A file written so shortly before it was read may be written again at the same time stamp: its time is not trusted."""
_SMALL = 300
"""Contents up to this size that occur again in one build are kept in memory; larger ones are parsed again."""


@dataclass(frozen=True, slots=True)
class Found:
    """One file as it was read. `mtime` in nanoseconds, -1 where it is too fresh to be trusted."""

    path: str
    size: int
    mtime: int
    digest: bytes
    language: str
    source: bytes


@dataclass(slots=True)
class Tally:
    """What a build did: files in the snapshot, contents parsed, contents taken from the former index."""

    files: int = 0
    parsed: int = 0
    reused: int = 0


def digest_of(source: bytes) -> bytes:
    """The SHA-1 that git gives a file of these bytes (gitglossary, "object name")."""
    return hashlib.sha1(b"blob %d\0" % len(source) + source, usedforsecurity=False).digest()


def read_file(workspace: Path, path: str) -> Found | None:
    """The file at `path` if it is a plain one with a language; links are not followed."""
    try:
        # Strings: `Path` objects for each file would cost more than reading it.
        fd = os.open(f"{workspace}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > 4 * MAX_BYTES:
            return None
        with open(fd, "rb", closefd=False) as stream:
            source = stream.read(4 * MAX_BYTES)
    except OSError:
        return None
    finally:
        os.close(fd)
    language = of_file(path, source)
    if language is None:
        return None
    racy = time.time_ns() - status.st_mtime_ns < TICK_NS
    mtime = -1 if racy else status.st_mtime_ns
    return Found(path, status.st_size, mtime, digest_of(source), language.name, source)


@dataclass(slots=True)
class _Assembly:
    """The snapshot as it grows: contents, files, and the posting lists over them."""

    numbers: dict[tuple[bytes, str], int] = field(default_factory=dict)
    rows: list[FileRow] = field(default_factory=list)
    uses: dict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    definitions: dict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    imports: list[bytes] = field(default_factory=list)

    def add(self, found: Found, record: Record) -> None:
        """Take in one file."""
        file = len(self.rows)
        counts = array("I")
        counts.frombytes(record.counts)
        uses, definitions = self.uses, self.definitions
        for word, count in zip(record.words.split(b"\n") if counts else (), counts, strict=True):
            uses[word] += (file, count)
        for number, line in enumerate(record.symbols.split(b"\n") if record.symbols else ()):
            definitions[line[: line.index(b"\t")]] += (file, number)
        blob = self.numbers[found.digest, found.language]
        self.rows.append(FileRow(found.path, blob, found.size, found.mtime, sum(counts), 1.0))
        self.imports.append(record.imports)

    def terms(self) -> Iterator[tuple[str, array[int]]]:
        """The words of prose in order, each with ``file, weight, …`` by the names and the path of the file."""
        names: dict[str, list[bytes]] = defaultdict(list)
        for word in self.uses:
            if len(word) > 2:
                for term in split(word.decode("utf-8", "surrogateescape")):
                    names[term].append(word)
        in_paths: dict[str, list[int]] = defaultdict(list)
        for file, row in enumerate(self.rows):
            for term in {term for part in row.path.split("/") for term in of_name(part.partition(".")[0])}:
                in_paths[term].append(file)
        for term in sorted(names.keys() | in_paths.keys()):
            yield term, array("I", self._term(names.get(term, []), in_paths.get(term, [])))

    def _term(self, names: list[bytes], paths: list[int]) -> Iterable[int]:
        if len(names) == 1 and not paths and names[0] not in self.definitions:
            return self.uses[names[0]]
        weights: dict[int, int] = dict.fromkeys(paths, _IN_PATH)
        known = weights.get
        for name in names:
            pairs = iter(self.uses[name])
            for file, count in zip(pairs, pairs, strict=True):
                weights[file] = known(file, 0) + count
            for file in self.definitions.get(name, [])[::2]:
                weights[file] = known(file, 0) + _DEFINED
        return chain.from_iterable(weights.items())

    def graph(self) -> tuple[list[float], list[bytes]]:
        """The rank of each file, and its links packed."""
        resolver = Resolver([row.path for row in self.rows])
        imported: list[list[int]] = []
        for file, packed in enumerate(self.imports):
            targets = {n for item in imports_of(packed) for n in resolver.files(self.rows[file].path, item)}
            imported.append(sorted(targets - {file})[:100])
        definers = {name: list(dict.fromkeys(where[::2])) for name, where in self.definitions.items()}
        edges = graph.links(len(self.rows), self.uses, definers, imported)
        packed_links = [
            array(
                "I", [value for to, weight in out.items() for value in (to, min(int(weight * 16), 1 << 30))]
            ).tobytes()
            for out in edges
        ]
        return graph.ranks(edges), packed_links


def build(workspace: Path, output: Path, jobs: int = 0, former: Path | None = None) -> Tally:
    """Write the index of `workspace` to `output`, reusing what `former`, or else `output`, knows of the same contents.

    Raises:
        OSError: `output` cannot be written.
    """
    known = _known(former or output)
    writer = Writer(output)
    tally, assembly = Tally(), _Assembly()
    try:
        for found, record in _records(Runner(workspace), known, tally, jobs or os.cpu_count() or 1):
            key = (found.digest, found.language)
            if key not in assembly.numbers:
                assembly.numbers[key] = len(assembly.numbers)
                writer.blobs([(assembly.numbers[key], *key, record)])
            assembly.add(found, record)
        tally.files = len(assembly.rows)
        ranks, links = assembly.graph()
        rows = (row._replace(rank=rank) for row, rank in zip(assembly.rows, ranks, strict=True))
        writer.files((number, row, links[number]) for number, row in enumerate(rows))
        definitions = assembly.definitions
        words = sorted(assembly.uses.keys() | definitions.keys())
        writer.words((word, assembly.uses.get(word, []), definitions.get(word, [])) for word in words)
        writer.terms(assembly.terms())
        writer.finish(files=tally.files, parsed=tally.parsed, reused=tally.reused)
    except BaseException:
        writer.abandon()
        raise
    return tally


def _known(index: Path) -> dict[tuple[bytes, str], Record]:
    try:
        store = Store(index)
    except UnusableStoreError:
        return {}
    known = {(digest, language): record for digest, language, record in store.contents()}
    store.close()
    return known


def _records(
    runner: Runner, former: dict[tuple[bytes, str], Record], tally: Tally, jobs: int
) -> Iterator[tuple[Found, Record]]:
    """Every file with its record, in the order of the paths; parsing runs ahead in `jobs` processes."""
    workers = [Worker(runner) for _ in range(jobs)]
    free: deque[Worker] = deque(workers)
    seen: dict[tuple[bytes, str], Record] = dict(former)

    def parse(batch: list[Found]) -> list[Record]:
        worker = free.popleft()
        try:
            return worker.index([(item.language, item.source) for item in batch])
        finally:
            free.append(worker)

    with ThreadPoolExecutor(jobs) as pool:
        waiting: deque[tuple[list[Found], list[Found], Future[list[Record]]]] = deque()
        try:
            for batch in _batches(runner):
                fresh = list({(f.digest, f.language): f for f in batch if (f.digest, f.language) not in seen}.values())
                waiting.append((batch, fresh, pool.submit(parse, fresh) if fresh else _nothing()))
                if len(waiting) > 2 * jobs:
                    yield from _arrived(waiting.popleft(), seen, tally)
            while waiting:
                yield from _arrived(waiting.popleft(), seen, tally)
        finally:
            for worker in workers:
                worker.close()


def _nothing() -> Future[list[Record]]:
    future: Future[list[Record]] = Future()
    future.set_result([])
    return future


def _arrived(
    item: tuple[list[Found], list[Found], Future[list[Record]]],
    seen: dict[tuple[bytes, str], Record],
    tally: Tally,
) -> Iterator[tuple[Found, Record]]:
    batch, fresh, future = item
    arrived: dict[tuple[bytes, str], Record] = {}
    for found, record in zip(fresh, future.result(), strict=True):
        arrived[found.digest, found.language] = record
        if len(found.source) <= _SMALL:
            seen[found.digest, found.language] = record
    tally.parsed += len(fresh)
    tally.reused += len(batch) - len(fresh)
    for found in batch:
        key = (found.digest, found.language)
        yield found, arrived[key] if key in arrived else seen[key]


def _batches(runner: Runner) -> Iterator[list[Found]]:
    batch: list[Found] = []
    size = 0
    for path in listing.paths(runner):
        found = read_file(runner.workspace, path)
        if found is None:
            continue
        batch.append(found)
        size += len(found.source)
        if size > _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def main() -> None:
    """``build WORKSPACE OUTPUT [FORMER]``: build, and print the tally as JSON."""
    gc.disable()
    workspace, output, *former = (Path(argument) for argument in sys.argv[1:4])
    tally = build(workspace, output, former=former[0] if former else None)
    print(json.dumps({"files": tally.files, "parsed": tally.parsed, "reused": tally.reused}))  # noqa: T201
