"""Tells apart names of one file that never meet: macros, tags of C, functions and variables of PHP and shell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.index.languages import Language
from tools.index.symbol import CLASSES, Symbol

if TYPE_CHECKING:
    import tree_sitter

_TAGGED = frozenset({"struct_specifier", "union_specifier", "enum_specifier"})
_PHP_FUNCTION = frozenset({"function_call_expression", "function_definition"})
_PHP_CLASS = frozenset(
    {
        "object_creation_expression",
        "named_type",
        "type_list",
        "base_clause",
        "class_interface_clause",
        "class_declaration",
        "interface_declaration",
        "trait_declaration",
        "enum_declaration",
        "use_declaration",
        "attribute",
        "scoped_call_expression",
        "scoped_property_access_expression",
        "class_constant_access_expression",
    }
)


def space_of(node: tree_sitter.Node, language: Language) -> str:
    """The space of the name at `node`; empty in languages, and at places, that have only one."""
    parent = node.parent
    if parent is None:
        return ""
    if language.name == "c":
        return "tag" if parent.type in _TAGGED and parent.child_by_field_name("name") == node else ""
    if language.name == "rust":
        if parent.type == "scoped_identifier" and parent.parent is not None:
            node, parent = parent, parent.parent
        after = node.next_sibling
        if parent.type == "token_tree" and after is not None and after.type == "!":
            return "macro"
        return "macro" if parent.type in ("macro_invocation", "macro_definition") and _is(parent, node) else ""
    if language.name == "ruby":
        return _ruby(node, parent)
    if language.name == "bash":
        return "variable" if node.type == "variable_name" else "function"
    if language.name == "php":
        return _php(parent)
    return ""


def _ruby(node: tree_sitter.Node, parent: tree_sitter.Node) -> str:
    """``x.a = 1`` calls a method of its own, and ``x.a += 1`` two."""
    if parent.type == "setter":
        return "setter"
    above = parent.parent
    if parent.type != "call" or above is None or parent.child_by_field_name("method") != node:
        return ""
    assigns = above.type in ("assignment", "operator_assignment") and above.child_by_field_name("left") == parent
    if not assigns:
        return "setter" if above.type == "left_assignment_list" else ""
    return "setter" if above.type == "assignment" else "both"


def _is(parent: tree_sitter.Node, node: tree_sitter.Node) -> bool:
    return node in (parent.child_by_field_name("macro"), parent.child_by_field_name("name"))


def _php(parent: tree_sitter.Node) -> str:
    if parent.type == "variable_name":
        return "variable"
    if parent.type == "qualified_name" and parent.parent is not None:
        parent = parent.parent
    if parent.type == "namespace_use_clause":
        above = parent.parent
        while above is not None and above.type != "namespace_use_declaration":
            above = above.parent
        words = {child.type for child in [*parent.children, *(above.children if above is not None else [])]}
        return "function" if "function" in words else "const" if "const" in words else "class"
    if parent.type in _PHP_FUNCTION:
        return "function"
    if parent.type == "binary_expression":
        return "class" if any(child.type == "instanceof" for child in parent.children) else "const"
    return "class" if parent.type in _PHP_CLASS else "const"


def space_of_symbol(symbol: Symbol, language: str) -> str:
    """The space in which `symbol` is a name."""
    if language == "c":
        return "tag" if symbol.kind in ("struct", "enum") else ""
    if language == "rust":
        return "macro" if symbol.kind == "macro" else ""
    if language == "ruby":
        return "setter" if re.fullmatch(r"\w+=", symbol.name) else ""
    if language == "bash":
        return "variable" if symbol.kind == "variable" else "function"
    if language == "php":
        return {"function": "function", "constant": "const"}.get(symbol.kind, "class" if symbol.kind in CLASSES else "")
    return ""
