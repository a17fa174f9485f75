"""Names, attributes and keywords: another one that is in reach."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from tools.repair.rule import Change, Site, role_in_parent


def change_name(node: Any, site: Site) -> Iterator[Change]:
    """Another name in scope."""
    role = role_in_parent(node, site)
    if role in ("attribute", "keyword", "import", "definition"):
        return
    name, facts, scope = site.text(node), site.facts, site.scope
    start, end = node.start_byte, node.end_byte
    for other, weight in facts.language.names.get(name, ()):
        if role == "callee" or other in site.names() or other in facts.defined:
            yield start, end, other, weight
    kinds = set(facts.kinds(scope, name))
    for rank, other in enumerate(n for n in site.names() if n != name):
        same = set(facts.kinds(scope, other)) & kinds
        weight = (0.75 if same or not kinds else 0.4) * (0.97**rank)
        weight *= 0.35 if role == "callee" else 0.7 if role == "target" else 1.0
        yield start, end, other, weight
    if role == "target":
        return
    if scope is not None and scope.owner and name != facts.language.receiver:
        yield start, end, facts.language.receiver, 0.5 if site.has("attribute", node.parent) else 0.2
    kind = facts.defined.get(name)
    for rank, other in enumerate(facts.similar(name, 10)):
        yield start, end, other, (0.5 if kind else 0.15) * 0.93**rank
    if kind:
        for other in [n for n, k in facts.defined.items() if k == kind and n != name][:25]:
            yield start, end, other, 0.15
    if scope is not None and scope.owner:
        members = facts.members.get(scope.owner, ())
        if name in members:
            yield start, end, f"{facts.language.receiver}.{name}", 0.8
        for member in members[:25]:
            if member != name and role != "callee":
                yield start, end, f"{facts.language.receiver}.{member}", 0.12


def change_attribute(node: Any, site: Site) -> Iterator[Change]:
    """Another attribute or method of the same receiver, or the receiver alone, or the local of that name."""
    if len(node.children) < 3:
        return
    facts, receiver, attribute = site.facts, node.children[0], node.children[-1]
    name, base = site.text(attribute), site.text(receiver)
    start, end = attribute.start_byte, attribute.end_byte
    for other, weight in facts.language.names.get(name, ()):
        yield start, end, other, weight
    known: dict[str, float] = {}
    for kind in facts.kinds(site.scope, base):
        members = facts.members_of_type.get(kind, [])
        for other in difflib.get_close_matches(name, members, n=5, cutoff=0.55):
            known[other] = max(known.get(other, 0), 0.55)
        for other in members:
            if other in facts.all_attributes:
                known.setdefault(other, 0.25)
    if base == facts.language.receiver and site.scope is not None and site.scope.owner:
        members = facts.members.get(site.scope.owner, [])
        close = difflib.get_close_matches(name, members, n=6, cutoff=0.4)
        for other in members:
            known[other] = max(known.get(other, 0), 0.6 if other in close else 0.3)
    for other, count in facts.attributes.get(base, {}).items():
        known[other] = max(known.get(other, 0), 0.35 + min(0.1, count / 100))
    for other in difflib.get_close_matches(name, facts.all_attributes, n=6, cutoff=0.5):
        known[other] = max(known.get(other, 0), 0.35)
    for rank, (other, weight) in enumerate(sorted(known.items(), key=lambda pair: -pair[1])[:30]):
        if other != name:
            yield start, end, other, weight * 0.98**rank
    if name in site.names():
        yield node.start_byte, node.end_byte, name, 0.5
    if not site.has("call", node.parent):
        yield node.start_byte, node.end_byte, base, 0.2


def change_keyword(node: Any, site: Site) -> Iterator[Change]:
    """Another parameter for the same value."""
    call = node.parent.parent if node.parent is not None else None
    if call is None or not site.has("call", call):
        return
    callee = site.text(call.children[0]).rpartition(".")[2]
    name = node.children[0]
    for other in site.facts.parameters.get(callee, [])[:12]:
        if other != site.text(name):
            yield name.start_byte, name.end_byte, other, 0.5
