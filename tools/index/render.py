"""Writes a ranking as text within a budget of tokens: the best files with signatures, the next ones as a line each."""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass, field
from functools import lru_cache

from tools.index.index import Index
from tools.index.rank import Ranking
from tools.index.record import symbol_of
from tools.index.symbol import Symbol
from tools.index.terms import of_name

_TOKEN = re.compile(r"[A-Za-z]{1,6}|\d{1,3}|[^\sA-Za-z\d]|\n")
_DETAIL = 0.5
"""The share of the budget for files with signatures; the rest names more files, one a line."""
_MOST_SYMBOLS = 12
_QUIET = frozenset({"variable", "property", "constant", "key", "rule", "element", "prototype"})


def tokens(text: str) -> int:
    """About how many tokens `text` is for a model: a little more than byte-pair encodings need."""
    return int(0.9 * len(_TOKEN.findall(text))) + 1


@dataclass(slots=True)
class _Page:
    budget: int
    lines: list[str] = field(default_factory=list)
    used: int = 0

    def add(self, text: str, limit: float) -> bool:
        """Add `text` if it stays within `limit` tokens."""
        cost = tokens(text) + 1
        if self.used + cost > limit:
            return False
        self.lines.append(text)
        self.used += cost
        return True


def render(index: Index, ranking: Ranking, budget: int) -> str:
    """The map. Never more than `budget` tokens as `tokens` counts them."""
    page = _Page(budget)
    detailed = 0
    chooser = _Chooser(index, ranking)
    for place, (path, _) in enumerate(ranking.files):
        block = _block(path, chooser.best(path, max(2, _MOST_SYMBOLS - place)))
        if not page.add(block, budget * _DETAIL):
            if place > 2 * detailed + 4 or page.used > 0.4 * budget:
                break
            continue
        detailed += 1
    shown = {line.partition(":\n")[0].removesuffix(":") for line in page.lines}
    rest = [path for path, _ in ranking.files if path not in shown]
    if rest and page.add("\nAlso likely, less so further down:", budget):
        for number, path in enumerate(rest):
            best = ", ".join(symbol.name for symbol in chooser.best(path, 2)) if number < 12 else ""
            if not (page.add(f"{path}: {best}" if best else path, budget) or page.add(path, budget)):
                break
    return "\n".join(page.lines)


def _block(path: str, chosen: list[Symbol]) -> str:
    lines = [f"{path}:"]
    for symbol in sorted(chosen, key=lambda s: s.start):
        depth = symbol.qualified.count(".")
        signature = symbol.signature if len(symbol.signature) <= 100 else symbol.signature[:99] + "…"
        lines.append(f"{symbol.line}:{'  ' * min(depth, 3)} {signature}")
    return "\n".join(lines)


class _Chooser:
    """Chooses the definitions of a file that say most about it for one task."""

    def __init__(self, index: Index, ranking: Ranking) -> None:
        self._index, self._ranking = index, ranking
        # What a definition must hold to be worth a look: a plural in -ies has its stem's -y no more (see `stem`).
        marks = {word[:-1] if word.endswith("y") else word for word in ranking.words}
        self._marks = sorted(marks | {name.lower() for name in ranking.names})

    def best(self, path: str, most: int) -> list[Symbol]:
        """The `most` best definitions of the file at `path`, best first."""
        packed = self._index.packed(path)
        if not packed:
            return []
        lines = packed.split("\n")
        scored = {place: score for score, place in _plain(packed)}
        for place in self._marked(packed):
            line = lines[place]
            scored[place] = _score(line, place) + self._fit(line)
        best = heapq.nlargest(most, scored.items(), key=lambda item: (item[1], -item[0]))
        return [symbol_of(lines[place]) for place, _ in best]

    def _marked(self, packed: str) -> set[int]:
        """The lines of `packed` that hold a mark."""
        text = packed.lower()
        if len(text) != len(packed):  # some letters grow when they are made small
            return set(range(packed.count("\n") + 1))
        found: set[int] = set()
        for mark in self._marks:
            at, number, seen = text.find(mark), 0, 0
            while at >= 0:
                number, seen = number + text.count("\n", seen, at), at
                found.add(number)
                line_end = text.find("\n", at)
                at = text.find(mark, line_end) if line_end >= 0 else -1
        return found

    def _fit(self, line: str) -> float:
        """How well the definition in a packed line fits the task."""
        name, doc = line[: line.index("\t")], line.rpartition("\t")[2]
        words = self._ranking.words
        fit = self._ranking.names.get(name, 0.0) * 2
        fit += sum(words.get(word, 0.0) for word in of_name(name))
        return fit + 0.4 * sum(words.get(word, 0.0) for word in {w for part in doc.split() for w in of_name(part)})


@lru_cache(maxsize=256)
def _plain(packed: str) -> list[tuple[float, int]]:
    """The score and the line of the best definitions of a file whatever the task, best first."""
    scored = ((_score(line, place), -place) for place, line in enumerate(packed.split("\n")))
    return [(score, -place) for score, place in heapq.nlargest(_MOST_SYMBOLS, scored)]


def _score(line: str, place: int) -> float:
    """What the definition in a packed line is worth by its kind and its place alone."""
    name, qualified, kind, _ = line.split("\t", 3)
    score = 2.0 / (1 + qualified.count(".")) - 0.001 * place
    return score - (2.0 if kind in _QUIET else 0.0) - (1.0 if name.startswith("__") else 0.0)
