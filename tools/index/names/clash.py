"""Finds where a new name would meet what has it already: definitions beside it, names that hide it or are hidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tools.index.index import Hit
from tools.index.names.group import Group
from tools.index.names.reader import Reader
from tools.index.names.survey import Binder, Occurrence

_PACKAGED = frozenset({"go", "java", "c-sharp", "php", "c"})
"""Families in which files of one folder share names without an import."""


class Clashes:
    """What stands against giving `target` the name `new`. `old` has read the files for the old name, beside the new."""

    def __init__(self, old: Reader, target: Hit, group: Group, new: str) -> None:
        self._old, self._target, self._group, self._name = old, target, group, new
        self._new = Reader(old.index, new, target.symbol.name, old.strict)
        self._class = old.class_of(target)

    def definitions(self) -> Iterable[str]:
        """Definitions that would have the same qualified name in the same place."""
        target = self._target
        scope = target.symbol.qualified.rpartition(".")[0]
        wanted = f"{scope}.{self._name}" if scope else self._name
        folder, family = target.path.rpartition("/")[0], self._old.family(target.path)
        for hit in self._old.index.lookup(self._name):
            if hit.symbol.qualified != wanted or self._old.family(hit.path) != family:
                continue
            near = family in _PACKAGED and hit.path.rpartition("/")[0] == folder
            if hit.path in self._group.places or near:
                yield f"{hit.path} defines {wanted} already (line {hit.symbol.line})"

    def in_file(self, path: str, uses: Sequence[Occurrence]) -> Iterable[str]:
        """Names in one file that would be confused with `uses`, which are to be renamed there."""
        bare = [found for found in uses if not found.receiver or found.kind == "import"]
        if self._class:
            yield from self._members(path)
        mine = self._binders(path, bare)
        for found in bare:
            if found.kind == "import" and found.item >= 0 and not found.other and not found.bound:
                continue
            for number in found.other:
                binder = self._old.survey(path).binders[number]
                if self._hides(path, binder, found):
                    yield f"{path} has another {self._name!r} where line {found.line} uses the name"
                    break
        yield from self._hidden(path, bare, mine)

    def _binders(self, path: str, bare: Sequence[Occurrence]) -> list[Binder]:
        """The binders in the file that are renamed."""
        starts = {found.start for found in bare}
        return [b for b in self._old.survey(path).binders if b.start in starts]

    def _hides(self, path: str, other: Binder, found: Occurrence) -> bool:
        """Whether the binder `other` of the new name is nearer to a use than the binders of the old name."""
        own = [self._old.survey(path).binders[number] for number in found.bound]
        return not own or any(binder.low <= other.low and other.high <= binder.high for binder in own)

    def _hidden(self, path: str, bare: Sequence[Occurrence], mine: Sequence[Binder]) -> Iterable[str]:
        """Uses of the new name that a renamed binder would take over."""
        survey = self._new.survey(path)
        renamed = {binder.start for binder in mine}
        free = any(not found.bound for found in bare if found.kind not in ("definition", "import"))
        for found in survey.occurrences:
            if found.receiver or found.kind in ("text", "keyword", "label", "symbol", "variable", "attribute"):
                continue
            if found.kind == "definition" and not found.bound:
                continue  # a member: no name of a scope
            around = [survey.binders[number] for number in found.other if survey.binders[number].start in renamed]
            own = [survey.binders[number] for number in found.bound]
            inner = bool(own) and all(
                (binder.low, binder.high) != (other.low, other.high)
                and other.low <= binder.low
                and binder.high <= other.high
                for binder in own
                for other in around
            )
            if (around and not inner) or (free and not own):
                yield f"{path} uses the name {self._name!r} already (line {found.line})"
                return

    def _members(self, path: str) -> Iterable[str]:
        for found in self._new.survey(path).occurrences:
            if found.receiver and found.owner == self._class:
                yield f"{path} uses {found.receiver}.{self._name} already (line {found.line})"
                return
