"""Decides for each occurrence of a name whether it is a given symbol. What is not certain is only possible."""

from __future__ import annotations

from tools.index.index import Hit
from tools.index.names.group import group_of
from tools.index.names.meaning import Meaning
from tools.index.names.qualified import LANGUAGES, Qualified
from tools.index.names.reader import Reader
from tools.index.names.survey import Binder, Occurrence
from tools.index.names.visible import Visible
from tools.index.symbol import CLASSES

_NEVER = frozenset({"symbol", "label", "variable", "keyword"})
_CALLS = frozenset({"call", "method_call", "import", "export"})
_STATIC = frozenset({"ruby", "javascript", "typescript", "tsx"})
"""Languages that keep members of the class itself apart from those of its objects."""


class Judge:
    """Verdicts on one `target`. `together`: definitions that share its qualified name count as the target too."""

    def __init__(self, reader: Reader, target: Hit, *, together: bool = False) -> None:
        self._reader, self._target, self._together = reader, target, together
        self.group = group_of(reader, target)
        self._family = reader.family(target.path)
        self._language = reader.language(target.path)
        self._meaning = Meaning(reader, target, self.group)
        self._class = self._meaning.member_of
        self._qualified = Qualified(reader, target, self.group) if self._language in LANGUAGES else None
        self._visible = Visible(reader, target, self.group)
        self._data = self._language in ("json", "html", "css", "yaml", "toml")
        home = reader.survey(target.path).occurrences
        self._is_static = any(found.static for found in home if found.start == target.symbol.name_at)

    def verdict(self, path: str, found: Occurrence) -> str:
        """``definite``, ``possible``, ``others`` (another definition) or ``text``."""
        if self.group.holds(path, found.start):
            mine = path == self._target.path and found.start == self._target.symbol.name_at
            return "definite" if mine or self._together or self.group.single else "others"
        if found.kind in ("definition", "text"):
            return "others" if found.kind == "definition" else "text"
        return "definite" if self._is_certain(path, found) else "possible"

    def _is_certain(self, path: str, found: Occurrence) -> bool:
        if found.kind in _NEVER or self._data or self._reader.family(path) != self._family:
            return False
        if not (self._together or self.group.single) or not self._fits(found):
            return False
        bound = self._reader.bound(path, found)
        if found.kind == "import":
            return self._is_import(path, found, bound)
        if found.kind == "attribute" and not found.receiver and self._family != "c":
            return False  # a key of some type
        if found.receiver:
            return self._is_dotted(path, found, bound)
        return self._is_bare(path, found, bound)

    def _fits(self, found: Occurrence) -> bool:
        """Whether a name can be the target by the place it stands in."""
        if found.kind not in ("import", "export") and not found.receiver and found.space != self.group.space:
            return False
        kind, callable_ = self._target.symbol.kind, self.group.callable
        if self._language in ("java", "php") and kind not in CLASSES:
            return callable_ == (found.kind in _CALLS) or found.kind == "import"
        if self._language == "ruby" and found.space != self.group.space:
            return False
        if self._language == "rust":
            if found.kind not in ("import", "export") and found.space != self.group.space:
                return False
            if kind == "property":
                return found.kind == "attribute"
            return found.kind != "attribute"
        return True

    def _is_import(self, path: str, found: Occurrence, bound: list[Binder]) -> bool:
        if self._qualified is not None:
            items = self._reader.survey(path).brought
            return self._qualified.is_target(items[found.item]) if found.item >= 0 else self._qualified.in_path(found)
        if self._family == "c":
            return found.item >= 0 and self._is_using(path, found.item)
        if found.item >= 0:
            return self._meaning.is_target(path, self._reader.survey(path).brought[found.item])
        return bool(bound) and not found.receiver and self._meaning.all_target(path, bound)

    def _is_using(self, path: str, number: int) -> bool:
        item = self._reader.survey(path).brought[number]
        return item.module == self._target.symbol.qualified.rpartition(".")[0] and self._visible.takes(path)

    def _is_bare(self, path: str, found: Occurrence, bound: list[Binder]) -> bool:
        if bound:
            if found.unsure and self._target.symbol.kind not in (*CLASSES, "module", "type"):
                return False  # a base class could have a member of that name
            return not self._visible.standard(path, found) and self._are_target(path, bound)
        if self._class and self._is_own(path, found):
            return self._language in ("ruby", "cpp") and (self._language != "ruby" or found.static == self._is_static)
        if self._qualified is not None:
            return self._qualified.is_seen(path, found)
        if self._class:
            return False
        return self._visible.is_seen(path, found) or self._meaning.by_wildcard(path)

    def _meets(self, path: str, binder: Binder) -> bool:
        """Whether a binder binds a name of the target's sort, where fields and methods are names apart."""
        symbol = self._reader.symbol_at(path, binder.start) if binder.how == "definition" else None
        return (
            symbol is None or symbol.kind in CLASSES or (symbol.kind in ("function", "method")) == self.group.callable
        )

    def _are_target(self, path: str, bound: list[Binder]) -> bool:
        if self._language == "java" and self._target.symbol.kind not in CLASSES:
            bound = [binder for binder in bound if self._meets(path, binder)]
        items = self._reader.survey(path).brought
        if self._qualified is not None or self._family == "c":
            holds = [binder for binder in bound if self.group.holds(path, binder.start)]
            if holds:
                # In C every declaration of a file says the same thing again.
                again = self._family == "c" and all(b.top and b.how not in ("macro", "import") for b in bound)
                return len(holds) == len(bound) or again
            if self._family == "c":
                uses = [binder for binder in bound if binder.how == "import" and self._is_using(path, binder.item)]
                again = all(b.top and b.how == "local" for b in bound) and self._visible.is_seen(path, _FREE)
                return len(uses) == len(bound) or again
            return self._qualified is not None and all(
                binder.how == "import" and self._qualified.is_target(items[binder.item]) for binder in bound
            )
        loosely = self._together or self._target.symbol.kind in ("variable", "constant")
        return self._meaning.all_target(path, bound, loosely=loosely)

    def _is_own(self, path: str, found: Occurrence) -> bool:
        """Whether the class that an occurrence is in, or whose object is before it, is the target's."""
        if not found.owner or found.owner == "…":
            return False
        if self._qualified is not None:
            return self._qualified.is_own(path, found.owner)
        if found.owner != self._class:
            return False
        if self._language == "go":
            home = self._target.path.rpartition("/")[0]
            same = self._reader.survey(path).package == self._reader.survey(self._target.path).package
            return path.rpartition("/")[0] == home and same
        return path == self._target.path or (self._family == "c" and self._visible.takes(path))

    def _is_dotted(self, path: str, found: Occurrence, bound: list[Binder]) -> bool:
        parts = found.receiver.split(".")
        if "…" in parts:
            return False
        if self._class and self._is_own(path, found):
            return self._language not in _STATIC or found.static == self._is_static
        if self._language in ("c", "cpp"):
            return self._language == "cpp" and self._visible.is_scope(path, found, parts, bound)
        if self._language == "ruby":
            return self._is_ruby_scope(path, parts)
        if self._class and self._language in _STATIC and not self._is_static and self._target.symbol.kind == "method":
            return False
        if self._qualified is not None:
            return self._qualified.is_container(path, found, parts, bound)
        if self._given(path, found, bound):
            return True
        return self._meaning.is_container(self._meaning.values.value(path, parts, bound, found.inside))

    def _given(self, path: str, found: Occurrence, bound: list[Binder]) -> bool:
        """``exports.f`` in the file that gives `f` away."""
        own = found.receiver in ("exports", "module.exports") and not bound and path == self._target.path
        return own and self._family == "ecma" and self._meaning.gives(path, self._target.symbol.name)

    def _is_ruby_scope(self, path: str, parts: list[str]) -> bool:
        outer = self._target.symbol.qualified.rpartition(".")[0]
        method = self._target.symbol.kind not in (*CLASSES, "module", "constant")
        if not outer or ".".join(parts) != outer or (method and not self._is_static):
            return False
        return path == self._target.path


_FREE = Occurrence(0, 0, "name", "")
