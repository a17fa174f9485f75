"""Finds the definitions that are one thing with a symbol: its prototype, its other parts, its overloads."""

from __future__ import annotations

from dataclasses import dataclass

from tools.index.index import Hit
from tools.index.names.reader import Reader
from tools.index.names.spaces import space_of_symbol
from tools.index.symbol import CLASSES, Symbol

_CALLABLE = frozenset({"function", "method", "prototype", "macro"})
_SPLIT = frozenset({"java", "rust", "php"})
"""Languages in which a field and a method of one name do not meet."""
_OVERLOADING = frozenset({"java", "c-sharp", "cpp"})
_MERGING = frozenset({"typescript", "tsx"})
"""Languages in which all definitions of one name in one place are one thing."""
_CONSTRUCTED = frozenset({"java", "c-sharp", "cpp"})
"""Languages whose constructors have the name of the class."""
_DECLARED = frozenset({"function", "method", "prototype", "variable", "property", "module"})
"""Kinds that C and C++ may declare in one file and define in another."""
_VALUES = frozenset({"variable", "property", "constant", "module", "prototype", "key"})


@dataclass(frozen=True, slots=True)
class Group:
    """Definitions that are one: by file, the bytes at which their names stand.

    `single`: a use means all of them, not one among several. `space` as in an occurrence.
    """

    places: dict[str, frozenset[int]]
    single: bool
    callable: bool
    space: str

    def holds(self, path: str, start: int) -> bool:
        """Whether the name at byte `start` of the file at `path` belongs to one of the definitions."""
        return start in self.places.get(path, ())


def group_of(reader: Reader, target: Hit) -> Group:
    """The definitions that are one with `target`."""
    language = reader.language(target.path)
    symbol = target.symbol
    space = space_of_symbol(symbol, language)
    twins = [s for s in _twins(reader, target, language) if space_of_symbol(s, language) == space]
    places = {target.path: {s.name_at for s in twins}}
    single = _is_single(twins, language)
    if reader.family(target.path) == "c":
        for hit in _elsewhere(reader, target, language):
            places.setdefault(hit.path, set()).add(hit.symbol.name_at)
    if language == "c-sharp" and symbol.kind in CLASSES and "partial" in symbol.signature:
        for hit in reader.index.lookup(symbol.name):
            if hit.symbol.qualified == symbol.qualified and "partial" in hit.symbol.signature:
                places.setdefault(hit.path, set()).add(hit.symbol.name_at)
    if language in _CONSTRUCTED and symbol.kind in CLASSES:
        _add_constructors(reader, target, places)
    return Group({path: frozenset(found) for path, found in places.items()}, single, symbol.kind in _CALLABLE, space)


def _twins(reader: Reader, target: Hit, language: str) -> list[Symbol]:
    symbol = target.symbol
    same = reader.defined(target.path, symbol.qualified)
    if language in _SPLIT:
        same = [s for s in same if (s.kind in _CALLABLE) == (symbol.kind in _CALLABLE)]
    if reader.family(target.path) == "ecma":
        if not reader.class_of(target):  # a method of an object in an expression is not bound to its name
            same = [symbol] if symbol.kind == "method" else [s for s in same if s.kind != "method"]
        given = reader.survey(target.path).exports
        apart = any(row.name == symbol.name and row.local != symbol.name and row.item < 0 for row in given)
        if apart:  # ``exports.f = other`` beside a function `f`
            same = [s for s in same if is_given(reader, target.path, s) == is_given(reader, target.path, symbol)]
    if language in ("ruby", "javascript"):
        static = _statics(reader, target.path)
        same = [s for s in same if (s.name_at in static) == (symbol.name_at in static)]
    return same


def is_given(reader: Reader, path: str, symbol: Symbol) -> bool:
    """Whether the definition is an assignment to ``exports``."""
    head = reader.index.source(path)[max(0, symbol.name_at - 8) : symbol.name_at]
    return head == b"exports."


def _statics(reader: Reader, path: str) -> set[int]:
    return {found.start for found in reader.survey(path).occurrences if found.kind == "definition" and found.static}


def _is_single(twins: list[Symbol], language: str) -> bool:
    bodies = [symbol for symbol in twins if symbol.kind != "prototype"]
    if language in ("c", *_MERGING):
        return True
    if language == "cpp" and len(twins) - len(bodies) > 1:
        return False
    return len(bodies) <= 1 or all(symbol.kind in _VALUES | CLASSES for symbol in bodies)


def _elsewhere(reader: Reader, target: Hit, language: str) -> list[Hit]:
    """Declarations and the definition of the same thing of C or C++ in related files."""
    symbol = target.symbol
    if symbol.kind not in _DECLARED:
        return []
    if symbol.signature.startswith("static ") and not reader.class_of(target):
        return []
    space = space_of_symbol(symbol, language)
    same = [
        hit
        for hit in reader.index.lookup(symbol.name)
        if hit.symbol.qualified == symbol.qualified
        and hit.path != target.path
        and reader.family(hit.path) == "c"
        and space_of_symbol(hit.symbol, reader.language(hit.path)) == space
        and (hit.symbol.kind in _CALLABLE) == (symbol.kind in _CALLABLE)
        and hit.symbol.kind != "macro"
        and (bool(reader.class_of(target)) or not hit.symbol.signature.startswith("static "))
    ]
    bodies = [hit for hit in (target, *same) if has_body(reader, hit)]
    related = [hit for hit in same if related_files(reader, hit.path, target.path)]
    if len({hit.path for hit in bodies}) > 1 and symbol.kind != "module":
        others = [hit.path for hit in bodies if hit.path != target.path]
        return [
            hit
            for hit in related
            if not has_body(reader, hit) and not any(related_files(reader, hit.path, other) for other in others)
        ]
    return related


def has_body(reader: Reader, hit: Hit) -> bool:
    """Whether a symbol of C or C++ is a definition rather than a declaration."""
    text = reader.index.source(hit.path)[hit.symbol.start : hit.symbol.end]
    if hit.symbol.kind in _CALLABLE:
        return b"{" in text
    return not text.lstrip().startswith(b"extern")


def related_files(reader: Reader, one: str, other: str) -> bool:
    """Whether two files of C or C++ are parts of one: the same name, or one includes the other."""
    if one.rpartition("/")[2].partition(".")[0] == other.rpartition("/")[2].partition(".")[0]:
        return True
    return other in includes(reader, one) or one in includes(reader, other)


def includes(reader: Reader, path: str) -> set[str]:
    """The files that `path` includes, directly or not."""
    found: set[str] = set()
    todo = [path]
    while todo and len(found) < 200:
        at = todo.pop()
        for item in reader.index.imports(at):
            if item.name in ("", "*"):
                file = reader.strict.file(at, item.module)
                if file is not None and file not in found:
                    found.add(file)
                    todo.append(file)
    return found


def _add_constructors(reader: Reader, target: Hit, places: dict[str, set[int]]) -> None:
    name, qualified = target.symbol.name, target.symbol.qualified
    wanted = {f"{qualified}.{name}", f"{qualified}.~{name}"}
    for hit in reader.index.lookup(name):
        if hit.symbol.qualified not in wanted:
            continue
        own = hit.path in places
        if own or (reader.family(hit.path) == "c" and related_files(reader, hit.path, target.path)):
            places.setdefault(hit.path, set()).add(hit.symbol.name_at)
