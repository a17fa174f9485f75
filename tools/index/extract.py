"""Turns the bytes of a file into what the index keeps of it: symbols, identifiers, imports. No tree outlives a call."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tools.index.describe import doc, signature
from tools.index.languages import Language, grammar, query
from tools.index.python_walk import imported, walk
from tools.index.skeleton import Span, skeleton

if TYPE_CHECKING:
    import tree_sitter

VERSION = 2
"""Raise it whenever the same bytes would give another `Extract`; stored ones of another version are not used."""

MAX_BYTES = 2_000_000
"""Larger files are text only: their identifiers are kept, their symbols are not."""
MAX_LINE = 2_000
"""Mean bytes a line past which a file counts as generated (minified, data) and is text only."""
_WORDS = bytes(byte if byte >= 0x80 or byte == 0x5F or chr(byte).isalnum() else 0x20 for byte in range(256))
_DIGITS = frozenset(b"0123456789")
_WORD = 100
_SPACES = re.compile(r"\s+")
_SCOPE = re.compile(r"\.?\b(?:module\.exports|exports|prototype|this)\b\.?")
_GLUE = re.compile(r"::|\\")

CLASSES = frozenset({"class", "interface", "struct", "trait", "enum", "_scope"})
"""Kinds in which a function is called a method."""


class Symbol(NamedTuple):
    """A definition. Offsets are bytes, lines count from 1; `end` is past the last byte, `end_line` is the last line.

    `signature` is one line; `doc` is the first line of its docstring or of the comment above, else empty.
    """

    name: str
    qualified: str
    kind: str
    start: int
    end: int
    line: int
    end_line: int
    name_at: int
    signature: str
    doc: str = ""


class Import(NamedTuple):
    """One imported thing: from `module`, its `name` there (empty: the module itself, ``*``: all) and local `alias`."""

    module: str
    name: str
    alias: str
    line: int


@dataclass(slots=True)
class Extract:
    """What one file holds. `parsed` is false where it was read as text only, `broken` where the parser met errors.

    Errors in what a `skeleton` leaves out are not met.
    """

    symbols: list[Symbol] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    identifiers: Mapping[bytes, int] = field(default_factory=dict)
    parsed: bool = False
    broken: bool = False


def readable(source: bytes) -> bool:
    """Whether `source` is worth a parse: text, not huge, not one endless line."""
    if len(source) > MAX_BYTES or b"\0" in source[:8000]:
        return False
    return len(source) < 20_000 or len(source) / (source.count(b"\n") + 1) < MAX_LINE


def text_only(source: bytes) -> Extract:
    """The identifiers of a file that is not parsed; nothing of a binary one."""
    if b"\0" in source[:8000]:
        return Extract()
    return Extract(identifiers=identifiers(source[:MAX_BYTES]))


def identifiers(source: bytes) -> Mapping[bytes, int]:
    """Every word that could be a name, and how often; comments and strings included. Words past 100 bytes are data."""
    words = Counter(source.translate(_WORDS).split())
    return {word: count for word, count in words.items() if word[0] not in _DIGITS and len(word) <= _WORD}


def extract(source: bytes, language: Language) -> Extract:
    """Everything the index keeps of `source`."""
    if not readable(source):
        return text_only(source)
    root = _outline(source, language)
    symbols, imports = symbols_and_imports(source, language, root)
    return Extract(symbols, imports, identifiers(source), True, root.has_error)


def _outline(source: bytes, language: Language) -> tree_sitter.Node:
    """The root of a tree that has all definitions and imports of `source`; of Python little else."""
    if language.name == "python":
        edited, spans = skeleton(source)
        root = parse(edited, language, spans)
        if not spans or not root.has_error:
            return root
    return parse(source, language)


def extract_tree(source: bytes, language: Language) -> tuple[tree_sitter.Node, list[Symbol]]:
    """The root of the tree of `source` and its symbols, for callers that need both."""
    root = parse(source, language)
    return root, symbols_and_imports(source, language, root)[0]


def parse(source: bytes, language: Language, spans: Sequence[Span] = ()) -> tree_sitter.Node:
    """The root of the tree of `source`, or of its `spans` alone; offsets are those of the whole in either case."""
    import tree_sitter

    parser = tree_sitter.Parser(grammar(language.name))
    if spans:
        parser.included_ranges = _ranges(source, spans)
    return parser.parse(source).root_node


def _ranges(source: bytes, spans: Sequence[Span]) -> list[tree_sitter.Range]:
    import tree_sitter

    ranges: list[tree_sitter.Range] = []
    row = at = 0
    for span in spans:
        first = row + source.count(b"\n", at, span.start)
        row, at = first + source.count(b"\n", span.start, span.stop), span.stop
        start, stop = (
            tree_sitter.Point(line, edge - source.rfind(b"\n", 0, edge) - 1)
            for line, edge in zip((first, row), span, strict=True)
        )
        ranges.append(tree_sitter.Range(start, stop, span.start, span.stop))
    return ranges


def text_of(source: bytes, node: tree_sitter.Node) -> str:
    """The text of `node`; bytes that are not UTF-8 become lone surrogates."""
    return source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")


def matches(
    language: Language, kinds: tuple[str, ...], node: tree_sitter.Node
) -> list[tuple[int, dict[str, list[tree_sitter.Node]]]]:
    """All matches of the query files `kinds` below `node`."""
    import tree_sitter

    compiled = query(language.name, kinds)
    return tree_sitter.QueryCursor(compiled).matches(node) if compiled is not None else []


@dataclass(slots=True)
class _Raw:
    """A definition before its place among the others is known."""

    start: int
    end: int
    name: str
    scope: str
    kind: str
    node: Any
    name_at: int


def symbols_and_imports(source: bytes, language: Language, root: tree_sitter.Node) -> tuple[list[Symbol], list[Import]]:
    """What the tree below `root` defines and imports, in the order of the source."""
    raws: dict[int, _Raw] = {}
    imports: dict[tuple[int, str, str], Import] = {}
    if language.name == "python":
        _walked(source, root, raws, imports)
    else:
        _queried(source, language, root, raws, imports)
    ordered = sorted(raws.values(), key=lambda raw: (raw.start, -raw.end))
    return _nested(source, language, ordered), list(imports.values())


def _walked(
    source: bytes, root: tree_sitter.Node, raws: dict[int, _Raw], imports: dict[tuple[int, str, str], Import]
) -> None:
    for kind, node, name in walk(root):
        if kind == "import":
            for module, thing, alias in imported(node):
                captures = {"import": [node], "module": [module]}
                if thing is not None:
                    captures["wildcard" if thing.type == "wildcard_import" else "imported"] = [thing]
                if alias is not None:
                    captures["alias"] = [alias]
                _import(source, captures, imports)
        else:
            at = name.start_byte
            raws[at] = _Raw(node.start_byte, node.end_byte, text_of(source, name), "", kind, node, at)


def _queried(
    source: bytes,
    language: Language,
    root: tree_sitter.Node,
    raws: dict[int, _Raw],
    imports: dict[tuple[int, str, str], Import],
) -> None:
    for _, captures in matches(language, ("definitions", "imports"), root):
        if "import" in captures:
            _import(source, captures, imports)
            continue
        name = captures["name"][0]
        kind = next(key for key in captures if key != "name" and key != "scope" and (key[0] != "_" or key == "_scope"))
        node = captures[kind][0]
        known = raws.get(name.start_byte)
        if known is not None and (known.kind != "variable" and known.kind != "type"):
            continue
        scope = text_of(source, captures["scope"][0]) if "scope" in captures else ""
        raws[name.start_byte] = _Raw(
            node.start_byte, node.end_byte, text_of(source, name), scope, kind, node, name.start_byte
        )


def _import(
    source: bytes, captures: dict[str, list[tree_sitter.Node]], found: dict[tuple[int, str, str], Import]
) -> None:
    if "module" not in captures:
        return
    node = captures["module"][0]
    module = text_of(source, node).strip("\"'`<>")
    name = "*" if "wildcard" in captures else ""
    if "imported" in captures:
        name = text_of(source, captures["imported"][0])
    alias = text_of(source, captures["alias"][0]) if "alias" in captures else ""
    key = (captures["import"][0].start_byte, module, name or alias)
    found.setdefault(key, Import(module, name, alias, node.start_point[0] + 1))


def _nested(source: bytes, language: Language, raws: list[_Raw]) -> list[Symbol]:
    symbols: list[Symbol] = []
    around: list[tuple[int, str, str]] = []
    for raw in raws:
        while around and around[-1][0] <= raw.start:
            around.pop()
        name, scopes = _names(raw.name, raw.scope)
        outer = around[-1][1] if around else ""
        inner = ".".join([*scopes, name]) if scopes else name
        qualified = f"{outer}.{inner}" if outer else inner
        kind = raw.kind
        if kind == "function" and ((around and around[-1][2] in CLASSES) or (scopes and not outer)):
            kind = "method"
        around.append((raw.end, qualified, kind))
        if kind == "_scope":
            continue
        node = raw.node
        first, (last, column) = node.start_point[0] + 1, node.end_point
        plain = kind == "variable"
        body = None if plain else node.child_by_field_name("body")
        symbols.append(
            Symbol(
                name,
                qualified,
                kind,
                raw.start,
                raw.end,
                first,
                last + (1 if column or raw.end == raw.start else 0),
                raw.name_at if name == raw.name else _last_part(source, raw, name),
                signature(source, node, raw.name_at, body),
                doc(source, language, raw.start, body),
            )
        )
    return symbols


def _names(name: str, scope: str) -> tuple[str, list[str]]:
    """The plain name and the scopes that its definition spells out (``A.prototype.k``, ``ns::C::m``)."""
    if not scope and name.isidentifier():
        return name, []
    parts = [part for part in _GLUE.split(name.strip("\"'")) if part.strip()] or [name]
    outer = _SCOPE.sub("", scope) if scope else ""
    scopes = [outer] if outer and len(outer) < 100 and "\n" not in outer else []
    return _SPACES.sub(" ", parts[-1]).strip(), scopes + parts[:-1]


def _last_part(source: bytes, raw: _Raw, name: str) -> int:
    """Where the plain name stands in a name that spells out its scopes, or stands in quotes."""
    end = raw.name_at + len(raw.name.encode("utf-8", "surrogateescape"))
    return max(raw.name_at, source.rfind(name.encode("utf-8", "surrogateescape"), raw.name_at, end))
