"""Reads a pattern (code with ``$NAME`` and ``$$$NAME`` in it) as the shapes that it may have in a syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tools.index.languages import Language
from tools.index.syntax_tree import parse

if TYPE_CHECKING:
    import tree_sitter

VARIABLE = re.compile(r"\$\$\$([A-Z_][A-Z0-9_]*)(?!\w)|(?<!\$)\$([A-Z_][A-Z0-9_]*)(?!\w)")
"""A variable of a pattern or a replacement: any number of neighbours (first group), or one node (second group)."""
_VARIABLE = re.compile(VARIABLE.pattern.encode())
_SUPERGLOBAL = re.compile(r"\$(?:GLOBALS|_(?:SERVER|GET|POST|FILES|COOKIE|SESSION|REQUEST|ENV))(?!\w)")
_MARK = re.compile(rb"\$?zq(?:ONEqz([A-Z_][A-Z0-9_]*)|MANYqz([A-Z_][A-Z0-9_]*?)(?:\(\))?;?)$")
_SPACES = re.compile(rb"[\s\\]+")
_WRAPPERS = frozenset(
    {"module", "program", "source_file", "translation_unit", "compilation_unit", "expression_statement"}
    | {"global_statement", "statement_list"}
)
_SILENT = frozenset({"\n", "line_continuation"})
_BODIES = re.compile(r"block$|^body_statement$|^then$")
# Where a piece of code may stand: texts before and after it that make a file of it.
_PLAIN = (("", ""), ("", ";"))
_BRACES = (
    *_PLAIN,
    ("class C { void f() {", "}}"),
    ("class C { void f() {", ";}}"),
    ("class C {", "}"),
    ("class C { int f() { return ", ";}}"),
)
_CONTEXTS: dict[str, tuple[tuple[str, str], ...]] = {
    "python": (("", ""), ("", "\ndef f(): pass\n"), ("try:\n    pass\n", "\n"), ("if x:\n    pass\n", "\n")),
    "ruby": (("", ""),),
    "php": (("<?php ", ""), ("<?php ", ";"), ("<?php class C { ", "}")),
    "go": (("", ""), ("package p\nfunc f() {\n", "\n}\n"), ("package p\n", "\n")),
    "rust": (*_PLAIN, ("fn f() {", "}"), ("impl C {", "}")),
    "java": _BRACES,
    "c-sharp": _BRACES,
    "c": (*_PLAIN, ("void f() {", "}"), ("void f() {", ";}")),
    "cpp": (*_PLAIN, ("void f() {", "}"), ("void f() {", ";}"), ("class C {", "};")),
    "javascript": (("", ""), ("class C {", "}"), ("async function* f() {", "}")),
    "typescript": (("", ""), ("class C {", "}"), ("async function* f() {", "}")),
    "tsx": (("", ""), ("class C {", "}"), ("async function* f() {", "}")),
}


class PatternError(ValueError):
    """The pattern is not code of the language, or says too little."""


@dataclass(slots=True)
class Shape:
    """A node of the pattern: a variable, a leaf with its text, or a kind with parts; `start` and `end` are its bytes.

    `gaps` is text of the node that no part covers. A `sequence` has no node of its own: its parts are neighbours.
    `open` tells that the semicolon that ends the node is not in the pattern.
    """

    kind: str
    start: int
    end: int
    text: bytes = b""
    variable: str = ""
    many: bool = False
    body: bool = False
    """Whether the variable stands for all of a block."""
    parts: list[Shape] = field(default_factory=list)
    gaps: bytes = b""
    sequence: bool = False
    open: bool = False

    def names(self) -> set[str]:
        """The variables in it."""
        return {self.variable} - {""} | {name for part in self.parts for name in part.names()}

    def same(self, other: Shape) -> bool:
        """Whether two readings are the same shape."""
        alike = self._own() == other._own() and len(self.parts) == len(other.parts)
        return alike and all(a.same(b) for a, b in zip(self.parts, other.parts, strict=True))

    def _own(self) -> tuple[object, ...]:
        return self.kind, self.text, self.variable, self.many, self.body, self.gaps, self.sequence, self.open


def variables(text: str, language: str) -> Iterator[re.Match[str]]:
    """The variables in `text`, in order; names that the language reserves are none."""
    reserved = {found.start() for found in _SUPERGLOBAL.finditer(text)} if language == "php" else set()
    return (found for found in VARIABLE.finditer(text) if found.start() not in reserved)


def shapes_of(pattern: str, language: Language) -> list[Shape]:
    """The readings of `pattern`, at least one. Its text counts without blanks at its ends.

    Raises:
        PatternError: it does not parse, or is only a variable.
    """
    found: list[Shape] = []
    names = {found[1] or found[2] for found in variables(pattern, language.name)}
    hidden = False
    for before, after in _CONTEXTS.get(language.name, _PLAIN):
        for marked in _marked(pattern.strip(), language.name):
            shape = _reading(marked, before.encode(), after.encode(), language)
            if shape is not None:
                if shape.names() != names:
                    hidden = True
                elif not any(shape.same(other) for other in found):
                    found.append(shape)
                break
    if not found and hidden:
        raise PatternError(f"in the pattern a variable stands for only a part of a name or string: {pattern!r}")
    if not found:
        raise PatternError(f"the pattern is not {language.name}: {pattern!r}")
    good = [shape for shape in found if not shape.variable and any(not part.variable for part in [*shape.parts, shape])]
    if not good:
        raise PatternError("the pattern is only a variable; it would fit everything")
    return good


@dataclass(frozen=True, slots=True)
class _Marked:
    """A pattern with identifiers in the place of its variables, and how its offsets go back."""

    text: bytes
    moves: list[tuple[int, int, int]]
    """End of each mark, start of it, and how many bytes longer the text is from its end on than the pattern."""

    def back(self, offset: int) -> int:
        """The byte of the pattern for a byte of `text`."""
        longer = 0
        for end, _, more in self.moves:
            if end <= offset:
                longer = more
        return offset - longer


def _marked(pattern: str, language: str) -> Iterator[_Marked]:
    """The pattern as code: plain, and with a semicolon after variables that stand for statements."""
    sigils = ("$", "") if language == "php" else ("",)
    for sigil in sigils:
        for closing in ("", ";", "();"):
            parts, moves, done, size, longer = [], [], 0, 0, 0
            for found in variables(pattern, language):
                mark = f"{sigil}zqMANYqz{found[1]}" if found[1] else f"{sigil}zqONEqz{found[2]}"
                ends = found[1] and re.match(r"\s*(?:\}|\n|$)", pattern[found.end() :])
                mark += closing if ends else ""
                plain = pattern[done : found.start()].encode()
                parts += [plain, mark.encode()]
                start = size + len(plain)
                size = start + len(mark)
                longer += len(mark) - len(found[0])
                moves.append((size, start, longer))
                done = found.end()
            yield _Marked(b"".join([*parts, pattern[done:].encode()]), moves)


def _reading(marked: _Marked, before: bytes, after: bytes, language: Language) -> Shape | None:
    source = before + marked.text + after
    root = parse(source, language)
    if root.has_error:
        return None
    start, end = len(before), len(before) + len(marked.text)
    reader = _Reader(source, marked, start)
    node = root.named_descendant_for_byte_range(start, end)
    while node is not None:
        inside = [child for child in parts_of(node) if child.start_byte >= start and child.end_byte <= end]
        if node.start_byte >= start and node.end_byte <= end:
            if node.type not in _WRAPPERS or not inside:
                return reader.shape(node)
            if node.type == "expression_statement" and len(inside) > 1:
                return reader.shape(node)
        rest = [child for child in parts_of(node) if child not in inside]
        if len(inside) == 1 and inside[0].is_named:
            node = inside[0]
        elif node.start_byte >= start and inside and node.type not in _WRAPPERS and all(c.type == ";" for c in rest):
            return reader.open_shape(node, inside)
        elif inside:
            return reader.sequence(inside)
        else:
            return None
    return None


def parts_of(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    """The children that say something: no comments, no line ends."""
    return [
        child
        for child in node.children
        if child.end_byte > child.start_byte and child.type not in _SILENT and "comment" not in child.type
    ]


def gaps_of(source: bytes, node: tree_sitter.Node) -> bytes:
    """Text of `node` that no child of it covers, without blanks."""
    parts, at = [], node.start_byte
    for child in node.children:
        parts.append(source[at : child.start_byte])
        at = max(at, child.end_byte)
    return _SPACES.sub(b"", b"".join([*parts, source[at : node.end_byte]]))


@dataclass(frozen=True, slots=True)
class _Reader:
    source: bytes
    marked: _Marked
    offset: int

    def shape(self, node: tree_sitter.Node) -> Shape:
        """The shape of a node of the pattern."""
        text = self.source[node.start_byte : node.end_byte]
        start, end = self._back(node.start_byte), self._back(node.end_byte)
        mark = _MARK.match(text.strip())
        if mark and node.is_named:
            many = mark[2] is not None
            body = many and bool(_BODIES.search(node.type))
            name = (mark[2] if many else mark[1]).decode()
            return Shape(node.type, start, end, variable=name, many=many and not body, body=body)
        parts = parts_of(node)
        if not parts:
            return Shape(node.type, start, end, text=text.strip())
        return Shape(node.type, start, end, parts=[self.shape(part) for part in parts], gaps=gaps_of(self.source, node))

    def open_shape(self, node: tree_sitter.Node, inside: list[tree_sitter.Node]) -> Shape:
        """A statement without the semicolon at its end."""
        start, end = self._back(node.start_byte), self._back(inside[-1].end_byte)
        return Shape(node.type, start, end, parts=[self.shape(part) for part in inside], open=True)

    def sequence(self, nodes: list[tree_sitter.Node]) -> Shape:
        """Several neighbours."""
        parts = [self.shape(node) for node in nodes]
        return Shape("", parts[0].start, parts[-1].end, parts=parts, sequence=True)

    def _back(self, at: int) -> int:
        return self.marked.back(at - self.offset)
