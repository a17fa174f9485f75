"""Turn suspicious lines of a file into candidates: every operator at every place, without duplicates, ranked."""

from __future__ import annotations

import ast
import functools
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tools.repair.candidate import Candidate, Edit, splice
from tools.repair.facts import MAX_BYTES, Facts, Scope, walk
from tools.repair.language import Language, parser_of
from tools.repair.python import PYTHON
from tools.repair.rule import RuleEntry, Site
from tools.repair.rules import RULES
from tools.repair.statements import STATEMENT_RULES

LANGUAGES: tuple[Language, ...] = (PYTHON,)
HEADER = 0.5
"""How suspicious a function's header is beside its most suspicious line."""
PER_UNIT = 400
"""Candidates kept of an operator at a statement."""
TAIL = 15
"""An operator's candidate at this place of its list at one statement counts half of what it would as the first."""


def language_of(path: str) -> Language | None:
    """The table for a file, by its suffix."""
    return next((language for language in LANGUAGES if path.endswith(language.suffixes)), None)


def facts_of(path: str, source: bytes) -> Facts | None:
    """What a file offers; None where its language is unknown, it is too large, or not UTF-8."""
    language = language_of(path)
    if language is None or len(source) > MAX_BYTES:
        return None
    try:
        source.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return Facts(path, source, language)


@dataclass(frozen=True, slots=True)
class Unit:
    """One operator at a suspicious statement (or the header of a compound one); no candidate of it exceeds `bound`."""

    facts: Facts
    statement: Any
    nodes: tuple[Any, ...]
    scope: Scope | None
    score: float
    entry: RuleEntry

    @property
    def bound(self) -> float:
        """The most that one of its candidates can score."""
        return self.score * min(1.0, self.entry.prior)


def units_of(facts: Facts, scores: Mapping[int, float]) -> list[Unit]:
    """What can be tried on the lines in `scores` (from 1, with suspicion in 0..1)."""
    entries = _entries(facts.language.name)
    found = []
    for statement, header, scope, score in _units(facts, scores):
        by_kind: dict[str, list[Any]] = {}
        for node in (inner for part in header for inner in _within(part, facts.language)):
            by_kind.setdefault(node.type, []).append(node)
        for entry, kinds in entries:
            nodes = [node for kind in kinds & by_kind.keys() for node in by_kind[kind]] if entry.inner else []
            if statement.type in kinds and statement not in nodes:
                nodes.append(statement)
            if nodes:
                found.append(Unit(facts, statement, tuple(nodes), scope, score, entry))
    return found


@functools.cache
def _entries(name: str) -> list[tuple[RuleEntry, frozenset[str]]]:
    """The operators of a language, with the kinds of nodes that each looks at."""
    language = next(language for language in LANGUAGES if language.name == name)
    entries = [*RULES, *(STATEMENT_RULES if language.indented else ())]
    return [(entry, frozenset().union(*(language.roles[role] for role in entry.roles))) for entry in entries]


def expand(unit: Unit) -> list[Candidate]:
    """A unit's candidates, best first, not yet checked.

    They fade out with the length of the list (`TAIL`), so that the first ideas of all operators at all places come
    before the long tail of one at one place.
    """
    site, entry = Site(unit.facts, unit.scope, unit.statement), unit.entry
    best: dict[tuple[int, int, bytes], Candidate] = {}
    for node in unit.nodes:
        for candidate in _made(entry.name, entry.prior, entry.rule(node, site), unit.facts, node, unit.score):
            edit = candidate.edits[0]
            key = (edit.start, edit.end, edit.new)
            if key not in best or best[key].score < candidate.score:
                best[key] = candidate
    ranked = sorted(best.values(), key=lambda c: -c.score)[:PER_UNIT]
    return [replace(c, score=c.score * TAIL / (TAIL + place)) for place, c in enumerate(ranked)]


def propose(facts: Facts, scores: Mapping[int, float]) -> list[Candidate]:
    """All candidates for the lines in `scores`, best first; not yet checked."""
    best: dict[tuple[Edit, ...], Candidate] = {}
    for unit in units_of(facts, scores):
        for candidate in expand(unit):
            if candidate.edits not in best or best[candidate.edits].score < candidate.score:
                best[candidate.edits] = candidate
    return sorted(best.values(), key=lambda c: -c.score)


def _units(facts: Facts, scores: Mapping[int, float]) -> Iterator[tuple[Any, list[Any], Scope | None, float]]:
    """Statements (or headers of compound ones) with the nodes that belong to them and their suspicion."""
    has = facts.language.has
    for node in walk(facts.root):
        kind = node.type
        compound = has("compound", kind) or has("clauses", kind)
        if not compound and not has("simple", kind):
            continue
        header = [child for child in node.children if not has("block", child.type) and not has("clauses", child.type)]
        header = [child for child in header if not has("compound", child.type)]
        first = node.start_point[0] + 1
        last = (header[-1].end_point[0] if compound and header else node.end_point[0]) + 1
        score = max((scores[line] for line in range(first, last + 1) if line in scores), default=0.0)
        if has("function", kind):
            inside = range(last + 1, node.end_point[0] + 2)
            score = HEADER * max((scores[line] for line in inside if line in scores), default=0.0)
        elif has("class", kind):
            continue
        elif has("clauses", kind) and not score:
            inside = range(first, node.end_point[0] + 2)
            score = 0.7 * max((scores[line] for line in inside if line in scores), default=0.0)
        if score > 0:
            yield node, header if compound else [node], facts.scope_at(node.start_point[0]), score


def _within(part: Any, language: Language) -> Iterator[Any]:
    stack = [part]
    while stack:
        node = stack.pop()
        yield node
        if not language.has("opaque", node.type):
            stack += [child for child in reversed(node.children) if not language.has("block", child.type)]


def _made(
    name: str, prior: float, changes: Iterator[Any], facts: Facts, node: Any, score: float
) -> Iterator[Candidate]:
    for start, end, text, weight in changes:
        new = text.encode("utf-8", "surrogateescape")
        old = facts.source[start:end]
        if new == old:
            continue
        start, end, new = _trimmed(old, new, start, end)
        line = facts.source.count(b"\n", 0, node.start_byte) + 1
        chance = min(1.0, prior * weight)
        yield Candidate((Edit(facts.path, start, end, new),), name, line, chance, chance * score)


def _trimmed(old: bytes, new: bytes, start: int, end: int) -> tuple[int, int, bytes]:
    """The same edit without what both ends share, so that equal edits look equal; never splits a character."""
    if not (old.isascii() and new.isascii()):
        return start, end, new
    limit = min(len(old), len(new))
    head = 0
    while head < limit and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < limit - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return start + head, end - tail, new[head : len(new) - tail]


def parses(facts: Facts, candidate: Candidate) -> bool:
    """Whether the file still parses after the candidate's edits to it (only the function around them is looked at)."""
    spans = [(e.start, e.end, e.new) for e in candidate.edits if e.path == facts.path]
    if facts.language.name != "python":
        tree = parser_of(facts.language.grammar).parse(splice(facts.source, spans))
        return not tree.root_node.has_error
    low, high = min(s[0] for s in spans), max(s[1] for s in spans)
    start, end, prefix = 0, len(facts.source), b""
    for scope in facts.scopes:
        node = scope.node
        if node.start_byte < low and high < node.end_byte and (not start or node.start_byte < start):
            start = facts.source.rfind(b"\n", 0, node.start_byte) + 1
            end = facts.source.find(b"\n", node.end_byte)
            end = len(facts.source) if end < 0 else end + 1
            prefix = b"if 1:\n" if node.start_byte > start else b""
            break
    text = prefix + splice(facts.source[start:end], [(a - start, b - start, new) for a, b, new in spans])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<candidate>", "exec", flags=ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
