"""Tells, in the tree of one file, which places bind a name, and which of them hold at a given place.

Where a language is not read exactly, a binder holds for too much rather than for too little: it then hides what might
have been meant, and a use that is certain is only called possible. The other way round would be false certainty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from tools.index.languages import Language, query
from tools.index.names.ancestry import ancestors
from tools.index.names.scoping import SCOPING, Scoping, words
from tools.index.names.spaces import space_of
from tools.index.syntax_tree import Captures, text_of

if TYPE_CHECKING:
    import tree_sitter

_PATTERNS = words("object_pattern array_pattern pair_pattern rest_pattern assignment_pattern object_assignment_pattern")
_DERIVED = words(
    "superclass super_interfaces extends_interfaces class_heritage base_class_clause base_list enum_constant "
    "object_creation_expression"
)
_NOTHING = Scoping(frozenset())


class Bound(NamedTuple):
    """One binder while the tree is there. `scope` is the node in which it holds; `item` as in `Binder`."""

    name: str
    node: tree_sitter.Node
    scope: tree_sitter.Node
    how: str
    space: str
    item: int


class Scopes:
    """The binders of one file, by name.

    `defined` are the bytes at which names of definitions stand. `imported` are the nodes of local names that imports
    bind, with their numbers.
    """

    def __init__(
        self,
        source: bytes,
        language: Language,
        root: tree_sitter.Node,
        defined: Iterable[int],
        imported: Iterable[tuple[tree_sitter.Node, str, int]],
    ) -> None:
        self.root = root
        self._scoping = SCOPING.get(language.name, _NOTHING)
        self._language = language
        self._defined = frozenset(defined)
        self._places: dict[str, list[tuple[str, tree_sitter.Node, int]]] = defaultdict(list)
        self._bound: dict[str, list[Bound]] = {}
        self._outside: dict[tuple[int, str], tree_sitter.Node] = {}
        captures = captures_of(language, "bindings", root) if language.name in SCOPING else {}
        for kind in ("global", "nonlocal"):
            for node in captures.get(kind, ()):
                self._declare(kind, node, text_of(source, node))
        starts = set()
        for node, name, item in imported:
            starts.add(node.start_byte)
            self._places[name].append(("import", node, item))
        for kind in ("binding", "outer", "function", "file"):
            for node in captures.get(kind, ()):
                if node.start_byte not in starts:
                    self._places[text_of(source, node)].append((kind, node, -1))

    def lookup(self, name: str, node: tree_sitter.Node, space: str = "") -> tuple[list[Bound], bool]:
        """What binds `name` at `node`, all in one scope; and whether a class on the way there could inherit it."""
        binders = [bound for bound in self._binders(name) if bound.space == space]
        own = next((bound.scope for bound in binders if bound.node.start_byte == node.start_byte), None)
        unsure = False
        for scope in [own] if own is not None else self._chain(name, node):
            found = [bound for bound in binders if bound.scope == scope]
            if found:
                return found, unsure
            unsure = unsure or (scope.type in self._scoping.classes and _derived(scope))
        return [], unsure

    def _binders(self, name: str) -> list[Bound]:
        if name not in self._bound:
            found = (self._bind(name, kind, node, item) for kind, node, item in self._places.get(name, ()))
            self._bound[name] = [bound for bound in found if bound is not None]
        return self._bound[name]

    def _chain(self, name: str, node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
        """The scopes that a search for `name` looks through, from within to without."""
        around = ancestors(self.root, node)
        inside = False
        outside: tree_sitter.Node | None = None
        for at, parent in zip([node, *around], [*around, None], strict=True):
            if outside is not None and at != outside:
                continue
            outside = self._outside.get((at.id, name))
            if outside is not None or not self._opens(at, parent):
                continue
            if not (inside and _python_class_body(at, parent)):
                yield at
            if at.type in self._scoping.barriers and self._stops(name, at):
                return
            inside = inside or (self._scoping.hidden and at.type in self._scoping.functions)

    def _stops(self, name: str, barrier: tree_sitter.Node) -> bool:
        if self._language.name == "ruby":
            return not name[:1].isupper()
        # In Rust a module sees the names around it only by ``use super::*``.
        body = barrier.child_by_field_name("body")
        uses = body.named_children if body is not None else []
        return not any(b"super::*" in (use.text or b"") for use in uses if use.type == "use_declaration")

    def _opens(self, node: tree_sitter.Node, parent: tree_sitter.Node | None) -> bool:
        if parent is None or node.type in self._scoping.scopes:
            return True
        return self._scoping.hidden and _python_class_body(node, parent)

    def _around(self, node: tree_sitter.Node) -> tree_sitter.Node:
        """The innermost scope around `node`, itself not counted."""
        at = node.parent
        while at is not None:
            above = at.parent
            if self._opens(at, above):
                return at
            at = above
        return self.root

    def _function(self, node: tree_sitter.Node) -> tree_sitter.Node:
        """The innermost function around `node`, itself not counted; else the whole file."""
        scope = self._around(node)
        while scope != self.root and scope.type not in self._scoping.functions:
            scope = self._around(scope)
        return scope

    def _declare(self, kind: str, node: tree_sitter.Node, name: str) -> None:
        """Note that a function of Python means a name of further out."""
        function = self._function(node)
        if function != self.root:
            self._outside[function.id, name] = self.root if kind == "global" else self._function(function)

    def _bind(self, name: str, kind: str, node: tree_sitter.Node, item: int) -> Bound | None:
        scope = self._home(name, kind, node)
        how = "import" if item >= 0 else "definition" if node.start_byte in self._defined else _how(node)
        if how == "none" or (kind == "file" and _is_shell_local(node)):
            return None
        if kind == "outer" and scope.type in ("impl_item", "trait_item"):
            return None  # methods of Rust are not names of a scope
        return Bound(name, node, scope, how, space_of(node, self._language), item)

    def _home(self, name: str, kind: str, node: tree_sitter.Node) -> tree_sitter.Node:
        """The scope in which `node` binds its name."""
        if kind == "file":
            return self.root
        if self._language.name in ("c", "cpp"):
            scope = self._c_home(node)
            parameter = node.parent is not None and "parameter" in node.parent.type
            while scope.type == "template_declaration" and not parameter:
                scope = self._around(scope)
        else:
            scope = self._around(node)
        if kind == "outer":
            scope = self._around(scope)
        elif kind == "function" and scope.child_by_field_name("name") == node:
            scope = self._function(scope)
        elif (kind == "function" or _is_var(node)) and scope != self.root:
            scope = scope if scope.type in self._scoping.functions else self._function(scope)
        return self._outside.get((scope.id, name), scope)

    def _c_home(self, node: tree_sitter.Node) -> tree_sitter.Node:
        top = _declarator(node)
        if top.parent is not None and top.parent.type == "function_definition":
            return self._around(top.parent)
        scope = self._around(node)
        if scope.type != "parameter_list" or scope.parent is None:
            return scope
        if not scope.parent.type.endswith("declarator"):
            return self._around(scope)
        owner = _declarator(scope).parent
        return owner if owner is not None and owner.type in ("function_definition", "lambda_expression") else scope


def captures_of(language: Language, kind: str, node: tree_sitter.Node) -> Captures:
    """What the query files of one `kind` capture below `node`, by the names of the captures."""
    import tree_sitter

    compiled = query(language.name, (kind,))
    return tree_sitter.QueryCursor(compiled).captures(node) if compiled is not None else {}


def _declarator(node: tree_sitter.Node) -> tree_sitter.Node:
    """The whole declarator of C that `node` is a part of."""
    while node.parent is not None and node.parent.type.endswith("declarator"):
        node = node.parent
    return node


def _is_shell_local(node: tree_sitter.Node) -> bool:
    above = node.parent.parent if node.parent is not None else None
    if above is None or above.type != "declaration_command":
        return False
    return above.children[0].type in ("local", "declare", "typeset")


def _python_class_body(node: tree_sitter.Node, parent: tree_sitter.Node | None) -> bool:
    return node.type == "block" and parent is not None and parent.type == "class_definition"


def _derived(body: tree_sitter.Node) -> bool:
    """Whether the class of this body has bases, or no name."""
    owner = body.parent
    if owner is None or owner.type == "namespace_declaration":
        return False
    return owner.type in _DERIVED or any(child.type in _DERIVED for child in owner.children)


def _outermost(node: tree_sitter.Node) -> tree_sitter.Node:
    """The whole pattern that `node` is a part of."""
    while node.parent is not None and node.parent.type in _PATTERNS:
        node = node.parent
    return node


def _is_var(node: tree_sitter.Node) -> bool:
    """Whether ``var`` binds the name, which then holds in the whole function."""
    above = _outermost(node).parent
    if above is None:
        return False
    if above.type == "for_in_statement":
        return any(child.type == "var" for child in above.children)
    declared = above.parent if above.type == "variable_declarator" else None
    return declared is not None and declared.type == "variable_declaration"


def _how(node: tree_sitter.Node) -> str:
    """What kind of binder `node` is; ``none`` where it only assigns to what is bound elsewhere."""
    whole = _outermost(node)
    above = whole.parent
    if above is None:
        return "local"
    if above.type == "assignment_expression" and whole.type in _PATTERNS:
        return "none"
    if above.type == "for_in_statement" and not any(child.type in ("var", "let", "const") for child in above.children):
        return "none"
    if above.type in ("preproc_def", "preproc_function_def"):
        return "macro"
    at: tree_sitter.Node | None = above
    for _ in range(4):
        if at is None or at.type.endswith(("statement", "block")):
            break
        if "parameter" in at.type:
            return "parameter"
        at = at.parent
    return "local"
