"""Tells which class's own object ``self``, ``this`` and the like are at a place, and whose members are seen there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tools.index.languages import Language
from tools.index.names.ancestry import ancestors
from tools.index.names.scopes import Bound
from tools.index.symbol import CLASSES, Symbol
from tools.index.syntax_tree import text_of

if TYPE_CHECKING:
    import tree_sitter

_SELVES = frozenset({"self", "this", "$this", "Self", "static", "cls", "@"})
_CLASS_NODES = frozenset(
    {
        "class_definition",
        "class_declaration",
        "abstract_class_declaration",
        "class",
        "interface_declaration",
        "enum_declaration",
        "record_declaration",
        "struct_declaration",
        "record_struct_declaration",
        "trait_declaration",
        "annotation_type_declaration",
        "class_specifier",
        "struct_specifier",
        "union_specifier",
        "module",
        "impl_item",
        "trait_item",
    }
)
_THIS_OF_CALLER = frozenset(
    {"function_expression", "function_declaration", "generator_function", "generator_function_declaration"}
)
_KEEPING = frozenset(
    b"each map collect select filter reject find detect times each_with_index each_with_object inject reduce any? all? "
    b"none? count sort_by group_by flat_map min_by max_by partition zip upto downto step loop tap then synchronize "
    b"fetch sum each_pair each_key each_value each_slice each_cons filter_map find_index sort uniq open".split()
)
"""Methods of Ruby's own whose blocks keep `self`."""


class Owners:
    """The classes of one file as the places in it see them. `symbols` are those of the file."""

    def __init__(self, source: bytes, language: Language, root: tree_sitter.Node, symbols: Iterable[Symbol]) -> None:
        self._source, self._language, self._root = source, language, root
        self._symbols = list(symbols)
        self._classes = {s.name_at: s.qualified for s in self._symbols if s.kind in CLASSES or s.kind == "module"}

    def owner(self, path: Sequence[tree_sitter.Node], bound: Sequence[Bound]) -> tuple[str, bool]:
        """The class whose own object the one name in `path` is, and whether it is the class itself; else empty."""
        if len(path) != 1:
            return "", False
        node = path[0]
        if self._language.name == "python":
            return (_python_self(bound[0].node, self._classes), False) if len(bound) == 1 else ("", False)
        if self._language.name == "go":
            return (self._go_self(bound[0].node), False) if len(bound) == 1 else ("", False)
        return self._this(node) if text_of(self._source, node) in _SELVES else ("", False)

    def bare_owner(self, node: tree_sitter.Node) -> tuple[str, bool]:
        """The class whose members are seen at `node` by their bare names, where scopes do not tell."""
        if self._language.name in ("ruby", "cpp"):
            return self._this(node)
        return "", False

    def _this(self, node: tree_sitter.Node) -> tuple[str, bool]:
        static = in_method = False
        around = ancestors(self._root, node)
        for below, at, above in zip([node, *around], around, [*around[1:], None], strict=False):
            kind = at.type
            if kind in _THIS_OF_CALLER:
                return "", False
            if kind == "anonymous_class" or (kind == "class_body" and _nameless(at)):
                return "", False
            if kind == "method_definition" and above is not None and above.type == "object":
                return "", False
            if kind in ("do_block", "block") and self._language.name == "ruby" and not _keeps_self(at):
                return "…", False
            if kind in ("method_definition", "field_definition", "public_field_definition", "class_static_block"):
                static = static or kind == "class_static_block" or any(c.type == "static" for c in at.children)
            in_method = in_method or kind in ("method", "singleton_method")
            static = static or kind in ("singleton_method", "singleton_class")
            if kind == "function_definition" and self._language.name == "cpp":
                owner = self._out_of_class(at)
                if owner:
                    return owner, False
            if kind in _CLASS_NODES and at.is_named:
                body = self._language.name == "ruby" and not in_method
                return self._named(at, below), static or body
        return "", False

    def _named(self, owner: tree_sitter.Node, below: tree_sitter.Node) -> str:
        if owner.type == "impl_item":
            of = owner.child_by_field_name("type")
            while of is not None and of.child_by_field_name("type") is not None:
                of = of.child_by_field_name("type")
            short = text_of(self._source, of).rpartition("::")[2] if of is not None else ""
            around = [s.qualified for s in self._symbols if s.kind == "module" and s.start < owner.start_byte < s.end]
            return ".".join([*around[-1:], short])
        name = owner.child_by_field_name("name")
        if name is None or below == name:
            return ""
        while name.type in ("scope_resolution", "template_type", "qualified_identifier"):
            inner = name.child_by_field_name("name")
            if inner is None:
                break
            name = inner
        return self._classes.get(name.start_byte, "")

    def _out_of_class(self, function: tree_sitter.Node) -> str:
        """The class of a member that is defined outside of it."""
        for symbol in self._symbols:
            if symbol.start <= function.start_byte and function.end_byte <= symbol.end and symbol.kind == "method":
                inside = any(s.kind in CLASSES and s.start < symbol.start and symbol.end < s.end for s in self._symbols)
                return "" if inside else symbol.qualified.rpartition(".")[0]
        return ""

    def _go_self(self, node: tree_sitter.Node) -> str:
        parameter = node.parent
        group = parameter.parent if parameter is not None else None
        method = group.parent if group is not None else None
        if parameter is None or method is None or method.type != "method_declaration":
            return ""
        of = parameter.child_by_field_name("type")
        if method.child_by_field_name("receiver") != group:
            return ""
        while of is not None and of.type in ("pointer_type", "generic_type", "parenthesized_type"):
            of = of.child_by_field_name("type") or of.named_child(0)
        return text_of(self._source, of) if of is not None else ""


def _nameless(body: tree_sitter.Node) -> bool:
    return body.parent is not None and body.parent.type in ("object_creation_expression", "enum_constant")


def _keeps_self(block: tree_sitter.Node) -> bool:
    call = block.parent
    if call is None or call.type != "call":
        return call is not None and call.type == "lambda"
    method = call.child_by_field_name("method")
    return method is not None and method.text in _KEEPING


def _python_self(node: tree_sitter.Node, classes: dict[int, str]) -> str:
    """The class of the method whose first parameter `node` is."""
    above = node.parent
    parameter = above if above is not None and above.type.endswith("_parameter") else node
    if parameter.parent is None or parameter.parent.type != "parameters":
        return ""
    function = parameter.parent.parent
    if function is None or function.type != "function_definition" or parameter.prev_named_sibling is not None:
        return ""
    whole = function.parent
    if whole is not None and whole.type == "decorated_definition":
        if any(b"staticmethod" in (child.text or b"") for child in whole.named_children if child.type == "decorator"):
            return ""
        whole = whole.parent
    owner = whole.parent if whole is not None and whole.type == "block" else None
    name = owner.child_by_field_name("name") if owner is not None and owner.type == "class_definition" else None
    return classes.get(name.start_byte, "") if name is not None else ""
