"""The killable side of parsing: answers questions of `tools.index.crew`. Only here are grammars ever loaded."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import Any

from tools import worker
from tools.index.languages import BY_NAME, Language

Rows = list[Any]
"""What JSON knows: lists, strings (bytes that are not UTF-8 as lone surrogates), numbers."""


def _occurrences(source: bytes, language: Language, name: str, other: str) -> Rows:
    from tools.index.names.occurrences import survey

    return survey(source, language, name, other).rows()


def _spans(source: bytes, language: Language) -> Rows:
    from tools.index.symbols.spans import spans

    return spans(source, language)


def _structural(source: bytes, language: Language, pattern: str) -> Rows:
    from tools.index.shapes.structural import find

    return find(source, language, pattern)


def _standing(source: bytes, language: Language, spans: list[list[int]]) -> Rows:
    from tools.index.shapes.structural import standing

    return standing(source, language, spans)


def _string_lines(source: bytes, language: Language) -> Rows:
    from tools.index.symbols.strings import string_lines

    return string_lines(source, language)


def _imports(source: bytes, language: Language) -> Rows:
    from tools.index.imports.region import imports_of

    return [imports_of(source, language)]


OPERATIONS: dict[str, Callable[..., Rows]] = {
    "occurrences": _occurrences,
    "spans": _spans,
    "structural": _structural,
    "standing": _standing,
    "string_lines": _string_lines,
    "imports": _imports,
}
"""Each takes the bytes of a file, its language, and arguments of its own."""


def answer(question: dict[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, Any], Sequence[bytes]]:
    """The rows of one operation over one file, or the records of several files; an ``error`` where that fails."""
    try:
        if question["operation"] == "index":
            return _index(question["languages"], blobs)
        operation, language = OPERATIONS[question["operation"]], BY_NAME[question["language"]]
        return {"rows": operation(blobs[0], language, *question["arguments"])}, ()
    except (ValueError, RecursionError, MemoryError, LookupError, TypeError, ImportError) as error:
        return {"error": f"{type(error).__name__}: {error}"}, ()


def _index(languages: Sequence[str], sources: Sequence[bytes]) -> tuple[dict[str, Any], Sequence[bytes]]:
    from tools.index.outline.extract import extract
    from tools.index.record import pack

    records = [pack(extract(source, BY_NAME[name])) for name, source in zip(languages, sources, strict=True)]
    return {"flags": [record.flags for record in records]}, [part for record in records for part in record[:-1]]


def main() -> None:
    """Serve until stdin closes."""
    # Trees make no cycles, and each is gone before the next: the collector would only look at them over and over.
    gc.disable()
    worker.serve(answer)
