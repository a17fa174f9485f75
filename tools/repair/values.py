"""Whole values: wrapped in a call, given a default, other branches or elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.repair.rule import Change, Site, role_in_parent


def wrap(node: Any, site: Site) -> Iterator[Change]:
    """A call, index or conversion around an expression."""
    parent = node.parent
    role = role_in_parent(node, site)
    if role != "value" or node.end_byte - node.start_byte > 120:
        return
    if (
        site.has("binary", parent)
        or site.has("comparison", parent)
        or site.has("attribute", parent)
        or site.has("subscript", parent)
    ):
        factor = 0.6
    elif any(
        site.has(r, parent)
        for r in (
            "arguments",
            "return",
            "assignment",
            "keyword_argument",
            "conditional",
            "boolean",
            "not",
            "for",
            "augmented",
            "yield",
            "if",
        )
    ):
        factor = 1.0
    else:
        factor = 0.4
    language, safe = site.facts.language, site.safe(node)
    kinds = site.facts.kinds(site.scope, site.text(node)) if site.has("identifier", node) else []
    if site.has("return", parent):
        kinds = site.facts.kinds(site.scope, "return")
    typed = {template: weight for kind in kinds for template, weight in language.typed_wraps.get(kind, ())}
    for template, weight in typed.items():
        yield (
            node.start_byte,
            node.end_byte,
            language.parenthesis.format(template.format(safe)) if " " in template else template.format(safe),
            weight * factor,
        )
    for template, weight in language.wraps:
        if template not in typed:
            yield node.start_byte, node.end_byte, template.format(safe), weight * factor * (0.4 if kinds else 1.0)
    if kinds or not site.has("identifier", node):
        for rank, function in enumerate(
            [n for n, k in site.facts.defined.items() if k in ("function", "class", "import")][:30]
        ):
            yield node.start_byte, node.end_byte, f"{function}({site.text(node)})", 0.1 * factor * 0.98**rank
    for name in site.names()[:10]:
        called = {"function", "type", "builtin_function_or_method", "method"} & set(site.facts.kinds(site.scope, name))
        if called and name != site.text(node):
            yield node.start_byte, node.end_byte, f"{name}({site.text(node)})", 0.35 * factor
    if site.scope is not None and site.scope.owner and site.has("identifier", node):
        for member in site.facts.members.get(site.scope.owner, ())[:20]:
            yield node.start_byte, node.end_byte, f"self.{member}({site.text(node)})", 0.12 * factor


def call_receiver(node: Any, site: Site) -> Iterator[Change]:
    """A method of the receiver's own type that is called elsewhere or commonly forgotten: `x` to `x.method()`."""
    if role_in_parent(node, site) != "value" or not site.has("identifier", node):
        return
    for kind in site.facts.kinds(site.scope, site.text(node)):
        for member in site.facts.members_of_type.get(kind, ()):
            if member in site.facts.all_attributes and not member.startswith("_"):
                yield node.end_byte, node.end_byte, f".{member}", 0.2
                yield node.end_byte, node.end_byte, f".{member}()", 0.2


def change_conditional(node: Any, site: Site) -> Iterator[Change]:
    """Branches swapped, or one of them alone."""
    if len(node.named_children) != 3:
        return
    first, test, second = node.named_children
    yield node.start_byte, node.end_byte, f"{site.text(second)} if {site.text(test)} else {site.text(first)}", 0.9
    yield node.start_byte, node.end_byte, site.text(first), 0.6
    yield node.start_byte, node.end_byte, site.text(second), 0.6


def change_collection(node: Any, site: Site) -> Iterator[Change]:
    """An element less, two swapped, one more name."""
    parts = node.named_children
    if not parts or len(parts) > 20:
        if not parts:
            for other in ("[]", "{}", "()", "set()", "None"):
                yield node.start_byte, node.end_byte, other, 0.3
        return
    for index, part in enumerate(parts):
        if index + 1 < len(parts):
            yield part.start_byte, parts[index + 1].start_byte, "", 0.35
            following = parts[index + 1]
            middle = site.facts.source[part.end_byte : following.start_byte].decode("utf-8", "surrogateescape")
            yield part.start_byte, following.end_byte, site.text(following) + middle + site.text(part), 0.5
        elif index:
            yield parts[index - 1].end_byte, part.end_byte, "", 0.35
    if node.type in ("list", "tuple", "set"):
        for name in site.names()[:8]:
            yield parts[-1].end_byte, parts[-1].end_byte, f", {name}", 0.15


def change_clause(node: Any, site: Site) -> Iterator[Change]:
    """A comprehension without its filter."""
    yield node.start_byte, node.end_byte, "", 0.5


def or_default(node: Any, site: Site) -> Iterator[Change]:
    """A default for a value that may be missing: `x or y`, `x if x is not None else y`."""
    if role_in_parent(node, site) != "value":
        return
    parent = node.parent
    if not any(
        site.has(r, parent)
        for r in ("arguments", "return", "assignment", "keyword_argument", "for", "comparison", "binary")
    ):
        return
    text = site.text(node)
    factor = 1.0
    if site.has("identifier", node):
        kinds = site.facts.kinds(site.scope, text)
        factor = 1.0 if not kinds or "NoneType" in kinds else 0.3
    for default, weight in (
        ("''", 0.4),
        ("0", 0.3),
        ("[]", 0.4),
        ("()", 0.2),
        ("{}", 0.3),
        ("1", 0.15),
        ("None", 0.25),
    ):
        yield node.start_byte, node.end_byte, f"({site.safe(node)} or {default})", weight * 0.5 * factor
    for name in [n for n in site.names() if n != text][:6]:
        yield node.start_byte, node.end_byte, f"({site.safe(node)} or {name})", 0.12 * factor
        yield node.start_byte, node.end_byte, f"({site.safe(node)} + {name})", 0.12
        yield node.start_byte, node.end_byte, f"({site.safe(node)} - {name})", 0.12
        yield node.start_byte, node.end_byte, f"({name} + {site.safe(node)})", 0.06
        yield node.start_byte, node.end_byte, f"({site.safe(node)} * {name})", 0.06
