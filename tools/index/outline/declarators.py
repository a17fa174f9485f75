"""Finds the names in declarators and in patterns: what ``int (*f[3])(int)`` or ``{a, b: [c]}`` declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import tree_sitter

_AROUND = frozenset({"parenthesized_declarator", "attributed_declarator", "init_declarator"})
_VALUE = frozenset({"pointer_declarator", "reference_declarator", "array_declarator", "pointer_type_declarator"})
_NAMED = frozenset({"template_function", "template_method", "template_type", "qualified_identifier"})
_NAMES = frozenset(
    {"identifier", "field_identifier", "type_identifier", "primitive_type", "destructor_name", "operator_name"}
)
_INSIDE = _AROUND | _VALUE | _NAMED | _NAMES | {"function_declarator", "operator_cast"}


class Declared(NamedTuple):
    """A name that a C or C++ declarator declares: its bytes, the nodes of its scopes, whether it is a function."""

    start: int
    end: int
    scopes: tuple[tree_sitter.Node, ...] = ()
    function: bool = False


def declared(node: tree_sitter.Node) -> Iterator[Declared]:
    """The names in the declarator `node`; several only for a structured binding."""
    scopes: list[tree_sitter.Node] = []
    function = False
    inner: tree_sitter.Node | None = node
    while inner is not None:
        node, kind = inner, inner.type
        if kind in _NAMES:
            yield Declared(node.start_byte, node.end_byte, tuple(scopes), function)
            return
        if kind == "operator_cast":
            yield Declared(node.start_byte, _before_parameters(node), tuple(scopes), True)
            return
        if kind == "structured_binding_declarator":
            yield from (Declared(name.start_byte, name.end_byte) for name in node.named_children)
            return
        if kind == "function_declarator" or kind in _VALUE:
            function = kind == "function_declarator"  # what is nearest to the name decides
        if kind == "qualified_identifier":
            scope = node.child_by_field_name("scope")
            scopes += [scope.child_by_field_name("name") or scope] if scope is not None else []
        inner = node.child_by_field_name("name" if kind in _NAMED else "declarator") or _inner(node)


def _inner(node: tree_sitter.Node) -> tree_sitter.Node | None:
    return next((child for child in node.named_children if child.type in _INSIDE), None)


def _before_parameters(cast: tree_sitter.Node) -> int:
    """Where the name of the conversion operator `cast` ends."""
    inner: tree_sitter.Node | None = cast
    while inner is not None:
        if inner.type == "abstract_function_declarator":
            return inner.start_byte
        inner = inner.child_by_field_name("declarator") or next(
            (child for child in inner.named_children if child.type.startswith("abstract_")), None
        )
    return cast.end_byte


_ASSIGNED = {"pair_pattern": "value", "assignment_pattern": "left", "object_assignment_pattern": "left"}
_PATTERNS = frozenset(
    {"object_pattern", "array_pattern", "rest_pattern"}
    | {"pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern"}
)
_BOUND = frozenset({"identifier", "shorthand_property_identifier_pattern"})


def bound(pattern: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """The nodes of the names that `pattern` binds, in the order of the source."""
    todo = [pattern]
    while todo:
        node = todo.pop()
        if node.type in _BOUND:
            yield node
        elif node.type in _ASSIGNED:
            inner = node.child_by_field_name(_ASSIGNED[node.type])
            todo += [inner] if inner is not None else []
        elif node.type in _PATTERNS:
            todo += reversed(node.named_children)
