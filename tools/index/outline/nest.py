"""Gives each definition of a file its place among the others: what it lies in, its qualified name, its kind there."""

from __future__ import annotations

from collections.abc import Iterable

from tools.index.languages import Language
from tools.index.outline.collect import Raw
from tools.index.outline.describe import doc, signature
from tools.index.symbol import CLASSES, Symbol

_FUNCTIONS = frozenset({"function", "method"})
_LOCAL = frozenset({"variable", "prototype", "property"})
"""Kinds that are no definitions for others right inside a function: its local names, the parts of its types."""


_Around = tuple[int, str, str]
"""A definition that others lie in: the byte where it ends, its qualified name, its kind."""
_NOTHING: _Around = (0, "", "")


def nested(source: bytes, language: Language, raws: Iterable[Raw]) -> list[Symbol]:
    """The symbols of `raws`, in the order of the source."""
    symbols: list[Symbol] = []
    around: list[_Around] = []
    outer = _NOTHING
    span = (-1, -1)
    line, text = 0, ""
    docstrings = language.name == "python"
    for raw in sorted(raws, key=_place):
        start, end, name, scopes, kind, node, name_at, holds, member = raw
        twin = span == (start, end)  # declared together: siblings
        if not twin:
            span = (start, end)
            while around and around[-1][0] <= start:
                around.pop()
            outer = around[-1] if around else _NOTHING
        _, prefix, place = outer
        if place in _FUNCTIONS and kind in _LOCAL:
            if not member:
                continue
            _, prefix, place = next((one for one in reversed(around) if one[2] in CLASSES), _NOTHING)
        qualified = ".".join((*scopes, name)) if scopes else name
        if prefix:
            qualified = f"{prefix}.{qualified}"
        if kind == "function" or kind == "prototype":
            kind = _kind(kind, place, bool(scopes))
        if holds and not twin:
            around.append((end, qualified, kind))
        first, (last, column) = node.start_point[0] + 1, node.end_point
        body = None if kind == "variable" else node.child_by_field_name("body")
        if docstrings or not (twin or first == line):
            text = doc(source, language, start, body)
        elif not twin:
            text = ""  # the comment above is about the first definition of the line
        line = first
        if kind == "_scope":
            continue
        last += 1 if column or end == start else 0
        about = signature(source, node, name_at, body)
        symbols.append(Symbol(name, qualified, kind, start, end, first, last, name_at, about, text))
    return symbols


def _place(raw: Raw) -> tuple[int, int]:
    return raw.start, -raw.end


def _kind(kind: str, outer: str, scoped: bool) -> str:
    """What a function is called inside of a definition of kind `outer`, or where it spells out its scopes."""
    if outer in CLASSES or (kind == "function" and scoped and outer in ("", "module")):
        return "method"
    return kind
