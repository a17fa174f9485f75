"""Operators on whole statements of languages with indented blocks: guards, moves, copies, deletions, returns.

Every rule takes a `Block` view of one statement and yields ``(start, end, new text, weight)`` as expression rules do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tools.repair.facts import walk
from tools.repair.rules import Change, Site, conditions_here


@dataclass(frozen=True, slots=True)
class Lines:
    """A statement as whole lines: byte span from the start of its first line to the end of its last, and its indent."""

    start: int
    end: int
    indent: str
    text: str

    @property
    def shiftable(self) -> bool:
        """Whether moving it sideways keeps its meaning (no string over several lines)."""
        return '"""' not in self.text and "'''" not in self.text


def lines_of(node: Any, site: Site) -> Lines | None:
    """The lines of `node`; None where it shares a line with something else."""
    source = site.facts.source
    start = source.rfind(b"\n", 0, node.start_byte) + 1
    end = source.find(b"\n", node.end_byte)
    end = len(source) if end < 0 else end + 1
    indent = source[start : node.start_byte]
    after = source[node.end_byte : end].strip()
    if indent.strip() or (after and not after.startswith(b"#")):
        return None
    return Lines(start, end, indent.decode(), source[start:end].decode("utf-8", "surrogateescape"))


def _siblings(node: Any, site: Site) -> list[Any]:
    parent = node.parent
    return [c for c in parent.named_children if c.type != "comment"] if parent is not None else []


def _position(node: Any, siblings: list[Any]) -> int:
    return next((i for i, s in enumerate(siblings) if s.start_byte == node.start_byte), -1)


def _in_loop(node: Any, site: Site) -> bool:
    parent = node.parent
    while parent is not None and not site.has("function", parent):
        if site.has("for", parent) or site.has("while", parent):
            return True
        parent = parent.parent
    return False


def _step(site: Site) -> str:
    match = re.search(rb"\n( +|\t)\S", site.facts.source)
    return match.group(1).decode() if match and len(match.group(1)) in (1, 2, 4, 8) else "    "


def delete(node: Any, site: Site) -> Iterator[Change]:
    """Without the statement."""
    lines, siblings = lines_of(node, site), _siblings(node, site)
    if lines is None:
        return
    new = "" if len(siblings) > 1 else f"{lines.indent}pass\n"
    weight = 0.25 if site.has("compound", node) else 0.6
    yield lines.start, lines.end, new, weight


def swap_with_next(node: Any, site: Site) -> Iterator[Change]:
    """The other order of two statements."""
    siblings = _siblings(node, site)
    at = _position(node, siblings)
    if at < 0 or at + 1 >= len(siblings):
        return
    mine, other = lines_of(node, site), lines_of(siblings[at + 1], site)
    if mine is None or other is None or mine.end > other.start:
        return
    between = site.facts.source[mine.end : other.start].decode("utf-8", "surrogateescape")
    if other.text.endswith("\n"):
        yield mine.start, other.end, other.text + between + mine.text, 0.7


def move_sideways(node: Any, site: Site) -> Iterator[Change]:
    """Out of its block, or into the block before it."""
    lines, siblings = lines_of(node, site), _siblings(node, site)
    at = _position(node, siblings)
    if lines is None or not lines.shiftable or at < 0:
        return
    step = _step(site)
    if at == len(siblings) - 1 and at > 0 and lines.indent.endswith(step):
        moved = "".join(line[len(step) :] if line.strip() else line for line in lines.text.splitlines(True))
        yield lines.start, lines.end, moved, 0.8
    if at > 0 and site.has("compound", siblings[at - 1]):
        moved = "".join(step + line if line.strip() else line for line in lines.text.splitlines(True))
        yield lines.start, lines.end, moved, 0.7
        if at + 1 < len(siblings) and (following := lines_of(siblings[at + 1], site)) is not None:
            both = site.facts.source[lines.start : following.end].decode("utf-8", "surrogateescape")
            if '"""' not in both:
                shifted = "".join(step + line if line.strip() else line for line in both.splitlines(True))
                yield lines.start, following.end, shifted, 0.3


def guard(node: Any, site: Site) -> Iterator[Change]:
    """Only under a condition, or an early way out before it."""
    lines = lines_of(node, site)
    if lines is None or site.scope is None:
        return
    ways = _ways_out(node, site)
    ranked = sorted(conditions_here(site), key=lambda pair: -pair[1])
    for condition, weight in ranked[:30]:
        if site.has("simple", node) and lines.text.count("\n") <= 1:
            yield node.start_byte, node.start_byte, f"if {condition}: ", 0.6 * weight
        elif lines.shiftable:
            step = _step(site)
            moved = "".join(step + line if line.strip() else line for line in lines.text.splitlines(True))
            yield lines.start, lines.end, f"{lines.indent}if {condition}:\n{moved}", 0.3 * weight
        for way, ease in ways[:10]:
            yield lines.start, lines.start, f"{lines.indent}if {condition}: {way}\n", 0.8 * weight * ease


def _ways_out(node: Any, site: Site) -> list[tuple[str, float]]:
    """What could leave from here: returns of this function first, jumps in loops, raises of the file."""
    scope, language = site.scope, site.facts.language
    if scope is None:
        return []
    ways: dict[str, float] = {}
    if _in_loop(node, site):
        ways.update(dict(language.exits))
    total = sum(scope.returns.values())
    for value, count in scope.returns.most_common(6):
        if len(value) < 60 and "\n" not in value:
            ways[f"return {value}"] = 0.6 + 0.3 * count / total
    for name in scope.names[:5]:
        if name not in (language.receiver, "cls"):
            ways.setdefault(f"return {name}", 0.5)
    for value, weight in language.returns:
        ways.setdefault(f"return {value}" if value != "None" else "return", weight * (0.6 if total else 0.4))
    for name in site.facts.expected:
        ways[f"raise {name}"] = 0.9
    for text, _ in scope.raises.most_common(2):
        if "\n" not in text:
            ways.setdefault(text, 0.4)
    return sorted(ways.items(), key=lambda pair: -pair[1])


def jump(node: Any, site: Site) -> Iterator[Change]:
    """Another way to leave: break, continue, return, pass."""
    text = site.text(node)
    others = [way for way, _ in _ways_out(node, site)[:8]] + ["pass", "break", "continue"]
    for other in dict.fromkeys(others):
        if other != text:
            yield node.start_byte, node.end_byte, other, 0.9 if other in ("break", "continue", "pass") else 0.6


def change_return(node: Any, site: Site) -> Iterator[Change]:
    """Another value returned, or no way out at all."""
    scope = site.scope
    if scope is None:
        return
    old = site.text(node)
    for name in site.names()[:12]:
        yield node.start_byte, node.end_byte, f"return {name}", 0.6
    for value, _ in scope.returns.most_common(8):
        yield node.start_byte, node.end_byte, f"return {value}", 0.5
    for value, weight in site.facts.language.returns:
        yield node.start_byte, node.end_byte, f"return {value}", weight * 0.8
    for name in site.names()[:8]:
        for kind in site.facts.kinds(scope, name):
            for template, weight in site.facts.language.typed_wraps.get(kind, ()):
                yield node.start_byte, node.end_byte, f"return {template.format(name)}", weight * 0.4
    known = set(site.names()) | set(site.facts.defined) | _ANYWHERE
    for value, names in site.facts.returned.items():
        if names <= known:
            yield node.start_byte, node.end_byte, f"return {value}", 0.25
    for name in site.facts.expected:
        yield node.start_byte, node.end_byte, f"raise {name}", 0.6
    if old.startswith("return "):
        value = old[7:]
        yield node.start_byte, node.end_byte, f"yield {value}", 0.2
        yield node.start_byte, node.end_byte, f"return not ({value})", 0.5
        for name in site.names()[:6]:
            for operator in ("+", "-", "*", "and", "or"):
                yield node.start_byte, node.end_byte, f"return {value} {operator} {name}", 0.12
    if _in_loop(node, site):
        yield node.start_byte, node.end_byte, "break", 0.3
        yield node.start_byte, node.end_byte, "continue", 0.4


def raise_expected(node: Any, site: Site) -> Iterator[Change]:
    """What a failing test waits for, raised here."""
    lines = lines_of(node, site)
    for name in site.facts.expected:
        yield node.start_byte, node.end_byte, f"raise {name}", 0.8
        if lines is not None:
            yield lines.start, lines.start, f"{lines.indent}raise {name}\n", 0.3


def add_return(node: Any, site: Site) -> Iterator[Change]:
    """The value handed back instead of dropped."""
    if node.named_children and not site.has("return", node):
        inner = node.named_children[0]
        if site.has("call", inner) or site.has("expression", inner):
            yield inner.start_byte, inner.start_byte, "return ", 0.9
            if site.has("call", inner):
                for name in site.names()[:5]:
                    yield inner.start_byte, inner.start_byte, f"{name} = ", 0.3
        if site.has("assignment", inner):
            right = inner.child_by_field_name("right")
            if right is not None:
                yield inner.start_byte, right.start_byte, "return ", 0.3


def return_after(node: Any, site: Site) -> Iterator[Change]:
    """A return, break or continue after the last statement of a block."""
    lines, siblings = lines_of(node, site), _siblings(node, site)
    if lines is None or site.scope is None or not siblings or _position(node, siblings) != len(siblings) - 1:
        return
    if site.has("return", node) or site.has("raise", node) or site.has("jump", node) or not lines.text.endswith("\n"):
        return
    body = site.scope.node.child_by_field_name("body")
    ends = body is not None and node.parent is not None and body.start_byte == node.parent.start_byte
    for way, ease in _ways_out(node, site)[:12]:
        yield lines.end, lines.end, f"{lines.indent}{way}\n", ease * (0.8 if ends else 0.4)


def unwrap(node: Any, site: Site) -> Iterator[Change]:
    """The body without its condition, `elif` for `if`, `while` for `if`."""
    keyword = node.children[0]
    if site.has("elif", node):
        yield keyword.start_byte, keyword.end_byte, "if", 0.4
        return
    siblings = _siblings(node, site)
    at = _position(node, siblings)
    if site.has("if", node):
        yield keyword.start_byte, keyword.end_byte, "while", 0.35
        if at > 0 and site.has("if", siblings[at - 1]):
            yield keyword.start_byte, keyword.end_byte, "elif", 0.6
    if site.has("while", node):
        yield keyword.start_byte, keyword.end_byte, "if", 0.4
    lines = lines_of(node, site)
    body = next((child for child in node.children if site.has("block", child)), None)
    if lines is None or body is None or not lines.shiftable or body.start_point[0] == node.start_point[0]:
        return
    step = _step(site)
    start = site.facts.source.rfind(b"\n", 0, body.start_byte) + 1
    inner = site.facts.source[start : body.end_byte].decode("utf-8", "surrogateescape") + "\n"
    dedented = "".join(line[len(step) :] if line.startswith(step) else line for line in inner.splitlines(True))
    yield lines.start, lines.end, dedented, 0.5


def drop_clause(node: Any, site: Site) -> Iterator[Change]:
    """`else` content run always (dedented), or not at all."""
    lines = lines_of(node, site)
    if lines is None or not lines.shiftable:
        return
    body = lines.text.split("\n", 1)[-1]
    step = _step(site)
    if site.has("else", node):
        dedented = "".join(line[len(step) :] if line.startswith(step) else line for line in body.splitlines(True))
        yield lines.start, lines.end, dedented, 0.5
    yield lines.start, lines.end, "", 0.25


def change_exception(node: Any, site: Site) -> Iterator[Change]:
    """Another exception caught or raised."""
    children = [child for child in node.named_children if not site.has("block", child)]
    if not children:
        if site.has("except", node):
            yield node.children[0].end_byte, node.children[0].end_byte, " Exception", 0.3
        return
    named = children[0]
    if named.type == "as_pattern":
        named = named.named_children[0]
    own = [n for n, k in site.facts.defined.items() if k in ("class", "import") and n[:1].isupper()][:10]
    target = named.children[0] if site.has("call", named) else named
    old = site.text(target)
    for other in [*own, *site.facts.language.exceptions]:
        if other != old:
            weight = (
                0.7
                if other in ("ValueError", "TypeError", "KeyError", "AttributeError", "IndexError", "Exception")
                else 0.45
            )
            yield target.start_byte, target.end_byte, other, weight
            if site.has("except", node):
                joined = f"({old.strip('()')}, {other})"
                yield target.start_byte, target.end_byte, joined, weight * 0.9


def protect(node: Any, site: Site) -> Iterator[Change]:
    """The statement in a `try` whose failure is ignored or leaves."""
    lines = lines_of(node, site)
    if lines is None or site.scope is None or lines.text.count("\n") > 1 or not lines.text.endswith("\n"):
        return
    pad, step = lines.indent, _step(site)
    for name in (
        "KeyError",
        "IndexError",
        "AttributeError",
        "TypeError",
        "ValueError",
        "StopIteration",
        "ZeroDivisionError",
    ):
        for way, ease in [("pass", 0.6), *_ways_out(node, site)[:4]]:
            text = f"{pad}try:\n{step}{lines.text}{pad}except {name}:\n{pad}{step}{way}\n"
            yield lines.start, lines.end, text, 0.3 * ease


def copy_nearby(node: Any, site: Site) -> Iterator[Change]:
    """A statement that stands elsewhere in the file, put before or in place of this one."""
    lines, scope = lines_of(node, site), site.scope
    if lines is None or scope is None:
        return
    known = set(site.names()) | set(site.facts.defined) | {site.facts.language.receiver, "cls"}
    own = site.text(node)
    seen = {own}
    for piece in site.facts.statements:
        if piece.text in seen or piece.text == "pass":
            continue
        here = piece.scope == scope.first
        if not here and not all(name in known or name in _ANYWHERE for name in piece.names):
            continue
        seen.add(piece.text)
        near = 1.0 / (1 + abs(piece.row - node.start_point[0]) / 20)
        weight = (0.6 if here else 0.25) * (0.5 + 0.5 * near)
        yield lines.start, lines.start, f"{lines.indent}{piece.text}\n", weight
        if site.has("simple", node):
            yield node.start_byte, node.end_byte, piece.text, weight * 0.6
        if site.has("simple", node) and lines.text.endswith("\n"):
            yield lines.end, lines.end, f"{lines.indent}{piece.text}\n", weight * 0.5


_ANYWHERE = frozenset(
    [
        "len",
        "str",
        "int",
        "list",
        "dict",
        "set",
        "tuple",
        "isinstance",
        "range",
        "ValueError",
        "TypeError",
        "KeyError",
        "super",
        "print",
    ]
)


def keep_attribute(node: Any, site: Site) -> Iterator[Change]:
    """A parameter kept on the object, or a value assigned to what is later read."""
    lines, scope = lines_of(node, site), site.scope
    if lines is None or scope is None or not scope.owner:
        return
    members = site.facts.members.get(scope.owner, [])
    for name in scope.parameters[1:8]:
        if name in members or f"_{name}" in members:
            target = name if name in members else f"_{name}"
            yield lines.start, lines.start, f"{lines.indent}self.{target} = {name}\n", 0.6
    for member in members[:12]:
        for value, weight in (("None", 0.3), ("[]", 0.2), ("0", 0.2), ("{}", 0.2), ("False", 0.2), ("True", 0.2)):
            yield lines.start, lines.start, f"{lines.indent}self.{member} = {value}\n", weight * 0.6


def change_assignment(node: Any, site: Site) -> Iterator[Change]:
    """`+=` for `=`, and a default where the value is missing."""
    inner = node.named_children[0] if node.named_children else None
    if inner is None or not site.has("assignment", inner):
        return
    left, right = inner.child_by_field_name("left"), inner.child_by_field_name("right")
    sign = next((child for child in inner.children if child.type == "="), None)
    if left is None or right is None or sign is None:
        return
    for other, weight in (("+=", 0.9), ("-=", 0.5), ("*=", 0.3), ("|=", 0.3)):
        yield sign.start_byte, sign.end_byte, other, weight
    target = site.text(left)
    for operator, weight in (("+", 0.25), ("-", 0.2), ("or", 0.25)):
        yield right.start_byte, right.start_byte, f"{target} {operator} ", weight


def empty_default(node: Any, site: Site) -> Iterator[Change]:
    """`None` and a guard instead of a shared mutable default."""
    body = node.child_by_field_name("body")
    parameters = node.child_by_field_name("parameters")
    if body is None or parameters is None or not body.named_children:
        return
    first = body.named_children[0]
    lines = lines_of(first, site)
    for child in walk(parameters):
        value = child.child_by_field_name("value") if site.has("default", child) else None
        if value is None:
            continue
        name = site.text(child.children[0])
        if (lines is not None and site.has("collection", value)) or site.text(value) in ("set()", "dict()", "list()"):
            if lines is not None:
                old = site.text(value)
                middle = site.facts.source[value.end_byte : lines.start].decode("utf-8", "surrogateescape")
                yield (
                    value.start_byte,
                    lines.start,
                    f"None{middle}{lines.indent}if {name} is None: {name} = {old}\n",
                    0.9,
                )


def delegate(node: Any, site: Site) -> Iterator[Change]:
    """`yield from` for `yield` and back."""
    text = site.text(node)
    inner = node.named_children[-1] if node.named_children else None
    if inner is None:
        return
    if text.startswith("yield from"):
        yield node.start_byte, inner.start_byte, "yield ", 0.9
    else:
        yield node.start_byte, inner.start_byte, "yield from ", 0.9


@dataclass(frozen=True, slots=True)
class StatementRule:
    """One statement operator as data."""

    name: str
    roles: tuple[str, ...]
    rule: Callable[[Any, Site], Iterator[Change]]
    prior: float


STATEMENT_RULES: tuple[StatementRule, ...] = (
    StatementRule("delete statement", ("simple", "compound"), delete, 0.3),
    StatementRule("swap statements", ("simple", "compound"), swap_with_next, 0.4),
    StatementRule("move statement", ("simple", "compound"), move_sideways, 0.5),
    StatementRule("guard", ("simple", "if", "for", "while"), guard, 0.4),
    StatementRule("change jump", ("jump",), jump, 0.6),
    StatementRule("change return", ("return",), change_return, 0.5),
    StatementRule("missing return", ("simple",), add_return, 0.6),
    StatementRule("return after", ("simple", "compound"), return_after, 0.45),
    StatementRule("unwrap", ("if", "elif", "while"), unwrap, 0.45),
    StatementRule("drop clause", ("else", "elif"), drop_clause, 0.35),
    StatementRule("change exception", ("except", "raise"), change_exception, 0.6),
    StatementRule("raise expected", ("simple",), raise_expected, 0.6),
    StatementRule("protect", ("simple",), protect, 0.25),
    StatementRule("copy statement", ("simple", "compound"), copy_nearby, 0.3),
    StatementRule("keep attribute", ("simple",), keep_attribute, 0.4),
    StatementRule("change assignment", ("simple",), change_assignment, 0.5),
    StatementRule("mutable default", ("function",), empty_default, 0.8),
    StatementRule("delegate", ("yield",), delegate, 0.6),
)

GENERAL = frozenset(
    [
        "swap operator",
        "negate condition",
        "drop negation",
        "change number",
        "off by one",
        "change name",
        "change attribute",
        "change arguments",
        "swap operands",
        "drop operand",
        "change slice",
        "change string",
        "swap branches",
        "drop call",
        "move statement",
        "swap statements",
        "regroup",
        "change exception",
        "missing return",
        "delegate",
        "mutable default",
        "change keyword",
        "change index",
        "wrap",
        "change assignment",
        "ask for none",
        "test of type",
        "change slice",
    ]
)
"""Operators whose repairs say something general, as against special cases that may only please the tests."""
