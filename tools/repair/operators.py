"""Operators and operands: another one, the other order, one side alone, other brackets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.repair.rule import Change, Site


def swap_operator(node: Any, site: Site) -> Iterator[Change]:
    """Another operator."""
    for child in node.children:
        if not site.has("expression", child):
            for other, weight in site.facts.language.swaps.get(child.type, ()):
                yield child.start_byte, child.end_byte, other, weight


def swap_operands(node: Any, site: Site) -> Iterator[Change]:
    """`a - b` for `b - a`."""
    if len(node.children) == 3:
        left, operator, right = node.children
        if site.text(operator) not in ("==", "!=", "*", "|", "&"):
            text = f"{site.safe(right)} {site.text(operator)} {site.safe(left)}"
            yield node.start_byte, node.end_byte, text, 1.0


def drop_operand(node: Any, site: Site) -> Iterator[Change]:
    """One side alone."""
    if len(node.children) == 3:
        left, _, right = node.children
        yield node.start_byte, node.end_byte, site.text(left), 1.0
        yield node.start_byte, node.end_byte, site.text(right), 0.9 if site.has("boolean", node) else 0.6


def drop_not(node: Any, site: Site) -> Iterator[Change]:
    """Without the negation or sign."""
    yield node.start_byte, node.end_byte, site.text(node.children[-1]), 1.0


def regroup(node: Any, site: Site) -> Iterator[Change]:
    """Other brackets: `a + b * c` as `(a + b) * c` and back."""
    if len(node.children) != 3:
        return
    left, operator, right = node.children
    same = ("binary", "boolean", "comparison")
    if any(site.has(role, right) for role in same) and len(right.children) == 3:
        a, op, b, c = site.text(left), site.text(operator), site.text(right.children[0]), site.text(right.children[2])
        yield node.start_byte, node.end_byte, f"({a} {op} {b}) {site.text(right.children[1])} {c}", 0.8
    if any(site.has(role, left) for role in same) and len(left.children) == 3:
        a, op, b = site.text(left.children[0]), site.text(left.children[1]), site.text(left.children[2])
        yield node.start_byte, node.end_byte, f"{a} {op} ({b} {site.text(operator)} {site.text(right)})", 0.8
    inner = left.named_children[0] if site.has("parenthesized", left) and left.named_children else None
    if inner is not None and any(site.has(role, inner) for role in same):
        yield left.start_byte, left.end_byte, site.text(inner), 0.6
    inner = right.named_children[0] if site.has("parenthesized", right) and right.named_children else None
    if inner is not None and any(site.has(role, inner) for role in same):
        yield right.start_byte, right.end_byte, site.text(inner), 0.6
