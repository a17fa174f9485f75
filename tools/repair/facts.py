"""The ingredients of a file: names in scope, attributes by receiver, constants, conditions, statements, and calls."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tools.repair.language import Language, parser_of

MAX_BYTES = 2_000_000


@dataclass(slots=True)
class Scope:
    """One function: its node, its class's key (or None), parameters, locals in order, and what is returned in it."""

    node: Any
    owner: str | None
    parameters: list[str] = field(default_factory=list)
    locals: list[str] = field(default_factory=list)
    returns: Counter[str] = field(default_factory=Counter)
    raises: Counter[str] = field(default_factory=Counter)
    first: int = 0
    last: int = 0

    @property
    def names(self) -> list[str]:
        """Parameters and locals, each once."""
        return list(dict.fromkeys(self.parameters + self.locals))


@dataclass(frozen=True, slots=True)
class Piece:
    """A condition or statement met in the file: its text, the free names in it, its row, its scope's first row."""

    text: str
    names: frozenset[str]
    row: int
    scope: int
    indent: int = 0


class Facts:
    """What one parsed file offers. `types` maps ``first line of function`` → variable → type names, where traced."""

    def __init__(self, path: str, source: bytes, language: Language) -> None:
        self.path, self.source, self.language = path, source, language
        self.root = parser_of(language.grammar).parse(source).root_node
        self.scopes: list[Scope] = []
        self.module_names: Counter[str] = Counter()
        self.defined: dict[str, str] = {}
        self.attributes: dict[str, Counter[str]] = {}
        self.all_attributes: Counter[str] = Counter()
        self.members: dict[str, list[str]] = {}
        self.strings: Counter[str] = Counter()
        self.integers: Counter[str] = Counter()
        self.conditions: list[Piece] = []
        self.statements: list[Piece] = []
        self.keywords: dict[str, Counter[str]] = {}
        self.arguments: dict[str, Counter[str]] = {}
        self.parameters: dict[str, list[str]] = {}
        self.returned: dict[str, frozenset[str]] = {}
        self.expected: tuple[str, ...] = ()
        """Exceptions that a failing test waits for and does not get."""
        self.asserted: tuple[str, ...] = ()
        """Numbers and short strings that the failing tests' own code holds."""
        self.types: dict[int, dict[str, list[str]]] = {}
        self.members_of_type: dict[str, list[str]] = {}
        self._walk()

    def text(self, node: Any) -> str:
        """The source of `node`."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")

    def scope_at(self, row: int) -> Scope | None:
        """The innermost function around a row (from 0)."""
        best = None
        for scope in self.scopes:
            if scope.first <= row <= scope.last and (best is None or scope.first >= best.first):
                best = scope
        return best

    def visible(self, scope: Scope | None) -> list[str]:
        """Names of the function and of those around it, nearest first, without the receiver."""
        names: list[str] = []
        while scope is not None:
            names += [name for name in scope.names if name not in names]
            outer = None
            for other in self.scopes:
                inside = other.first <= scope.first and scope.last <= other.last and other is not scope
                if inside and (outer is None or other.first >= outer.first):
                    outer = other
            scope = outer
        return [name for name in names if name not in (self.language.receiver, "cls")]

    def kinds(self, scope: Scope | None, name: str) -> list[str]:
        """The types that a variable was seen with; empty where it was not traced."""
        if scope is None:
            return []
        for row in range(scope.first + 1, scope.first + 8):
            if row in self.types:
                return self.types[row].get(name, [])
        return []

    def similar(self, name: str, limit: int = 8) -> list[str]:
        """Names of the module that look most like `name`."""
        return [n for n in difflib.get_close_matches(name, self.defined, n=limit + 1, cutoff=0.5) if n != name][:limit]

    def names_in(self, node: Any) -> frozenset[str]:
        """Identifiers read in `node`, attributes and keywords left out."""
        found = set()
        for inner in walk(node):
            if inner.type == "identifier":
                parent = inner.parent
                if parent is not None and self.language.has("attribute", parent.type):
                    last = parent.children[-1]
                    if last.start_byte == inner.start_byte:
                        continue
                keyword = parent is not None and self.language.has("keyword_argument", parent.type)
                if keyword and parent.children[0].start_byte == inner.start_byte:
                    continue
                found.add(self.text(inner))
        return frozenset(found)

    def literals_in(self, node: Any) -> list[str]:
        """Whole numbers and short strings in `node`, as written."""
        has = self.language.has
        found = [n for n in walk(node) if has("integer", n.type) or has("string", n.type)]
        return [self.text(n) for n in found if n.end_byte - n.start_byte < 24]

    def _walk(self) -> None:
        stack: list[tuple[Any, str | None, Scope | None]] = [(self.root, None, None)]
        has = self.language.has
        while stack:
            node, owner, scope = stack.pop()
            kind = node.type
            if has("class", kind):
                owner = f"{self.name_of(node)}@{node.start_byte}"
                self._define(self.name_of(node), "class", scope, owner=None)
            elif has("function", kind):
                scope = self._function(node, owner, scope)
                owner = None
            elif node.is_named:
                self._note(node, kind, owner, scope)
            stack += [(child, owner, scope) for child in reversed(node.children)]

    def name_of(self, node: Any) -> str:
        """The name that a function or class is defined under; empty for none."""
        name = node.child_by_field_name("name")
        return self.text(name) if name is not None else ""

    def _define(self, name: str, kind: str, scope: Scope | None, owner: str | None) -> None:
        if owner is not None:
            self.members.setdefault(owner, []).append(name)
        elif scope is None:
            self.defined.setdefault(name, kind)
        elif name not in scope.locals:
            scope.locals.append(name)

    def _function(self, node: Any, owner: str | None, outer: Scope | None) -> Scope:
        name = self.name_of(node)
        self._define(name, "function", outer, owner)
        new = Scope(node, owner or (outer.owner if outer else None), first=node.start_point[0], last=node.end_point[0])
        parameters = node.child_by_field_name("parameters")
        for child in parameters.named_children if parameters is not None else ():
            first = next((n for n in walk(child) if n.type == "identifier"), None)
            if first is not None:
                new.parameters.append(self.text(first))
        self.parameters.setdefault(name, [p for p in new.parameters if p not in (self.language.receiver, "cls")])
        self.scopes.append(new)
        return new

    def _note(self, node: Any, kind: str, owner: str | None, scope: Scope | None) -> None:
        has = self.language.has
        if kind == "identifier":
            self._identifier(node, scope, owner)
        elif has("attribute", kind):
            receiver, attribute = self.text(node.children[0]), self.text(node.children[-1])
            if len(receiver) < 80:
                self.attributes.setdefault(receiver, Counter())[attribute] += 1
            self.all_attributes[attribute] += 1
            if receiver == self.language.receiver and scope is not None and scope.owner:
                members = self.members.setdefault(scope.owner, [])
                if attribute not in members:
                    members.append(attribute)
        elif has("string", kind) and node.end_byte - node.start_byte < 60:
            self.strings[self.text(node)] += 1
        elif has("integer", kind):
            self.integers[self.text(node)] += 1
        elif has("call", kind):
            self._call(node)
        elif has("if", kind) or has("elif", kind) or has("while", kind) or has("conditional", kind):
            self._condition(node, scope)
        elif has("return", kind) and scope is not None and node.named_children:
            value = self.text(node.named_children[0])
            scope.returns[value] += 1
            if len(value) < 80 and "\n" not in value and len(self.returned) < 200:
                self.returned.setdefault(value, self.names_in(node.named_children[0]))
        elif has("raise", kind) and scope is not None:
            scope.raises[self.text(node)] += 1
        if has("simple", kind) and node.end_byte - node.start_byte < 200:
            self._statement(node, scope)

    def _identifier(self, node: Any, scope: Scope | None, owner: str | None) -> None:
        name, parent = self.text(node), node.parent
        self.module_names[name] += 1
        if parent is None:
            return
        kind = parent.type
        if kind in ("dotted_name", "aliased_import"):
            if scope is None:
                self.defined.setdefault(name, "import")
            return
        left = parent.child_by_field_name("left")
        binds = (
            left is not None
            and left.start_byte <= node.start_byte < left.end_byte
            and not self.language.has("augmented", kind)
        )
        if binds or kind in ("as_pattern_target", "pattern_list", "tuple_pattern", "variable_declarator"):
            self._define(name, "value", scope, owner)

    def _call(self, node: Any) -> None:
        callee, arguments = node.children[0], node.children[-1]
        name = self.text(callee).rpartition(".")[2]
        for argument in arguments.named_children if self.language.has("arguments", arguments.type) else ():
            target = self.keywords if self.language.has("keyword_argument", argument.type) else self.arguments
            if argument.end_byte - argument.start_byte < 60:
                target.setdefault(name, Counter())[self.text(argument)] += 1

    def _condition(self, node: Any, scope: Scope | None) -> None:
        test = node.child_by_field_name("condition")
        if test is None and self.language.has("conditional", node.type) and len(node.named_children) == 3:
            test = node.named_children[1]
        pieces = [test] if test is not None else []
        if test is not None and self.language.has("boolean", test.type):
            pieces += [child for child in test.named_children if child.is_named]
        for piece in pieces:
            if piece.end_byte - piece.start_byte < 100:
                self._add(self.conditions, piece, scope)

    def _statement(self, node: Any, scope: Scope | None) -> None:
        if scope is not None and b"\n" not in self.source[node.start_byte : node.end_byte]:
            self._add(self.statements, node, scope)

    def _add(self, into: list[Piece], node: Any, scope: Scope | None) -> None:
        row, column = node.start_point
        into.append(Piece(self.text(node), self.names_in(node), row, scope.first if scope else -1, column))


def walk(node: Any) -> Iterator[Any]:
    """`node` and all nodes below it, parents first, without recursion."""
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        stack += reversed(here.children)
