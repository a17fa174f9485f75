"""Finds the lines of a text that begin inside a multi-line string, where every blank counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.index.languages import Language
from tools.index.outline.extract import parse

if TYPE_CHECKING:
    import tree_sitter

_STRINGS = frozenset(
    {
        "ansi_c_string",
        "encapsed_string",
        "heredoc",
        "heredoc_body",
        "heredoc_redirect",
        "interpolated_string_expression",
        "nowdoc",
        "raw_string",
        "raw_string_literal",
        "raw_text",
        "shell_command_expression",
        "string",
        "string_literal",
        "template_literal_type",
        "template_string",
        "verbatim_string_literal",
    }
)
_PREFORMATTED = frozenset({b"pre", b"textarea"})


def string_lines(source: bytes, language: Language) -> list[int]:
    """The numbers (from 0) of lines that begin inside a string of several lines.

    Docstrings that are indented with the code around them are not among them: they move with it.
    """
    found: set[int] = set()
    cursor = parse(source, language).walk()
    while True:
        node = cursor.node
        spread = node is not None and node.end_point[0] > node.start_point[0]
        if node is not None and spread and _keeps_blanks(node, source, language):
            if not _is_docstring(node, source, language):
                found.update(range(node.start_point[0] + 1, node.end_point[0] + 1))
        elif spread and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return sorted(found)


def _keeps_blanks(node: tree_sitter.Node, source: bytes, language: Language) -> bool:
    if language.name == "yaml":  # its scalars are read relative to their place
        return False
    if node.type == "subshell":
        return language.name == "ruby"  # there a string in backticks
    if node.type in _STRINGS:
        return True
    if node.type == "comment":
        return source.startswith(b"=begin", node.start_byte)  # Ruby's: it and its end stand at the left edge
    if node.type == "element":
        tag = node.named_children[0].named_children if node.named_children else []
        return bool(tag) and source[tag[0].start_byte : tag[0].end_byte].lower() in _PREFORMATTED
    return False


def _is_docstring(node: tree_sitter.Node, source: bytes, language: Language) -> bool:
    """Whether the string is a statement of its own, and no line of it stands further left than its first one."""
    if language.name != "python" or node.parent is None or node.parent.type != "expression_statement":
        return False
    line = source.rfind(b"\n", 0, node.start_byte) + 1
    own = source[line : node.start_byte]
    inner = source[node.start_byte : node.end_byte].split(b"\n")[1:]
    return not own.strip() and all(not text.strip() or text.startswith(own) for text in inner)
