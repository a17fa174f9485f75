"""Ranks the files of a repository for a task: its words and names first, then what those files are tied to.

A local scheme instead of a global walk: BM25 over the words of names, paths and comments (Robertson and Zaragoza,
2009), rare names mentioned in the task, focus, and one round of spreading over links that the builder aggregated. It
touches only posting lists of the task's words, which is why a new focus costs milliseconds.
"""

from __future__ import annotations

import heapq
import math
import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from tools.index.index import Index
from tools.index.languages import of_path
from tools.index.terms import STOP, is_code, names_of, of_name, of_text

_K1, _B = 1.2, 0.4
_SEEDS = 40
_NAME, _DEFINITION, _PATH, _FOCUS = 1.5, 3.0, 6.0, 30.0
_OUT, _IN = 0.30, 0.15
"""How much of a seed's score flows to what it uses, and to what uses it."""
_PATH_WORD = re.compile(r"[\w./\\-]*[\w-]+\.[A-Za-z]\w{0,5}\b|(?:[\w.-]+/)+[\w.-]*")


@dataclass(slots=True)
class Task:
    """What the map is for: prose, and files and names that are known to matter."""

    text: str = ""
    files: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Ranking:
    """Files with their scores, best first, and what made them so: weights of words and of mentioned names."""

    files: list[tuple[str, float]]
    words: dict[str, float] = field(default_factory=dict)
    names: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Ranker:
    """Ranks one index again and again; keeps its links in memory."""

    index: Index
    links: list[list[tuple[int, float]]] = field(default_factory=list)
    users: list[list[tuple[int, float]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.users = [[] for _ in self.index.rows]
        for number, packed in enumerate(self.index.store.links()):
            values = array("I")
            values.frombytes(packed)
            total = sum(values[1::2]) or 1
            out = [(values[at], values[at + 1] / total) for at in range(0, len(values), 2)]
            self.links.append(out)
            for file, share in out:
                self.users[file].append((number, share))

    def rank(self, task: Task) -> Ranking:
        """The files in order of their worth for `task`."""
        scores: dict[str, float] = {}
        words = self._words(task, scores)
        names = self._names(task, scores)
        self._mentioned(task, scores)
        for path in scores:
            scores[path] *= _prior(path, task.text)
        self._spread(scores)
        if len(scores) < 200:
            for row in heapq.nlargest(400, self.index.rows, key=lambda row: row.rank):
                scores[row.path] = scores.get(row.path, 0.0) + 0.002 * row.rank * _prior(row.path, task.text)
        present = ((path, score) for path, score in scores.items() if self.index.has(path))
        best = heapq.nlargest(600, present, key=lambda item: (item[1], item[0]))
        return Ranking(best, words, names)

    def _words(self, task: Task, scores: dict[str, float]) -> dict[str, float]:
        rows, dirty = self.index.rows, self.index.dirty
        count = len(rows) + len(dirty) or 1
        mean = sum(row.length for row in rows) / (len(rows) or 1) or 1.0
        norms = _K1 * (1 - _B)
        slope = _K1 * _B / mean
        weights: dict[str, float] = {}
        for word, weight in of_text(task.text).items():
            posts = self.index.store.term(word)
            found = len(posts) >> 1
            rare = math.log(1 + (count - found + 0.5) / (found + 0.5))
            weights[word] = value = rare * weight
            if rare < 0.3:
                continue
            for at in range(0, len(posts), 2):
                row, times = rows[posts[at]], posts[at + 1]
                gain = value * times * (_K1 + 1) / (times + norms + slope * row.length)
                scores[row.path] = scores.get(row.path, 0.0) + gain
        for path, state in dirty.items():
            scores.pop(path, None)
            if state.record is not None:
                mine = _weigh(state.words, path)
                length = sum(state.words.values())
                for word, value in weights.items():
                    times = mine.get(word, 0)
                    if times:
                        gain = value * times * (_K1 + 1) / (times + norms + slope * length)
                        scores[path] = scores.get(path, 0.0) + gain
        return weights

    def _names(self, task: Task, scores: dict[str, float]) -> dict[str, float]:
        count = len(self.index.rows) or 1
        weights: dict[str, float] = {}
        quoted = set(re.findall(r"[`'\"]([A-Za-z_]\w+)[`'\"(]", task.text))
        for name in [*task.names, *names_of(task.text)]:
            plain = not is_code(name) and name not in quoted and not (name[:1].isupper() and name[1:].islower())
            weak = len(name) < 3 or name.lower() in STOP or plain
            if name in weights or (weak and name not in task.names):
                continue
            users = self.index.users(name)
            if not users:
                continue
            rare = math.log(1 + count / len(users))
            weights[name] = rare
            for path, times in users.items():
                scores[path] = scores.get(path, 0.0) + _NAME * rare * times / (times + 2)
            definers = {hit.path for hit in self.index.lookup(name)} if len(users) < 500 else set()
            for path in definers:
                scores[path] = scores.get(path, 0.0) + _DEFINITION * rare / math.sqrt(len(definers))
            if name in task.names:
                for path in definers:
                    scores[path] += _FOCUS / len(definers)
        return weights

    def _mentioned(self, task: Task, scores: dict[str, float]) -> None:
        for path in task.files:
            scores[path] = scores.get(path, 0.0) + _FOCUS
        spoken = {word.strip("./").replace("\\", "/") for word in _PATH_WORD.findall(task.text)}
        spoken = {word for word in spoken if len(word) > 3}
        if not spoken:
            return
        for path in self.index.numbers:
            name = path.rpartition("/")[2]
            for word in spoken:
                if path == word or path.endswith("/" + word):
                    scores[path] = scores.get(path, 0.0) + 2 * _PATH
                elif "." not in word and ("/" + word + "/" in "/" + path or name.startswith(word + ".")):
                    scores[path] = scores.get(path, 0.0) + 1.0

    def _spread(self, scores: dict[str, float]) -> None:
        seeds = heapq.nlargest(_SEEDS, scores.items(), key=lambda item: item[1])
        numbers, rows = self.index.numbers, self.index.rows
        gains: dict[int, float] = {}
        for path, score in seeds:
            number = numbers.get(path)
            if number is None:
                for item in _resolved(self.index, path):
                    gains[item] = gains.get(item, 0.0) + _OUT * score / 4
                continue
            for file, share in self.links[number]:
                gains[file] = gains.get(file, 0.0) + _OUT * score * share
            users = self.users[number]
            # A hub is used by everyone: each of its users gets little.
            damp = _IN * score / math.sqrt(1 + len(users))
            for file, share in users:
                gains[file] = gains.get(file, 0.0) + damp * min(1.0, share * 4)
        for file, gain in gains.items():
            path = rows[file].path
            scores[path] = scores.get(path, 0.0) + gain


def _resolved(index: Index, path: str) -> Iterable[int]:
    """What a new file imports, as numbers of files; cheap, for a handful of files only."""
    from tools.index.resolve import Resolver

    resolver = Resolver([row.path for row in index.rows])
    return {number for item in index.imports(path) for number in resolver.files(path, item)}


def _weigh(words: Mapping[str, int], path: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for word, count in words.items():
        for term in of_name(word):
            found[term] = found.get(term, 0) + count
    for part in path.split("/"):
        for term in of_name(part.partition(".")[0]):
            found[term] = found.get(term, 0) + 6
    return found


_ASIDE = re.compile(r"(^|/)(tests?|testing|spec|__tests__|docs?|examples?|vendor|third_party|migrations|locale)(/|$)")


def _prior(path: str, text: str) -> float:
    aside, data = _place(path)
    return (0.5 if aside and not re.search(r"\btests?\b", text, re.I) else 1.0) * (0.4 if data else 1.0)


@lru_cache(maxsize=100_000)
def _place(path: str) -> tuple[bool, bool]:
    name = path.rpartition("/")[2]
    language = of_path(path)
    aside = bool(_ASIDE.search(path)) or name.startswith("test_") or ".test." in name or ".spec." in name
    return aside, language is not None and language.data
