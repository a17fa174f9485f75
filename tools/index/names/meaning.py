"""Tells whether an import brings a given symbol, and whether a file gives it away; for languages of modules.

These are Python, JavaScript and TypeScript, Go, Rust. What cannot be followed with certainty is not the symbol.
"""

from __future__ import annotations

from collections.abc import Sequence

from tools.index.index import Hit
from tools.index.names.group import Group, is_given
from tools.index.names.reader import Reader
from tools.index.names.survey import Binder, Brought
from tools.index.names.values import Value, Values


class Meaning:
    """Paths and imports as seen from `target`."""

    def __init__(self, reader: Reader, target: Hit, group: Group) -> None:
        self._reader, self._target, self._group = reader, target, group
        self._name = target.symbol.name
        self.member_of = reader.class_of(target)
        self._outer = target.symbol.qualified.rpartition(".")[0]
        self._given: dict[tuple[str, str], bool] = {}
        self.values = Values(reader)

    def is_container(self, value: Value | None) -> bool:
        """Whether what `value` means holds the target directly."""
        if value is None or (not value.path and value.kind != "folder"):
            return False
        home = self._target.path
        if self._outer:
            return value == Value("class", home, self._outer)
        if value.kind == "folder":
            return (
                self._reader.language(home) == "go" and home.rpartition("/")[0] == value.path and self._once_in_folder()
            )
        return value.kind == "file" and self.gives(value.path, self._name)

    def _once_in_folder(self) -> bool:
        folder, symbol = self._target.path.rpartition("/")[0], self._target.symbol
        return (
            sum(
                hit.symbol.qualified == symbol.qualified and hit.path.rpartition("/")[0] == folder
                for hit in self._reader.index.lookup(symbol.name)
            )
            == 1
        )

    def is_target(self, path: str, item: Brought) -> bool:
        """Whether the import `item` of the file at `path` brings the target itself."""
        if not item.name or item.name == "*":
            return False
        family = self._reader.family(path)
        if family == "rust":
            value = self.values.rust(path, item.module.split(".") if item.module else [], item.inside)
            return item.name == self._name and self.is_container(value)
        if self._outer or family not in ("python", "ecma"):
            return False
        strict = self._reader.strict
        base = strict.python(path, item.module) if family == "python" else strict.ecma(path, item.module)
        return base is not None and self.gives(base, item.name)

    def gives(self, path: str, name: str) -> bool:
        """Whether the file at `path` certainly gives the target away under `name`."""
        key = (path, name)
        if key not in self._given:
            self._given[key] = False  # while it is being looked for: a circle gives nothing
            self._given[key] = self._gives(path, name)
        return self._given[key]

    def _gives(self, path: str, name: str) -> bool:
        if self._reader.family(path) != self._reader.family(self._target.path):
            return False
        survey = self._reader.survey(path)
        if self._reader.family(path) == "ecma":
            rows = [row for row in survey.exports if row.name == name]
            if rows:
                return all(self._row(path, row.local, row.item) for row in rows)
            return name == self._name and self._by_wildcard(path)
        if name != self._name:
            return False
        top = [b for b in self._reader.top(path) if self._reader.language(path) != "rust" or self._public(path, b)]
        if top:
            return self.all_target(path, top)
        return self._by_wildcard(path)

    def _public(self, path: str, binder: Binder) -> bool:
        return binder.item < 0 or self._reader.survey(path).brought[binder.item].form == "export"

    def _row(self, path: str, local: str, item: int) -> bool:
        if item >= 0:
            return self.is_target(path, self._reader.survey(path).brought[item])
        if local == "…":
            return self._target.path == path and is_given(self._reader, path, self._target.symbol)
        return local == self._name and self.all_target(path, self._reader.top(path))

    def all_target(self, path: str, binders: Sequence[Binder], *, loosely: bool = False) -> bool:
        """Whether every one of `binders` binds the target; `loosely`: or assigns to it again."""
        survey = self._reader.survey(path)
        mine = [binder for binder in binders if self._group.holds(path, binder.start)]
        if mine:
            plain = all(b.how in ("local", "definition") and b.item < 0 for b in binders)
            return len(mine) == len(binders) or (loosely and plain)
        return bool(binders) and all(
            b.how == "import" and self.is_target(path, survey.brought[b.item]) for b in binders
        )

    def _by_wildcard(self, path: str) -> bool:
        """Whether the name can only come from the target's file, among those whose names `path` takes all."""
        python = self._reader.family(path) == "python"
        gives = False
        for item in self._reader.survey(path).brought:
            if item.name != "*":
                continue
            base = self._taken(path, item)
            if base is None and python:
                return False
            if base is None or (python and self._is_kept(base)):
                continue
            if self.gives(base, self._name):
                gives = True
            elif python and self._reader.top(base):
                return False
        return gives

    def _taken(self, path: str, item: Brought) -> str | None:
        """The file all of whose names the import `item` takes."""
        if self._reader.family(path) == "python":
            return self._reader.strict.python(path, item.module)
        if self._reader.family(path) == "ecma":
            return self._reader.strict.ecma(path, item.module) if item.form == "export" else None
        value = self.values.rust(path, item.module.split("."), item.inside)
        return value.path if value is not None and value.kind == "file" else None

    def _is_kept(self, path: str) -> bool:
        """Whether a wildcard does not take the name from the module at `path`."""
        listed = any(found.kind == "export" for found in self._reader.survey(path).occurrences)
        return not listed and (self._name.startswith("_") or bool(self._reader.defined(path, "__all__")))

    def by_wildcard(self, path: str) -> bool:
        """Whether a name that nothing binds in the file at `path` comes from a wildcard import of the target's file."""
        if self._outer:
            return False
        return self._reader.family(path) == "python" and self._by_wildcard(path)
