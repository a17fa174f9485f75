"""Packs what the index keeps of one file into a few byte strings, and back: small to store, cheap to pass on."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from tools.index.outline.extract import Extract, Import, Symbol

_CLEAN = str.maketrans({"\t": " ", "\n": " "})


class Record(NamedTuple):
    """One file, packed. `symbols` and `imports` have a line each; `words` and `counts` go together.

    `flags`: 1 parsed, 2 the parser met errors.
    """

    symbols: bytes
    imports: bytes
    words: bytes
    counts: bytes
    flags: int


EMPTY = Record(b"", b"", b"", b"", 0)


def pack(found: Extract) -> Record:
    """`found` as byte strings."""
    symbols = [_line(symbol) for symbol in found.symbols]
    imports = [_line(item) for item in found.imports]
    return Record(
        _bytes("\n".join(symbols)),
        _bytes("\n".join(imports)),
        b"\n".join(found.identifiers),
        array("I", found.identifiers.values()).tobytes(),
        (1 if found.parsed else 0) | (2 if found.broken else 0),
    )


def well_formed(record: Record) -> bool:
    """Whether the parts of a record fit each other; numbers are looked at when they are used."""
    lines = record.symbols.count(b"\n") + 1 if record.symbols else 0
    words = record.words.count(b"\n") + 1 if record.words else 0
    fields = (len(Symbol._fields) - 1) * lines
    return record.symbols.count(b"\t") == fields and len(record.counts) == words * array("I").itemsize


def _line(values: tuple[object, ...]) -> str:
    text = "\t".join(map(str, values))
    if text.count("\t") >= len(values) or "\n" in text:
        text = "\t".join(str(value).translate(_CLEAN) for value in values)
    return text


def symbols_of(packed: bytes) -> list[Symbol]:
    """The symbols of a packed record, in the order of the file."""
    return [symbol_of(line) for line in packed.decode("utf-8", "surrogateescape").split("\n")] if packed else []


def symbol_of(line: str) -> Symbol:
    """One line of a record's symbols."""
    name, qualified, kind, start, end, first, last, name_at, signature, doc = line.split("\t")
    return Symbol(name, qualified, kind, int(start), int(end), int(first), int(last), int(name_at), signature, doc)


def imports_of(packed: bytes) -> list[Import]:
    """The imports of a packed record."""
    if not packed:
        return []
    rows = (line.split("\t") for line in packed.decode("utf-8", "surrogateescape").split("\n"))
    return [Import(module, name, alias, int(line)) for module, name, alias, line in rows]


def words_of(record: Record) -> dict[str, int]:
    """The identifiers of a packed record and how often each occurs."""
    if not record.words:
        return {}
    counts = array("I")
    counts.frombytes(record.counts)
    return dict(zip(record.words.decode("utf-8", "surrogateescape").split("\n"), counts, strict=True))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
