"""Ways out: guards, returns, jumps, and exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.repair.conditions import conditions_here
from tools.repair.lines import in_loop, indent_step, lines_of, position_of, siblings_of
from tools.repair.moves import ANYWHERE
from tools.repair.rule import Change, Site


def guard(node: Any, site: Site) -> Iterator[Change]:
    """Only under a condition, or an early way out before it."""
    lines = lines_of(node, site)
    if lines is None or site.scope is None:
        return
    ways = ways_out(node, site)
    ranked = sorted(conditions_here(site), key=lambda pair: -pair[1])
    for condition, weight in ranked[:30]:
        if site.has("simple", node) and lines.text.count("\n") <= 1:
            yield node.start_byte, node.start_byte, f"if {condition}: ", 0.6 * weight
        elif lines.shiftable:
            step = indent_step(site)
            moved = "".join(step + line if line.strip() else line for line in lines.text.splitlines(True))
            yield lines.start, lines.end, f"{lines.indent}if {condition}:\n{moved}", 0.3 * weight
        for way, ease in ways[:10]:
            yield lines.start, lines.start, f"{lines.indent}if {condition}: {way}\n", 0.8 * weight * ease


def ways_out(node: Any, site: Site) -> list[tuple[str, float]]:
    """What could leave from here: returns of this function first, jumps in loops, raises of the file."""
    scope, language = site.scope, site.facts.language
    if scope is None:
        return []
    ways: dict[str, float] = {}
    if in_loop(node, site):
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
    others = [way for way, _ in ways_out(node, site)[:8]] + ["pass", "break", "continue"]
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
    known = set(site.names()) | set(site.facts.defined) | ANYWHERE
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
    if in_loop(node, site):
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
    lines, siblings = lines_of(node, site), siblings_of(node, site)
    if lines is None or site.scope is None or not siblings or position_of(node, siblings) != len(siblings) - 1:
        return
    if site.has("return", node) or site.has("raise", node) or site.has("jump", node) or not lines.text.endswith("\n"):
        return
    body = site.scope.node.child_by_field_name("body")
    ends = body is not None and node.parent is not None and body.start_byte == node.parent.start_byte
    for way, ease in ways_out(node, site)[:12]:
        yield lines.end, lines.end, f"{lines.indent}{way}\n", ease * (0.8 if ends else 0.4)


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
    pad, step = lines.indent, indent_step(site)
    for name in (
        "KeyError",
        "IndexError",
        "AttributeError",
        "TypeError",
        "ValueError",
        "StopIteration",
        "ZeroDivisionError",
    ):
        for way, ease in [("pass", 0.6), *ways_out(node, site)[:4]]:
            text = f"{pad}try:\n{step}{lines.text}{pad}except {name}:\n{pad}{step}{way}\n"
            yield lines.start, lines.end, text, 0.3 * ease
