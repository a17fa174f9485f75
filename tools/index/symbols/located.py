"""Finds where a symbol of the index stands in a file as it is now, with all that belongs to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools import text
from tools.index.crew import ParseFailedError
from tools.index.outline.extract import Symbol
from tools.index.symbols.spans import Span

if TYPE_CHECKING:
    from tools.index.index import Hit, Index

_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def as_utf8(content: str) -> bytes:
    """The text of a file as UTF-8, whatever its encoding; bytes that are no characters stay as they are."""
    return content.encode("utf-8", "surrogateescape")


def spans_of(index: Index, path: str, content: str) -> list[Span]:
    """The definitions of the file `path` whose text is `content`; offsets are those of `as_utf8`.

    Raises:
        ParseFailedError: there is no parser for it, or the parser gave up.
    """
    source = as_utf8(content)
    language = index.language(path, source)
    if language is None:
        raise ParseFailedError("no parser reads it")
    if text.commonest_eol(content) == "\r":
        source = source.replace(b"\r", b"\n")  # parsers do not know the old line end
    rows = index.worker.ask("spans", language.name, source)
    return [Span(Symbol(*row[0]), *row[1:]) for row in rows]


def span_of(hit: Hit, spans: list[Span], *, exact: bool) -> Span | None:
    """The one of `spans` that is the symbol of `hit`.

    `exact`: offsets are those of the index, whose parser read the same bytes; else they differ by what the encoding or
    the line ends of the file differ from those of `as_utf8`.
    """
    wanted = hit.symbol
    same = [span for span in spans if _plain(span.symbol.name) == _plain(wanted.name)]
    if exact:
        return next((span for span in same if span.symbol.name_at == wanted.name_at), None)
    lines = [span for span in same if span.symbol.line == wanted.line]
    return min(lines or same, key=lambda span: abs(span.symbol.name_at - wanted.name_at), default=None)


def shown_lines(index: Index, hit: Hit) -> tuple[int, int]:
    """The first and the last line, from 1, of a symbol with all that an edit by symbol takes for part of it."""
    decoded = text.decode(index.source(hit.path))
    try:
        span = span_of(hit, spans_of(index, hit.path, decoded.content), exact=is_exact(decoded))
    except ParseFailedError:
        span = None
    if span is None:
        return hit.symbol.line, hit.symbol.end_line
    end = decoded.eol[-1:].encode()
    inside = as_utf8(decoded.content)[span.outer_start : span.outer_end]
    return span.outer_line, span.outer_line + inside.count(end)


def is_exact(decoded: text.Text) -> bool:
    """Whether the bytes of a file are those of `as_utf8`, with line ends that parsers know."""
    return decoded.encoding == "utf-8" and decoded.eol != "\r"


def _plain(name: str) -> str:
    return _FOREIGN.sub("?", name)
