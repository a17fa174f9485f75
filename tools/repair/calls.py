"""Calls: without the function, with other arguments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tools.repair.rule import Change, Site


def change_call(node: Any, site: Site) -> Iterator[Change]:
    """The call without its function, or without the method."""
    callee, arguments = node.children[0], node.children[-1]
    if not site.has("arguments", arguments):
        return
    given = arguments.named_children
    if given and not site.has("keyword_argument", given[0]) and given[0].type != "generator_expression":
        yield node.start_byte, node.end_byte, site.text(given[0]), 0.6 if len(given) == 1 else 0.25
        if len(given) > 1:
            yield node.start_byte, node.end_byte, site.text(given[-1]).rpartition("=")[2], 0.2
    if site.has("attribute", callee) and len(callee.children) > 1:
        yield node.start_byte, node.end_byte, site.text(callee.children[0]), 0.5
    if not given:
        yield node.start_byte, node.end_byte, site.text(callee), 0.3


def change_arguments(node: Any, site: Site) -> Iterator[Change]:
    """Swapped, missing, superfluous arguments."""
    facts = site.facts
    given = [child for child in node.named_children if child.type != "comment"]
    plain = [a for a in given if not site.has("keyword_argument", a)]
    for index, left in enumerate(plain):
        for right in plain[index + 1 : index + 3]:
            middle = facts.source[left.end_byte : right.start_byte].decode("utf-8", "surrogateescape")
            yield (
                left.start_byte,
                right.end_byte,
                site.text(right) + middle + site.text(left),
                0.9 if right is plain[index + 1] else 0.4,
            )
    for index, argument in enumerate(given):
        if index + 1 < len(given):
            yield argument.start_byte, given[index + 1].start_byte, "", 0.5
        elif index:
            yield given[index - 1].end_byte, argument.end_byte, "", 0.6
        else:
            yield argument.start_byte, argument.end_byte, "", 0.3
    if node.parent is None or not site.has("call", node.parent):
        return
    callee = site.text(node.parent.children[0]).rpartition(".")[2]
    yield from _added_arguments(node, site, callee, given, plain)


def _added_arguments(node: Any, site: Site, callee: str, given: list[Any], plain: list[Any]) -> Iterator[Change]:
    facts = site.facts
    have = {site.text(argument) for argument in given}
    named = {text.partition("=")[0] for text in have if "=" in text}
    last = given[-1].end_byte if given else node.start_byte + 1
    lead = ", " if given else ""
    for keyword, _ in facts.keywords.get(callee, {}).items():
        if keyword.partition("=")[0] not in named:
            yield last, last, lead + keyword, 0.5
    parameters = facts.parameters.get(callee, [])
    names = site.names()
    for position, parameter in enumerate(parameters):
        if position >= len(plain) and parameter not in named:
            for value, weight in ((parameter, 0.7), ("True", 0.3), ("False", 0.3), ("None", 0.2)):
                if value in names or value[0].isupper():
                    yield last, last, f"{lead}{parameter}={value}", weight
    for name in [n for n in names if n in have][:4] if len(plain) == len(given) else ():
        yield last, last, lead + name, 0.2
    for rank, name in enumerate(n for n in names if n not in have):
        if rank < 12 and len(plain) == len(given):
            yield last, last, lead + name, 0.35 * 0.95**rank
            if plain:
                yield plain[0].start_byte, plain[0].start_byte, name + ", ", 0.25 * 0.95**rank
    for other, _ in facts.arguments.get(callee, Counter()).most_common(10):
        if other not in have and len(plain) == len(given):
            yield last, last, lead + other, 0.3
            if plain:
                yield plain[-1].start_byte, plain[-1].end_byte, other, 0.25
    for constant, weight in (
        ("1", 0.3),
        ("None", 0.2),
        ("0", 0.15),
        ("-1", 0.15),
        ("True", 0.15),
        ("False", 0.1),
        ("''", 0.1),
    ):
        if len(plain) == len(given):
            yield last, last, lead + constant, weight
