"""Parses sources, and asks trees for the matches of query files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.index.languages import Language, grammar, query
from tools.index.outline.mend import mended
from tools.index.outline.skeleton import Span

if TYPE_CHECKING:
    import tree_sitter

Captures = dict[str, list["tree_sitter.Node"]]
"""The nodes of one match of a query, by the names of its captures."""


def parse(source: bytes, language: Language, spans: Sequence[Span] = ()) -> tree_sitter.Node:
    """The root of the tree of `source`, or of its `spans` alone; offsets are those of the whole in either case."""
    import tree_sitter

    parser = tree_sitter.Parser(grammar(language.name))
    if spans:
        parser.included_ranges = _ranges(source, spans)
    elif language.macros:
        source = mended(source)
    return parser.parse(source).root_node


def _ranges(source: bytes, spans: Sequence[Span]) -> list[tree_sitter.Range]:
    import tree_sitter

    ranges: list[tree_sitter.Range] = []
    row = at = 0
    for span in spans:
        first = row + source.count(b"\n", at, span.start)
        row, at = first + source.count(b"\n", span.start, span.stop), span.stop
        start, stop = (
            tree_sitter.Point(line, edge - source.rfind(b"\n", 0, edge) - 1)
            for line, edge in zip((first, row), span, strict=True)
        )
        ranges.append(tree_sitter.Range(start, stop, span.start, span.stop))
    return ranges


def text_of(source: bytes, node: tree_sitter.Node) -> str:
    """The text of `node`; bytes that are not UTF-8 become lone surrogates."""
    return source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")


def matches(language: Language, kinds: tuple[str, ...], node: tree_sitter.Node) -> list[tuple[int, Captures]]:
    """All matches of the query files `kinds` below `node`."""
    import tree_sitter

    compiled = query(language.name, kinds)
    return tree_sitter.QueryCursor(compiled).matches(node) if compiled is not None else []
