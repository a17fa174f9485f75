"""What one import brings in, and the texts of nodes that say so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tools.index.syntax_tree import text_of

if TYPE_CHECKING:
    import tree_sitter

_SPACES = re.compile(r"\s+")


class Entry(NamedTuple):
    """One imported thing.

    `key` says what it is, the same for every way of writing it; one with a key of `also` serves as well. `binds` is the
    local name (empty: none, or one that may be bound twice), `origin` what that name stands for. `form` is a statement
    that brings it in, in which ``%s`` (if it is there) takes the `piece` of several entries of one form.
    """

    key: str
    binds: str
    origin: str
    form: str
    piece: str = ""
    also: tuple[str, ...] = ()


def read_back(row: Sequence[Any]) -> Entry:
    """The entry that became the row of an answer."""
    key, binds, origin, form, piece, also = row
    return Entry(key, binds, origin, form, piece, tuple(also))


def tight(source: bytes, node: tree_sitter.Node | None) -> str:
    """The text of a path without blanks and comments."""
    if node is None or "comment" in node.type:
        return ""
    if not node.child_count:
        return _SPACES.sub("", text_of(source, node))
    return "".join(tight(source, child) for child in node.children)


def string(source: bytes, node: tree_sitter.Node | None) -> str:
    """The text between the quotes of a string."""
    return "" if node is None else text_of(source, node)[1:-1]
