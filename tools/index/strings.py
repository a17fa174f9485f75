"""Finds the lines of a text that begin inside a multi-line string, where every blank counts."""

from __future__ import annotations

from tools.index.extract import parse
from tools.index.languages import Language

_STRINGS = (
    "string",
    "template",
    "heredoc",
    "raw_text",
    "text_block",
    "block_scalar",
    "jsx_text",
    "encapsed",
    "raw_string",
)


def string_lines(source: bytes, language: Language) -> list[int]:
    """The numbers (from 0) of lines that begin inside a string of several lines."""
    found: set[int] = set()
    cursor = parse(source, language).walk()
    while True:
        node = cursor.node
        spread = node is not None and node.end_point[0] > node.start_point[0]
        if node is not None and spread and any(word in node.type for word in _STRINGS):
            found.update(range(node.start_point[0] + 1, node.end_point[0] + 1))
        elif spread and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return sorted(found)
