"""The table of operators on expressions: name, the roles of nodes each looks at, and its prior.

A rule takes a node and yields ``(start, end, new text, weight)``: how the node might have been meant.
"""

from __future__ import annotations

from tools.repair.bounds import change_slice, change_subscript, off_by_one
from tools.repair.calls import change_arguments, change_call
from tools.repair.conditions import ask_for_none, extend_condition, negate_condition, widen_type_test
from tools.repair.constants import change_constant, change_integer, change_string
from tools.repair.naming import change_attribute, change_keyword, change_name
from tools.repair.operators import drop_not, drop_operand, regroup, swap_operands, swap_operator
from tools.repair.rule import RuleEntry
from tools.repair.values import call_receiver, change_clause, change_collection, change_conditional, or_default, wrap

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
