"""Replace the code of a live function by that of an edited one, which makes a candidate cost milliseconds.

The edited function is compiled alone, under the headers of the classes around it and at its own line numbers, and its
code object is put into every live function that has the old one. That equals a real edit for functions that did not run
while the tests were imported; a survivor is tried again as a real edit anyway.
"""

# Runs under Python 3.8 too, and asks the system in the cheapest way.
# ruff: noqa: B905, PTH118, PTH123, S307, UP031

from __future__ import annotations
import __future__

import ast
import gc
import os
import types
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

from .reassign import Assignment, Rebind, assignment_of, compiled, depending, module_at, owner_of, rebind

_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag

Edit = tuple[int, int, bytes]


class Outer(NamedTuple):
    """An outermost function: its path of classes, its lines (from 1), the byte offsets of its `def` and of its body."""

    chain: tuple[tuple[str, bytes], ...]
    name: str
    first: int
    last: int
    head: int
    body: int
    end: int


class Swap(NamedTuple):
    """One function's new code: its place, the live functions that get it, what it does as a number, new defaults."""

    place: tuple[str, int]
    live: list[types.FunctionType]
    code: types.CodeType
    print: int
    defaults: types.CodeType | None


class Source:
    """One file as it stands, cut into outermost functions."""

    def __init__(self, path: str) -> None:
        with open(path, "rb") as file:
            self.data = file.read()
        self.path = path
        self.lines = self.data.split(b"\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.data.decode("utf-8")
        if self.data.startswith(b"\xef\xbb\xbf") or b"\r" in self.data or b"\x0c" in self.data:
            raise ValueError("line ends or marks that shift offsets")
        tree = ast.parse(self.data)
        self.flags = compile(self.data, path, "exec", dont_inherit=True).co_flags & _FUTURE
        self.functions: list[Outer] = []
        self.assignments: list[Assignment] = []
        self._walk(tree.body, ())

    def _indent(self, line: int) -> bytes:
        text = self.lines[line - 1]
        return text[: len(text) - len(text.lstrip())]

    def _walk(self, body: Sequence[Any], chain: tuple[tuple[str, bytes], ...]) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min([d.lineno for d in node.decorator_list] + [node.lineno])
                start = node.body[0]
                offset = self.starts[start.lineno - 1] + start.col_offset
                last = node.end_lineno or start.lineno
                head = self.starts[node.lineno - 1] + node.col_offset
                self.functions.append(Outer(chain, node.name, first, last, head, offset, self.starts[last]))
            elif isinstance(node, ast.ClassDef):
                self._walk(node.body, (*chain, ("class %s:" % node.name, self._indent(node.lineno))))
            elif isinstance(node, (ast.If, ast.Try, ast.With)):
                inner = (*chain, ("if 1:", self._indent(node.lineno)))
                for part in ("body", "orelse", "finalbody"):
                    self._walk(getattr(node, part, []), inner)
                for handler in getattr(node, "handlers", []):
                    self._walk(handler.body, inner)
            else:
                classes = tuple(header[6:-1] for header, _ in chain if header.startswith("class "))
                found = assignment_of(node, classes, self.starts)
                if found is not None:
                    self.assignments.append(found)

    def enclosing(self, edits: Sequence[Edit]) -> Outer | None:
        """The outermost function (decorators left out) that holds all `edits`."""
        low, high = min(e[0] for e in edits), max(e[1] for e in edits)
        for function in self.functions:
            if function.head <= low and high <= function.end:
                return function
        return None

    def assignment_at(self, edit: Edit) -> Assignment | None:
        """The assignment outside of functions that holds `edit`."""
        return next((a for a in self.assignments if a.start <= edit[0] and edit[1] < a.end), None)

    def edited(self, start: int, end: int, edits: Sequence[Edit]) -> bytes:
        """The bytes from `start` to `end` after `edits`."""
        text = self.data[start : min(end, len(self.data))]
        for low, high, new in sorted(edits, reverse=True):
            text = text[: low - start] + new + text[high - start :]
        return text

    def defaults(self, outer: Outer, edits: Sequence[Edit]) -> types.CodeType | None:
        """Code of the pair (defaults, keyword defaults) of an edited header; None where the header is as it was.

        Raises:
            SyntaxError: the edited function does not parse.
        """
        if all(start >= outer.body for start, _, _ in edits):
            return None
        begin = self.starts[outer.first - 1]
        text = (
            b"if 1:\n" + self.edited(begin, outer.end, edits) if outer.chain else self.edited(begin, outer.end, edits)
        )
        if outer.chain and not text[6:7].isspace():
            text = text[6:]
        tree = ast.parse(text)
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        node = next(n for n in ast.walk(tree) if isinstance(n, functions) and n.name == outer.name)
        named = [(a.arg, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults) if d is not None]
        keys: list[ast.expr | None] = [ast.Constant(name) for name, _ in named]
        pair = ast.Tuple(
            [ast.Tuple(list(node.args.defaults), ast.Load()), ast.Dict(keys, [value for _, value in named])], ast.Load()
        )
        whole = ast.fix_missing_locations(ast.Expression(pair))
        code: types.CodeType = compile(whole, self.path, "eval", flags=self.flags)
        return code

    def compile(self, outer: Outer, edits: Sequence[Edit]) -> types.CodeType:
        """The code of `outer` after `edits`.

        Raises:
            SyntaxError: the edited function does not compile.
            LookupError: its code is not where it should be.
        """
        begin = self.starts[outer.first - 1]
        text = self.edited(begin, outer.end, edits)
        headers = [indent + header.encode() for header, indent in outer.chain]
        blank = b"\n" * max(0, outer.first - 1 - len(headers))
        chunk = blank + b"".join(header + b"\n" for header in headers) + text
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code: types.CodeType = compile(chunk, self.path, "exec", flags=self.flags, dont_inherit=True)
        names = [header[6:-1] for header, _ in outer.chain if header.startswith("class ")] + [outer.name]
        for name in names:
            inner = next((c for c in code.co_consts if isinstance(c, types.CodeType) and c.co_name == name), None)
            if inner is None:
                raise LookupError(name)
            code = inner
        return code


def fingerprint(code: types.CodeType) -> int:
    """A hash of what `code` does, line numbers left out."""
    consts = tuple(
        fingerprint(c) if isinstance(c, types.CodeType) else (type(c).__name__, repr(c)) for c in code.co_consts
    )
    table = getattr(code, "co_exceptiontable", b"")
    return hash((code.co_code, consts, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, table))


class Swapper:
    """Finds live functions by where they were defined."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._live: dict[tuple[str, str, int], list[types.FunctionType]] = {}
        self._sources: dict[str, Source | None] = {}
        self._original: dict[tuple[str, int], int] = {}
        self._seen: set[frozenset[tuple[tuple[str, int], int]]] = set()
        prefix = root + os.sep
        for thing in gc.get_objects():
            if isinstance(thing, types.FunctionType) and thing.__code__.co_filename.startswith(prefix):
                code = thing.__code__
                self._live.setdefault((code.co_filename, code.co_name, code.co_firstlineno), []).append(thing)

    def source(self, path: str) -> Source | None:
        """The file at `path` (relative), or None where it cannot be cut."""
        if path not in self._sources:
            try:
                self._sources[path] = Source(os.path.join(self._root, path))
            except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
                self._sources[path] = None
        return self._sources[path]

    def prepare(self, path: str, edits: Sequence[Edit]) -> tuple[str, list[Swap | Rebind]]:
        """`ready` with what to swap, or why not: `cold` (needs a real edit) or `syntax`."""
        source = self.source(path)
        if source is None:
            return "cold", []
        functions: dict[Outer, list[Edit]] = {}
        assignments: dict[Assignment, list[Edit]] = {}
        for edit in edits:
            outer, assignment = source.enclosing([edit]), source.assignment_at(edit)
            if outer is not None:
                functions.setdefault(outer, []).append(edit)
            elif assignment is not None:
                assignments.setdefault(assignment, []).append(edit)
            else:
                return "cold", []
        swaps: list[Swap | Rebind] = []
        try:
            swaps += [self._function(path, source, outer, group) for outer, group in functions.items()]
            swaps += [self._assignment(path, source, which, group) for which, group in assignments.items()]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return "syntax", []
        except (LookupError, AttributeError, StopIteration):
            return "cold", []
        return "ready", swaps

    def _function(self, path: str, source: Source, outer: Outer, edits: list[Edit]) -> Swap:
        live = self._live.get((source.path, outer.name, outer.first), [])
        code = source.compile(outer, edits)
        if not live or any(len(f.__code__.co_freevars) != len(code.co_freevars) for f in live):
            raise LookupError(outer.name)
        place = (path, outer.first)
        if place not in self._original:
            self._original[place] = fingerprint(source.compile(outer, ()))
        defaults = source.defaults(outer, edits)
        mark = fingerprint(code) if defaults is None else hash((fingerprint(code), fingerprint(defaults)))
        return Swap(place, live, code, mark, defaults)

    def _assignment(self, path: str, source: Source, which: Assignment, edits: list[Edit]) -> Rebind:
        module = module_at(source.path)
        if module is None or not which.binds:
            raise LookupError(path)
        code = compiled(which, source.edited(which.start, which.end, edits), source.path, source.flags)
        place = (path, -which.first)
        if place not in self._original:
            old = compiled(which, source.edited(which.start, which.end, ()), source.path, source.flags)
            self._original[place] = fingerprint(old)
        later = [
            (other.binds, compiled(other, source.edited(other.start, other.end, ()), source.path, source.flags))
            for other in depending(source.assignments, which)
        ]
        owner = owner_of(module, which.chain)
        return Rebind(place, module, owner, which.binds, code, later, fingerprint(code), self._root)

    def is_new(self, swaps: Sequence[Swap | Rebind]) -> bool:
        """Whether these swaps change anything and were not seen before; remembers them."""
        real = [swap for swap in swaps if swap.print != self._original[swap.place]]
        key = frozenset((swap.place, swap.print) for swap in real)
        if not key or key in self._seen:
            return False
        self._seen.add(key)
        return True


def install(swap: Swap | Rebind) -> None:
    """Give every live function the new code and defaults, or run the new assignment."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if isinstance(swap, Rebind):
            rebind(swap)
            return
        for function in swap.live:
            function.__code__ = swap.code
            if swap.defaults is not None:
                plain, named = eval(swap.defaults, function.__globals__)
                function.__defaults__, function.__kwdefaults__ = plain or None, named or None
