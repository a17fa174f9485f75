"""The operators, as pure functions: source bytes in, candidates out."""

from __future__ import annotations

import ast
import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.repair.candidate import Candidate, splice
from tools.repair.facts import Facts
from tools.repair.propose import facts_of, parses, propose
from tools.repair.rules import RULES
from tools.repair.statements import STATEMENT_RULES


def facts(source: str) -> Facts:
    found = facts_of("pkg/mod.py", source.encode())
    assert found is not None
    return found


def repaired(source: str, line: int) -> set[str]:
    """Every source that some candidate for `line` makes."""
    found = facts(source)
    made = set()
    for candidate in propose(found, {line: 1.0}):
        if parses(found, candidate):
            spans = [(edit.start, edit.end, edit.new) for edit in candidate.edits]
            made.add(splice(found.source, spans).decode())
    return made


CASES = [
    ("comparison", "def f(a, b):\n    return a < b\n", "def f(a, b):\n    return a <= b\n", 2),
    ("arithmetic", "def f(a, b):\n    return a - b\n", "def f(a, b):\n    return a + b\n", 2),
    ("boolean", "def f(a, b):\n    return a and b\n", "def f(a, b):\n    return a or b\n", 2),
    ("bits", "def f(a, b):\n    return a ^ b\n", "def f(a, b):\n    return a & b\n", 2),
    ("membership", "def f(a, b):\n    return a in b\n", "def f(a, b):\n    return a not in b\n", 2),
    ("number", "def f(a):\n    return a[1]\n", "def f(a):\n    return a[0]\n", 2),
    ("range end", "def f(n):\n    return list(range(n))\n", "def f(n):\n    return list(range(n + 1))\n", 2),
    ("slice", "def f(a):\n    return a[1:]\n", "def f(a):\n    return a[:-1]\n", 2),
    ("name", "def f(a, b):\n    return b\n", "def f(a, b):\n    return a\n", 2),
    ("arguments", "def f(a, b):\n    return g(b, a)\n", "def f(a, b):\n    return g(a, b)\n", 2),
    ("missing argument", "def f(a, b):\n    return g(a)\n", "def f(a, b):\n    return g(a, b)\n", 2),
    ("extra argument", "def f(a, b):\n    return g(a, b)\n", "def f(a, b):\n    return g(a)\n", 2),
    ("missing call", "def f(a):\n    return a\n", "def f(a):\n    return str(a)\n", 2),
    ("superfluous call", "def f(a):\n    return str(a)\n", "def f(a):\n    return a\n", 2),
    ("method", "def f(a):\n    return a.lstrip()\n", "def f(a):\n    return a.rstrip()\n", 2),
    ("negation", "def f(a):\n    if not a:\n        return 1\n", "def f(a):\n    if a:\n        return 1\n", 2),
    ("condition", "def f(a):\n    if a:\n        return 1\n", "def f(a):\n    if not a:\n        return 1\n", 2),
    ("missing return", "def f(a):\n    g(a)\n", "def f(a):\n    return g(a)\n", 2),
    ("return after", "def f(a):\n    b = a\n", "def f(a):\n    b = a\n    return b\n", 2),
    ("base case", "def f(a):\n    return f(a - 1)\n", "def f(a):\n    if not a: return a\n    return f(a - 1)\n", 2),
    ("jump", "def f(a):\n    for x in a:\n        break\n", "def f(a):\n    for x in a:\n        continue\n", 3),
    ("accumulate", "def f(a):\n    s = 0\n    s = a\n", "def f(a):\n    s = 0\n    s += a\n", 3),
    ("delete", "def f(a):\n    a = 0\n    return a\n", "def f(a):\n    return a\n", 2),
    ("order", "def f(a):\n    a = 0\n    b = a\n", "def f(a):\n    b = a\n    a = 0\n", 2),
    ("dedent", "def f(a):\n    if a:\n        g()\n        h()\n", "def f(a):\n    if a:\n        g()\n    h()\n", 4),
    ("indent", "def f(a):\n    if a:\n        g()\n    h()\n", "def f(a):\n    if a:\n        g()\n        h()\n", 4),
    ("branches", "def f(a):\n    return 1 if a else 2\n", "def f(a):\n    return 2 if a else 1\n", 2),
    (
        "exception",
        "def f(a):\n    try:\n        g()\n    except KeyError:\n        pass\n",
        "def f(a):\n    try:\n        g()\n    except ValueError:\n        pass\n",
        4,
    ),
    ("default", "def f(a=[]):\n    a.append(1)\n", "def f(a=None):\n    if a is None: a = []\n    a.append(1)\n", 2),
    (
        "self",
        "class A:\n    def f(self):\n        return n\n    def n(self): 0\n",
        "class A:\n    def f(self):\n        return self.n\n    def n(self): 0\n",
        3,
    ),
    ("missing", "def f(a):\n    if not a:\n        return 1\n", "def f(a):\n    if a is None:\n        return 1\n", 2),
    ("type", "def f(a):\n    return isinstance(a, int)\n", "def f(a):\n    return isinstance(a, (int, float))\n", 2),
    ("delegate", "def f(a):\n    yield a\n", "def f(a):\n    yield from a\n", 2),
]


@pytest.mark.parametrize(("source", "wanted", "line"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_an_operator_undoes_the_fault(source: str, wanted: str, line: int) -> None:
    made = repaired(source, line)
    assert wanted in made


SAMPLE = '''\
"""Sample."""
import re

LIMIT = 10
PATTERN = re.compile(r"^[a-z]+\\d*$")


class Stack:
    """é: a character of two bytes."""

    def __init__(self, items=[]):
        self.items = items
        self.size = 0

    def push(self, item, *, twice=False):
        if item is not None and self.size < LIMIT:
            self.items.append(item)
            self.size += 1
        elif twice:
            raise ValueError("full")
        else:
            return None
        return self.items[-1:]

    def total(self, start=0):
        result = start
        for index, item in enumerate(self.items):
            if not isinstance(item, int):
                continue
            result = result + item * (index + 1)
        return result if result > 0 else -result


def walk(tree, depth=0):
    try:
        for key, value in sorted(tree.items()):
            yield "é" + key.strip(), depth
            yield from walk(value, depth + 1)
    except AttributeError as error:
        print(error, tree[0], tree[1:3])
    while depth > 3 and tree:
        depth -= 1
    return [x for x in tree if x]
'''


@functools.cache
def sample() -> tuple[Facts, list[Candidate]]:
    found = facts(SAMPLE)
    scores = {line: 1.0 - line / 100 for line in range(1, SAMPLE.count("\n") + 1)}
    return found, propose(found, scores)


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0))
def test_a_checked_candidate_differs_in_its_span_only_and_compiles(number: int) -> None:
    found, candidates = sample()
    candidate = candidates[number % len(candidates)]
    if not parses(found, candidate):
        return
    (edit,) = candidate.edits
    new = splice(found.source, [(edit.start, edit.end, edit.new)])
    assert new != found.source
    assert new[: edit.start] == found.source[: edit.start]
    assert new[edit.start + len(edit.new) :] == found.source[edit.end :]
    ast.parse(new)
    assert 0 < candidate.score <= candidate.prior <= 1


def test_candidates_are_unique_and_ranked() -> None:
    _, candidates = sample()
    spans = [candidate.edits for candidate in candidates]
    assert len(set(spans)) == len(spans)
    assert [c.score for c in candidates] == sorted((c.score for c in candidates), reverse=True)
    assert {candidate.operator for candidate in candidates} >= {"guard", "swap operator", "change string", "wrap"}


def test_the_check_agrees_with_python_on_every_candidate() -> None:
    found, candidates = sample()
    for candidate in candidates[:1500]:
        new = splice(found.source, [(e.start, e.end, e.new) for e in candidate.edits])
        try:
            ast.parse(new)
            fine = True
        except SyntaxError:
            fine = False
        assert parses(found, candidate) == fine, candidate


def test_operator_names_are_unique_and_their_roles_known() -> None:
    found, _ = sample()
    entries = [(rule.name, rule.roles) for rule in RULES] + [(rule.name, rule.roles) for rule in STATEMENT_RULES]
    assert len(entries) == len({name for name, _ in entries})
    for name, roles in entries:
        assert all(role in found.language.roles for role in roles), name


@pytest.mark.parametrize(
    "source", ["", "\n", "x = 1", "def f(:\n", "\x0c\ndef f(): pass\n", "def f():\r\n    return 1\r\n"]
)
def test_odd_sources_do_not_break(source: str) -> None:
    found = facts(source)
    for candidate in propose(found, {1: 1.0, 2: 1.0}):
        parses(found, candidate)


def test_unknown_binary_and_huge_files_are_left_alone() -> None:
    assert facts_of("a.txt", b"x") is None
    assert facts_of("a.py", b"\xff\xfe") is None
    assert facts_of("a.py", b"#" * 3_000_000) is None
