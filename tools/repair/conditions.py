"""Conditions: the opposite, one more, other questions about a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.repair.rule import Change, Site, test_of, words


def negate_condition(node: Any, site: Site) -> Iterator[Change]:
    """The opposite of a condition."""
    test = test_of(node, site)
    if test is not None and not site.has("not", test):
        inner = site.text(test) if site.has("primary", test) or site.has("comparison", test) else f"({site.text(test)})"
        yield test.start_byte, test.end_byte, site.facts.language.negate.format(inner), 1.0


def ask_for_none(node: Any, site: Site) -> Iterator[Change]:
    """`x is None` for `not x`, `x is not None` for `x`, and back: empty is not missing."""
    test, language = test_of(node, site), site.facts.language
    parts = [test] if test is not None else []
    while any(site.has("boolean", part) for part in parts):
        parts = [inner for part in parts for inner in (part.named_children if site.has("boolean", part) else [part])]
    for part in parts:
        denied = site.has("not", part)
        inner = part.children[-1] if denied else part
        text = site.text(inner)
        if site.has("identifier", inner) or site.has("attribute", inner) or site.has("call", inner):
            form = language.is_none if denied else language.is_not_none
            if form:
                yield part.start_byte, part.end_byte, form.format(text), 1.0
        for form, short in ((language.is_none, language.negate), (language.is_not_none, "{}")):
            tail = form.format("")
            if form and site.has("comparison", part) and text.endswith(tail):
                yield part.start_byte, part.end_byte, short.format(text.removesuffix(tail)), 0.9


def widen_type_test(node: Any, site: Site) -> Iterator[Change]:
    """One more type, of those that were seen, or one less in a test of a value's type."""
    if len(node.children) < 2 or site.text(node.children[0]) not in site.facts.language.type_tests:
        return
    given = node.children[-1].named_children
    if len(given) != 2:
        return
    value, asked = given
    listed = [site.text(child) for child in asked.named_children] if asked.type == "tuple" else [site.text(asked)]
    seen = [kind for kind in site.facts.kinds(site.scope, site.text(value)) if kind != "NoneType"]
    for kind in [*seen, *("str", "int", "float", "list", "tuple", "dict", "bytes", "set")]:
        if kind not in listed and kind.isidentifier():
            weight = 0.9 if kind in seen and kind in _BUILTIN_TYPES else 0.3
            yield asked.start_byte, asked.end_byte, f"({', '.join([*listed, kind])})", weight
    if len(listed) > 1:
        for kind in listed:
            rest = [other for other in listed if other != kind]
            yield asked.start_byte, asked.end_byte, rest[0] if len(rest) == 1 else f"({', '.join(rest)})", 0.4


_BUILTIN_TYPES = words(
    "str int float list tuple dict bytes set slice range bool complex frozenset bytearray type object"
)


def extend_condition(node: Any, site: Site) -> Iterator[Change]:
    """A condition with one more: about a name in scope, or one met elsewhere in the file."""
    test = test_of(node, site)
    if test is None:
        return
    language, facts = site.facts.language, site.facts
    old = site.text(test)
    safe = f"({old})" if site.has("boolean", test) or site.has("conditional", test) else old
    for extra, weight in conditions_here(site, test):
        if extra == old:
            continue
        loose = f"({extra})" if " or " in extra or " and " in extra or " if " in extra else extra
        yield test.start_byte, test.end_byte, language.conjoin.format(safe, loose), weight
        yield test.start_byte, test.end_byte, language.disjoin.format(safe, loose), weight * 0.9
        yield test.start_byte, test.end_byte, language.conjoin.format(loose, safe), weight * 0.4
        yield test.start_byte, test.end_byte, extra, weight * 0.5
    for constant, weight in (("True", 0.3), ("False", 0.3)):
        if constant.lower() in language.roles["constant"]:
            yield test.start_byte, test.end_byte, constant, weight
    del facts


def conditions_here(site: Site, near: Any = None) -> Iterator[tuple[str, float]]:
    """Conditions that could be asked here, with weights: simple ones about near names, and those that the file asks."""
    names = site.names()
    mentioned = site.facts.names_in(site.statement) if near is None else site.facts.names_in(near)
    ordered = sorted(names, key=lambda name: name not in mentioned)[:10]
    subjects = [(name, 1.0 if name in mentioned else 0.5) for name in ordered]
    if site.scope is not None and site.scope.owner:
        used = [f"self.{m}" for m in site.facts.members.get(site.scope.owner, ())]
        text = site.text(site.statement)
        subjects += [(member, 0.6 if member in text else 0.2) for member in used[:20]]
    for subject, factor in subjects:
        kinds = site.facts.kinds(site.scope, subject)
        for template, weight in site.facts.language.tests:
            if kinds and not _fits(template, kinds):
                weight *= 0.15
            yield template.format(subject), weight * factor * 0.6
    known = set(names) | set(site.facts.defined) | {site.facts.language.receiver}
    here = site.scope.first if site.scope else -1
    seen = set()
    for piece in site.facts.conditions:
        if piece.text not in seen and all(name in known or _builtin(name) for name in piece.names):
            seen.add(piece.text)
            yield piece.text, 0.5 if piece.scope == here else 0.2


_BUILTIN = words(
    "len isinstance str int float list tuple dict set bool any all min max callable hasattr getattr type bytes sorted "
    "abs sum range zip enumerate iter next repr map filter reversed ord chr frozenset round issubclass super object"
)


def _builtin(name: str) -> bool:
    return name in _BUILTIN


def _fits(template: str, kinds: list[str]) -> bool:
    """Whether a condition about a variable of these types could tell anything."""
    if "is None" in template or "is not None" in template:
        return "NoneType" in kinds
    if "isinstance" in template or "callable" in template:
        return len(kinds) > 1
    if ">" in template or "== 0" in template:
        numeric = any(kind in ("int", "float", "Decimal", "Fraction") for kind in kinds)
        return numeric if "len" not in template else not numeric
    return True
