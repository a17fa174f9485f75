"""Tells for each language what a statement at the top of a file is: header, import, neutral or code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tools.index.imports.ecmascript import from_require
from tools.index.imports.entries import is_ruby_require
from tools.index.syntax_tree import text_of

if TYPE_CHECKING:
    import tree_sitter

_IMPORTS = {
    "python": {"import_statement", "import_from_statement", "future_import_statement"},
    "javascript": {"import_statement"},
    "typescript": {"import_statement"},
    "tsx": {"import_statement"},
    "go": {"import_declaration"},
    "rust": {"use_declaration"},
    "java": {"import_declaration"},
    "c": {"preproc_include"},
    "cpp": {"preproc_include"},
    "c-sharp": {"using_directive"},
    "php": {"namespace_use_declaration"},
    "ruby": set[str](),
}
# What must stay before all imports.
_HEADER = {
    "go": {"package_clause"},
    "rust": {"inner_attribute_item", "shebang", "extern_crate_declaration"},
    "java": {"package_declaration"},
    "c-sharp": {"extern_alias_directive", "preproc_nullable", "preproc_define", "shebang_directive"},
    "php": {"declare_statement", "namespace_definition"},
}
# What may stand among imports, where one more import may go before or after it.
_NEUTRAL = {
    "c": {"preproc_call", "preproc_def", "preproc_function_def"},
    "cpp": {"preproc_call", "preproc_def", "preproc_function_def"},
    "c-sharp": {"file_scoped_namespace_declaration", "preproc_region", "preproc_endregion", "preproc_pragma"},
}
_CONDITIONAL = frozenset({"try_statement", "if_statement", "begin", "if_modifier", "unless_modifier", "if", "unless"})
_SEARCH_PATH = re.compile(r"(?:sys\.path|site\.addsitedir|\$LOAD_PATH|\$:|\$LOADED_FEATURES)\b|\$:")
_DUNDER = re.compile(r"__\w+__\s*(?::[^=]+)?=")
# A macro without a value, or of the system's own names, which says what headers shall declare.
_SWITCH = re.compile(r"#\s*define\s+(?:_\w*\b|\w+\s*(?://|/\*|$))")


def is_comment(node: tree_sitter.Node) -> bool:
    """Whether a node is a comment."""
    return node.type in ("comment", "line_comment", "block_comment")


def kind_of(language: str, source: bytes, node: tree_sitter.Node, guard: str = "") -> str:
    """``header``, ``import``, ``neutral``, ``conditional`` (holds imports), ``error`` or ``code``.

    `guard` is the name of the include guard around the file, if there is one.
    """
    if node.is_error or node.is_missing:
        return "error"
    if node.type in _HEADER.get(language, ()):
        return "header"
    found = _own_kind(language, source, node, guard)
    if not found and node.type in _CONDITIONAL and not node.has_error and any(held_imports(language, source, node)):
        found = "conditional"
    return found or ("neutral" if node.type in _NEUTRAL.get(language, ()) else "code")


def _own_kind(language: str, source: bytes, node: tree_sitter.Node, guard: str = "") -> str:
    if node.type in _IMPORTS[language]:
        return "import"
    special = _SPECIAL.get(language)
    return special(source, node, guard) if special is not None else ""


def held_imports(language: str, source: bytes, node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """The imports inside a conditional statement, those of nested ones too; nothing below a definition."""
    for child in node.named_children:
        if _own_kind(language, source, child) == "import":
            yield child
        elif child.type in _CONDITIONAL or child.type in _BRANCHES:
            yield from held_imports(language, source, child)


_BRANCHES = frozenset(
    {"block", "then", "else", "else_clause", "elif_clause", "except_clause", "finally_clause", "rescue", "ensure"}
    | {"preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "preproc_elifdef"}
)


def _python(source: bytes, node: tree_sitter.Node, guard: str) -> str:
    if node.type != "expression_statement":
        return ""
    if node.named_child_count == 1 and node.named_children[0].type in ("string", "concatenated_string"):
        return "header"
    text = text_of(source, node)
    return "neutral" if _DUNDER.match(text) or _SEARCH_PATH.match(text) else ""


def _ecmascript(source: bytes, node: tree_sitter.Node, guard: str) -> str:
    if node.type == "hash_bang_line":
        return "header"
    if node.type == "expression_statement":
        inner = node.named_child(0)
        if inner is not None and inner.type == "string":
            return "header"
        return "import" if from_require(source, inner) else ""
    if node.type in ("lexical_declaration", "variable_declaration"):
        values = [child.child_by_field_name("value") for child in node.named_children]
        return "import" if any(from_require(source, value) for value in values) else ""
    return "neutral" if node.type == "export_statement" and node.child_by_field_name("source") is not None else ""


def _rust(source: bytes, node: tree_sitter.Node, guard: str) -> str:
    return "neutral" if node.type == "mod_item" and node.child_by_field_name("body") is None else ""


def _c(source: bytes, node: tree_sitter.Node, guard: str) -> str:
    if node.type == "preproc_def":
        text = text_of(source, node).strip()
        name = node.child_by_field_name("name")
        of_guard = name is not None and bool(guard) and text_of(source, name) == guard
        return "header" if of_guard or _SWITCH.match(text) else ""
    if node.type == "preproc_call":
        return "header" if re.match(r"#\s*pragma\s+once\b", text_of(source, node)) else ""
    if node.type in ("preproc_if", "preproc_ifdef"):
        return "conditional" if not node.has_error and _only_directives(node.named_children) else ""
    return ""


def _only_directives(nodes: Sequence[tree_sitter.Node]) -> bool:
    """Whether what stands between ``#if`` and ``#endif`` is includes, macros and conditions, and no code."""
    plain = {"preproc_include", "preproc_def", "preproc_function_def", "preproc_call", "comment", "identifier"}
    plain |= {"preproc_defined", "binary_expression", "unary_expression", "number_literal", "parenthesized_expression"}
    plain |= {"call_expression", "preproc_arg"}
    branches = {"preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "preproc_elifdef"}
    return all(
        node.type in plain or (node.type in branches and _only_directives(node.named_children)) for node in nodes
    )


def _c_sharp(source: bytes, node: tree_sitter.Node, guard: str) -> str:
    if node.type == "preproc_if":
        return "conditional" if all("statement" not in c.type and "decl" not in c.type for c in node.children) else ""
    return ""


def _php(source: bytes, node: tree_sitter.Node, guard: str) -> str:
    return "header" if node.type == "php_tag" and text_of(source, node) != "<?=" else ""


def _ruby(source: bytes, node: tree_sitter.Node, guard: str) -> str:
    if is_ruby_require(source, node):
        return "import"
    return "neutral" if _SEARCH_PATH.match(text_of(source, node)) else ""


_SPECIAL = {
    "python": _python,
    "javascript": _ecmascript,
    "typescript": _ecmascript,
    "tsx": _ecmascript,
    "rust": _rust,
    "c": _c,
    "cpp": _c,
    "c-sharp": _c_sharp,
    "php": _php,
    "ruby": _ruby,
}
