"""Writes a ranking as text within a budget of tokens: the best files with signatures, the next ones as a line each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tools.index.extract import Symbol
from tools.index.index import Index
from tools.index.rank import Ranking
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
    for place, (path, _) in enumerate(ranking.files):
        most = max(2, _MOST_SYMBOLS - place)
        block = _block(path, index.symbols(path), ranking, most)
        if not page.add(block, budget * _DETAIL):
            if place > 2 * detailed + 4 or page.used > 0.4 * budget:
                break
            continue
        detailed += 1
    shown = {line.partition(":\n")[0].removesuffix(":") for line in page.lines}
    rest = [path for path, _ in ranking.files if path not in shown]
    if rest and page.add("\nAlso likely, less so further down:", budget):
        for number, path in enumerate(rest):
            best = ", ".join(s.name for s in _chosen(index.symbols(path), ranking, 2)) if number < 12 else ""
            if not (page.add(f"{path}: {best}" if best else path, budget) or page.add(path, budget)):
                break
    return "\n".join(page.lines)


def _block(path: str, symbols: list[Symbol], ranking: Ranking, most: int) -> str:
    chosen = sorted(_chosen(symbols, ranking, most), key=lambda s: s.start)
    lines = [f"{path}:"]
    for symbol in chosen:
        depth = symbol.qualified.count(".")
        signature = symbol.signature if len(symbol.signature) <= 100 else symbol.signature[:99] + "…"
        lines.append(f"{symbol.line}:{'  ' * min(depth, 3)} {signature}")
    return "\n".join(lines)


def _chosen(symbols: list[Symbol], ranking: Ranking, most: int) -> list[Symbol]:
    """The symbols of a file that say most about it for this task."""
    scored = []
    for place, symbol in enumerate(symbols):
        depth = symbol.qualified.count(".")
        score = 2.0 / (1 + depth) - 0.001 * place
        score += ranking.names.get(symbol.name, 0.0) * 2
        score += sum(ranking.words.get(word, 0.0) for word in of_name(symbol.name))
        score += 0.4 * sum(ranking.words.get(word, 0.0) for word in set(of_name_all(symbol.doc)))
        score -= 2.0 if symbol.kind in _QUIET else 0.0
        score -= 1.0 if symbol.name.startswith("__") else 0.0
        scored.append((score, -place, symbol))
    scored.sort(key=lambda item: item[:2], reverse=True)
    return [symbol for _, _, symbol in scored[:most]]


def of_name_all(text: str) -> list[str]:
    """The words of all names in a short text."""
    return [word for name in text.split() for word in of_name(name)]
