"""Surveys one file for a name: where it stands, what each place is, and by what it is bound there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tools.index.languages import Language
from tools.index.names.ancestry import ancestors
from tools.index.names.brought import brought
from tools.index.names.exports import exported
from tools.index.names.kinds import AS_DATA, Kinds, is_text
from tools.index.names.owners import Owners
from tools.index.names.receivers import Receivers
from tools.index.names.scopes import Bound, Scopes
from tools.index.names.spaces import space_of
from tools.index.names.survey import Binder, Occurrence, Survey
from tools.index.names.wholeword import Lines, pattern, written
from tools.index.outline.extract import extract_tree, readable
from tools.index.symbol import Symbol
from tools.index.syntax_tree import text_of

if TYPE_CHECKING:
    import tree_sitter

_DEEP = 400
"""A name that lies in more nodes than these is not looked at more closely."""
_MOST = 10_000
"""More occurrences than these of one name in one file are only counted."""


def occurrences(source: bytes, language: Language, name: str) -> list[Occurrence]:
    """Every occurrence of `name` as a whole word, in order."""
    return survey(source, language, name).occurrences


def survey(source: bytes, language: Language, name: str, other: str = "") -> Survey:
    """All that the file says of `name`; of each place also what binds the name `other` there."""
    word = written(name, language).encode("utf-8", "surrogateescape")
    hits = [found.start() for found in pattern(word).finditer(source)]
    lines = Lines(source)
    if not readable(source):
        shown = [Occurrence(at, lines.number(at), "text", lines.text(at)) for at in hits[:_MOST]]
        return Survey(shown, more=max(0, len(hits) - _MOST))
    root, symbols = extract_tree(source, language)
    return _Surveyor(source, language, root, symbols, name, other).survey(hits, word, lines)


class _Surveyor:
    """One survey while the tree is there."""

    def __init__(
        self,
        source: bytes,
        language: Language,
        root: tree_sitter.Node,
        symbols: Sequence[Symbol],
        name: str,
        other: str,
    ) -> None:
        self._source, self._language, self._root, self._name, self._other = source, language, root, name, other
        self._symbols = symbols
        self._starts = [symbol.start for symbol in symbols]
        self._outer = _outer(symbols)
        self._found = brought(source, language, root)
        self._named = {one.named.start_byte: number for number, one in enumerate(self._found) if one.named is not None}
        bound = [(f.bound, f.item.local, number) for number, f in enumerate(self._found) if f.bound is not None]
        defined = {symbol.name_at for symbol in symbols}
        self._defined = {symbol.name_at for symbol in symbols if symbol.name == name}
        self._scopes = Scopes(source, language, root, defined, bound)
        self._kinds = Kinds(language, self._defined, self._named)
        self._receivers = Receivers(source, language)
        self._owners = Owners(source, language, root, symbols)
        self._numbers: dict[int, int] = {}
        self._binders: list[Binder] = []

    def survey(self, hits: Sequence[int], word: bytes, lines: Lines) -> Survey:
        """The whole survey of the places `hits` of `word`."""
        items = [one.item for one in self._found]
        if self._language.name == "rust":
            items = [one.item._replace(inside=self._inside(one.whole.start_byte)) for one in self._found]
        made = Survey(brought=items, package=_package(self._source, self._root))
        made.exports = exported(self._source, self._language, self._root, self._found)
        for at in hits:
            node = self._root.descendant_for_byte_range(at, at + len(word))
            if node is None or not self._whole(node, at, at + len(word)):
                continue
            if len(made.occurrences) >= _MOST:
                made.more += 1
            else:
                made.occurrences.append(self._one(node, at, lines))
        self._top_binders(word.decode("utf-8", "surrogateescape"))
        made.binders = self._binders
        return made

    def _whole(self, node: tree_sitter.Node, start: int, end: int) -> bool:
        """Whether the word is a name of its own at `node`, not a part of one."""
        if (node.start_byte, node.end_byte) == (start, end) or start in self._defined:
            return True
        if node.child_count:
            return self._language.data
        return is_text(node) or node.type in AS_DATA or self._language.data

    def _top_binders(self, word: str) -> None:
        """Number also those binders of the name that hold everywhere and are nowhere referred to."""
        for space in ("", "function", "class", "variable", "const", "macro", "tag"):
            found, _ = self._scopes.lookup(word, self._root, space)
            self._number(found)

    def _one(self, node: tree_sitter.Node, at: int, lines: Lines) -> Occurrence:
        around = ancestors(self._root, node)
        if len(around) > _DEEP:
            return Occurrence(at, lines.number(at), "name", lines.text(at), "…", unsure=True)
        kind = self._kinds.kind(node, at, around)
        item = self._named.get(at, -1)
        made = Occurrence(at, lines.number(at), kind, lines.text(at), inside=self._inside(at), item=item)
        if kind in ("text", "symbol", "label", "variable", "keyword"):
            return made
        if kind == "import":
            found, unsure = self._scopes.lookup(text_of(self._source, node), node, space_of(node, self._language))
            made = made._replace(receiver=self._module(node, made.item), bound=self._number(found), unsure=unsure)
            return made._replace(other=self._others(node))
        path = self._receivers.path(node)
        space = space_of(node, self._language)
        receiver = self._receivers.text(path)
        if kind == "export" and node.type != "string_content" and _is_export_alias(node):
            path, receiver = None, "…"
        if kind == "export" and path is not None:
            found, unsure = self._scopes.lookup(self._name, self._root, space)
            others = self._others(self._root)
            return made._replace(bound=self._number(found), unsure=unsure, space=space, other=others)
        root = path[0] if path else node
        rooted = space_of(root, self._language) if path else space
        found, unsure = (
            self._scopes.lookup(text_of(self._source, root), root, rooted) if path is not None else ([], True)
        )
        owner, static = self._owners.owner(path, found) if path else self._owners.bare_owner(node)
        if kind == "definition":
            static = static or _is_static(node)
        return made._replace(
            receiver=receiver,
            owner=owner,
            bound=self._number(found),
            unsure=unsure,
            static=static,
            space=space,
            form=_form(node),
            other=() if path or kind == "attribute" else self._others(node),
        )

    def _others(self, node: tree_sitter.Node) -> tuple[int, ...]:
        """The binders of the other name where `node` is."""
        space = space_of(node, self._language)
        return self._number(self._scopes.lookup(self._other, node, space)[0]) if self._other else ()

    def _inside(self, at: int) -> str:
        """The qualified name of the innermost definition around byte `at`."""
        number = bisect_right(self._starts, at) - 1
        while number >= 0:
            symbol = self._symbols[number]
            if at < symbol.end and symbol.name_at != at:
                return symbol.qualified
            number = self._outer[number]
        return ""

    def _number(self, found: Iterable[Bound]) -> tuple[int, ...]:
        numbers = []
        for bound in found:
            start = bound.node.start_byte
            if start not in self._numbers:
                self._numbers[start] = len(self._binders)
                top = bound.scope == self._root
                scope = bound.scope
                self._binders.append(
                    Binder(bound.name, start, scope.start_byte, scope.end_byte, top, bound.how, bound.item)
                )
            numbers.append(self._numbers[start])
        return tuple(numbers)

    def _module(self, node: tree_sitter.Node, item: int) -> str:
        if item >= 0:
            return self._found[item].item.module
        path = self._receivers.path(node)
        return self._receivers.text(path) if path else ""


def _outer(symbols: Sequence[Symbol]) -> list[int]:
    """Of each symbol the number of the one before it in which it may lie, or -1."""
    found: list[int] = []
    around: list[int] = []
    for number, symbol in enumerate(symbols):
        while around and symbols[around[-1]].end <= symbol.start:
            around.pop()
        found.append(around[-1] if around else -1)
        around.append(number)
    return found


def _is_export_alias(node: tree_sitter.Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "export_specifier" and parent.child_by_field_name("alias") == node


def _is_static(node: tree_sitter.Node) -> bool:
    """Whether the member defined here belongs to the class itself, where languages keep the two apart."""
    at = node.parent
    if at is not None and at.type == "singleton_method":
        return True
    return at is not None and at.type == "method_definition" and any(child.type == "static" for child in at.children)


def _form(node: tree_sitter.Node) -> str:
    parent = node.parent
    if node.type == "shorthand_property_identifier" or (
        parent is not None and parent.type == "shorthand_field_initializer"
    ):
        return "shorthand"
    if node.type in ("shorthand_property_identifier_pattern", "shorthand_field_identifier"):
        return "pattern"
    if parent is not None and parent.type == "anonymous_object_creation_expression":
        return "member"
    return ""


def _package(source: bytes, root: tree_sitter.Node) -> str:
    """The package or namespace that the file says it is in."""
    for child in root.named_children:
        if child.type in ("package_clause", "package_declaration", "file_scoped_namespace_declaration"):
            named = child.child_by_field_name("name") or child.named_child(child.named_child_count - 1)
            return text_of(source, named) if named is not None else ""
        if child.type == "namespace_definition" and child.child_by_field_name("body") is None:
            name = child.child_by_field_name("name")
            return text_of(source, name).replace("\\", ".") if name is not None else ""
    return ""
