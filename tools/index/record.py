"""Packs what the index keeps of one file into a few byte strings, and back: small to store, cheap to pass on."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from tools.index.extract import Extract, Import, Symbol

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
    symbols = [
        f"{s[0]}\t{s[1]}\t{s[2]}\t{s[3]}\t{s[4]}\t{s[5]}\t{s[6]}\t{s[7]}\t{s[8]}\t{s[9]}"
        if "\t" not in s[0] and "\n" not in s[1]
        else "\t".join(str(value).translate(_CLEAN) for value in s)
        for s in found.symbols
    ]
    imports = ["\t".join(str(value).translate(_CLEAN) for value in item) for item in found.imports]
    return Record(
        _bytes("\n".join(symbols)),
        _bytes("\n".join(imports)),
        b"\n".join(found.identifiers),
        array("I", found.identifiers.values()).tobytes(),
        (1 if found.parsed else 0) | (2 if found.broken else 0),
    )


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
