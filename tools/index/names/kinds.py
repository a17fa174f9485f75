"""Says what each place of a name is: a call, an attribute, a part of an import, text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from tools.index.languages import Language, query
from tools.index.names.spaces import space_of

if TYPE_CHECKING:
    import tree_sitter

_ORDER = ("call", "method_call", "attribute", "keyword", "type", "name")
_TEXT = ("comment", "string", "text", "char", "heredoc", "regex", "escape")
AS_DATA = frozenset({"simple_symbol", "bare_symbol", "preproc_arg", "delimited_symbol"})
"""Leaves that hold names as data, or as text of a macro."""
_IMPORTS = frozenset(
    {
        "import_statement",
        "import_from_statement",
        "future_import_statement",
        "import_declaration",
        "use_declaration",
        "extern_crate_declaration",
        "using_directive",
        "using_declaration",
        "namespace_use_declaration",
        "preproc_include",
    }
)
_LABELED = frozenset({"labeled_statement", "break_statement", "continue_statement", "goto_statement", "label"})
_PLAIN_MACROS = frozenset(
    b"assert assert_eq assert_ne debug_assert debug_assert_eq debug_assert_ne dbg eprint eprintln format format_args "
    b"matches panic print println todo unimplemented unreachable vec write writeln".split()
)
"""Macros of Rust whose arguments are expressions."""


class Kinds:
    """The kinds of places in one file, as `Occurrence` names them.

    `defined` are the bytes of the name's definitions, `named` those at which imports name a thing of another module.
    """

    def __init__(self, language: Language, defined: Collection[int], named: Collection[int]) -> None:
        self._language, self._defined, self._named = language, defined, named

    def kind(self, node: tree_sitter.Node, at: int, around: Sequence[tree_sitter.Node]) -> str:
        """What the name at `node`, byte `at`, is; `around` are the nodes that it lies in, the innermost first."""
        if at in self._defined and not _is_embedded(node):
            return "definition"
        if not node.child_count and is_text(node):
            return "export" if node.type == "string_content" and _in_all(node) else "text"
        if node.type in AS_DATA:
            return "symbol"
        parent = node.parent
        if parent is not None and parent.type in _LABELED and parent.child_by_field_name("body") != node:
            return "label" if node.type != "identifier" or _is_label(parent, node) else self._referred(node)
        if at in self._named or self._in_import(node, around):
            return "import"
        if parent is not None and (parent.type == "export_specifier" or _is_given(node)):
            return "export"
        if self._language.name == "php" and space_of(node, self._language) == "variable":
            above = parent.parent if parent is not None else None
            return (
                "attribute" if above is not None and above.type == "scoped_property_access_expression" else "variable"
            )
        if parent is not None and parent.type == "token_tree":
            return _token(node) if _is_argument(node) else "symbol"
        return self._referred(node)

    def _in_import(self, node: tree_sitter.Node, around: Sequence[tree_sitter.Node]) -> bool:
        for at in (node, *around):
            if at.type in _IMPORTS or (at.type == "export_statement" and at.child_by_field_name("source") is not None):
                return not (at.type == "use_declaration" and self._language.name == "php")
        return bool(self._language.name == "rust" and node.parent is not None and node.parent.type == "mod_item")

    def _referred(self, node: tree_sitter.Node) -> str:
        import tree_sitter

        compiled = query(self._language.name, ("references",))
        if compiled is None:
            return "name"
        top = node
        for _ in range(4):
            top = top.parent or top
        cursor = tree_sitter.QueryCursor(compiled)
        cursor.set_byte_range(node.start_byte, node.end_byte)
        kinds = {kind for kind, nodes in cursor.captures(top).items() if node in nodes}
        return next((kind for kind in _ORDER if kind in kinds), "name" if self._language.name == "css" else "text")


def _token(node: tree_sitter.Node) -> str:
    before, after = node.prev_sibling, node.next_sibling
    called = after is not None and (
        after.type == "!" or (after.type == "token_tree" and (after.text or b"")[:1] == b"(")
    )
    if before is not None and before.type == ".":
        return "method_call" if called else "attribute"
    return "call" if called else "name"


def _is_argument(node: tree_sitter.Node) -> bool:
    """Whether a name among the tokens of a macro of Rust is certainly an expression, or begins one."""
    after = node.next_sibling
    if after is not None and after.type in ("=", ":", "=>"):
        return False
    at = node.parent
    while at is not None and at.type == "token_tree":
        at = at.parent
    macro = at.child_by_field_name("macro") if at is not None else None
    return macro is not None and macro.text in _PLAIN_MACROS


def is_text(node: tree_sitter.Node) -> bool:
    """Whether `node` is a comment or a part of a string."""
    return any(word in node.type for word in _TEXT)


def _in_all(node: tree_sitter.Node) -> bool:
    """Whether the string is one of the names in Python's ``__all__``."""
    text = node.parent
    group = text.parent if text is not None else None
    if text is None or text.type != "string" or group is None or group.type not in ("list", "tuple"):
        return False
    above = group.parent
    left = above.child_by_field_name("left") if above is not None else None
    return left is not None and left.text == b"__all__" and above is not None and "assignment" in above.type


def _is_label(parent: tree_sitter.Node, node: tree_sitter.Node) -> bool:
    return parent.named_child(0) == node


def _is_given(node: tree_sitter.Node) -> bool:
    """Whether the name is one that ``module.exports = {…}`` gives away as it is."""
    if node.type != "shorthand_property_identifier" or node.parent is None or node.parent.parent is None:
        return False
    left = node.parent.parent.child_by_field_name("left")
    return left is not None and left.text in (b"module.exports", b"exports")


def _is_embedded(node: tree_sitter.Node) -> bool:
    """In Go, the type of a field without a name is a use of the type; that it names the field is by the way."""
    at = node.parent
    while at is not None and at.type in ("pointer_type", "generic_type", "qualified_type"):
        at = at.parent
    return (
        node.type == "type_identifier"
        and at is not None
        and at.type == "field_declaration"
        and at.child_by_field_name("name") is None
        and node.parent is not None
        and "declarator" not in node.parent.type
    )
