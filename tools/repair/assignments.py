"""Assignments, defaults and yields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.repair.facts import walk
from tools.repair.lines import lines_of
from tools.repair.rule import Change, Site


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
        old = site.text(value)
        if lines is not None and (site.has("collection", value) or old in ("set()", "dict()", "list()")):
            middle = site.facts.source[value.end_byte : lines.start].decode("utf-8", "surrogateescape")
            text = f"None{middle}{lines.indent}if {name} is None: {name} = {old}\n"
            yield value.start_byte, lines.start, text, 0.9


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
