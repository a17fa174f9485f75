"""Turns the bytes of a file into what the index keeps of it: symbols, identifiers, imports. No tree outlives a call."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tools.index.languages import Language, grammar, query
from tools.index.python_walk import imported, walk

if TYPE_CHECKING:
    import tree_sitter

VERSION = 1
"""Raise it whenever the same bytes would give another `Extract`; stored ones of another version are not used."""

MAX_BYTES = 2_000_000
"""Larger files are text only: their identifiers are kept, their symbols are not."""
MAX_LINE = 2_000
"""Mean bytes a line past which a file counts as generated (minified, data) and is text only."""
_SIGNATURE = 200
_DOC = 100
_IDENTIFIER = re.compile(rb"[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]{0,99}")
_SPACES = re.compile(r"\s+")
_STRING = re.compile(rb"[rRuUbB]{0,2}(\"\"\"|'''|\"|')")
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
    """What one file holds. `parsed` is false where it was read as text only, `broken` where the parser met errors."""

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
    """Every word that could be a name, and how often; comments and strings included. Past 100 bytes a word is cut."""
    return Counter(_IDENTIFIER.findall(source))


def extract(source: bytes, language: Language) -> Extract:
    """Everything the index keeps of `source`."""
    if not readable(source):
        return text_only(source)
    root = parse(source, language)
    symbols, imports = _matches(source, language, root)
    return Extract(symbols, imports, identifiers(source), True, root.has_error)


def extract_tree(source: bytes, language: Language) -> tuple[tree_sitter.Node, list[Symbol]]:
    """The root of the tree of `source` and its symbols, for callers that need both."""
    root = parse(source, language)
    return root, _matches(source, language, root)[0]


def parse(source: bytes, language: Language) -> tree_sitter.Node:
    """The root of the tree of `source`."""
    import tree_sitter

    return tree_sitter.Parser(grammar(language.name)).parse(source).root_node


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


def _matches(source: bytes, language: Language, root: tree_sitter.Node) -> tuple[list[Symbol], list[Import]]:
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
                _signature(source, node, raw, body),
                _doc(source, language, first, raw.start, body),
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


def _signature(source: bytes, node: tree_sitter.Node, raw: _Raw, body: tree_sitter.Node | None) -> str:
    end = raw.end
    if end - raw.start > _SIGNATURE // 2:
        body = body or node.child_by_field_name("value")
        end = body.start_byte if body is not None and body.start_byte > raw.name_at else raw.end
        if body is None:
            line = source.find(b"\n", raw.name_at)
            end = line if 0 <= line < raw.end else raw.end
    text = source[raw.start : min(end, raw.start + 3 * _SIGNATURE)].decode("utf-8", "replace")
    text = " ".join(text.split()).rstrip("{=:").rstrip()
    return text if len(text) <= _SIGNATURE else text[: _SIGNATURE - 1] + "…"


def _doc(source: bytes, language: Language, line: int, start: int, body: tree_sitter.Node | None) -> str:
    if language.name == "python":
        if body is None:
            return ""
        quote = _STRING.match(source, body.start_byte)
        if quote is None:
            return ""
        begin = quote.end()
        end = source.find(quote[1], begin, begin + 2000)
        return _first_line(source[begin : end if end >= 0 else begin + 2000])
    if language.data or line == 1:
        return ""
    return _comment_above(source, language, start)


def _first_line(text: bytes) -> str:
    for line in text[:2000].decode("utf-8", "replace").split("\n"):
        if line.strip():
            return line.strip()[:_DOC].replace("\t", " ")
    return ""


def _comment_above(source: bytes, language: Language, start: int) -> str:
    """The first line of the comment that ends on the line above `start`."""
    line_start = source.rfind(b"\n", 0, start) + 1
    found = ""
    for _ in range(40):
        if line_start == 0:
            break
        above = source.rfind(b"\n", 0, line_start - 1) + 1
        line = source[above : line_start - 1].strip().decode("utf-8", "replace")
        if not line.startswith(language.comments) or line.startswith(("#!", "#[", "#include", "#define", "#if")):
            break
        words = line.removesuffix("*/").lstrip("/*#!<- ").strip()
        found = words if words and not words.startswith("@") else found
        line_start = above
    return found[:_DOC].replace("\t", " ")
