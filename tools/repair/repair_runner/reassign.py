"""Run an edited assignment of a module or class anew in the living program, with what the module derives from it.

This is a sketch of a real edit: names that other modules imported are followed, but not what those modules computed
from the old value. A candidate that fails so may still be right; one that passes gets a real edit.
"""

# Runs under Python 3.8 too, and asks the system in the cheapest way.
# ruff: noqa: S102

from __future__ import annotations

import ast
import os
import sys
import types
from typing import Any, NamedTuple


class Assignment(NamedTuple):
    """An assignment outside of functions: its classes, lines (from 1), byte span, names bound, and names read."""

    chain: tuple[str, ...]
    first: int
    start: int
    end: int
    binds: frozenset[str]
    reads: frozenset[str]
    indented: bool


class Rebind(NamedTuple):
    """An edited assignment, compiled: its place, the module, the class or None, later assignments that depend on it."""

    place: tuple[str, int]
    module: types.ModuleType
    owner: Any
    names: frozenset[str]
    code: types.CodeType
    later: list[tuple[frozenset[str], types.CodeType]]
    print: int
    root: str


def assignment_of(node: ast.stmt, chain: tuple[str, ...], starts: list[int]) -> Assignment | None:
    """The assignment that `node` is; None where it is anything else."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None or node.end_lineno is None:
        return None
    names = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    binds = frozenset(name.id for name in names if isinstance(name.ctx, ast.Store))
    reads = frozenset(name.id for name in names if isinstance(name.ctx, ast.Load))
    start, end = starts[node.lineno - 1], starts[node.end_lineno]
    return Assignment(chain, node.lineno, start, end, binds, reads, node.col_offset > 0)


def compiled(assignment: Assignment, text: bytes, path: str, flags: int) -> types.CodeType:
    """The code of an assignment's lines.

    Raises:
        SyntaxError: it does not compile.
    """
    head = b"if 1:\n" if assignment.indented else b""
    blank = b"\n" * max(0, assignment.first - 1 - len(head[:1]))
    code: types.CodeType = compile(blank + head + text, path, "exec", flags=flags, dont_inherit=True)
    return code


def depending(assignments: list[Assignment], changed: Assignment) -> list[Assignment]:
    """Later assignments of the module that read what `changed` binds, directly or not."""
    names = set(changed.binds)
    found = []
    for other in assignments:
        if other.start > changed.start and not other.chain and other.reads & names:
            names |= other.binds
            found.append(other)
    return found


def owner_of(module: types.ModuleType, chain: tuple[str, ...]) -> Any:
    """The class that `chain` names in `module` (the module itself for none).

    Raises:
        AttributeError: it is not there.
    """
    found: Any = module
    for name in chain:
        found = getattr(found, name)
    return found


def module_at(path: str) -> types.ModuleType | None:
    """The imported module whose file is `path`."""
    return next((module for module in loaded() if vars(module).get("__file__") == path), None)


def loaded() -> list[types.ModuleType]:
    """The imported modules; what else stands among them (lazy stand-ins that import when asked) is left alone."""
    return [module for module in list(sys.modules.values()) if isinstance(module, types.ModuleType)]


def rebind(swap: Rebind) -> None:
    """Run the assignment, let other modules of the project have the new values, and renew what depends on them."""
    space = vars(swap.module)
    if swap.owner is not swap.module:
        local = dict(vars(swap.owner))
        exec(swap.code, space, local)
        for name in swap.names:
            setattr(swap.owner, name, local[name])
        return
    for names, code in [(swap.names, swap.code), *swap.later]:
        old = {name: space[name] for name in names if name in space}
        exec(code, space)
        for other in loaded():
            if not (vars(other).get("__file__") or "").startswith(swap.root + os.sep):
                continue
            for name, value in old.items():
                if other is not swap.module and vars(other).get(name) is value:
                    setattr(other, name, space[name])
