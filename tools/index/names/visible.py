"""Tells whether a name that nothing in a file binds is the target there: by package, include, or sourced file."""

from __future__ import annotations

from tools.index.index import Hit
from tools.index.names.group import Group, includes
from tools.index.names.reader import Reader
from tools.index.names.spaces import space_of_symbol
from tools.index.names.survey import Binder, Occurrence
from tools.index.symbol import CLASSES

_STANDARD = frozenset(
    [
        "abs",
        "accumulate",
        "advance",
        "all_of",
        "any_of",
        "async",
        "at",
        "back",
        "begin",
        "bind",
        "cbegin",
        "cend",
        "clear",
        "copy",
        "count",
        "count_if",
        "data",
        "distance",
        "empty",
        "end",
        "equal",
        "erase",
        "exchange",
        "exp",
        "fill",
        "find",
        "find_if",
        "floor",
        "for_each",
        "format",
        "forward",
        "front",
        "function",
        "generate",
        "get",
        "getline",
        "hash",
        "hypot",
        "insert",
        "invoke",
        "iota",
        "lerp",
        "less",
        "log",
        "lower_bound",
        "make_pair",
        "make_shared",
        "make_tuple",
        "make_unique",
        "map",
        "max",
        "max_element",
        "merge",
        "midpoint",
        "min",
        "min_element",
        "minmax",
        "move",
        "next",
        "none_of",
        "partition",
        "plus",
        "pow",
        "prev",
        "print",
        "println",
        "ptr",
        "rbegin",
        "reduce",
        "ref",
        "remove",
        "remove_if",
        "rend",
        "replace",
        "reverse",
        "rotate",
        "round",
        "search",
        "set",
        "size",
        "sort",
        "span",
        "sqrt",
        "stable_sort",
        "stoi",
        "swap",
        "tie",
        "to_string",
        "transform",
        "unique",
        "upper_bound",
        "vector",
        "visit",
    ]
)
"""Names of C++'s own that ``using namespace std`` or an argument's type may bring beside one's own."""


class Visible:
    """Free names as seen from `target`."""

    def __init__(self, reader: Reader, target: Hit, group: Group) -> None:
        self._reader, self._target, self._group = reader, target, group
        self._name = target.symbol.name
        self._outer = reader.scope_of(target)
        self._includes: dict[str, set[str]] = {}
        self._alone: bool | None = None

    def is_seen(self, path: str, found: Occurrence) -> bool:
        """Whether the free name `found` in the file at `path` is the target."""
        language = self._reader.language(path)
        if language == "go":
            return not self._outer and self._in_package(path)
        if self._reader.family(path) == "c":
            return self._in_c(path, found)
        if language == "ruby":
            method = self._target.symbol.kind not in (*CLASSES, "module", "constant")
            if self._outer or (method and (found.owner or found.unsure)):
                return False
            return self._is_taken(path) and self._is_alone()
        return language == "bash" and self._is_taken(path) and self._is_alone()

    def takes(self, path: str) -> bool:
        """Whether a file is the target's, or takes it in, or one that declares it."""
        return path in self._group.places or bool(self._taken(path) & self._group.places.keys())

    def _is_taken(self, path: str) -> bool:
        return path == self._target.path or self._target.path in self._taken(path)

    def _taken(self, path: str) -> set[str]:
        if path not in self._includes:
            self._includes[path] = includes(self._reader, path)
        return self._includes[path]

    def _in_package(self, path: str) -> bool:
        folder = self._target.path.rpartition("/")[0]
        if path.rpartition("/")[0] != folder:
            return False
        here, home = self._reader.survey(path), self._reader.survey(self._target.path)
        if here.package != home.package or any(item.name == "*" for item in here.brought):
            return False
        same = [h for h in self._reader.index.lookup(self._name) if h.symbol.qualified == self._name]
        return [h.path for h in same if h.path.rpartition("/")[0] == folder and h.path.endswith(".go")] == [
            self._target.path
        ]

    def _in_c(self, path: str, found: Occurrence) -> bool:
        symbol = self._target.symbol
        within = bool(self._outer) and (found.inside + ".").startswith(self._outer + ".")
        if not self.takes(path) or not (within or self._is_alone()):
            return False
        static = symbol.signature.startswith("static ") and self._reader.language(self._target.path) == "c"
        if static and path != self._target.path and not self._target.path.endswith(".h"):
            return False
        if self._group.callable and symbol.kind != "macro" and self._may_be_other(path, found):
            return False
        if not self._outer:
            return True
        opened = {i.module for i in self._reader.survey(path).brought if i.form == "namespace" and i.name == "*"}
        return within or self._outer in opened

    def _may_be_other(self, path: str, found: Occurrence) -> bool:
        """Whether a base class or the standard library may have a function that is meant instead."""
        if found.unsure:
            return True
        opened = any(i.form == "namespace" and i.module == "std" for i in self._reader.survey(path).brought)
        return self._reader.language(path) == "cpp" and opened and self._name in _STANDARD

    def is_scope(self, path: str, found: Occurrence, parts: list[str], bound: list[Binder]) -> bool:
        """Whether the path ``a::b`` before an occurrence of C++ means what the target is in."""
        symbol = self._target.symbol
        wanted = {self._outer, symbol.qualified.rpartition(".")[0]}
        if symbol.kind in CLASSES:
            wanted.add(symbol.qualified)  # ``A::~A``
        if not self.takes(path):
            return False
        if parts[0] == "::":
            return ".".join(parts[1:]) in wanted
        names = [".".join([*filter(None, [name]), *parts[1:]]) for name in self._meant(path, found, parts[0], bound)]
        others = [name for name in names if name not in wanted]
        return bool(wanted & set(names) - {""}) and not any(self._is_defined(name) for name in others)

    def _meant(self, path: str, found: Occurrence, name: str, bound: list[Binder]) -> list[str]:
        """The qualified names that a name at the beginning of a path may stand for."""
        survey = self._reader.survey(path)
        if bound:
            found_names = []
            for binder in bound:
                symbol = self._reader.symbol_at(path, binder.start)
                item = survey.brought[binder.item] if binder.item >= 0 else None
                used = f"{item.module}.{item.name}".lstrip(".") if item is not None else ""
                found_names.append(symbol.qualified if symbol is not None else used or "…")
            return found_names
        inside = found.inside.split(".") if found.inside else []
        spaces = [".".join(inside[:cut]) for cut in range(len(inside), -1, -1)]
        spaces += [item.module for item in survey.brought if item.form == "namespace" and item.name == "*"]
        return list(dict.fromkeys(f"{space}.{name}".lstrip(".") for space in spaces))

    def _is_defined(self, qualified: str) -> bool:
        """Whether some file of C or C++ defines a class or namespace of that qualified name."""
        return any(
            hit.symbol.qualified == qualified and hit.symbol.kind in (*CLASSES, "module", "type")
            for hit in self._reader.index.lookup(qualified.rpartition(".")[2])
            if self._reader.family(hit.path) == "c"
        )

    def standard(self, path: str, found: Occurrence) -> bool:
        """Whether a call of a bound name may still go to the standard library of C++."""
        return self._reader.language(path) == "cpp" and self._group.callable and self._may_be_other(path, found)

    def _is_alone(self) -> bool:
        """Whether nothing else in the workspace that is no member has the name."""
        if self._alone is None:
            family = self._reader.family(self._target.path)
            self._alone = all(
                self._group.holds(hit.path, hit.symbol.name_at) or self._reader.class_of(hit)
                for hit in self._reader.index.lookup(self._name)
                if self._reader.family(hit.path) == family
                and hit.symbol.kind != "property"
                and space_of_symbol(hit.symbol, self._reader.language(hit.path)) == self._group.space
            )
        return self._alone
