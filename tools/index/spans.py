"""Says for each definition of a file which bytes belong to it: decorators, ``export``, the comments attached above."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tools.index.extract import Symbol, extract_tree
from tools.index.languages import Language

if TYPE_CHECKING:
    import tree_sitter

_ATTACHED = ("comment", "attribute", "decorator", "annotation")
_KEEP = ("#!", "# -*-", "# type: ignore", "// @ts-", "/* eslint", "// Copyright", "# Copyright", "/*! ")


class Span(NamedTuple):
    """A definition with its surroundings.

    `start` and `end` are its bytes, `outer_start` and `outer_end` those with all that is attached; `outer_start` is
    where its first line's text begins, after the indentation.
    """

    symbol: Symbol
    outer_start: int
    outer_end: int
    outer_line: int


def spans(source: bytes, language: Language) -> list[tuple[tuple[object, ...], int, int, int]]:
    """All definitions of `source` in order, as plain tuples of `Span` (a worker sends them)."""
    root, symbols = extract_tree(source, language)
    return [(tuple(symbol), *_outer(source, root, symbol, language)) for symbol in symbols]


def _outer(source: bytes, root: tree_sitter.Node, symbol: Symbol, language: Language) -> tuple[int, int, int]:
    node = root.descendant_for_byte_range(symbol.start, symbol.end)
    start, end = symbol.start, symbol.end
    parent = node.parent if node is not None else None
    if node is not None and parent is not None and (node.start_byte, node.end_byte) != (start, end):
        parent = None
    while parent is not None and (parent.start_byte, parent.end_byte) == (start, end):
        parent = parent.parent
    while parent is not None and parent.type in language.wrappers and _alone(parent, start, end):
        start, end = parent.start_byte, parent.end_byte
        parent = parent.parent
    if source[end : end + 1] == b";":
        end += 1
    start = _attached(source, root, start, language)
    return start, end, source.count(b"\n", 0, start) + 1


def _alone(parent: tree_sitter.Node, start: int, end: int) -> bool:
    """Whether nothing else is defined in `parent` (``const a = 1, b = 2`` has two)."""
    others = [
        child.type for child in parent.named_children if not (child.start_byte <= start and end <= child.end_byte)
    ]
    return not any(kind.endswith(("declarator", "_spec", "assignment")) for kind in others)


def _attached(source: bytes, root: tree_sitter.Node, start: int, language: Language) -> int:
    """`start`, moved up over comments and attributes that end on the line above, without a blank line between."""
    while True:
        line = source.rfind(b"\n", 0, start) + 1
        if line == 0 or source[line:start].strip():
            return start
        above_end = line - 1
        above = source.rfind(b"\n", 0, above_end) + 1
        text = source[above:above_end]
        if not text.strip():
            return start
        last = above + len(text.rstrip()) - 1
        node = root.descendant_for_byte_range(last, last + 1)
        while node is not None and not any(word in node.type for word in _ATTACHED):
            node = node.parent
        if node is None or not _starts_line(source, node.start_byte) or node.end_byte > line:
            return start
        comment = source[node.start_byte : node.start_byte + 20].decode("latin-1")
        if comment.startswith(_KEEP):
            return start
        start = node.start_byte


def _starts_line(source: bytes, at: int) -> bool:
    return not source[source.rfind(b"\n", 0, at) + 1 : at].strip()
