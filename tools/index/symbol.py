"""The records of what a file defines and imports."""

from __future__ import annotations

from typing import NamedTuple

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
