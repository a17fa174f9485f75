"""What a rule is given: the place it looks at, and questions about it that many rules ask."""

from __future__ import annotations

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


Rule = Callable[[Any, Site], Iterator[Change]]


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One operator as data."""

    name: str
    roles: tuple[str, ...]
    rule: Rule
    prior: float
    inner: bool = True
    """Whether it looks at the expressions in a statement, or at whole statements alone."""


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def same_place(node: Any, other: Any) -> bool:
    """Whether two nodes span the same bytes."""
    return other is not None and node.start_byte == other.start_byte and node.end_byte == other.end_byte


def role_in_parent(node: Any, site: Site) -> str:
    """`target`, `attribute`, `keyword`, `callee`, `import`, `definition` or `value`."""
    parent = node.parent
    if parent is None:
        return "value"
    if site.has("attribute", parent) and same_place(node, parent.children[-1]) and len(parent.children) > 1:
        return "attribute"
    if site.has("keyword_argument", parent) and same_place(node, parent.children[0]):
        return "keyword"
    if site.has("call", parent) and same_place(node, parent.children[0]):
        return "callee"
    if parent.type in ("dotted_name", "aliased_import", "global_statement", "nonlocal_statement"):
        return "import"
    name = parent.child_by_field_name("name")
    if same_place(node, name) and (
        site.has("function", parent) or site.has("class", parent) or site.has("default", parent)
    ):
        return "definition"
    if site.has("parameters", parent) or parent.type in ("typed_parameter", "list_splat_pattern", "lambda_parameters"):
        return "definition"
    left = parent.child_by_field_name("left")
    if left is not None and left.start_byte <= node.start_byte and node.end_byte <= left.end_byte:
        return "target"
    if parent.type in ("pattern_list", "tuple_pattern"):
        return "target"
    return "value"


def test_of(node: Any, site: Site) -> Any:
    """The condition of a statement, conditional expression, or filter; None where there is none."""
    test = node.child_by_field_name("condition")
    if test is None and site.has("conditional", node) and len(node.named_children) == 3:
        return node.named_children[1]
    if test is None and (site.has("comprehension_if", node) or node.type == "assert_statement") and node.named_children:
        return node.named_children[0]
    return test
