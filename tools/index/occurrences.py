"""Finds every occurrence of a name in one file and says what each is: definition, call, attribute, import, text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tools.index.extract import CLASSES, extract_tree, readable
from tools.index.languages import Language, query

if TYPE_CHECKING:
    import tree_sitter

_ORDER = ("call", "method_call", "attribute", "keyword", "type", "name")
_TEXT = ("comment", "string", "text", "char", "heredoc", "regex", "escape")
_MOST = 2_000


class Occurrence(NamedTuple):
    """One place of a name. `start` in bytes, `line` from 1, `text` that line stripped.

    `kind` is ``definition``, ``import``, ``call``, ``method_call``, ``attribute``, ``keyword``, ``type``, ``name`` or
    ``text`` (a comment or string). `receiver` is what stands before the dot; `owner` the qualified name of the
    innermost class around, `inside` that of the innermost definition; `local`: a function around binds the name itself.
    """

    start: int
    line: int
    kind: str
    text: str
    receiver: str
    owner: str
    inside: str
    local: bool


def occurrences(source: bytes, language: Language, name: str) -> list[Occurrence]:
    """Every occurrence of `name` as a whole word, in order; at most 2,000."""
    word = name.encode("utf-8", "surrogateescape")
    hits = [m.start() for m in re.finditer(rb"(?<![\w\x80-\xff])" + re.escape(word) + rb"(?![\w\x80-\xff])", source)]
    if not hits:
        return []
    if not readable(source):
        return [Occurrence(at, _line(source, at), "text", _text(source, at), "", "", "", False) for at in hits[:_MOST]]
    root, symbols = extract_tree(source, language)
    defined = {symbol.name_at for symbol in symbols if symbol.name == name}
    found = []
    for at in hits[:_MOST]:
        node = root.descendant_for_byte_range(at, at + len(word))
        kind = _kind(root, node, at, at + len(word), language, defined)
        around = [s for s in symbols if s.start <= at < s.end and s.name_at != at]
        classes = [s.qualified for s in around if s.kind in CLASSES]
        found.append(
            Occurrence(
                at,
                _line(source, at),
                kind,
                _text(source, at),
                _receiver(source, at) if kind in ("method_call", "attribute") else "",
                classes[-1] if classes else "",
                around[-1].qualified if around else "",
                kind not in ("text", "import") and _is_local(source, node, at, word, language),
            )
        )
    return found


def _kind(
    root: tree_sitter.Node,
    node: tree_sitter.Node | None,
    start: int,
    end: int,
    language: Language,
    defined: set[int],
) -> str:
    import tree_sitter

    if start in defined:
        return "definition"
    ancestor = node
    while ancestor is not None:
        if "import" in ancestor.type or ancestor.type in ("use_declaration", "using_directive", "preproc_include"):
            return "import"
        if not ancestor.child_count and any(word in ancestor.type for word in _TEXT):
            return "text"
        ancestor = ancestor.parent
    compiled = query(language.name, ("references",))
    if compiled is None:
        return "name"
    cursor = tree_sitter.QueryCursor(compiled)
    cursor.set_byte_range(start, end)
    kinds = {
        kind
        for kind, nodes in cursor.captures(root).items()
        for found in nodes
        if found.start_byte <= start and end <= found.end_byte and found.child_count == 0
    }
    return next((kind for kind in _ORDER if kind in kinds), "text")


def _receiver(source: bytes, at: int) -> str:
    """What stands before the dot (or ``->``, ``::``) before `at`, as far as it is names and dots."""
    before = source[max(0, at - 200) : at].decode("utf-8", "surrogateescape")
    found = re.search(r"([\w$]+(?:\(\))?(?:\??\.[\w$]+)*)\s*(?:\??\.|->|::)\s*$", before)
    return found[1] if found else "…"


def _is_local(source: bytes, node: tree_sitter.Node | None, at: int, word: bytes, language: Language) -> bool:
    """Whether a function around the occurrence binds the name: a parameter, a local variable, an inner function."""
    import tree_sitter

    compiled = query(language.name, ("bindings",))
    function = node
    while function is not None and compiled is not None:
        if function.type in language.functions:
            own = function.child_by_field_name("name")
            if own is not None and own.start_byte == at:
                function = function.parent
                continue
            for bound in tree_sitter.QueryCursor(compiled).captures(function).get("binding", ()):
                if source[bound.start_byte : bound.end_byte] == word and bound != own:
                    return True
        function = function.parent
    return False


def _line(source: bytes, at: int) -> int:
    return source.count(b"\n", 0, at) + 1


def _text(source: bytes, at: int) -> str:
    start = source.rfind(b"\n", 0, at) + 1
    end = source.find(b"\n", at)
    line = source[start : end if end >= 0 else len(source)].decode("utf-8", "replace").strip()
    return line if len(line) <= 160 else line[:159] + "…"
