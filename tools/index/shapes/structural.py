"""Finds code by shape: a pattern with variables is parsed like code and matched against the syntax tree of a file.

``$NAME`` stands for one node, the same text wherever it comes again; ``$$$NAME`` for any number of neighbours. Comments
are looked past. What the pattern's language lets one leave out (the comma after the last of a list, the comma beside
``$$$NAME`` where that stands for nothing, JavaScript's semicolons) may be there or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.index.languages import Language
from tools.index.shapes.pattern import PatternError, Shape, gaps_of, parts_of, shapes_of
from tools.index.syntax_tree import parse

if TYPE_CHECKING:
    import tree_sitter

_STEPS = 2_000_000
_LISTS = re.compile(r"argument|parameter|array|list|dictionary|object|^set$|tuple|literal_value|hash$|struct")
_FREE_ENDS = frozenset({"javascript", "typescript", "tsx"})
"""Languages in which the end of a line ends a statement as a semicolon does."""
_HOLDERS = re.compile(
    r"module|program|source_file|unit$|block|body|compound_statement|statement_list|declaration_list|^then$|^else$|^do$"
    r"|^begin|^ensure$|switch_case|switch_default|case_statement|preproc_if|preproc_else|namespace"
)
_TEXT = re.compile(r"string|comment|heredoc|text|char|regex|template_literal")


@dataclass(slots=True)
class _Bound:
    """What a trial has found so far: the bytes of each variable, and of each leaf of the pattern."""

    variables: dict[str, tuple[int, int]] = field(default_factory=dict)
    leaves: list[list[Any]] = field(default_factory=list)

    def copy(self) -> _Bound:
        return _Bound(dict(self.variables), list(self.leaves))

    def take(self, other: _Bound) -> None:
        self.variables, self.leaves = other.variables, other.leaves


def find(source: bytes, language: Language, pattern: str) -> list[dict[str, Any]]:
    """All places of `source` that fit `pattern`, by their start, outer ones first; of values that JSON knows.

    Each has ``start`` and ``end``; ``bound``, the bytes of each variable; ``leaves``, for each leaf and variable of the
    pattern its bytes there, its bytes here, the variable's name and whether that is one node; ``comments``, the bytes
    of those inside; and ``statement``, whether it stands where any statements may.

    Raises:
        PatternError: the pattern does not parse, is only a variable, or fits too loosely.
    """
    matcher = _Matcher(source, language.name in _FREE_ENDS)
    shapes = shapes_of(pattern, language)
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for node in _nodes(parse(source, language)):
        for shape in shapes:
            for nodes, end, bound in matcher.at(shape, node):
                key = (nodes[0].start_byte, end)
                if key not in found:
                    found[key] = _row(nodes, end, bound)
    return [found[key] for key in sorted(found, key=lambda key: (key[0], -key[1]))]


def standing(source: bytes, language: Language, spans: Sequence[Sequence[int]]) -> list[int]:
    """For each span of `source` whether it is a node: 1 if it is, else 0.

    2 if it lies inside a string or comment, 3 if it is a node with an error inside.
    """
    root = parse(source, language)
    answers = []
    for start, end in spans:
        node = root.descendant_for_byte_range(start, end)
        if node is not None and (node.start_byte, node.end_byte) == (start, end):
            answers.append(3 if node.has_error else 1)
        else:
            answers.append(2 if node is not None and _TEXT.search(node.type) else 0)
    return answers


def _nodes(root: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    cursor = root.walk()
    while True:
        if cursor.node is not None:
            yield cursor.node
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def _row(nodes: list[tree_sitter.Node], end: int, bound: _Bound) -> dict[str, Any]:
    start, parent = nodes[0].start_byte, nodes[0].parent
    inside = [inner for node in nodes for inner in _nodes(node)]
    if parent is not None and len(nodes) > 1:
        inside += [child for child in parent.children if child.start_byte >= start]
    comments = [[node.start_byte, node.end_byte] for node in inside if _is_comment(node) and node.end_byte <= end]
    return {
        "start": start,
        "end": end,
        "bound": {name: list(span) for name, span in bound.variables.items()},
        "leaves": sorted(bound.leaves),
        "comments": sorted(comments),
        "statement": len(nodes) > 1 or _is_statement(nodes[0]),
    }


def _ends_in_comma(parts: list[Shape]) -> bool:
    """Whether the pattern itself has a comma before the closing bracket."""
    return len(parts) > 1 and parts[-2].text == b","


def _is_comment(node: tree_sitter.Node) -> bool:
    """Whether a node is a comment, and not only a part of one."""
    return "comment" in node.type and (node.parent is None or "comment" not in node.parent.type)


def _is_statement(node: tree_sitter.Node) -> bool:
    """Whether `node` is a whole statement among others, so that any number may take its place."""
    parent = node.parent
    while parent is not None and parent.start_byte == node.start_byte and parent.end_byte <= node.end_byte + 1:
        if _HOLDERS.search(parent.type) and parent.end_byte == node.end_byte:
            return True
        node, parent = parent, parent.parent
    return parent is None or bool(_HOLDERS.search(parent.type))


@dataclass(slots=True)
class _Matcher:
    source: bytes
    free_ends: bool
    steps: int = 0

    def at(self, shape: Shape, node: tree_sitter.Node) -> Iterator[tuple[list[tree_sitter.Node], int, _Bound]]:
        """The matches of a whole pattern at `node`, or for a sequence among its children: nodes, end and variables."""
        if not shape.sequence:
            if node.type == shape.kind:
                bound = _Bound()
                end = self._root(shape, node, bound)
                if end is not None:
                    yield [node], end, bound
            return
        children = parts_of(node)
        first = shape.parts[0]
        at = 0
        while at < len(children):
            kind = children[at].type
            bound = _Bound()
            if first.variable or first.kind == kind:
                left = self._all(shape.parts, children[at:], bound, prefix=True)
                if left is not None and left < len(children) - at:
                    nodes = children[at : len(children) - left]
                    yield nodes, nodes[-1].end_byte, bound
                    at = len(children) - left
                    continue
            at += 1

    def _root(self, shape: Shape, node: tree_sitter.Node, bound: _Bound) -> int | None:
        """The end of the match of a pattern's outermost node, or None."""
        nodes = parts_of(node)
        if shape.open and nodes and nodes[-1].type == ";":
            nodes.pop()
            if self._all(shape.parts, nodes, bound) == 0 and nodes:
                return nodes[-1].end_byte
            return None
        return node.end_byte if self.fits(shape, node, bound) else None

    def fits(self, shape: Shape, node: tree_sitter.Node, bound: _Bound) -> bool:
        """Whether `node` has the shape; fills `bound`.

        Raises:
            PatternError: the search grows beyond bounds.
        """
        self.steps += 1
        if self.steps > _STEPS:
            raise PatternError("the pattern is too loose for this file")
        if shape.variable and not shape.many:
            good = node.is_named and (not shape.body or node.type == shape.kind)
            return good and self._bind(shape, node.start_byte, node.end_byte, bound)
        if shape.kind != node.type:
            return False
        nodes = parts_of(node)
        if not shape.parts:
            text = self.source[node.start_byte : node.end_byte].strip()
            if nodes or text != shape.text:
                return False
            bound.leaves.append([shape.start, shape.end, node.start_byte, node.start_byte + len(text), "", False])
            return True
        parts = shape.parts
        if self.free_ends and parts[-1].text == b";" and nodes and nodes[-1].type != ";":
            parts = parts[:-1]
        elif self.free_ends and parts[-1].text != b";" and nodes and nodes[-1].type == ";":
            nodes = nodes[:-1]
        if _LISTS.search(node.type) and [one.type for one in nodes[1:][-2:-1]] == [","] and not _ends_in_comma(parts):
            del nodes[-2]
        return self._all(parts, nodes, bound) == 0 and gaps_of(self.source, node) == shape.gaps

    def _all(
        self, parts: list[Shape], nodes: list[tree_sitter.Node], bound: _Bound, *, prefix: bool = False
    ) -> int | None:
        """How many nodes are left over after `parts` (none but for a `prefix`); None where they do not fit."""
        if not parts:
            return len(nodes) if prefix or not nodes else None
        first, rest = parts[0], parts[1:]
        if first.many:
            return self._many(first, rest, nodes, bound, prefix)
        if nodes:
            trial = bound.copy()
            if self.fits(first, nodes[0], trial):
                left = self._all(rest, nodes[1:], trial, prefix=prefix)
                if left is not None:
                    bound.take(trial)
                    return left
        if first.text == b"," and rest and rest[0].many:
            trial = bound.copy()
            at = nodes[0].start_byte if nodes else 0
            if self._bind(rest[0], at, at, trial):
                left = self._all(rest[1:], nodes, trial, prefix=prefix)
                if left is not None:
                    bound.take(trial)
                    return left
        return None

    def _many(
        self, first: Shape, rest: list[Shape], nodes: list[tree_sitter.Node], bound: _Bound, prefix: bool
    ) -> int | None:
        for count in range(len(nodes), -1, -1):
            if count and "," in (nodes[0].type, nodes[count - 1].type):
                continue
            trial = bound.copy()
            start = nodes[0].start_byte if nodes else 0
            end = nodes[count - 1].end_byte if count else start
            if not self._bind(first, start, end, trial):
                continue
            following = rest[1:] if not count and rest and rest[0].text == b"," else rest
            left = self._all(following, nodes[count:], trial, prefix=prefix)
            if left is not None:
                bound.take(trial)
                return left
        return None

    def _bind(self, shape: Shape, start: int, end: int, bound: _Bound) -> bool:
        if end > start:
            one = not shape.many and not shape.body
            bound.leaves.append([shape.start, shape.end, start, end, shape.variable, one])
        if shape.variable == "_":
            return True
        known = bound.variables.get(shape.variable)
        if known is not None:
            return self.source[known[0] : known[1]] == self.source[start:end]
        bound.variables[shape.variable] = (start, end)
        return True
