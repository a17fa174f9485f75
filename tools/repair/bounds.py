"""Bounds and indexes: one off, other slices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.repair.rule import Change, Site, role_in_parent, same_place


def off_by_one(node: Any, site: Site) -> Iterator[Change]:
    """One more or less where a bound, index, or count is given."""
    parent = node.parent
    if parent is None or site.has("integer", node) or site.has("string", node) or site.has("constant", node):
        return
    bound = site.has("slice", parent) or (site.has("subscript", parent) and not same_place(node, parent.children[0]))
    counted = (
        site.has("arguments", parent)
        and parent.parent is not None
        and site.text(parent.parent.children[0]) in ("range", "islice")
    )
    compared = site.has("comparison", parent) and any(
        c.type in ("<", ">", "<=", ">=", "==", "!=") for c in parent.children
    )
    weight = 1.0 if bound or counted else 0.6 if compared else 0.35
    if not (
        bound
        or counted
        or compared
        or site.has("return", parent)
        or site.has("assignment", parent)
        or site.has("arguments", parent)
    ):
        return
    if site.has("assignment", parent) and same_place(node, parent.child_by_field_name("left")):
        return
    if (
        site.has("identifier", node)
        or site.has("call", node)
        or site.has("attribute", node)
        or site.has("binary", node)
        or site.has("subscript", node)
    ):
        kinds = site.facts.kinds(site.scope, site.text(node)) if site.has("identifier", node) else []
        if kinds and not any(kind in ("int", "float", "Decimal", "bool") for kind in kinds):
            return
        yield node.end_byte, node.end_byte, " + 1", weight
        yield node.end_byte, node.end_byte, " - 1", weight
        if site.has("identifier", node) and (site.has("arguments", parent) or site.has("return", parent)):
            yield node.start_byte, node.start_byte, "-", 0.25 * weight


def change_subscript(node: Any, site: Site) -> Iterator[Change]:
    """Without the index, or with `.get`."""
    base = node.children[0]
    if len(node.named_children) != 2:
        return
    index = node.named_children[1]
    if role_in_parent(node, site) != "target":
        yield node.start_byte, node.end_byte, site.text(base), 0.35
        if not site.has("slice", index):
            yield node.start_byte, node.end_byte, f"{site.text(base)}.get({site.text(index)})", 0.35
            inner = site.text(index)
            yield index.start_byte, index.end_byte, f"{inner}:", 0.3
            yield index.start_byte, index.end_byte, f":{inner}", 0.3
            if not site.has("integer", index) and not site.has("string", index):
                yield index.start_byte, index.end_byte, f"-{site.safe(index)}", 0.2
                yield index.start_byte, index.end_byte, f"{inner} % len({site.text(base)})", 0.1


def change_slice(node: Any, site: Site) -> Iterator[Change]:
    """Other bounds."""
    text = site.text(node)
    start, end = node.start_byte, node.end_byte
    parts = text.split(":") if "[" not in text and "(" not in text else []
    if len(parts) == 2:
        low, high = (part.strip() for part in parts)
        yield start, end, f":{high}" if low else f"1:{high}", 0.6
        yield start, end, f"{low}:" if high else f"{low}:-1", 0.6
        if low and high:
            yield start, end, f"{high}:{low}", 0.3
        yield start, end, f"{high}:" if high else f":{low}", 0.5
        if bool(low) != bool(high):
            bound = low or high
            opposite = bound[1:] if bound.startswith("-") else f"-{bound}"
            yield start, end, f":{opposite}" if low else f"{opposite}:", 0.5
            yield start, end, f"{opposite}:" if low else f":{opposite}", 0.5
        yield start, end, f"{low}:{high}:-1", 0.2
        for name in site.names()[:6]:
            if not low:
                yield start, end, f"{name}:{high}", 0.3
            if not high:
                yield start, end, f"{low}:{name}", 0.3
    elif len(parts) == 3:
        low, high, step = (part.strip() for part in parts)
        yield start, end, f"{low}:{high}", 0.5
        yield start, end, f"{low}:{high}:-{step or 1}", 0.3
