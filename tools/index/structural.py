"""Finds code by shape: a pattern with metavariables is parsed like code and matched against the syntax tree.

``$NAME`` stands for one node, the same text wherever it comes again; ``$$$NAME`` for any number of neighbours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tools.index.extract import parse, text_of
from tools.index.languages import Language

if TYPE_CHECKING:
    import tree_sitter

_VARIABLE = re.compile(r"\$\$\$([A-Z_][A-Z0-9_]*)|\$([A-Z_][A-Z0-9_]*)")
_ONE, _MANY = "zqONEqz", "zqMANYqz"
_MARK = re.compile(r"zq(ONE|MANY)qz([A-Z_][A-Z0-9_]*)$")
_STEPS = 2_000_000
_WRAPPERS = frozenset(
    {"module", "program", "source_file", "translation_unit", "compilation_unit", "expression_statement"}
)


class Match(NamedTuple):
    """One place where the pattern fits: its bytes, and what each variable stands for (bytes of the file)."""

    start: int
    end: int
    bound: dict[str, tuple[int, int]]


class PatternError(ValueError):
    """The pattern is not code of the language."""


@dataclass(slots=True)
class _Shape:
    """A node of the pattern: a variable, a leaf with its text, or a kind with parts."""

    kind: str
    text: str = ""
    variable: str = ""
    many: bool = False
    parts: list[_Shape] = field(default_factory=list)


def find(source: bytes, language: Language, pattern: str) -> list[Match]:
    """All places of `source` that fit `pattern`, in order, none inside another.

    Raises:
        PatternError: the pattern does not parse, or is only a variable.
    """
    shape = _shape(pattern, language)
    matcher = _Matcher(source)
    found: list[Match] = []
    cursor = parse(source, language).walk()
    while True:
        node = cursor.node
        bound: dict[str, tuple[int, int]] = {}
        fits = node is not None and node.type == shape.kind and matcher.fits(shape, node, bound)
        if fits and node is not None:
            found.append(Match(node.start_byte, node.end_byte, bound))
        elif cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return found


def fill(template: str, bound: dict[str, str]) -> str:
    """`template` with its variables replaced.

    Raises:
        PatternError: it uses a variable that the pattern has not.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in bound:
            raise PatternError(f"the replacement uses ${name}, which the pattern has not")
        return bound[name]

    return _VARIABLE.sub(value, template)


def _shape(pattern: str, language: Language) -> _Shape:
    text = _VARIABLE.sub(lambda m: (_MANY + m[1]) if m[1] else (_ONE + m[2]), pattern.strip())
    source = text.encode()
    node: tree_sitter.Node | None = None
    for before, after in (("", ""), ("", ";"), ("fn f() {", "}"), ("func f() {", "}"), ("class C { void f() {", ";}}")):
        attempt = before.encode() + source + after.encode()
        root = parse(attempt, language)
        if not root.has_error:
            node = _smallest(root, len(before), len(before) + len(source))
            source = attempt
            break
    if node is None:
        raise PatternError(f"the pattern is not {language.name}: {pattern!r}")
    shape = _of(source, node)
    if shape.variable:
        raise PatternError("the pattern is only a variable; it would fit everything")
    return shape


def _smallest(root: tree_sitter.Node, start: int, end: int) -> tree_sitter.Node | None:
    node = root.named_descendant_for_byte_range(start, end)
    while node is not None and node.type in _WRAPPERS and node.named_child_count == 1:
        node = node.named_child(0)
    return node


def _of(source: bytes, node: tree_sitter.Node) -> _Shape:
    text = text_of(source, node)
    mark = _MARK.match(text)
    if mark:
        return _Shape(node.type, variable=mark[2], many=mark[1] == "MANY")
    if node.child_count == 0:
        return _Shape(node.type, text=text)
    return _Shape(node.type, parts=[_of(source, child) for child in node.children if "comment" not in child.type])


@dataclass(slots=True)
class _Matcher:
    source: bytes
    steps: int = 0

    def fits(self, shape: _Shape, node: tree_sitter.Node, bound: dict[str, tuple[int, int]]) -> bool:
        """Whether `node` has the shape; fills `bound`.

        Raises:
            PatternError: the search grows beyond bounds.
        """
        self.steps += 1
        if self.steps > _STEPS:
            raise PatternError("the pattern is too loose for this file")
        if shape.variable and not shape.many:
            return node.is_named and self._bind(shape.variable, node.start_byte, node.end_byte, bound)
        if shape.kind != node.type:
            return False
        if not shape.parts:
            return shape.text == text_of(self.source, node)
        return self._all(shape.parts, [c for c in node.children if "comment" not in c.type], bound)

    def _all(self, parts: list[_Shape], nodes: list[tree_sitter.Node], bound: dict[str, tuple[int, int]]) -> bool:
        if not parts:
            return not nodes
        first, rest = parts[0], parts[1:]
        if not first.many:
            if not nodes:
                return False
            trial = dict(bound)
            if self.fits(first, nodes[0], trial) and self._all(rest, nodes[1:], trial):
                bound.update(trial)
                return True
            return False
        for count in range(len(nodes), -1, -1):
            trial = dict(bound)
            start = nodes[0].start_byte if count else (nodes[0].start_byte if nodes else 0)
            end = nodes[count - 1].end_byte if count else start
            if self._bind(first.variable, start, end, trial) and self._all(rest, nodes[count:], trial):
                bound.update(trial)
                return True
        return False

    def _bind(self, name: str, start: int, end: int, bound: dict[str, tuple[int, int]]) -> bool:
        if name == "_":
            return True
        known = bound.get(name)
        if known is not None:
            return self.source[known[0] : known[1]] == self.source[start:end]
        bound[name] = (start, end)
        return True
