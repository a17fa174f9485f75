"""Statements moved, dropped, copied, taken out of their condition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.repair.lines import indent_step, lines_of, position_of, siblings_of
from tools.repair.rule import Change, Site


def delete(node: Any, site: Site) -> Iterator[Change]:
    """Without the statement."""
    lines, siblings = lines_of(node, site), siblings_of(node, site)
    if lines is None:
        return
    new = "" if len(siblings) > 1 else f"{lines.indent}pass\n"
    weight = 0.25 if site.has("compound", node) else 0.6
    yield lines.start, lines.end, new, weight


def swap_with_next(node: Any, site: Site) -> Iterator[Change]:
    """The other order of two statements."""
    siblings = siblings_of(node, site)
    at = position_of(node, siblings)
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
    lines, siblings = lines_of(node, site), siblings_of(node, site)
    at = position_of(node, siblings)
    if lines is None or not lines.shiftable or at < 0:
        return
    step = indent_step(site)
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


def unwrap(node: Any, site: Site) -> Iterator[Change]:
    """The body without its condition, `elif` for `if`, `while` for `if`."""
    keyword = node.children[0]
    if site.has("elif", node):
        yield keyword.start_byte, keyword.end_byte, "if", 0.4
        return
    siblings = siblings_of(node, site)
    at = position_of(node, siblings)
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
    step = indent_step(site)
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
    step = indent_step(site)
    if site.has("else", node):
        dedented = "".join(line[len(step) :] if line.startswith(step) else line for line in body.splitlines(True))
        yield lines.start, lines.end, dedented, 0.5
    yield lines.start, lines.end, "", 0.25


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
        if not here and not all(name in known or name in ANYWHERE for name in piece.names):
            continue
        seen.add(piece.text)
        near = 1.0 / (1 + abs(piece.row - node.start_point[0]) / 20)
        weight = (0.6 if here else 0.25) * (0.5 + 0.5 * near)
        yield lines.start, lines.start, f"{lines.indent}{piece.text}\n", weight
        if site.has("simple", node):
            yield node.start_byte, node.end_byte, piece.text, weight * 0.6
        if site.has("simple", node) and lines.text.endswith("\n"):
            yield lines.end, lines.end, f"{lines.indent}{piece.text}\n", weight * 0.5


ANYWHERE = frozenset(
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
