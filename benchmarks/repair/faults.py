"""Plant one fault at a random place of a Python file with the standard `ast` module alone.

Written apart from the repair operators on purpose: a fault is chosen by what programmers get wrong, whether or not any
single operator could undo it (deleted guards and statements cannot be, unless the file has the ingredients).
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """A planted fault: what kind, where (line from 1), and the whole faulty source."""

    kind: str
    line: int
    source: str


Made = tuple[str, int, int, str]  # kind, start, end (character offsets), new text

_COMPARE = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Div, ast.Mod)


class Planter:
    """All places of one file where a fault could go."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self._tree = ast.parse(source)

    def plant(self, rng: random.Random) -> Fault | None:
        """One random fault; None where the file has no place for any."""
        functions = [n for n in ast.walk(self._tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        for _ in range(50):
            if not functions:
                return None
            function = rng.choice(functions)
            maker = rng.choice(_MAKERS)
            made = list(maker(self, function, rng))
            if not made:
                continue
            kind, start, end, new = rng.choice(made)
            text = self._source[:start] + new + self._source[end:]
            try:
                if ast.dump(ast.parse(text)) == ast.dump(self._tree):
                    continue
            except SyntaxError:
                continue
            return Fault(kind, self._source.count("\n", 0, start) + 1, text)
        return None

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Character offsets of a node."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _at(self, line: int, column: int) -> int:
        text = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(text)

    def text(self, node: ast.expr | ast.stmt) -> str:
        """The source of a node."""
        start, end = self.span(node)
        return self._source[start:end]

    def replace(self, kind: str, old: ast.expr, new: str) -> Made:
        """A change of one expression."""
        start, end = self.span(old)
        return kind, start, end, new

    def rows(self, kind: str, node: ast.stmt, new: str) -> Made:
        """A change of whole lines; `new` ends without a line end."""
        assert node.end_lineno is not None
        start, end = self._starts[node.lineno - 1], self._starts[node.end_lineno]
        return kind, start, end, (new + "\n") if new else ""


Maker = Callable[[Planter, ast.AST, random.Random], Iterator[Made]]


def _comparisons(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    for node in ast.walk(function):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], _COMPARE):
            other = rng.choice([op for op in _COMPARE if not isinstance(node.ops[0], op)])
            text = ast.unparse(ast.Compare(node.left, [other()], node.comparators))
            yield p.replace("comparison", node, text)


def _arithmetic(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, _ARITHMETIC) and not _stringy(node):
            other = rng.choice([op for op in _ARITHMETIC if not isinstance(node.op, op)])
            yield p.replace("arithmetic", node, ast.unparse(ast.BinOp(node.left, other(), node.right)))


def _stringy(node: ast.BinOp) -> bool:
    return any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (node.left, node.right))


def _conditions(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    for node in ast.walk(function):
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            if isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not):
                yield p.replace("condition", node.test, ast.unparse(node.test.operand))
            else:
                yield p.replace("condition", node.test, f"not ({p.text(node.test)})")
            if isinstance(node.test, ast.BoolOp):
                yield p.replace("half condition", node.test, ast.unparse(rng.choice(node.test.values)))


def _booleans(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    for node in ast.walk(function):
        if isinstance(node, ast.BoolOp):
            other: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield p.replace("and/or", node, ast.unparse(ast.BoolOp(other, node.values)))


def _numbers(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            yield p.replace("number", node, str(node.value + rng.choice([-2, -1, 1, 2])))


def _names(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        stored |= {argument.arg for argument in function.args.args}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in stored and len(stored) > 1:
            yield p.replace("name", node, rng.choice(sorted(stored - {node.id})))


def _calls(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        if len(node.args) >= 2:
            args = list(node.args)
            i = rng.randrange(len(args) - 1)
            args[i], args[i + 1] = args[i + 1], args[i]
            yield p.replace("swapped arguments", node, ast.unparse(ast.Call(node.func, args, node.keywords)))
            yield p.replace("lost argument", node, ast.unparse(ast.Call(node.func, node.args[:-1], node.keywords)))
        if node.keywords:
            fewer = [k for k in node.keywords if k is not node.keywords[-1]]
            yield p.replace("lost keyword", node, ast.unparse(ast.Call(node.func, node.args, fewer)))
        if len(node.args) == 1 and not node.keywords and isinstance(node.func, ast.Name):
            yield p.replace("lost call", node, ast.unparse(node.args[0]))
        if isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
            yield p.replace("lost method", node, ast.unparse(node.func.value))


def _attributes(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    seen = {n.attr for n in ast.walk(p._tree) if isinstance(n, ast.Attribute) and _is_self(n)}
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and _is_self(node) and len(seen) > 1 and isinstance(node.ctx, ast.Load):
            other = rng.choice(sorted(seen - {node.attr}))
            yield p.replace("attribute", node, f"{ast.unparse(node.value)}.{other}")


def _is_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def _returns(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            start, end = p.span(node)
            if not (isinstance(node.value, ast.Constant) and node.value.value is None):
                yield "lost return value", start, end, "return None"
            if isinstance(node.value, ast.Call):
                yield "lost return", start, end, p.text(node.value)


def _statements(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    for block in _blocks(function):
        for index, node in enumerate(block):
            pad = " " * node.col_offset
            simple = isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.Raise)
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if simple and not docstring:
                yield p.rows("lost statement", node, f"{pad}pass" if len(block) == 1 else "")
            leaves = isinstance(node, ast.If) and not node.orelse and len(node.body) == 1
            if leaves and isinstance(node, ast.If) and isinstance(node.body[0], ast.Return | ast.Raise | ast.Continue):
                yield p.rows("lost guard", node, f"{pad}pass" if len(block) == 1 else "")
            if index + 1 < len(block) and simple and not docstring:
                following = block[index + 1]
                start, end = p._starts[node.lineno - 1], p._starts[following.end_lineno or 0]
                first = p._source[start : p._starts[node.end_lineno or 0]]
                yield "swapped statements", start, end, p._source[p._starts[node.end_lineno or 0] : end] + first


def _blocks(function: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(function):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield block


def _augmented(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    for node in ast.walk(function):
        if isinstance(node, ast.AugAssign):
            start, end = p.span(node)
            yield "lost accumulation", start, end, f"{p.text(node.target)} = {p.text(node.value)}"


def _slices(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            lower = f"({ast.unparse(node.slice.lower)}) + 1" if node.slice.lower else "1"
            upper = ast.unparse(node.slice.upper) if node.slice.upper else ""
            yield p.replace("slice", node, f"{ast.unparse(node.value)}[{lower}:{upper}]")


def _exceptions(p: Planter, function: ast.AST, rng: random.Random) -> Iterator[Made]:
    names = ["ValueError", "KeyError", "TypeError", "AttributeError", "IndexError"]
    for node in ast.walk(function):
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name):
            yield p.replace("exception", node.type, rng.choice([name for name in names if name != node.type.id]))


_MAKERS: tuple[Maker, ...] = (
    _comparisons,
    _arithmetic,
    _conditions,
    _booleans,
    _numbers,
    _names,
    _calls,
    _attributes,
    _returns,
    _statements,
    _augmented,
    _slices,
    _exceptions,
)
