"""Operators on expressions: each takes a node and says how it might have been meant.

A rule yields ``(start, end, new text, weight)``; `RULES` names it, the roles of nodes it looks at, and its prior.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tools.repair.facts import Facts, Scope

Change = tuple[int, int, str, float]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a rule looks: the file's facts, the function around, the statement's node."""

    facts: Facts
    scope: Scope | None
    statement: Any

    def has(self, role: str, node: Any) -> bool:
        """Whether `node` plays `role`."""
        return node is not None and self.facts.language.has(role, node.type)

    def text(self, node: Any) -> str:
        """The source of `node`."""
        return self.facts.text(node)

    def safe(self, node: Any) -> str:
        """The source of `node`, in parentheses where it binds loosely."""
        text = self.text(node)
        return text if self.has("primary", node) else self.facts.language.parenthesis.format(text)

    def names(self) -> list[str]:
        """Names visible here, nearest first."""
        return self.facts.visible(self.scope)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Rule = Callable[[Any, Site], Iterator[Change]]


def _is(node: Any, other: Any) -> bool:
    return other is not None and node.start_byte == other.start_byte and node.end_byte == other.end_byte


def _role_in_parent(node: Any, site: Site) -> str:
    """`target`, `attribute`, `keyword`, `callee`, `import`, `definition` or `value`."""
    parent = node.parent
    if parent is None:
        return "value"
    if site.has("attribute", parent) and _is(node, parent.children[-1]) and len(parent.children) > 1:
        return "attribute"
    if site.has("keyword_argument", parent) and _is(node, parent.children[0]):
        return "keyword"
    if site.has("call", parent) and _is(node, parent.children[0]):
        return "callee"
    if parent.type in ("dotted_name", "aliased_import", "global_statement", "nonlocal_statement"):
        return "import"
    name = parent.child_by_field_name("name")
    if _is(node, name) and (site.has("function", parent) or site.has("class", parent) or site.has("default", parent)):
        return "definition"
    if site.has("parameters", parent) or parent.type in ("typed_parameter", "list_splat_pattern", "lambda_parameters"):
        return "definition"
    left = parent.child_by_field_name("left")
    if left is not None and left.start_byte <= node.start_byte and node.end_byte <= left.end_byte:
        return "target"
    if parent.type in ("pattern_list", "tuple_pattern"):
        return "target"
    return "value"


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


def negate_condition(node: Any, site: Site) -> Iterator[Change]:
    """The opposite of a condition."""
    test = _test_of(node, site)
    if test is not None and not site.has("not", test):
        inner = site.text(test) if site.has("primary", test) or site.has("comparison", test) else f"({site.text(test)})"
        yield test.start_byte, test.end_byte, site.facts.language.negate.format(inner), 1.0


def ask_for_none(node: Any, site: Site) -> Iterator[Change]:
    """`x is None` for `not x`, `x is not None` for `x`, and back: empty is not missing."""
    test, language = _test_of(node, site), site.facts.language
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


_BUILTIN_TYPES = _words(
    "str int float list tuple dict bytes set slice range bool complex frozenset bytearray type object"
)


def _test_of(node: Any, site: Site) -> Any:
    test = node.child_by_field_name("condition")
    if test is None and site.has("conditional", node) and len(node.named_children) == 3:
        return node.named_children[1]
    if test is None and (site.has("comprehension_if", node) or node.type == "assert_statement") and node.named_children:
        return node.named_children[0]
    return test


def extend_condition(node: Any, site: Site) -> Iterator[Change]:
    """A condition with one more: about a name in scope, or one met elsewhere in the file."""
    test = _test_of(node, site)
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


_BUILTIN = _words(
    "len isinstance str int float list tuple dict set bool any all min max callable hasattr getattr type bytes sorted abs "
    "sum range zip enumerate iter next repr map filter reversed ord chr frozenset round issubclass super object"
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


def change_integer(node: Any, site: Site) -> Iterator[Change]:
    """Another whole number: one off, the usual ones, one from the file."""
    text = site.text(node)
    start, end = node.start_byte, node.end_byte
    try:
        value = int(text.replace("_", ""), 0)
    except ValueError:
        return
    yield start, end, str(value + 1), 1.0
    yield start, end, str(value - 1) if value else "-1", 1.0
    for other, weight in site.facts.language.constants["integer"]:
        if other != text:
            yield start, end, other, weight * 0.7
    if value not in (0, 1):
        yield start, end, str(-value), 0.3
        yield start, end, str(value * 10), 0.3
        yield start, end, str(value // 10), 0.3
        yield start, end, str(value * 2), 0.3
        yield start, end, str(value // 2), 0.3
    for other, _ in site.facts.integers.most_common(12):
        if other != text:
            yield start, end, other, 0.25
    for other in site.facts.asserted:
        if other != text and other.isdigit():
            yield start, end, other, 0.3


def change_constant(node: Any, site: Site) -> Iterator[Change]:
    """Another constant of the usual ones."""
    kind = "float" if site.has("float", node) else "string" if site.has("string", node) else node.type
    for other, weight in site.facts.language.constants.get(kind, ()):
        yield node.start_byte, node.end_byte, other, weight
    if kind == "float":
        text = site.text(node)
        for other in (
            f"-{text}",
            f"({text} * 10)",
            f"({text} / 10)",
            f"({text} + 1)",
            f"({text} - 1)",
            f"({text} * 2)",
        ):
            yield node.start_byte, node.end_byte, other, 0.3
    if kind == "none":
        for name in site.names()[:8]:
            yield node.start_byte, node.end_byte, name, 0.35


def change_string(node: Any, site: Site) -> Iterator[Change]:
    """Another string of the file, or this one a little different."""
    if node.end_byte - node.start_byte > 300:
        return
    text = site.text(node)
    others = [other for other, _ in site.facts.strings.most_common(400) if other != text]
    near = difflib.get_close_matches(text, others, n=6, cutoff=0.4)
    for rank, other in enumerate(near):
        yield node.start_byte, node.end_byte, other, 0.7 - 0.08 * rank
    for other in others[:10]:
        if other not in near:
            yield node.start_byte, node.end_byte, other, 0.2
    for other in site.facts.asserted:
        if other[-1] in "\"'" and other != text:
            yield node.start_byte, node.end_byte, other, 0.25
    for content in node.children:
        if site.has("string_content", content):
            yield from _string_content(content, site, text)


_ESCAPE = re.compile(r"\\[dDwWsSbB]")
_FLIP = {"d": "D", "D": "d", "w": "W", "W": "w", "s": "S", "S": "s", "b": "B", "B": "b"}


def _string_content(content: Any, site: Site, whole: str) -> Iterator[Change]:
    start, end = content.start_byte, content.end_byte
    raw = site.facts.source[start:end]
    if not raw.isascii() or b"\n" in raw:
        return
    text = raw.decode()
    for other, weight in (
        (text.strip(), 0.4),
        (text.lower(), 0.3),
        (text.upper(), 0.3),
        (text + " ", 0.3),
        (" " + text, 0.2),
    ):
        if other != text:
            yield start, end, other, weight
    if text in ("r", "w", "rb", "wb", "a"):
        for other in ("r", "w", "rb", "wb", "a"):
            if other != text:
                yield start, end, other, 0.5
    for a, b in (
        ("%s", "%r"),
        ("%r", "%s"),
        ("%d", "%s"),
        ("%s", "%d"),
        ("{}", "{!r}"),
        ("\\n", "\\r\\n"),
        ("/", "\\\\"),
    ):
        for match in re.finditer(re.escape(a), text):
            yield start + match.start(), start + match.end(), b, 0.3
    if len(text) <= 40:
        for index in range(len(text)):
            if text[index] != "\\" and (index == 0 or text[index - 1] != "\\"):
                yield start + index, start + index + 1, "", 0.2
    if re.search(r"[\\\[\](){}*+?^$|]", text) and ("r" in whole[:2] or "\\" in text or "[" in text):
        yield from _regex(text, start)


def _regex(text: str, start: int) -> Iterator[Change]:
    for match in _ESCAPE.finditer(text):
        letter = match.group()[1]
        yield start + match.start(), start + match.end(), "\\" + _FLIP[letter], 0.4
        for other in "dws":
            if other not in (letter, _FLIP[letter]):
                yield start + match.start(), start + match.end(), "\\" + other, 0.4
    for index, char in enumerate(text):
        escaped = index > 0 and text[index - 1] == "\\"
        if char in "+*?" and not escaped:
            for other in ("+", "*", "?", "+?", "*?"):
                if other != char:
                    yield start + index, start + index + 1, other, 0.6
        if char in ")]" and not escaped:
            for other in "*+?":
                yield start + index + 1, start + index + 1, other, 0.5
        if char == "[" and not escaped:
            if text[index + 1 : index + 2] == "^":
                yield start + index + 1, start + index + 2, "", 0.4
            else:
                yield start + index + 1, start + index + 1, "^", 0.2
        if char == "]" and not escaped:
            for extra in ("_", "-", ".", "+", "0-9", "a-z", "A-Z", "\\w", "\\s", "\\d"):
                yield start + index, start + index, extra, 0.25
        if char == "." and not escaped:
            yield start + index, start + index + 1, "\\.", 0.4
        if char == "(" and not escaped:
            yield start + index + 1, start + index + 1, "?:", 0.15
    yield start, start, "^", 0.3
    yield start + len(text), start + len(text), "$", 0.4
    yield start + len(text), start + len(text), "\\Z", 0.2


def off_by_one(node: Any, site: Site) -> Iterator[Change]:
    """One more or less where a bound, index, or count is given."""
    parent = node.parent
    if parent is None or site.has("integer", node) or site.has("string", node) or site.has("constant", node):
        return
    bound = site.has("slice", parent) or (site.has("subscript", parent) and not _is(node, parent.children[0]))
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
    if site.has("assignment", parent) and _is(node, parent.child_by_field_name("left")):
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


def change_name(node: Any, site: Site) -> Iterator[Change]:
    """Another name in scope."""
    role = _role_in_parent(node, site)
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


def change_subscript(node: Any, site: Site) -> Iterator[Change]:
    """Without the index, or with `.get`."""
    base = node.children[0]
    if len(node.named_children) != 2:
        return
    index = node.named_children[1]
    if _role_in_parent(node, site) != "target":
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


def wrap(node: Any, site: Site) -> Iterator[Change]:
    """A call, index or conversion around an expression."""
    parent = node.parent
    role = _role_in_parent(node, site)
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
    if site.scope is not None and site.scope.owner and site.has("identifier", node):
        for member in site.facts.members.get(site.scope.owner, ())[:20]:
            yield node.start_byte, node.end_byte, f"self.{member}({site.text(node)})", 0.12 * factor


def call_receiver(node: Any, site: Site) -> Iterator[Change]:
    """A method of the receiver's own type that is called elsewhere or commonly forgotten: `x` to `x.method()`."""
    if _role_in_parent(node, site) != "value" or not site.has("identifier", node):
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
    if _role_in_parent(node, site) != "value":
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


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One operator as data."""

    name: str
    roles: tuple[str, ...]
    rule: Rule
    prior: float


RULES: tuple[RuleEntry, ...] = (
    RuleEntry("swap operator", ("comparison", "binary", "boolean", "augmented"), swap_operator, 0.95),
    RuleEntry("negate condition", ("if", "elif", "while", "conditional", "comprehension_if"), negate_condition, 0.8),
    RuleEntry("ask for none", ("if", "elif", "while", "conditional", "comprehension_if"), ask_for_none, 0.5),
    RuleEntry("test of type", ("call",), widen_type_test, 0.5),
    RuleEntry("drop negation", ("not", "unary"), drop_not, 0.8),
    RuleEntry("change number", ("integer",), change_integer, 0.75),
    RuleEntry("change constant", ("float", "string", "constant"), change_constant, 0.6),
    RuleEntry("off by one", ("expression",), off_by_one, 0.6),
    RuleEntry("change name", ("identifier",), change_name, 0.7),
    RuleEntry("change attribute", ("attribute",), change_attribute, 0.65),
    RuleEntry("change arguments", ("arguments",), change_arguments, 0.6),
    RuleEntry("change keyword", ("keyword_argument",), change_keyword, 0.5),
    RuleEntry("drop operand", ("binary", "boolean"), drop_operand, 0.55),
    RuleEntry("swap operands", ("binary", "comparison"), swap_operands, 0.4),
    RuleEntry("regroup", ("binary", "boolean", "comparison"), regroup, 0.3),
    RuleEntry("extend condition", ("if", "elif", "while", "conditional", "comprehension_if"), extend_condition, 0.5),
    RuleEntry("change string", ("string",), change_string, 0.5),
    RuleEntry("drop call", ("call",), change_call, 0.55),
    RuleEntry("change index", ("subscript",), change_subscript, 0.5),
    RuleEntry("change slice", ("slice",), change_slice, 0.6),
    RuleEntry("swap branches", ("conditional",), change_conditional, 0.6),
    RuleEntry("change elements", ("collection",), change_collection, 0.45),
    RuleEntry("drop filter", ("comprehension_if",), change_clause, 0.5),
    RuleEntry("wrap", ("expression",), wrap, 0.4),
    RuleEntry("call method", ("identifier",), call_receiver, 0.3),
    RuleEntry("combine", ("identifier", "attribute", "call", "subscript"), or_default, 0.35),
)
