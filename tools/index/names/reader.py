"""Gives the surveys of one name, each file read once, and what else verdicts ask of files."""

from __future__ import annotations

import re

from tools.index.crew import ParseFailedError
from tools.index.index import Hit, Index
from tools.index.names.strict import Strict
from tools.index.names.survey import Binder, Occurrence, Survey
from tools.index.symbol import CLASSES, Symbol

_SCOPED_ENUM = re.compile(r"\benum\s+(class|struct)\b")
_FAMILIES = {"javascript": "ecma", "typescript": "ecma", "tsx": "ecma", "cpp": "c"}


class Reader:
    """The files of `index` as far as they concern `name`; `other` as in `tools.index.names.occurrences.survey`."""

    def __init__(self, index: Index, name: str, other: str = "", strict: Strict | None = None) -> None:
        self.index, self.name, self._other = index, name, other
        self.strict = strict or Strict(index)
        self.unread: set[str] = set()
        """Files that could not be parsed."""
        self._surveys: dict[str, Survey] = {}
        self._languages: dict[str, str] = {}

    def survey(self, path: str) -> Survey:
        """All that the file at `path` says of the name; nothing where it cannot be read."""
        if path not in self._surveys:
            self._surveys[path] = self._read(path)
        return self._surveys[path]

    def _read(self, path: str) -> Survey:
        source = self.index.source(path)
        language = self.index.language(path, source)
        self._languages[path] = language.name if language is not None else ""
        if language is None:
            return Survey()
        try:
            return Survey.of(self.index.worker.ask("occurrences", language.name, source, self.name, self._other))
        except (ParseFailedError, ValueError):
            self.unread.add(path)
            return Survey()

    def language(self, path: str) -> str:
        """The name of the language of a file, empty where it has none."""
        if path not in self._languages:
            language = self.index.language(path, self.index.source(path))
            self._languages[path] = language.name if language is not None else ""
        return self._languages[path]

    def family(self, path: str) -> str:
        """The languages whose files import each other go by one name."""
        name = self.language(path)
        return _FAMILIES.get(name, name)

    def top(self, path: str) -> list[Binder]:
        """What binds the name itself in the whole of a file."""
        return [binder for binder in self.survey(path).binders if binder.top and binder.name == self.name]

    def bound(self, path: str, found: Occurrence) -> list[Binder]:
        """The binders of an occurrence."""
        binders = self.survey(path).binders
        return [binders[number] for number in found.bound]

    def symbol_at(self, path: str, name_at: int) -> Symbol | None:
        """The definition whose name stands at byte `name_at`."""
        return next((symbol for symbol in self.index.symbols(path) if symbol.name_at == name_at), None)

    def defined(self, path: str, qualified: str) -> list[Symbol]:
        """The definitions of a file by their qualified name."""
        return [symbol for symbol in self.index.symbols(path) if symbol.qualified == qualified]

    def scope_of(self, target: Hit) -> str:
        """The qualified name of what `target` is a name in; empty for the whole file."""
        outer = target.symbol.qualified.rpartition(".")[0]
        if target.symbol.kind == "constant" and outer and self.family(target.path) == "c":
            around = self.defined(target.path, outer)
            if around and around[0].kind == "enum" and not _SCOPED_ENUM.search(around[0].signature):
                return outer.rpartition(".")[0]
        return outer

    def class_of(self, target: Hit) -> str:
        """The qualified name of the class that `target` is a member of; empty where it is none."""
        symbol = target.symbol
        outer = self.scope_of(target)
        if not outer:
            return ""
        around = {s.kind for s in self.index.symbols(target.path) if s.qualified == outer}
        if around & CLASSES:
            return outer
        if around or symbol.kind not in ("method", "property", "constant"):
            return ""
        elsewhere = {
            hit.symbol.kind for hit in self.index.lookup(outer.rpartition(".")[2]) if hit.symbol.qualified == outer
        }
        return "" if elsewhere and not elsewhere & CLASSES else outer
