"""Collects the definitions and imports of a tree, each on its own: by query files, or by a walk for Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from tools.index.languages import Language
from tools.index.outline.declarators import bound, declared
from tools.index.outline.python_walk import imported, walk
from tools.index.symbol import Import
from tools.index.syntax_tree import Captures, matches, text_of

if TYPE_CHECKING:
    import tree_sitter

_SPACES = re.compile(r"\s+")
_SCOPE = re.compile(r"\.?\b(?:module\.exports|exports|prototype|this)\b\.?")
_GLUE = re.compile(r"::|\\")
_LEAVES = frozenset({"prototype", "macro"})
_DECLARED = frozenset({"variable", "type", "property"})
_TAGGED = frozenset({"struct_specifier", "union_specifier", "enum_specifier", "class_specifier"})
_KIND_OF_FUNCTION = {"variable": "prototype", "property": "method"}

_ABOUT = frozenset({"name", "scope", "declarator", "pattern"})
"""Captures that tell about a definition; the remaining one is its kind."""

Imports = dict[tuple[int, str, str], Import]
"""Imports by the start of their statement, module and name there."""


class Raw(NamedTuple):
    """A definition before its place among the others is known.

    `scopes` are those that it spells out itself (``A.prototype.k``, ``ns::C::m``). `holds`: definitions inside belong
    to it. `member`: it belongs to the class around, though it stands in a function (a promoted parameter).
    """

    start: int
    end: int
    name: str
    scopes: tuple[str, ...]
    kind: str
    node: Any
    name_at: int
    holds: bool = True
    member: bool = False


def walked(source: bytes, root: tree_sitter.Node, raws: dict[int, Raw], imports: Imports) -> None:
    """Add the definitions and imports of the Python below `root` to `raws` and `imports`."""
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
            holds = kind != "variable"
            raws[at] = Raw(node.start_byte, node.end_byte, text_of(source, name), (), kind, node, at, holds)


def queried(source: bytes, language: Language, root: tree_sitter.Node, raws: dict[int, Raw], imports: Imports) -> None:
    """Add what the query files of `language` find below `root` to `raws` and `imports`."""
    for _, captures in matches(language, ("definitions", "imports"), root):
        if "import" in captures:
            _import(source, captures, imports)
            continue
        for raw in _definitions(source, language, captures):
            known = raws.get(raw.name_at)
            if known is None or known.kind in ("variable", "type"):
                raws[raw.name_at] = raw


def _definitions(source: bytes, language: Language, captures: Captures) -> Iterable[Raw]:
    """The definitions of one match. Their names are told by one of three captures.

    ``name``: that node, or all from the first to the last one. ``declarator``: the names in a declarator of C.
    ``pattern``: the names in a pattern. Where ``_later`` is captured, it has to begin on a later line. ``_member``
    tells a member of the class around that is defined inside of a function.
    """
    kind = next(key for key in captures if key not in _ABOUT and (key[0] != "_" or key == "_scope"))
    node = captures[kind][0]
    if "declarator" in captures:
        return _in_declarator(source, kind, node, captures["declarator"][0])
    if "pattern" in captures:
        return _in_pattern(source, kind, node, captures["pattern"][0])
    if "_later" in captures and captures["_later"][0].start_point[0] <= node.end_point[0]:
        return ()
    names = captures["name"]
    at = names[0].start_byte + (names[0].type == "simple_symbol")
    written = _text(source, at, names[-1].end_byte)
    spelt = text_of(source, captures["scope"][0]) if "scope" in captures else ""
    name, scopes = _names(written, spelt, glued=not language.data)
    at = at if name == written else _last_part(source, at, written, name)
    holds = kind not in _LEAVES and not (kind == "variable" and _is_chain(node))
    return (Raw(node.start_byte, node.end_byte, name, tuple(scopes), kind, node, at, holds, "_member" in captures),)


def _in_declarator(source: bytes, kind: str, node: tree_sitter.Node, declarator: tree_sitter.Node) -> Iterator[Raw]:
    holds = kind not in _DECLARED or not _names_its_type(node)
    for found in declared(declarator):
        if kind == "function" and not found.function:
            continue
        name = _SPACES.sub(" ", _text(source, found.start, found.end)).strip()
        scopes = tuple(text_of(source, scope) for scope in found.scopes)
        now = _KIND_OF_FUNCTION.get(kind, kind) if found.function else kind
        holds = holds and now not in _LEAVES
        yield Raw(node.start_byte, node.end_byte, name, scopes, now, node, found.start, holds)


def _in_pattern(source: bytes, kind: str, node: tree_sitter.Node, pattern: tree_sitter.Node) -> Iterator[Raw]:
    holds = not _is_chain(node)
    for name in bound(pattern):
        yield Raw(node.start_byte, node.end_byte, text_of(source, name), (), kind, node, name.start_byte, holds)


def _text(source: bytes, start: int, end: int) -> str:
    return source[start:end].decode("utf-8", "surrogateescape")


def _names_its_type(node: tree_sitter.Node) -> bool:
    """Whether the declaration `node` also defines a type with a name of its own (``struct s {…} v``)."""
    of = node.child_by_field_name("type")
    return of is not None and of.type in _TAGGED and of.child_by_field_name("name") is not None


def _is_chain(node: tree_sitter.Node) -> bool:
    """Whether `node` assigns to further names (``a = b = 1``)."""
    value = node.child_by_field_name("right") or node.child_by_field_name("value")
    return value is not None and value.type in ("assignment", "assignment_expression")


def _names(name: str, scope: str, *, glued: bool) -> tuple[str, list[str]]:
    """The plain name and the scopes that its definition spells out."""
    if not scope and name.isidentifier():
        return name, []
    bare = name.strip("\"'")
    parts = [part for part in _GLUE.split(bare) if part.strip()] if glued else [bare]
    outer = _SCOPE.sub("", scope) if scope else ""
    scopes = [outer] if outer and len(outer) < 100 and "\n" not in outer else []
    return _SPACES.sub(" ", parts[-1]).strip() if parts else name, scopes + parts[:-1]


def _last_part(source: bytes, at: int, written: str, name: str) -> int:
    """Where the plain name stands in `written`, at byte `at`, which spells out its scopes or stands in quotes."""
    end = at + len(written.encode("utf-8", "surrogateescape"))
    return max(at, source.rfind(name.encode("utf-8", "surrogateescape"), at, end))


def _import(source: bytes, captures: Captures, found: Imports) -> None:
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
