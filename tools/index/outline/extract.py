"""Turns the bytes of a file into what the index keeps of it: symbols, identifiers, imports. No tree outlives a call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tools.index.languages import Language
from tools.index.outline.collect import Imports, Raw, queried, walked
from tools.index.outline.nest import nested
from tools.index.outline.skeleton import skeleton
from tools.index.symbol import CLASSES, Import, Symbol
from tools.index.syntax_tree import parse, text_of

if TYPE_CHECKING:
    import tree_sitter

__all__ = [
    "CLASSES",
    "MAX_BYTES",
    "MAX_LINE",
    "VERSION",
    "Extract",
    "Import",
    "Symbol",
    "extract",
    "extract_tree",
    "identifiers",
    "parse",
    "readable",
    "symbols_and_imports",
    "text_of",
    "text_only",
]

VERSION = 3
"""Raise it whenever the same bytes would give another `Extract`; stored ones of another version are not used."""

MAX_BYTES = 2_000_000
"""Larger files are text only: their identifiers are kept, their symbols are not."""
MAX_LINE = 2_000
"""Mean bytes a line past which a file counts as generated (minified, data) and is text only."""
_WORDS = bytes(byte if byte >= 0x80 or byte == 0x5F or chr(byte).isalnum() else 0x20 for byte in range(256))
_DIGITS = frozenset(b"0123456789")
_WORD = 100


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


def symbols_and_imports(source: bytes, language: Language, root: tree_sitter.Node) -> tuple[list[Symbol], list[Import]]:
    """What the tree below `root` defines and imports, in the order of the source."""
    raws: dict[int, Raw] = {}
    imports: Imports = {}
    if language.name == "python":
        walked(source, root, raws, imports)
    else:
        queried(source, language, root, raws, imports)
    return nested(source, language, raws.values()), list(imports.values())
