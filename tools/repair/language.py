"""What the operators need to know of a language, as data: node kinds by role, and what is mistaken for what."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Weighted = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    `roles` maps a role that rules ask for to the grammar's node kinds. `swaps` maps a token to others with weights in
    0..1; `names` does the same for identifiers and methods. Templates use ``{}`` for the expression inside.
    """

    name: str
    grammar: str
    suffixes: tuple[str, ...]
    roles: Mapping[str, frozenset[str]]
    swaps: Mapping[str, Weighted]
    names: Mapping[str, Weighted]
    constants: Mapping[str, Weighted]
    wraps: Weighted
    typed_wraps: Mapping[str, Weighted]
    negate: str
    conjoin: str
    disjoin: str
    tests: Weighted
    """Conditions about one value."""
    returns: Weighted
    exits: Weighted
    exceptions: tuple[str, ...] = ()
    regex: Weighted = ()
    receiver: str = "self"
    parenthesis: str = "({})"
    none: str = "None"
    is_none: str = ""
    """How a value is asked to be missing, and not to be; empty where that is no idiom."""
    is_not_none: str = ""
    type_tests: frozenset[str] = frozenset()
    """Functions of (value, types) that ask for a value's type."""
    indented: bool = True
    """Blocks are told by indentation; statement operators need this."""
    keywords: frozenset[str] = field(default_factory=frozenset)

    def has(self, role: str, kind: str) -> bool:
        """Whether nodes of `kind` play `role`."""
        return kind in self.roles.get(role, frozenset())


@functools.cache
def parser_of(grammar: str) -> Any:
    """A parser for the grammar in module `grammar` (loaded on first use)."""
    import importlib

    import tree_sitter

    return tree_sitter.Parser(tree_sitter.Language(importlib.import_module(grammar).language()))
