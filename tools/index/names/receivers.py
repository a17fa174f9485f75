"""Reads from the tree what stands before a name, as far as it is a dotted path of names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.index.languages import Language

if TYPE_CHECKING:
    import tree_sitter

Nodes = list["tree_sitter.Node"]

_ACCESS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "attribute": (("attribute",), ("object",)),
    "member_expression": (("property",), ("object",)),
    "nested_type_identifier": (("name",), ("module",)),
    "nested_identifier": (("property",), ("object",)),
    "selector_expression": (("field",), ("operand",)),
    "qualified_type": (("name",), ("package",)),
    "field_expression": (("field",), ("argument", "value")),
    "scoped_identifier": (("name",), ("path", "scope")),
    "scoped_type_identifier": (("name",), ("path",)),
    "method_invocation": (("name",), ("object",)),
    "field_access": (("field",), ("object",)),
    "qualified_identifier": (("name",), ("scope",)),
    "member_access_expression": (("name",), ("expression", "object")),
    "nullsafe_member_access_expression": (("name",), ("object",)),
    "member_call_expression": (("name",), ("object",)),
    "nullsafe_member_call_expression": (("name",), ("object",)),
    "scoped_call_expression": (("name",), ("scope",)),
    "scoped_property_access_expression": (("name",), ("scope",)),
    "qualified_name": (("name",), ("qualifier", "prefix")),
    "alias_qualified_name": (("name",), ("alias",)),
    "call": (("method",), ("receiver",)),
    "scope_resolution": (("name",), ("scope",)),
}
"""Nodes that join a name to what is before it: the fields of the name, and of what is before."""
_BY_ORDER = frozenset(
    {"scoped_type_identifier", "method_reference", "class_constant_access_expression", "qualified_name"}
)
"""Such nodes that name their parts by order alone."""
_WRAPPERS = frozenset(
    {
        "generic_name",
        "template_function",
        "template_type",
        "template_method",
        "dependent_name",
        "destructor_name",
        "generic_function",
        "variable_name",
    }
)
_THROUGH = frozenset(
    {
        "parenthesized_expression",
        "non_null_expression",
        "generic_type",
        "generic_name",
        "template_type",
        "bracketed_type",
        "unary_expression",
        "pointer_expression",
    }
)


class Receivers:
    """Paths before names in one file."""

    def __init__(self, source: bytes, language: Language) -> None:
        self._source, self._language = source, language

    def path(self, node: tree_sitter.Node) -> Nodes | None:
        """The nodes of the dotted path before `node`: none where nothing is, None where it is more than names."""
        top = _unwrapped(node)
        parent = top.parent
        if parent is None:
            return []
        if parent.type == "qualified_identifier":
            return self._qualified(top, parent)
        if parent.type == "member_binding_expression":
            return None
        if parent.type == "token_tree":
            return _tokens(node)
        members = _members_of(top, parent)
        if members is not None:
            return self._flat(members)
        before = _before(parent, top)
        return self._flat(before) if before is not None else self._by_text(node)

    def _by_text(self, node: tree_sitter.Node) -> Nodes | None:
        """Where the tree shows nothing (bodies of macros), the characters before may."""
        if self._language.data:
            return []
        before = self._source[max(0, node.start_byte - 80) : node.start_byte].rstrip()
        arrow = self._language.name in ("c", "cpp", "php") and before.endswith(b"->")
        dotted = arrow or (before.endswith((b".", b"::")) and not before.endswith(b".."))
        alone = node.parent is not None and node.parent.type in (
            "scope_resolution",
            "dotted_name",
            "qualified_identifier",
        )
        return None if dotted and not alone else []

    def _qualified(self, top: tree_sitter.Node, parent: tree_sitter.Node) -> Nodes | None:
        """C++ nests ``a::b::c`` to the right; what has no scope at the left (``::c``) is asked of the global one."""
        scopes: Nodes = []
        at: tree_sitter.Node | None = parent
        if parent.child_by_field_name("scope") == top:
            top = parent
            at = parent.parent
        while at is not None and at.type == "qualified_identifier" and at.child_by_field_name("name") == top:
            scope = at.child_by_field_name("scope")
            if scope is None:
                return None if scopes else [at.children[0]]
            inner = self._flat(scope)
            if inner is None:
                return None
            scopes[:0] = inner
            top, at = at, at.parent
        return scopes

    def _flat(self, node: tree_sitter.Node) -> Nodes | None:
        """The nodes of a path of names; None where it is more."""
        kind = node.type
        if not node.child_count or kind == "variable_name" or kind == "relative_scope":
            return [node] if node.is_named or kind in ("this", "base") else None
        if kind == "call" and node.text == b"super()":
            return [node]
        if kind == "namespace_name":
            return list(node.named_children)
        if kind in _THROUGH:
            inner = node.named_child(0)
            return self._flat(inner) if inner is not None else None
        names, objects = _ACCESS.get(kind, ((), ()))
        name = _field(node, names) or (node.named_child(node.named_child_count - 1) if kind in _BY_ORDER else None)
        before = _field(node, objects) or (node.named_child(0) if kind in _BY_ORDER else None)
        if kind == "call" or kind.endswith(("_call_expression", "method_invocation")) or name is None:
            return None
        if before is None or before == name:
            return self._flat(name)
        first, last = self._flat(before), self._flat(name)
        return None if first is None or last is None else first + last

    def text(self, path: Sequence[tree_sitter.Node] | None) -> str:
        """A path as it is written into an occurrence."""
        if path is None:
            return "…"
        return ".".join(self._source[n.start_byte : n.end_byte].decode("utf-8", "surrogateescape") for n in path)


def _field(node: tree_sitter.Node, names: Sequence[str]) -> tree_sitter.Node | None:
    found = [child for name in names for child in node.children_by_field_name(name)]
    return next((child for child in found if child.is_named), found[0] if found else None)


def _unwrapped(node: tree_sitter.Node) -> tree_sitter.Node:
    while node.parent is not None and node.parent.type in _WRAPPERS and node.parent.named_child(0) == node:
        node = node.parent
    return node


def _before(parent: tree_sitter.Node, node: tree_sitter.Node) -> tree_sitter.Node | None:
    names, objects = _ACCESS.get(parent.type, ((), ()))
    if _field(parent, names) == node:
        return _field(parent, objects)
    if parent.type in _BY_ORDER and parent.named_child_count > 1:
        last = parent.named_child(parent.named_child_count - 1)
        return parent.named_child(0) if last == node else None
    return None


def _tokens(node: tree_sitter.Node) -> Nodes | None:
    """The path before a name among the tokens of a macro."""
    path: Nodes = []
    at = node.prev_sibling
    while at is not None and at.type in (".", "::"):
        at = at.prev_sibling
        if at is None or at.type not in ("identifier", "self", "super", "crate"):
            return None
        path.insert(0, at)
        at = at.prev_sibling
    return path


def _members_of(node: tree_sitter.Node, parent: tree_sitter.Node) -> tree_sitter.Node | None:
    """The type whose member `node` names as a key (``S { a: 1 }`` of Rust, ``S{a: 1}`` of Go, ``new S { A = 1 }``)."""
    above = parent.parent
    whole = above.parent if above is not None else None
    if parent.type == "field_initializer" and whole is not None and parent.child_by_field_name("field") == node:
        return whole.child_by_field_name("name") if whole.type == "struct_expression" else None
    if parent.type == "field_pattern" and above is not None and node.type == "field_identifier":
        return above.child_by_field_name("type")
    if parent.type == "literal_element" and above is not None and above.child_by_field_name("key") == parent:
        literal = whole.parent if whole is not None else None
        return literal.child_by_field_name("type") if literal is not None else None
    if parent.type == "assignment_expression" and above is not None and above.type == "initializer_expression":
        made = whole if whole is not None and whole.type == "object_creation_expression" else None
        return (
            made.child_by_field_name("type")
            if made is not None and parent.child_by_field_name("left") == node
            else None
        )
    return None
