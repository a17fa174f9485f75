"""The table of operators on whole statements of languages with indented blocks, and which operators are general.

A rule takes a statement's node and yields ``(start, end, new text, weight)`` as expression rules do.
"""

from __future__ import annotations

from tools.repair.assignments import change_assignment, delegate, empty_default, keep_attribute
from tools.repair.exits import (
    add_return,
    change_exception,
    change_return,
    guard,
    jump,
    protect,
    raise_expected,
    return_after,
)
from tools.repair.moves import copy_nearby, delete, drop_clause, move_sideways, swap_with_next, unwrap
from tools.repair.rule import RuleEntry

STATEMENT_RULES: tuple[RuleEntry, ...] = (
    RuleEntry("delete statement", ("simple", "compound"), delete, 0.3, inner=False),
    RuleEntry("swap statements", ("simple", "compound"), swap_with_next, 0.4, inner=False),
    RuleEntry("move statement", ("simple", "compound"), move_sideways, 0.5, inner=False),
    RuleEntry("guard", ("simple", "if", "for", "while"), guard, 0.4, inner=False),
    RuleEntry("change jump", ("jump",), jump, 0.6, inner=False),
    RuleEntry("change return", ("return",), change_return, 0.5, inner=False),
    RuleEntry("missing return", ("simple",), add_return, 0.6, inner=False),
    RuleEntry("return after", ("simple", "compound"), return_after, 0.45, inner=False),
    RuleEntry("unwrap", ("if", "elif", "while"), unwrap, 0.45, inner=False),
    RuleEntry("drop clause", ("else", "elif"), drop_clause, 0.35, inner=False),
    RuleEntry("change exception", ("except", "raise"), change_exception, 0.6, inner=False),
    RuleEntry("raise expected", ("simple",), raise_expected, 0.6, inner=False),
    RuleEntry("protect", ("simple",), protect, 0.25, inner=False),
    RuleEntry("copy statement", ("simple", "compound"), copy_nearby, 0.3, inner=False),
    RuleEntry("keep attribute", ("simple",), keep_attribute, 0.4, inner=False),
    RuleEntry("change assignment", ("simple",), change_assignment, 0.5, inner=False),
    RuleEntry("mutable default", ("function",), empty_default, 0.8, inner=False),
    RuleEntry("delegate", ("yield",), delegate, 0.6),
)

GENERAL = frozenset(
    [
        "swap operator",
        "negate condition",
        "drop negation",
        "change number",
        "off by one",
        "change name",
        "change attribute",
        "change arguments",
        "swap operands",
        "drop operand",
        "change slice",
        "change string",
        "swap branches",
        "drop call",
        "move statement",
        "swap statements",
        "regroup",
        "change exception",
        "missing return",
        "delegate",
        "mutable default",
        "change keyword",
        "change index",
        "wrap",
        "change assignment",
        "ask for none",
        "test of type",
        "change slice",
    ]
)
"""Operators whose repairs say something general, as against special cases that may only please the tests."""
