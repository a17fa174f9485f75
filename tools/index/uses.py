"""Tells who uses a symbol: by name, with what can be known from imports, receivers and local names; never by type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tools.index.address import resolve, written
from tools.index.crew import ParseFailedError
from tools.index.extract import CLASSES
from tools.index.index import Hit, Index
from tools.index.occurrences import Occurrence
from tools.index.resolve import Resolver
from tools.index.session import index_of
from tools.registry import Call, Result, ToolFailure

_MOST_FILES = 400
_BARE = frozenset({"call", "name", "type"})
_DOTTED = frozenset({"method_call", "attribute"})
_SELF = frozenset({"self", "cls", "this", "super()", "@", "Self"})
_IMPLICIT = (".java", ".cs", ".cpp", ".cc", ".hpp", ".h", ".cxx", ".rb")
"""Languages in which a method calls its neighbours by their bare names."""
_FOLDER_SCOPE = (".go", ".java", ".cs")
"""Languages in which the files of one folder see each other's names."""
NOTE = "By name, not by type: 'definite' follows from imports, receivers and scopes; 'possible' only shares the name."


@dataclass(frozen=True, slots=True)
class Use:
    """One occurrence in one file, and why it is or is not certain."""

    path: str
    at: Occurrence


@dataclass(slots=True)
class Uses:
    """All occurrences of a name: certainly this symbol, possibly, other definitions of that name, and mere text."""

    definite: list[Use] = field(default_factory=list)
    possible: list[Use] = field(default_factory=list)
    others: list[Use] = field(default_factory=list)
    text: list[Use] = field(default_factory=list)
    unread: int = 0


def uses_of(index: Index, target: Hit, call: Call | None = None) -> Uses:
    """Every occurrence of the name of `target`, sorted by how certain it is."""
    name = target.symbol.name
    users = index.users(name)
    # The defining file first, then its neighbours: where there are too many files, the near ones are read.
    folder = target.path.rpartition("/")[0]
    order = sorted(users, key=lambda path: (path != target.path, path.rpartition("/")[0] != folder, path))
    found = Uses(unread=max(0, len(order) - _MOST_FILES))
    judge = _Judge(index, target)
    for number, path in enumerate(order[:_MOST_FILES]):
        if call is not None:
            if call.cancelled.is_set():
                raise ToolFailure("cancelled")
            call.progress(number, len(order))
        source = index.source(path)
        language = index.language(path, source)
        if language is None:
            continue
        try:
            rows = index.worker.ask("occurrences", language.name, source, name)
        except ParseFailedError:
            found.unread += 1
            continue
        for row in rows:
            occurrence = Occurrence(*row)
            getattr(found, judge.verdict(path, occurrence)).append(Use(path, occurrence))
    for group in (found.definite, found.possible, found.others, found.text):
        group.sort(key=lambda use: (use.path, use.at.start))
    return found


class _Judge:
    """Decides for each occurrence of a name whether it is the target."""

    def __init__(self, index: Index, target: Hit) -> None:
        self._index, self._target = index, target
        symbol = target.symbol
        self._name = symbol.name
        outer = symbol.qualified.rpartition(".")[0]
        around = next((s for s in index.symbols(target.path) if s.qualified == outer and s.kind in CLASSES), None)
        member = around is not None or (bool(outer) and symbol.kind in ("method", "property"))
        self._class = outer if member else ""
        self._nested = bool(outer) and not member
        mine = [s for s in index.symbols(target.path) if s.name == self._name]
        self._alone = len([s for s in mine if s.kind != "prototype"]) <= 1
        self._once = len({(h.path, h.symbol.qualified) for h in index.lookup(self._name)}) == 1
        self._resolver = Resolver(index.paths())
        self._bindings: dict[str, tuple[bool, bool, set[str]]] = {}

    def verdict(self, path: str, at: Occurrence) -> str:
        """``definite``, ``possible``, ``others`` or ``text``."""
        home = path == self._target.path
        if at.kind == "definition":
            return "definite" if home and self._is_target(at) else "others"
        if at.kind == "text":
            return "text"
        certain = self._member(path, at) if self._class else self._plain(path, at, home)
        return "definite" if certain else "possible"

    def _is_target(self, at: Occurrence) -> bool:
        return at.start == self._target.symbol.name_at

    def _member(self, path: str, at: Occurrence) -> bool:
        short = self._class.rpartition(".")[2]
        if at.kind in _DOTTED:
            if at.receiver in _SELF:
                return path == self._target.path and at.owner == self._class and self._alone_in_class()
            if at.receiver == short:
                return path == self._target.path or self._names(path, short)[0]
            return False
        return (
            at.kind in _BARE
            and path == self._target.path
            and at.owner == self._class
            and path.endswith(_IMPLICIT)
            and not at.local
        )

    def _alone_in_class(self) -> bool:
        wanted = self._target.symbol.qualified
        return sum(s.qualified == wanted for s in self._index.symbols(self._target.path)) == 1

    def _plain(self, path: str, at: Occurrence, home: bool) -> bool:
        if home:
            if self._nested:
                outer = self._target.symbol.qualified.rpartition(".")[0]
                within = at.inside == outer or at.inside.startswith(outer + ".")
                return at.kind in _BARE and self._alone and within
            return at.kind in _BARE and not at.local and self._alone
        if self._nested:
            return False
        by_name, _, modules = self._names(path, self._name)
        if at.kind == "import":
            return by_name
        if at.kind in _DOTTED:
            return at.receiver in modules
        if at.kind not in _BARE or at.local:
            return False
        if by_name:
            return True
        neighbour = path.rpartition("/")[0] == self._target.path.rpartition("/")[0]
        if self._once and path.endswith(_FOLDER_SCOPE) and neighbour:
            return True
        # Languages that import files, not names (C, Ruby, PHP, shell): certain where nobody else defines the name.
        return self._once and self._whole(path)

    def _whole(self, path: str) -> bool:
        files = (".c", ".h", ".cc", ".cpp", ".hpp", ".rb", ".php", ".sh", ".bash")
        return path.endswith(files) and self._names(path, self._name)[1]

    def _names(self, path: str, name: str) -> tuple[bool, bool, set[str]]:
        """Of the file `path`: is `name` imported from the target's file, is that file imported whole, by what names."""
        key = f"{path}\0{name}"
        if key not in self._bindings:
            self._bindings[key] = self._read_imports(path, name)
        return self._bindings[key]

    def _read_imports(self, path: str, name: str) -> tuple[bool, bool, set[str]]:
        by_name, whole = False, False
        modules: set[str] = set()
        for item in self._index.imports(path):
            files = {self._resolver.paths[number] for number in self._resolver.files(path, item)}
            header = self._target.path.rpartition(".")[0]
            if self._target.path not in files and not any(f.rpartition(".")[0] == header for f in files):
                continue
            if item.name == name:
                # An alias gives the thing another name here; the name itself then stands in the import only.
                by_name = by_name or not item.alias or item.alias == name
            elif item.name in ("", "*"):
                whole = True
                modules.add(item.alias or item.module)
            elif item.name != "*":
                modules.add(item.alias or item.name)
            if path.endswith((".java", ".rs", ".php", ".cs")) and item.module.rstrip("};").endswith(name):
                by_name = True
        return by_name, whole, modules


def references(arguments: dict[str, Any], call: Call) -> Result:
    """Where a symbol is used."""
    index = index_of(call)
    target = resolve(index, arguments["symbol"], arguments.get("path"))
    found = uses_of(index, target, call)
    most = arguments["max_results"]
    parts = [f"{written(target)} — {target.symbol.signature}", NOTE]
    for title, group in (
        ("definite", [use for use in found.definite if use.at.kind != "definition"]),
        ("possible", found.possible),
        ("other definitions of the name", found.others),
    ):
        parts += _listed(title, group, most)
    if found.text:
        files = len({use.path for use in found.text})
        parts.append(f"in comments and strings: {len(found.text)} in {files} files")
    if found.unread:
        parts.append(f"{found.unread} more files hold the word and were not read")
    data = {"definite": _as_data(found.definite), "possible": _as_data(found.possible), "unread": found.unread}
    return Result("\n".join(parts), data=data)


def _listed(title: str, group: list[Use], most: int) -> list[str]:
    lines = [f"{title}: {len(group)}"]
    path = ""
    for use in group[:most]:
        if use.path != path:
            path = use.path
            lines.append(f"  {path}")
        inside = f" in {use.at.inside}" if use.at.inside else ""
        lines.append(f"    {use.at.line} [{use.at.kind}]{inside}: {use.at.text}")
    if len(group) > most:
        lines.append(f"    … and {len(group) - most} more")
    return lines


def _as_data(group: list[Use]) -> list[dict[str, Any]]:
    return [{"path": use.path, "line": use.at.line, "kind": use.at.kind} for use in group[:1000]]


def callers(arguments: dict[str, Any], call: Call) -> Result:
    """Which definitions call a symbol."""
    index = index_of(call)
    target = resolve(index, arguments["symbol"], arguments.get("path"))
    found = uses_of(index, target, call)
    parts = [f"callers of {written(target)} — {target.symbol.signature}", NOTE]
    data: dict[str, list[str]] = {}
    for title, group in (("definite", found.definite), ("possible", found.possible)):
        by: dict[str, list[Use]] = {}
        for use in group:
            if use.at.kind in ("call", "method_call"):
                by.setdefault(f"{use.path}::{use.at.inside or '(top level)'}", []).append(use)
        parts.append(f"{title}: {len(by)}")
        for caller, lines in list(by.items())[: arguments["max_results"]]:
            parts.append(f"  {caller}  lines {', '.join(str(use.at.line) for use in lines[:8])}")
        if len(by) > arguments["max_results"]:
            parts.append(f"  … and {len(by) - arguments['max_results']} more")
        data[title] = list(by)[:500]
    return Result("\n".join(parts), data=data)
