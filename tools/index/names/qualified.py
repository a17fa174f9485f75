"""Tells what names mean in Java, C# and PHP, where packages and namespaces hold them, not files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tools.index.index import Hit
from tools.index.names.group import Group
from tools.index.names.reader import Reader
from tools.index.names.survey import Binder, Brought, Occurrence
from tools.index.symbol import CLASSES

LANGUAGES = frozenset({"java", "c-sharp", "php"})


class Qualified:
    """Full names as seen from `target`."""

    def __init__(self, reader: Reader, target: Hit, group: Group) -> None:
        self._reader, self._target, self._group = reader, target, group
        self._language = reader.language(target.path)
        self._full = self.full(target.path, target.symbol.qualified)
        self._around = self._full.rpartition(".")[0]
        self._member = reader.class_of(target)
        self._exists: dict[str, bool] = {}

    def full(self, path: str, qualified: str) -> str:
        """The full name of what a file defines as `qualified`."""
        package = self._reader.survey(path).package
        inside = not package or qualified == package or qualified.startswith(package + ".")
        return qualified if inside else f"{package}.{qualified}"

    def is_own(self, path: str, owner: str) -> bool:
        """Whether the class `owner` of the file at `path` is the one that the target is a member of."""
        return bool(owner) and self.full(path, owner) == self._around and self._is_one(self._around)

    def is_container(self, path: str, found: Occurrence, parts: Sequence[str], bound: Sequence[Binder]) -> bool:
        """Whether the dotted path `parts` before an occurrence is what the target is in."""
        one = self._around if self._member else self._full
        return self._is_one(one) and self._means(path, found, parts, bound, self._around)

    def is_target(self, item: Brought) -> bool:
        """Whether an import brings the target itself."""
        return item.name != "*" and f"{item.module}.{item.name}".lstrip(".") == self._full and self._is_one(self._full)

    def in_path(self, found: Occurrence) -> bool:
        """Whether an import names the target on the way to something in it."""
        return f"{found.receiver}.{self._target.symbol.name}".lstrip(".") == self._full and self._is_one(self._full)

    def is_seen(self, path: str, found: Occurrence) -> bool:
        """Whether the name, which nothing in the file at `path` binds, is the target's there."""
        survey = self._reader.survey(path)
        if self._language == "java":
            static = [item.module for item in survey.brought if item.form == "static" and item.name == "*"]
            if static == [self._around] and self._target.symbol.kind not in CLASSES:
                return not found.unsure and self._is_one(self._full)
        if self._language == "php" and self._target.symbol.kind not in CLASSES and "." not in self._full:
            return self._is_loaded(path)
        return self._is_one(self._full) and self._means(path, found, [self._target.symbol.name], (), self._full)

    def _is_loaded(self, path: str) -> bool:
        """Whether a file of PHP takes in the target's, so that a global function is that one and no built-in."""
        files = {self._reader.strict.file(path, item.module) for item in self._reader.index.imports(path)}
        return self._target.path in files and self._is_one(self._full)

    def _means(self, path: str, found: Occurrence, parts: Sequence[str], bound: Sequence[Binder], wanted: str) -> bool:
        rest = ".".join(parts[1:])
        if bound:
            return {".".join(filter(None, (self._bound(path, binder), rest))) for binder in bound} == {wanted}
        candidates = [name + "." + rest if rest else name for name in self._candidates(path, found, parts[0])]
        return wanted in candidates and all(name == wanted or not self._is_known(name) for name in candidates)

    def _bound(self, path: str, binder: Binder) -> str:
        if binder.how == "import":
            item = self._reader.survey(path).brought[binder.item]
            return f"{item.module}.{item.name}".lstrip(".")
        symbol = self._reader.symbol_at(path, binder.start)
        return self.full(path, symbol.qualified) if symbol is not None and symbol.kind in CLASSES else ""

    def _candidates(self, path: str, found: Occurrence, name: str) -> Iterator[str]:
        survey = self._reader.survey(path)
        spaces = [survey.package]
        if self._language == "c-sharp":
            inside = self.full(path, found.inside) if found.inside else survey.package
            spaces = [inside.rsplit(".", cut)[0] for cut in range(inside.count(".") + 1)] if inside else []
        if self._language != "php":
            spaces += [item.module for item in survey.brought if item.name == "*" and item.form != "static"]
        yield from dict.fromkeys([*(f"{space}.{name}".lstrip(".") for space in spaces), name])

    def _is_known(self, full: str) -> bool:
        """Whether the workspace defines something of that full name."""
        if full not in self._exists:
            hits = self._reader.index.lookup(full.rpartition(".")[2])
            self._exists[full] = any(self._is_hit(hit, full) for hit in hits)
        return self._exists[full]

    def _is_hit(self, hit: Hit, full: str) -> bool:
        last = full.endswith(hit.symbol.qualified)
        return (
            last
            and self._reader.language(hit.path) == self._language
            and self.full(hit.path, hit.symbol.qualified) == full
        )

    def _is_one(self, full: str) -> bool:
        """Whether only the target's files define that full name (not a twin in the tests, say)."""
        key = full + "\0"
        if key not in self._exists:
            home = self._target.path
            hits = [hit for hit in self._reader.index.lookup(full.rpartition(".")[2]) if self._is_hit(hit, full)]
            away = [hit for hit in hits if hit.path != home and hit.path not in self._group.places]
            self._exists[key] = all("partial" in hit.symbol.signature for hit in away)
        return self._exists[key]
